"""Requests that memweb itself sends to other servers: one request, one answer, an end to waiting.

Redirects are not followed: what is sent goes where somebody said, and so do tokens. Who may name
any address (an owner, in the browser) gets a ``check``, which sees the very addresses that are
connected to, so that a name that means another machine a moment later leads nowhere else.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias
from urllib.parse import SplitResult

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
# Says why an address is not connected to; nothing where it may be.
Check: TypeAlias = Callable[[Address], str]

PAUSE_SECONDS: Final = 10.0  # that a server may be silent
WHOLE_SECONDS: Final = 20.0  # that all of it may take
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")  # IPv4 in its last 32 bits
_LOCAL_NAT64: Final = ipaddress.ip_network("64:ff9b:1::/48")


class SendError(Exception):
    """A request was not answered; the message says why in one sentence."""


@dataclass(frozen=True)
class Reply:
    """What a server answered: its status, and as many first bytes as were asked for."""

    status: int
    head: bytes = b""

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300


def send(
    parts: SplitResult,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    check: Check | None = None,
    keep: int = 0,
    whole: bool = False,
    within: float | None = None,
) -> Reply:
    """Send one request to the host of ``parts`` and return its answer, whatever its status, with at
    most ``keep`` bytes of its body. Raises SendError where there is none ``within`` so many seconds
    (WHOLE_SECONDS); with ``whole`` also where its body does not come to its end, or is longer."""
    within = WHOLE_SECONDS if within is None else within
    host = parts.hostname or ""
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(host, parts.port, timeout=min(PAUSE_SECONDS, within))
    end = time.monotonic() + within

    def connect(where: tuple[str, int], timeout: float, source: object = None) -> socket.socket:
        return _connect(where, min(timeout, within), end, check)

    connection._create_connection = connect  # type: ignore[attr-defined]  # as http.client offers it
    late = threading.Event()
    open_: list[socket.socket] = []
    watch = threading.Timer(within, _hang_up, (connection, open_, late))
    watch.daemon = True
    watch.start()
    try:
        connection.connect()
        open_.append(connection.sock)
        connection.request(method, path, body, {"Connection": "close", **headers})
        answer = connection.getresponse()
        if whole:
            return Reply(answer.status, _all(answer, host, keep))
        head = b""
        with suppress(OSError, http.client.HTTPException):  # the status says all that counts
            head = answer.read1(keep) if keep else b""
        return Reply(answer.status, head)
    except ValueError:  # a header that none can be, or a host that no name can be
        raise SendError(f"The address or a setting holds what cannot be sent to {host}.") from None
    except (OSError, http.client.HTTPException) as error:
        raise SendError(_why(host, error, late.is_set())) from None
    finally:
        watch.cancel()
        connection.close()


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the open net, and none of this machine, of a house or of a
    group; of one that holds another inside (IPv4 in IPv6), whether both are."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo or address.is_site_local or address in _LOCAL_NAT64:
            return False
    return address.is_global and not address.is_multicast


def wait_after(
    attempts: int, *, first: timedelta, longest: timedelta, factor: int = 2
) -> timedelta:
    """Return how long to wait after so many failed tries: each time ``factor`` times as long.

    >>> wait_after(3, first=timedelta(seconds=30), longest=timedelta(hours=6))
    datetime.timedelta(seconds=120)
    """
    steps: int = min(max(attempts - 1, 0), 20)
    times: int = factor**steps
    return min(first * times, longest)


def _all(answer: http.client.HTTPResponse, host: str, most: int) -> bytes:
    body = answer.read(most + 1)
    if len(body) > most:
        raise SendError(f"{host} answered with more than {most} bytes.")
    if answer.length:  # what was announced and did not come; of a hang-up, read says nothing
        raise SendError(f"{host} did not answer to the end.")
    return body


def _connect(
    where: tuple[str, int], timeout: float, end: float, check: Check | None
) -> socket.socket:
    """Connect to the first address of a host that answers. Where one of them may not be, none is
    asked. Raises SendError and OSError."""
    host, port = where
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    numbers = [str(address[0]) for *_, address in found]
    if check is not None:
        for number in numbers:
            if why := check(ipaddress.ip_address(number.partition("%")[0])):
                raise SendError(f"{host} {why}")
    failed: OSError = TimeoutError()
    for number in numbers:
        left = end - time.monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((number, port), min(timeout, left))
        except OSError as error:
            failed = error
    raise failed


def _hang_up(
    connection: http.client.HTTPConnection, open_: list[socket.socket], late: threading.Event
) -> None:
    late.set()
    for one in (connection.sock, *open_):
        if one is not None:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _why(host: str, error: Exception, late: bool) -> str:
    if late or isinstance(error, TimeoutError):
        return f"{host} did not answer in time."
    if isinstance(error, http.client.HTTPException):
        return f"{host} did not answer as a web server does."
    reason = (error.strerror if isinstance(error, OSError) else "") or type(error).__name__
    return f"{host} cannot be reached: {reason}."
