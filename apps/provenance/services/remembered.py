"""What was signed last of each log, remembered beside the key and not in the database.

Whoever can write all of the database could else rewrite a log, remove its checkpoints, and have the
new history signed in good faith.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from apps.provenance.files import write_whole
from apps.provenance.keys import KeyFileError
from apps.provenance.models import Log
from apps.provenance.notes import MOST_BYTES


def remembered_path(log: Log) -> Path:
    """Return the file with the last checkpoint of a log."""
    return Path(settings.VAR_DIR) / "provenance" / "signed" / f"{log.identity}.txt"


def remembered(log: Log) -> bytes:
    """Return the last checkpoint that was signed here; nothing where there was none.

    Raises KeyFileError.
    """
    path = remembered_path(log)
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}.") from None


def remember(log: Log, note: str) -> None:
    """Keep a checkpoint in the place of the one before. Raises KeyFileError."""
    path = remembered_path(log)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, note.encode())
    except OSError as error:
        raise KeyFileError(f"{path} cannot be written: {error.strerror}.") from None
