"""Reads a file that somebody brings, in a child process that can come to no harm.

The child (``parse_child``) has limits on memory, processor time and files, no secrets in its
environment, and imports no Django. It gets the bytes on standard input and answers with JSON.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Hashable
from pathlib import Path
from typing import Any, NamedTuple

from apps.common.text import clean
from apps.sources import errors, foreign, parse_child
from apps.sources.passages import PassageSpan, Span
from apps.sources.places import Places
from apps.sources.triples import TripleRow, row_from_json

logger = logging.getLogger(__name__)

MAX_BYTES = 20 * 1024 * 1024
WALL_SECONDS = 180.0  # the child's limit of processor time is what ends a reading as a rule
WAIT_SECONDS = 60.0  # for a place
CHILDREN_AT_ONCE = 4  # each may take the memory that parse_child allows
CHILDREN_EACH = 2  # of one person
MOST_WAITING = 8  # of one person
_ROOT = Path(__file__).resolve().parents[2]
_places = Places(CHILDREN_AT_ONCE, each=CHILDREN_EACH, most_waiting=MOST_WAITING)
_KILLED_FOR_TIME = (-signal.SIGXCPU, -signal.SIGALRM)


class ParsedDocument(NamedTuple):
    """What a file says. All offsets index ``text``, which is as it is to be stored.

    ``rows`` is filled for the formats of triples only; ``encoding`` is empty
    for PDF, and ``language`` is what the file itself claims, if anything.
    """

    title: str
    text: str
    format: str
    encoding: str
    language: str
    passages: tuple[PassageSpan, ...]
    rows: tuple[TripleRow, ...] = ()


def parse(
    data: bytes,
    *,
    filename: str,
    format: str | None = None,
    person: Hashable = None,
    max_bytes: int = MAX_BYTES,
    wall_seconds: float = WALL_SECONDS,
) -> ParsedDocument:
    """Read ``data`` and cut it into passages. ``format`` stands in for the extension.

    Few files are read at once; those of several people, told apart by ``person``, in turn. Raises
    the errors of ``apps.sources.errors``.
    """
    reply = _read(data, filename, format, person, max_bytes, wall_seconds)
    return ParsedDocument(
        title=reply["title"],
        text=reply["text"],
        format=reply["format"],
        encoding=reply["encoding"],
        language=reply["language"],
        passages=tuple(
            PassageSpan(start, end, tuple(Span(*span) for span in spans))
            for start, end, spans in reply["passages"]
        ),
        rows=tuple(row_from_json(row) for row in reply["rows"]),
    )


def parse_foreign(
    data: bytes, *, person: Hashable = None, max_bytes: int = MAX_BYTES
) -> foreign.Found:
    """Read a file of another system, in the same way.

    Raises NotRecognised and the other errors of ``apps.sources.errors``.
    """
    reply = _read(data, "", parse_child.FOREIGN, person, max_bytes, WALL_SECONDS)
    return foreign.from_json(reply)


def _read(
    data: bytes,
    filename: str,
    format: str | None,
    person: Hashable,
    max_bytes: int,
    wall_seconds: float,
) -> dict[str, Any]:
    if not data:
        raise errors.EmptyFile
    if len(data) > max_bytes:
        raise errors.TooLarge(f"The limit is {max_bytes // 2**20} MB.")
    with _places.one(person, size=len(data), seconds=WAIT_SECONDS):
        reply = _ask_child(data, filename=filename, format=format, wall_seconds=wall_seconds)
    if "error" in reply:
        raise errors.BY_NAME[reply["error"]](reply["detail"])
    return reply


def _ask_child(
    data: bytes, *, filename: str, format: str | None, wall_seconds: float
) -> dict[str, Any]:
    name = clean(os.path.basename(filename))[-255:]
    command = [sys.executable, "-m", "apps.sources.parse_child", name]
    try:
        child = subprocess.run(  # noqa: S603 -- a list, no shell; the name is one argument
            [*command, format or ""],
            input=data,
            capture_output=True,
            timeout=wall_seconds,
            cwd=_ROOT,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONUTF8": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise errors.TookTooLong from None
    if child.returncode in _KILLED_FOR_TIME:
        raise errors.TookTooLong
    if child.returncode in (-signal.SIGKILL, -signal.SIGSEGV, -signal.SIGABRT):
        raise errors.TookTooMuchMemory
    if child.returncode != 0:
        logger.error("reading %r failed: %s", filename, child.stderr.decode()[-4000:])
        raise errors.ReadingFailed
    reply: dict[str, Any] = json.loads(child.stdout)
    return reply
