"""Memory that was freed goes back to the system."""

import subprocess
import sys
from pathlib import Path

import pytest

from worker import freed

PROGRAM = """
import psutil
from worker.freed import give_back
blocks = [bytearray(100_000) for _ in range(2000)]  # below the size that gets pages of its own
kept = blocks[::20]
del blocks
before = psutil.Process().memory_info().rss
give_back()
print(before - psutil.Process().memory_info().rss)
"""


@pytest.mark.skipif(freed._libc() is None, reason="this C library cannot")
def test_it_gives_back_what_lies_between_things_in_use():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) > 100_000_000


def test_it_does_nothing_where_the_c_library_cannot(monkeypatch):
    monkeypatch.setattr(freed, "_libc", lambda: None)
    freed.give_back()
