"""Uploaded files between preview and keeping: for a day, for whom uploaded them alone."""

from __future__ import annotations

import json
import os
import time
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

KEPT_SECONDS: Final = 24 * 3600


class NoDraft(Exception):
    """There is no such draft, or its day is over."""


@dataclass(frozen=True)
class Draft:
    """What was said with a file. ``space`` and ``person`` are numbers."""

    id: str
    space: int
    person: int
    name: str
    kind: str
    filename: str
    licence: str
    description: str

    @property
    def data(self) -> bytes:
        """The file. Raises NoDraft."""
        try:
            return _path(self.id, "file").read_bytes()
        except FileNotFoundError as error:
            raise NoDraft from error


def draft_keep(
    data: bytes, *, space: int, person: int, name: str, kind: str, filename: str,
    licence: str = "", description: str = "",
) -> Draft:  # fmt: skip
    """Keep a file for a day, and remove those whose day is over. Raises OSError."""
    folder = Path(settings.BENCHMARK_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _tidy(folder)
    draft = Draft(uuid.uuid4().hex, space, person, name, kind, filename[:255], licence, description)
    try:
        _write(_path(draft.id, "file"), data)
        # The words come last: a draft without them is none.
        _write(_path(draft.id, "json"), json.dumps(asdict(draft)).encode())
    except OSError:
        draft_drop(draft)
        raise
    return draft


def draft_of(id: str, *, space: int, person: int) -> Draft:
    """Return a draft of that person in that space. Raises NoDraft."""
    try:
        path = _path(uuid.UUID(id).hex, "json")
        draft = Draft(**json.loads(path.read_bytes()))
        age = time.time() - path.stat().st_mtime
    except (ValueError, FileNotFoundError) as error:
        raise NoDraft from error
    if age > KEPT_SECONDS or (draft.space, draft.person) != (space, person):
        raise NoDraft
    return draft


def draft_drop(draft: Draft) -> None:
    """Remove a draft, if it is there."""
    for suffix in ("json", "file"):
        _path(draft.id, suffix).unlink(missing_ok=True)


def _path(id: str, suffix: str) -> Path:
    return Path(settings.BENCHMARK_DIR) / f"{id}.{suffix}"


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _tidy(folder: Path) -> None:
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink()
