"""Child processes of the ``up`` command: started, watched, restarted and ended as groups."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from memweb.embedded import processes

BACKOFF_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)
# One that a signal ended did not fail by itself, so little is gained by waiting.
KILLED_SECONDS = 2.0
# A child that ran this long, or answered, was well: its next end counts as the first.
WELL_SECONDS = 10.0
MOST_SAID = 200  # characters of the reason


@dataclass
class Child:
    """One child: its command, where its output goes, and how often it ended lately."""

    name: str
    command: Sequence[str]
    log: Path
    # Seconds to let it finish after SIGTERM.
    patience: float
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    retry_at: float = field(default=0.0)
    log_from: int = 0  # where the log of this start begins
    reason: str = ""  # of its last end, as far as it was told

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Children:
    """The children of one ``up``. A record on disk lets the next ``up`` end what a killed one
    left behind."""

    def __init__(
        self,
        *,
        record: Path,
        environment: Mapping[str, str],
        folder: Path,
        say: Callable[[str], None],
    ) -> None:
        self.record = record
        self.folder = folder
        self.environment = environment
        self.say = say
        self.children: list[Child] = []

    def end_leftovers(self) -> int:
        """End the groups that the record names and that still run; return how many there were."""
        try:
            entries = json.loads(self.record.read_text(encoding="utf-8"))
            groups = [(int(entry["pid"]), float(entry["created"])) for entry in entries]
        except (OSError, ValueError, KeyError, TypeError):
            return 0
        ended = 0
        for group, created in groups:
            members = _group_members(group)
            leader = next((member for member in members if member.pid == group), None)
            # While a group has members the kernel gives its number to no other process.
            if not members or (leader and abs(processes.began(leader) - created) > 1.0):
                continue
            ended += 1
            with contextlib.suppress(ProcessLookupError):
                os.kill(group, signal.SIGTERM)
            _end_group(group, 5.0)
        self.record.unlink(missing_ok=True)
        return ended

    def start(self, child: Child) -> None:
        """Start the child and put it on record."""
        child.log_from = child.log.stat().st_size if child.log.exists() else 0
        child.process = processes.spawn(
            child.command, log=child.log, environment=self.environment, folder=self.folder
        )
        child.started_at = time.monotonic()
        if child not in self.children:
            self.children.append(child)
        self._write_record()

    def restart_ended(self) -> None:
        """Start again what has ended, waiting longer after each failure; says so and why in one
        line. Of one that fails again and again for one reason the last line stands for all."""
        now = time.monotonic()
        for child in self.children:
            if child.running:
                continue
            if child.process is not None:
                self._note_end(child, now)
            elif now >= child.retry_at:
                self.start(child)

    def _note_end(self, child: Child, now: float) -> None:
        assert child.process is not None
        if now - child.started_at > WELL_SECONDS:
            child.failures = 0
        status, last = child.process.returncode, len(BACKOFF_SECONDS) - 1
        wait = BACKOFF_SECONDS[min(child.failures, last)]
        reason = ""
        if status < 0:
            wait = min(wait, KILLED_SECONDS)
        else:
            reason = processes.last_line(child.log, child.log_from, "Error")[:MOST_SAID]
        told = child.failures > last and child.reason == reason
        often = " and then as often" if child.failures >= last else ""
        child.failures += 1
        child.retry_at, child.reason = now + wait, reason
        # What the dead leader left of its group would work beside the new one.
        _end_group(child.process.pid, 0.0)
        if not told:
            why = f"status {status}: {reason}" if reason else f"status {status}"
            self.say(
                f"The {child.name} ended ({why}); it is started again in {wait:.0f} s{often}. "
                f"Its log is {child.log}."
            )
        child.process = None

    def kill(self, child: Child, why: str) -> None:
        """End a child that does no good any more, with its whole group; it is started again."""
        if child.process is None:
            return
        self.say(f"The {child.name} {why}; it is ended.")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(5)

    def end_all(self, hurried: Callable[[], bool]) -> None:
        """End all children at once, each with its whole group; no patience once ``hurried``."""
        running = [child for child in self.children if child.process is not None]
        for child in running:
            assert child.process is not None
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.process.pid, signal.SIGTERM)
        for child in running:
            assert child.process is not None
            _end_group(child.process.pid, child.patience, hurried)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(5)
        self.children.clear()
        self.record.unlink(missing_ok=True)

    def _write_record(self) -> None:
        entries = []
        for child in self.children:
            if child.process is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    created = processes.began(psutil.Process(child.process.pid))
                    entries.append({"pid": child.process.pid, "created": created})
        temporary = self.record.with_suffix(".new")
        temporary.write_text(json.dumps(entries), encoding="utf-8")
        temporary.replace(self.record)


def _group_members(group: int) -> list[psutil.Process]:
    members = []
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            if os.getpgid(process.pid) == group and processes.alive(process):
                members.append(process)
    return members


def _end_group(group: int, patience: float, hurried: Callable[[], bool] = lambda: False) -> None:
    """Wait for the leader, who was asked to end, and kill what is then left of the group."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and not hurried():
        if not any(member.pid == group for member in _group_members(group)):
            break
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    for member in _group_members(group):
        processes.wait_gone(member, 5.0)
