"""Starting and stopping the server processes that memweb brings with it."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

LOG_BYTES = 10_000_000

# Kept so that a server which outlives this process's use of it is not reported as forgotten.
_servers: list[subprocess.Popen[bytes]] = []


def open_log(path: Path) -> IO[bytes]:
    """Open a log for appending; the text of one that has grown too large moves to ``.1`` first."""
    rotate_log(path)
    return path.open("ab")


def rotate_log(path: Path) -> bool:
    """Empty a log that has grown too large, keeping its text in ``.1``; tell whether it had.

    The file stays the same, so whoever appends to it goes on without being told. Lines that are
    written in the moment between copy and emptying are lost. On a full disk the text is dropped.
    """
    if not path.exists() or path.stat().st_size <= LOG_BYTES:
        return False
    kept = path.with_name(path.name + ".1")
    try:
        shutil.copyfile(path, kept)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        kept.unlink(missing_ok=True)
    os.truncate(path, 0)
    return True


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    ids: tuple[int, int] | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path = Path("/"),
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that Ctrl-C at the terminal does not reach it."""
    with open_log(log) as output:
        return subprocess.Popen(  # noqa: S603 the command is ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            env=None if environment is None else dict(environment),
            start_new_session=True,
            user=ids and ids[0],
            group=ids and ids[1],
            extra_groups=ids and [],
        )


def keep(server: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
    """Hold on to a server until ``end`` has ended it."""
    _servers.append(server)
    return server


def alive(process: psutil.Process) -> bool:
    """Tell whether the process runs; one that only waits to be reaped does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def began(process: psutil.Process) -> float:
    """Return when a process began, by a clock that nobody sets: with its number this tells it from
    every other one since the machine was started. Raises psutil.NoSuchProcess."""
    try:
        stat = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return float(process.create_time())  # no Linux, or it is gone
    return float(stat.rpartition(")")[2].split()[19])  # proc_pid_stat(5), starttime


def wait_gone(process: psutil.Process, seconds: float) -> bool:
    """Wait until the process has ended, reaping it when it is a child."""
    deadline = time.monotonic() + seconds
    while alive(process) and time.monotonic() < deadline:
        with contextlib.suppress(psutil.TimeoutExpired):
            process.wait(0.05)
    return not alive(process)


def end(process: psutil.Process, steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn, waiting the given seconds, until the process has ended."""
    for number, seconds in steps:
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            break
        if wait_gone(process, seconds):
            break
    reap()


def reap() -> None:
    """Let go of the servers that have ended, whoever ended them."""
    _servers[:] = [server for server in _servers if server.poll() is None]


def last_line(log: Path, offset: int, *words: str) -> str:
    """Return the last line written after ``offset`` that holds one of ``words``, or the last."""
    try:
        with log.open("rb") as file:
            file.seek(offset)
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    marked = [line for line in lines if any(word in line for word in words)]
    return (marked or lines or [""])[-1]
