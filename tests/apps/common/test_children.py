"""The children of ``manage.py up``: what is said of one that fails again and again."""

from __future__ import annotations

import os
import time

import pytest

from memweb.serving import children
from memweb.serving.children import Child, Children


@pytest.fixture
def failing(tmp_path, monkeypatch):
    """Return a function that lets a child fail so often, and returns what was said."""
    monkeypatch.setattr(children, "BACKOFF_SECONDS", (0.0, 0.0, 0.0))
    said: list[str] = []
    group = Children(
        record=tmp_path / "children.json", environment=os.environ, folder=tmp_path, say=said.append
    )
    script = tmp_path / "script"
    command = ["/bin/sh", str(script)]
    child = Child("worker for questions", command, tmp_path / "worker.log", patience=1.0)

    def fail(times: int, text: str) -> list[str]:
        said.clear()
        script.write_text(text)
        if child not in group.children:
            group.start(child)
        until, failures = time.monotonic() + 30, child.failures + times
        while child.failures < failures:
            assert time.monotonic() < until
            group.restart_ended()
            time.sleep(0.01)
        return list(said)

    yield fail
    group.end_all(hurried=lambda: True)


def test_it_says_why_and_after_the_longest_wait_says_no_more(failing) -> None:
    lines = failing(6, "echo 'MemoryError: no room'; echo 'that was it'; exit 3\n")
    assert len(lines) == 3
    said = "The worker for questions ended (status 3: MemoryError: no room)"
    assert all(line.startswith(said) for line in lines)
    assert ["and then as often" in line for line in lines] == [False, False, True]


def test_it_says_when_it_fails_for_another_reason(failing) -> None:
    failing(5, "echo 'MemoryError: no room'; exit 3\n")
    (line,) = failing(3, "echo 'ImportError: no torch'; exit 1\n")
    assert "(status 1: ImportError: no torch)" in line
    assert failing(2, "echo 'ImportError: no torch'; exit 1\n") == []


def test_a_long_reason_is_cut_and_none_is_left_out(failing) -> None:
    (line,) = failing(1, "exit 4\n")
    assert "ended (status 4); it is started again in 0 s." in line
    (line, *_) = failing(1, f"echo 'Error {'x' * 5000}'; exit 4\n")
    assert len(line) < 500
