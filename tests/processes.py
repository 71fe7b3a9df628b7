"""Finding the processes that a test started, however they are related."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import psutil


def processes_of(var: Path) -> list[psutil.Process]:
    """Every other process that has ``var`` as MEMWEB_VAR or on its command line."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            ours = process.environ().get("MEMWEB_VAR") == str(var)
            if process.pid != os.getpid() and (ours or str(var) in " ".join(process.cmdline())):
                found.append(process)
    return found
