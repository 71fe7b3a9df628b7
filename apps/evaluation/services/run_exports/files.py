"""Where the files of runs lie, and how one grows there: what was saved of it stays, and what a
killed worker wrote after that is cut off."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from apps.evaluation.models import RunExport


class Busy(Exception):
    """Another process is still writing this file."""


def path_of(export: RunExport) -> Path:
    """Return where the whole file lies once it is done."""
    return Path(settings.EXPORT_DIR) / "runs" / f"{export.pk}.file"


def part_of(export: RunExport) -> Path:
    """Return where it grows."""
    return path_of(export).with_suffix(".part")


@contextmanager
def growing(export: RunExport) -> Iterator[BinaryIO]:
    """Give what is written so far, cut to what was saved, to add to it; nobody else may meanwhile.

    Raises Busy and OSError. One that is smaller than what was saved of it begins anew.
    """
    part = part_of(export)
    part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        if os.fstat(descriptor).st_size < export.written:
            export.written = export.last = export.done = 0
        file.truncate(export.written)
        file.seek(0, os.SEEK_END)
        yield file


def saved(file: BinaryIO) -> int:
    """Bring what is written to the disk and return how many bytes it is. Raises OSError."""
    file.flush()
    os.fsync(file.fileno())
    return file.tell()


def measured(export: RunExport) -> tuple[int, str]:
    """Return size and SHA-256 of what is written. Raises OSError."""
    with part_of(export).open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), sha256


def publish(export: RunExport) -> None:
    """Give the whole file its name. Raises OSError."""
    part_of(export).rename(path_of(export))


def drop(export: RunExport, *, whole: bool = True) -> None:
    """Remove what is there of it: what grows, and the whole file where that is to go too."""
    part_of(export).unlink(missing_ok=True)
    if whole:
        path_of(export).unlink(missing_ok=True)
