"""Uploaded files between preview and keeping: for a day, for whom uploaded them alone."""

from __future__ import annotations

import hashlib
import json
import os
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from django.conf import settings

from apps.evaluation.services.benchmarks.cases import NewCase, Summary, case_in, line_of
from apps.evaluation.services.benchmarks.previews import FIRST
from apps.evaluation.services.benchmarks.reading import (
    FORMATS,
    Reading,
    reading_of,
)
from apps.evaluation.services.kinds import kind_of

KEPT_SECONDS: Final = 24 * 3600


class NoDraft(Exception):
    """There is no such draft, or its day is over."""


class FaultyRows(Exception):
    """Rows of the file are wrong; the reading says which."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(f"{reading.wrong} rows are wrong")
        self.reading = reading


@dataclass(frozen=True)
class Draft:
    """What was said with a file and what it holds. ``space`` and ``person`` are numbers."""

    id: str
    space: int
    person: int
    name: str
    kind: str
    filename: str
    licence: str
    description: str
    format: str
    language: str
    summary: Summary
    skipped: Mapping[str, int] = field(default_factory=dict)  # rows that are no case, by why

    def cases(self) -> Iterator[NewCase]:
        """Yield its cases, one by one, from the disk. Raises NoDraft."""
        try:
            with _path(self.id, "cases").open("rb") as file:
                yield from map(case_in, file)
        except FileNotFoundError as error:
            raise NoDraft from error


def draft_keep(
    data: bytes, *, space: int, person: int, name: str, kind: str, filename: str,
    licence: str = "", description: str = "",
) -> Draft:  # fmt: skip
    """Read a file once, keep its cases for a day, and remove those whose day is over.

    Raises UnreadableFile, FaultyRows and OSError; nothing is kept of what fails.
    """
    reading, cases = reading_of(data, filename=filename, kind=kind)
    folder = Path(settings.BENCHMARK_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _tidy(folder)
    id_ = uuid.uuid4().hex
    with ExitStack() as failed:
        failed.callback(_remove, id_)
        summary = _cases_keep(_path(id_, "cases"), cases, kind)
        if reading.wrong:
            raise FaultyRows(reading)
        draft = Draft(
            id_, space, person, name, kind, filename[:255], licence, description,
            FORMATS[reading.format], reading.language, summary, dict(reading.skipped),
        )  # fmt: skip
        # The words come last: a draft without them is none.
        words = vars(draft) | {"summary": summary.as_json()}
        with _opened(_path(id_, "json")) as file:
            file.write(json.dumps(words).encode())
        failed.pop_all()
    return draft


def _cases_keep(path: Path, cases: Iterator[NewCase], kind: str) -> Summary:
    """Write cases as they are read, a line each."""
    relations, hashed, summary = kind_of(kind).relations, hashlib.sha256(), Summary()
    with _opened(path) as file:
        for case in cases:
            line = line_of(case)
            hashed.update(line)
            file.write(line)
            summary.add(case, relations(case), most=FIRST)
    summary.sha256 = hashed.hexdigest()
    return summary


def draft_of(id: str, *, space: int, person: int) -> Draft:
    """Return a draft of that person in that space. Raises NoDraft."""
    try:
        path = _path(uuid.UUID(id).hex, "json")
        kept = json.loads(path.read_bytes())
        draft = Draft(**kept | {"summary": Summary.of(kept["summary"])})
        age = time.time() - path.stat().st_mtime
    except (ValueError, FileNotFoundError) as error:
        raise NoDraft from error
    if age > KEPT_SECONDS or (draft.space, draft.person) != (space, person):
        raise NoDraft
    return draft


def draft_drop(draft: Draft) -> None:
    """Remove a draft, if it is there."""
    _remove(draft.id)


def _remove(id: str) -> None:
    for suffix in ("json", "cases"):
        _path(id, suffix).unlink(missing_ok=True)


def _path(id: str, suffix: str) -> Path:
    return Path(settings.BENCHMARK_DIR) / f"{id}.{suffix}"


def _opened(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _tidy(folder: Path) -> None:
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink()
