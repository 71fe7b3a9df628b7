"""What a measurement used of the processors, in a process of its own."""

from __future__ import annotations

import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from django.db import connection

from apps.evaluation.bench.own_servers import OwnPostgres
from memweb.child import set_up

LOGIN = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


def server_seconds(server: OwnPostgres) -> float:
    """Return what the server has used of the processors, with all that it has waited for."""
    children = server.process.children(recursive=True)
    used = server.process.cpu_times()
    ended = used.children_user + used.children_system
    return float(
        used.user + used.system + ended + sum(sum(one.cpu_times()[:2]) for one in children)
    )


def own_seconds() -> float:
    """Return what this process, and those of its own that have ended, used of the processors."""
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def own_megabytes() -> float:
    """Return the most memory that this process has had; where the system does not tell (no Linux),
    at least what the process had that started it."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        kilobytes = int(status.partition("VmHWM:")[2].split()[0])
    except (OSError, ValueError, IndexError):
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(kilobytes / 1024, 1)


def in_own_process(do: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function of a module gives in a new process, on the database of this one."""
    login = {name: connection.settings_dict[name] for name in LOGIN}
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=set_up) as pool:
        return pool.submit(_connected, login, do, *arguments).result()


def _connected(login: dict[str, Any], do: Callable[..., Any], *arguments: Any) -> Any:
    connection.settings_dict |= login
    return do(*arguments)
