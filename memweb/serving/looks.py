"""Looks after what ``up`` serves: is it frozen, does it answer, does it get anywhere.

No look may hold or end ``up``: the site is asked in a thread of its own, and the state of processes
is read from the system, which needs nobody's answer.
"""

from __future__ import annotations

import http.client
import json
import math
import threading
import time
from collections.abc import Iterable

import psutil
from django.conf import settings

from memweb.embedded.waiting import for_load
from memweb.serving.address import ask

# A process that is stopped for so long is frozen: nobody is going to wake it.
FROZEN_SECONDS = 10.0
ASK_EVERY_SECONDS, ASK_AT_START_SECONDS = 5.0, 1.0
ANSWER_SECONDS = 15.0
# A web server that ran and says nothing for so long is not busy but lost; on a busy machine for
# longer, as all that waits for an answer does.
SILENT_SECONDS = 60.0
# A group of workers is stuck when so many answers in a row say so.
STUCK_ANSWERS = 2
# What workers last did is told by the time of day. When that is set, nobody is judged by it for as
# long as an honest job may take.
CLOCK_SET_SECONDS = 10.0
SPARED_SECONDS = settings.JOB_SECONDS + 30.0


class Frozen:
    """Which processes have been stopped (SIGSTOP, a debugger) for longer than FROZEN_SECONDS."""

    def __init__(self) -> None:
        self._since: dict[tuple[int, float], float] = {}

    def among(self, processes: Iterable[psutil.Process]) -> bool:
        """Note the state of the processes; tell whether one of them is frozen. Whoever asks does
        so again and again, and ends what is frozen."""
        now, frozen = time.monotonic(), False
        for process in processes:
            try:
                key = (process.pid, process.create_time())
            except psutil.NoSuchProcess:
                continue
            if is_stopped(process):
                since = self._since.setdefault(key, now)
                frozen = frozen or now - since > FROZEN_SECONDS
            else:
                self._since.pop(key, None)
        return frozen


def is_stopped(process: psutil.Process) -> bool:
    """Tell whether the process is stopped now."""
    try:
        status = process.status()
    except psutil.NoSuchProcess:
        return False
    return status in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)


def tree(pid: int) -> list[psutil.Process]:
    """Return the process and all below it, as far as they still run."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


class Clock:
    """Notices that the time of day was set."""

    def __init__(self) -> None:
        self._apart = time.time() - time.monotonic()
        self._set_at = -math.inf

    def was_set(self, seconds: float) -> bool:
        """Tell whether it was set within the last so many seconds. Whoever asks does so often."""
        apart = time.time() - time.monotonic()
        if abs(apart - self._apart) > CLOCK_SET_SECONDS:
            self._set_at = time.monotonic()
        self._apart = apart
        return time.monotonic() - self._set_at < seconds


class SiteLook(threading.Thread):
    """Asks the site for its health until ``ended`` is set."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(name="look at the site", daemon=True)
        self.host, self.port = host, port
        self.ended = threading.Event()
        self.clock = Clock()
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget what was seen: the web server was started again."""
        self.begun_at = self.answered_at = time.monotonic()
        self.answered = False
        self.stuck: dict[str, int] = {}

    def run(self) -> None:
        while not self.ended.wait(ASK_EVERY_SECONDS if self.answered else ASK_AT_START_SECONDS):
            begun_at = self.begun_at
            try:
                body = ask(self.host, self.port, for_load(ANSWER_SECONDS))
            except (OSError, http.client.HTTPException):
                continue
            if begun_at == self.begun_at:
                self._note(body)

    def _note(self, body: bytes) -> None:
        self.answered_at, self.answered = time.monotonic(), True
        try:
            stuck = [str(group) for group in json.loads(body)["stuck"]]
        except (ValueError, KeyError, TypeError):  # the answer of a server that is too busy
            return
        if self.clock.was_set(SPARED_SECONDS):
            stuck = []
        self.stuck = {group: self.stuck.get(group, 0) + 1 for group in stuck}

    @property
    def silent(self) -> bool:
        """Tell whether the web server has not answered for too long."""
        return time.monotonic() - self.answered_at > for_load(SILENT_SECONDS)

    def stuck_groups(self) -> set[str]:
        """Return the groups of workers that get nowhere."""
        return {group for group, answers in self.stuck.items() if answers >= STUCK_ANSWERS}
