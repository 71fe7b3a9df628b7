"""The web process serves pages without any model library, and stays small."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODEL_LIBRARIES = {"torch", "transformers", "peft", "tokenizers", "safetensors"}
PROGRAM = """
import json, sys
from memweb.asgi import application
from django.conf import settings
from django.test import Client
from django.urls import get_resolver
settings.ALLOWED_HOSTS = ["testserver"]
get_resolver().url_patterns
status = Client().get("/sign-in/").status_code
modules = sorted({name.partition(".")[0] for name in sys.modules})
# Not getrusage: its peak includes what this process was before exec, a copy of pytest.
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if "VmHWM" in line)
print(json.dumps({"status": status, "modules": modules, "peak": peak}))
"""


def test_it_holds_no_model_library_and_less_than_200_mb(django_db_setup: None) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "memweb.settings", "DEBUG": "True"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["status"] == 200
    assert not MODEL_LIBRARIES & set(found["modules"])
    assert found["peak"] < 200 * 1024  # kB
