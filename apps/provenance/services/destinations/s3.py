"""Checkpoints in a bucket that speaks the protocol of Amazon S3."""

from __future__ import annotations

from dataclasses import dataclass

from apps.common import outgoing, s3
from apps.provenance.services.destinations.common import DeliveryError, Parcel
from apps.provenance.services.destinations.http import KEPT, NOTE_TYPE, check


@dataclass(frozen=True)
class Bucket:
    """A bucket at a server; the names of what it keeps begin with ``prefix``."""

    server: s3.Server
    prefix: str

    @property
    def label(self) -> str:
        return f"bucket {self.server.bucket} at {self.server.host}"

    def deliver(self, parcel: Parcel) -> None:
        """Put the note under a name that says its log and size."""
        key = "/".join(filter(None, (self.prefix.strip("/"), parcel.name)))
        body = parcel.note.encode()
        try:
            reply = self.server.send("PUT", key, body=body, kind=NOTE_TYPE, keep=KEPT)
        except outgoing.SendError as error:
            raise DeliveryError(str(error)) from None
        check(reply, self.server.host, s3.reason_in(reply.head))
