"""``manage.py demo`` as a user runs it: own servers, shipped models, one process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from apps.dashboard import demo
from memweb.testing import SCRUBBED

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]


def test_it_goes_from_a_document_to_three_traced_answers(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in SCRUBBED}
    run = subprocess.run(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT,
        env=environment | {"MEMWEB_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    answers = re.findall(r"^Question: (.*)\nAnswer: +(.*)$", run.stdout, re.M)
    assert [question for question, _ in answers] == [item.question for item in demo.questions()]
    for item, (_, answer) in zip(demo.questions(), answers, strict=True):
        if item.expects:
            assert all(name in answer for name in item.expects)
            assert "[1]" in answer
        else:
            assert answer.startswith("I don't know.")
    assert "approved by bob" in run.stdout
    assert "MEM_WRITE" in run.stdout
    assert "MEM_READ" in run.stdout
