"""Checkpoints by HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from apps.common import outgoing
from apps.provenance.services.destinations.common import DeliveryError, Parcel

NOTE_TYPE: Final = "text/plain; charset=utf-8"
KEPT: Final = 2_000  # bytes of an answer in which a server may say why it refuses


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
        try:
            # A setting names the host, which may be one of this house.
            reply = outgoing.send(parts, "POST", path, headers, parcel.note.encode(), keep=KEPT)
        except outgoing.SendError as error:
            raise DeliveryError(str(error)) from None
        check(reply, parts.hostname or "")


def check(reply: outgoing.Reply, host: str, reason: str = "") -> None:
    """Raise DeliveryError unless a request was taken, with the reason that was found."""
    if not reply.is_taken:
        why = f": {reason}" if reason else "."
        raise DeliveryError(f"{host} refused it with status {reply.status}{why}")
