"""Where the files of exports lie, and how one comes there: whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.conf import settings

from apps.provenance.models import Export


class Busy(Exception):
    """Another process is still writing this export."""


class _Hashed:
    """A file that knows the size and the SHA-256 of what was written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.size += len(data)
        return self._file.write(data)

    def writelines(self, pieces: Any) -> None:
        for piece in pieces:
            self.write(piece)

    def flush(self) -> None:
        self._file.flush()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def folder() -> Path:
    """Return the folder of all exports, open to its owner alone; it is made where there is none.

    Raises OSError.
    """
    place = Path(settings.EXPORT_DIR)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def path_of(export: Export) -> Path:
    """Return where the whole file of an export lies once it is done."""
    return Path(settings.EXPORT_DIR) / f"{export.pk}.file"


def parts_of(export: Export) -> Path:
    """Return the folder of what is written of an export so far."""
    return Path(settings.EXPORT_DIR) / f"{export.pk}.parts"


@contextmanager
def alone(export: Export) -> Iterator[None]:
    """Let no other process write this export meanwhile: one that lost its lease may still be at
    it. Ends with the process, however that ends. Raises Busy and OSError."""
    descriptor = os.open(folder() / f"{export.pk}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        yield
    finally:
        os.close(descriptor)


def publish(export: Export, write: Callable[[BinaryIO], None]) -> tuple[int, str]:
    """Write the file of an export under another name and give it its own when it is whole.

    Returns its size in bytes and its SHA-256. Raises OSError; then nothing is left of it.
    """
    temporary = folder() / f"{export.pk}.tmp"
    temporary.unlink(missing_ok=True)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            hashed = _Hashed(file)
            write(cast(BinaryIO, hashed))
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path_of(export))
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return hashed.size, hashed.sha256
