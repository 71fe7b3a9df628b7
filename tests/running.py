"""A running ``manage.py up`` for tests: started, asked, watched and ended."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from memweb.embedded.layout import layout_for
from memweb.testing import copy_template
from tests.processes import processes_of

BASE = Path(__file__).resolve().parents[1]


class Up:
    """One run of a management command, with what it prints."""

    def __init__(
        self, var: Path, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> None:
        unset = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY")
        kept = {name: value for name, value in os.environ.items() if name not in unset}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE,
            env=kept | {"MEMWEB_VAR": str(var)} | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        RUNS.append(self)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line.rstrip())
        self._queue.put(None)

    def wait_for(self, text: str, seconds: float = 180) -> str:
        """Return the first new line that holds ``text``."""
        deadline = time.monotonic() + seconds
        while True:
            line = self._queue.get(timeout=max(0.1, deadline - time.monotonic()))
            assert line is not None, f"ended without {text!r}: {self.lines}"
            self.lines.append(line)
            if text in line:
                return line

    def heard(self) -> list[str]:
        """Return what was printed and not asked for yet."""
        return [line for line in self._queue.queue if line is not None]

    def end(self, seconds: float = 180) -> int:
        status = self.process.wait(seconds)
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        while (line := self._queue.get_nowait()) is not None:
            self.lines.append(line)
        return status

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def sentence(self) -> str:
        """Wait for a failing end; return the one sentence that was printed."""
        assert self.end() == 1, self.lines
        assert len(self.lines) <= 2, self.lines  # what was going on, and the sentence
        return self.lines[-1]


RUNS: list[Up] = []


@contextlib.contextmanager
def set_up_place() -> Iterator[Path]:
    """A folder with an empty database that is set up; ended and removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="memweb-up-"))
    folder.chmod(0o755)
    try:
        if not copy_template(folder / "var"):
            assert Up(folder / "var", "migrate", "--verbosity", "0").end() == 0
        yield folder / "var"
    finally:
        for process in processes_of(folder / "var"):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(layout_for(folder / "var").outside)
        shutil.rmtree(folder)


def end_runs() -> None:
    """End what a failed test left running."""
    for run in RUNS:
        if run.process.poll() is None:
            run.interrupt()
    RUNS.clear()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def named(var: Path, word: str) -> list[psutil.Process]:
    found = []
    for process in processes_of(var):
        with contextlib.suppress(psutil.NoSuchProcess):
            if any(word in part for part in process.cmdline()):
                found.append(process)
    return sorted(found, key=lambda process: process.create_time())


def health(port: int) -> dict[str, object]:
    """What the site says about itself; all False while it cannot say."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=10) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        error.close()
    except OSError:  # nobody listens, or nobody answers
        pass
    return {"database": False, "worker": False}


def until(condition: object, seconds: float = 120) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        said = [line for run in RUNS for line in run.heard()]
        assert time.monotonic() < deadline, f"waited in vain; up said {said}"
        time.sleep(0.1)


def serve(var: Path, port: int, *arguments: str) -> Up:
    up = Up(var, "up", "--port", str(port), *(arguments or ["--no-demo"]))
    up.wait_for(f"memweb is served at http://127.0.0.1:{port}/")
    return up
