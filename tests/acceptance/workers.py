"""Worker processes for tests: ended as a power cut would, and waited for."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from urllib.parse import quote, urlencode

from django.db import connection

PATIENCE = 150


def database_url() -> str:
    """Return the address of the tests' own database."""
    values = connection.settings_dict
    query = {"host": values["HOST"]} | ({"port": values["PORT"]} if values["PORT"] else {})
    user = quote(values["USER"] or "")
    password = f":{quote(values['PASSWORD'])}" if values["PASSWORD"] else ""
    return f"postgresql://{user}{password}@/{values['NAME']}?{urlencode(query)}"


def kill(worker: subprocess.Popen[bytes]) -> None:
    """End the worker and its children as a power cut would."""
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def wait_until(holds: Callable[[], bool], what: str, *workers: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            for one in workers:  # each says in its log where it stands
                one.send_signal(signal.SIGABRT)
            time.sleep(1)
            raise AssertionError(f"waited {PATIENCE} s for {what}")
        time.sleep(0.05)
