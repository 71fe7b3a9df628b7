"""Checkpoints by HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from apps.common import outgoing
from apps.provenance.services.destinations.common import DeliveryError, Parcel

NOTE_TYPE: Final = "text/plain; charset=utf-8"
_KEPT: Final = 2_000  # bytes of an answer in which a server may say why it refuses


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
    parts: SplitResult,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    reason_in: Callable[[bytes], str] | None = None,
) -> None:
    """Send one request to the host of ``parts``, which a setting names and which may be one of this
    house. Raises DeliveryError unless it is taken, with what ``reason_in`` finds in the answer."""
    try:
        reply = outgoing.send(parts, method, path, headers, body, keep=_KEPT)
    except outgoing.SendError as error:
        raise DeliveryError(str(error)) from None
    if not reply.is_taken:
        reason = reason_in(reply.head) if reason_in else ""
        why = f": {reason}" if reason else "."
        raise DeliveryError(f"{parts.hostname} refused it with status {reply.status}{why}")
