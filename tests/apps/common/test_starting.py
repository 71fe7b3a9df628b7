"""What every process loads before it knows what is asked of it."""

from __future__ import annotations

import os
import subprocess
import sys

LOADED = """
import sys
import django
django.setup()
print(*sorted({name.split(".")[0] for name in sys.modules}))
print(*sorted(name for name in sys.modules if name.startswith("apps.")))
"""
# What some commands need, and what a process that only waits for a job does not.
HEAVY = {"numpy", "requests", "rapidfuzz", "torch", "transformers"}
SERVICES = {"apps.asking.services", "apps.curation.services", "apps.evaluation.services.runs"}


def test_no_app_loads_what_only_some_of_its_calls_need():
    result = subprocess.run(
        [sys.executable, "-c", LOADED],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "memweb.settings"},
    )
    packages, modules = (set(line.split()) for line in result.stdout.splitlines())
    assert {"django", "apps"} <= packages  # it was looked at the right place
    assert "apps.evaluation.services.privacy" in modules
    assert not HEAVY & packages
    assert not SERVICES & modules
