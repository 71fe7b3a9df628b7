"""Checkpoints by HTTP: one request, one answer, and an end to waiting."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from apps.provenance.services.destinations.common import DeliveryError, Parcel

PAUSE_SECONDS: Final = 10.0  # that a server may be silent
WHOLE_SECONDS: Final = 20.0  # that all of it may take
NOTE_TYPE: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class HttpAddress:
    """An address that takes each note as the body of a POST."""

    url: str
    token: str = ""

    @property
    def label(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def deliver(self, parcel: Parcel) -> None:
        """Post the note; any status from 200 to 299 says that it was kept."""
        headers = {"Content-Type": NOTE_TYPE, "X-Checkpoint": parcel.name}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        parts = urlsplit(self.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        send(parts, "POST", path, headers, parcel.note.encode())


def send(
    parts: SplitResult, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> None:
    """Send one request to the host of ``parts``. Raises DeliveryError unless it is taken.

    Redirects are not followed: a note goes where the setting says, and so does the token.
    """
    host = parts.hostname or ""
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(host, parts.port, timeout=PAUSE_SECONDS)
    late = threading.Event()
    watch = threading.Timer(WHOLE_SECONDS, _hang_up, (connection, late))
    watch.daemon = True
    watch.start()
    try:
        connection.request(method, path, body, dict(headers))
        status = connection.getresponse().status
    except ValueError:  # a header that none can be
        raise DeliveryError(f"A setting holds what cannot be sent to {host}.") from None
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryError(_why(host, error, late.is_set())) from None
    finally:
        watch.cancel()
        connection.close()
    if not 200 <= status < 300:
        raise DeliveryError(f"{host} refused it with status {status}.")


def _hang_up(connection: http.client.HTTPConnection, late: threading.Event) -> None:
    late.set()
    if (open_ := connection.sock) is not None:
        with suppress(OSError):
            open_.shutdown(socket.SHUT_RDWR)


def _why(host: str, error: Exception, late: bool) -> str:
    if late or isinstance(error, TimeoutError):
        return f"{host} did not answer in time."
    if isinstance(error, http.client.HTTPException):
        return f"{host} did not answer as a web server does."
    reason = (error.strerror if isinstance(error, OSError) else "") or type(error).__name__
    return f"{host} cannot be reached: {reason}."
