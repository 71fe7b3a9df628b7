"""Checkpoints in a folder, which may be a mounted disk of somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from apps.provenance.files import write_whole
from apps.provenance.services.destinations.common import DeliveryError, Parcel


@dataclass(frozen=True)
class Folder:
    """A folder with a folder for each log, and a file for each checkpoint."""

    path: Path

    @property
    def label(self) -> str:
        return f"folder {self.path}"

    def deliver(self, parcel: Parcel) -> None:
        """Write the note under a name that says its size. It appears whole or not at all."""
        target = self.path / parcel.name
        try:
            if target.exists() and target.read_bytes() == parcel.note.encode():
                return
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, parcel.note.encode())
            target.chmod(0o644)  # for whoever is to keep them; a note holds no secret
        except OSError as error:
            raise DeliveryError(f"{self.path} cannot be written: {error.strerror}.") from None
