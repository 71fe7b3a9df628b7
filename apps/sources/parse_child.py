"""The child process of ``parsing``: ``python -m apps.sources.parse_child FILENAME FORMAT``.

Reads a file on standard input and writes one JSON object: what ``parsing.ParsedDocument`` holds, or
``{"error": NAME, "detail": ...}`` for an error of ``errors``. Must not import Django.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
import warnings
from pathlib import PurePath
from typing import Any

from apps.common.text import clean, one_line
from apps.sources import errors, formats
from apps.sources.passages import HEADING_MAX_CHARS, join_passages, split_passages
from apps.sources.places import SMALL_BYTES
from apps.sources.triples import parse_triples, render, row_to_json

FOREIGN = "foreign"  # stands in for the format: a file of another system
MAX_MEMORY_BYTES = 1024 * 1024 * 1024
MAX_CPU_SECONDS = 40
CPU_SECONDS, CPU_SECONDS_A_MEGABYTE = 10, 1.5  # up to that
NICE = 10  # for what is not small: a page that somebody waits for comes first
MAX_CHARS = 2_000_000
_FORBIDDEN_EVENTS = ("socket.", "subprocess.", "os.exec", "os.fork", "os.system", "os.posix_spawn")


def read(data: bytes, *, filename: str, format: str | None) -> dict[str, Any]:
    """Return the reply for one file. Raises the errors of ``errors``."""
    kind = formats.detect_format(data, filename=filename, format=format)
    if kind in formats.TRIPLE_FORMATS:
        return _read_triples(data, filename, kind)
    title, encoding, language = "", "", ""
    if kind == formats.PDF:
        from apps.sources.read_pdf import read_pdf

        title, text, language = read_pdf(data, max_chars=MAX_CHARS)
    else:
        text, encoding = formats.decode(data, html=kind == formats.HTML)
        if len(text) > MAX_CHARS:
            raise errors.TextTooLong
        if kind == formats.HTML:
            from apps.sources.read_html import read_html

            title, text, language = read_html(text)
        elif kind == formats.MARKDOWN:
            from apps.sources.read_markdown import read_markdown

            title, text = read_markdown(clean(text))
    text = clean(text)
    if not text.strip():
        raise errors.EmptyFile
    return {
        "title": one_line(title) or _title(text, filename),
        "text": text,
        "format": kind,
        "encoding": encoding,
        "language": one_line(language, limit=35),
        "passages": split_passages(text),
        "rows": [],
    }


def _read_triples(data: bytes, filename: str, kind: str) -> dict[str, Any]:
    if len(formats.decode(data)[0]) > MAX_CHARS:
        raise errors.TextTooLong
    rows = parse_triples(data, filename, kind)
    text, spans = render(rows)
    if len(text) > MAX_CHARS:
        raise errors.TextTooLong
    return {
        "title": _stem(filename) or "Triples",
        "text": text,
        "format": kind,
        "encoding": formats.decode(data)[1],
        "language": "",
        "passages": join_passages([span.sentence for span in spans]),
        "rows": [row_to_json(row) for row in rows],
    }


def _read_foreign(data: bytes) -> dict[str, Any]:
    from apps.sources import foreign

    found = foreign.read(data)
    if max(sum(map(len, found.texts)), len(render(found.facts)[0])) > MAX_CHARS:
        raise errors.TextTooLong
    return found.to_json()


def _title(text: str, filename: str) -> str:
    """Return the first line if it stands alone like a heading, else the name of the file."""
    first, _, rest = text.partition("\n")
    alone = not rest or rest.startswith("\n") or len(first) <= HEADING_MAX_CHARS // 2
    if alone and len(first) <= HEADING_MAX_CHARS and first[-1:] not in ".,;:!?。":
        stripped = one_line(first.strip("=#*-_ "))
        if rest.strip() and stripped:
            return stripped
    return _stem(filename) or one_line(first, limit=80)


def _stem(filename: str) -> str:
    return one_line(PurePath(filename).stem.replace("_", " "))


def cpu_seconds(size: int) -> int:
    """Return the processor time that reading a file of ``size`` bytes may take: several times what
    a large file of its kind needs."""
    return min(MAX_CPU_SECONDS, int(CPU_SECONDS + CPU_SECONDS_A_MEGABYTE * size / 2**20))


def _limit(size: int) -> None:
    """Give up what reading a file of ``size`` bytes does not need, for good."""
    if size > SMALL_BYTES:
        os.nice(NICE)
    for name, value in (
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(name, (value, value))
    # The lower limit sends SIGXCPU, by which the parent knows the reason; the upper one kills.
    seconds = cpu_seconds(size)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
    sys.addaudithook(_refuse)


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    writes = event == "open" and isinstance(args[1], str) and not set(args[1]).isdisjoint("wax+")
    if writes or event.startswith(_FORBIDDEN_EVENTS):
        raise PermissionError(f"{event} is not for a process that reads files of strangers")


def main() -> None:
    """Read standard input, write the reply."""
    filename, format = sys.argv[1:3]
    data = sys.stdin.buffer.read()
    _limit(len(data))
    logging.disable()
    warnings.simplefilter("ignore")
    try:
        reply = (
            _read_foreign(data)
            if format == FOREIGN
            else read(data, filename=filename, format=format or None)
        )
        output = json.dumps(reply, ensure_ascii=False).encode()
    except errors.SourceError as error:
        output = json.dumps({"error": type(error).__name__, "detail": error.detail}).encode()
    except MemoryError:
        output = b'{"error": "TookTooMuchMemory", "detail": ""}'
    sys.stdout.buffer.write(output)


if __name__ == "__main__":
    main()
