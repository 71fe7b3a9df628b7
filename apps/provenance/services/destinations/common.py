"""What every destination of checkpoints takes, and how it fails."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol


class DeliveryError(Exception):
    """A checkpoint did not arrive; the message says why in one sentence."""


@dataclass(frozen=True)
class Parcel:
    """A checkpoint on its way: the log's uuid, how many entries it has, and the signed note."""

    log: str
    size: int
    note: str

    @property
    def name(self) -> str:
        """Its name at a destination. Two different notes never have the same name, so that none
        overwrites another one."""
        digest = hashlib.sha256(self.note.encode()).hexdigest()[:16]
        return f"{self.log}/{self.size:012}-{digest}.txt"


class Destination(Protocol):
    """A place outside of the database that keeps checkpoints."""

    @property
    def label(self) -> str:
        """What people call it: its kind and its address, without secrets."""

    def deliver(self, parcel: Parcel) -> None:
        """Keep a checkpoint; once more does no harm. Raises DeliveryError."""
