"""The address that is served: one ``up`` a folder, a port that is free, a page that answers."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import http.client
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from memweb.embedded.waiting import for_load

WEB_START_SECONDS = 60.0


class CannotStart(Exception):
    """memweb cannot be served; the message is one sentence for the person at the terminal."""


@contextlib.contextmanager
def alone(path: Path, address: str) -> Iterator[None]:
    """Hold the lock of the one ``up`` that a folder may have; raises CannotStart."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            running = os.read(descriptor, 200).decode("utf-8", "replace").strip()
            raise CannotStart(
                f"memweb already runs here ({running}); stop that one first."
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()}, {address}".encode())
        yield
    finally:
        os.close(descriptor)


def check_port(host: str, port: int) -> None:
    """Raise CannotStart when the address cannot be listened on."""
    if not 0 < port < 65536:
        raise CannotStart(f"{port} is no port; choose one from 1 to 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(
                f"Port {port} is in use by another program; stop it, or choose another port with "
                f"`make run PORT={port + 1}`."
            ) from None
        reason = error.strerror or str(error)
        raise CannotStart(f"memweb cannot listen on {host} port {port}: {reason}.") from None


def answers(host: str, port: int) -> bool:
    """Tell whether a page comes, whatever it says; the first request loads the pages' code."""
    try:
        ask(host, port, for_load(WEB_START_SECONDS))
    except (OSError, http.client.HTTPException):
        return False
    return True


def ask(host: str, port: int, seconds: float) -> bytes:
    """Return what the site says about its health, whatever its status.

    Raises OSError or HTTPException when nothing comes within ``seconds``.
    """
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 compared only
    connection = http.client.HTTPConnection(reachable, port, timeout=seconds)
    try:
        connection.request("GET", "/health/")
        return connection.getresponse().read()
    finally:
        connection.close()
