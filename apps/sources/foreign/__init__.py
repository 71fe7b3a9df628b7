"""Reads files of other systems. Which one it is, its content says and not its name."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

from apps.sources.errors import EmptyFile, NotRecognised
from apps.sources.foreign import annotated, cognee, graphiti, memories, table, wikidata
from apps.sources.foreign.found import Found, from_json
from apps.sources.formats import decode

__all__ = ["Found", "from_json", "read"]

_OF_JSON: tuple[ModuleType, ...] = (annotated, graphiti, cognee, wikidata, memories)


def read(data: bytes) -> Found:
    """Return what a file holds. Raises NotRecognised, EmptyFile, TooManyRows and what
    ``formats.decode`` raises."""
    text = decode(data)[0].removeprefix("\ufeff")
    start = text.lstrip()[:1]
    if not start:
        raise EmptyFile
    try:
        found = _json(text) if start in "{[" else _text(text)
    except RecursionError:
        raise NotRecognised("It is nested too deeply.") from None
    except ValueError as problem:
        raise NotRecognised(str(problem)) from None
    if not (found.facts or found.texts or found.left_out or found.cells):
        raise NotRecognised("There is no fact in it.")
    return found


def _json(text: str) -> Found:
    from apps.sources.foreign import rdf  # rdflib is large

    try:
        data: Any = json.loads(text)
    except json.JSONDecodeError as error:
        lines = wikidata.lines(text)
        if lines is None:
            raise ValueError(
                f"It begins as JSON but is not whole (line {error.lineno}: {error.msg})."
            ) from None
        data = lines
    for reader in _OF_JSON:
        if reader.recognises(data):
            return reader.read(data)  # type: ignore[no-any-return]
    if rdf.recognises_json(data):
        return rdf.read(text, json_ld=data)
    raise ValueError("It is JSON of none of the systems that are known.")


def _text(text: str) -> Found:
    from apps.sources.foreign import rdf

    if text.lstrip().startswith("<?xml") or "<graphml" in text[:2000]:
        return cognee.read(cognee.graphml(text))
    if rdf.recognises(text):
        return rdf.read(text)
    return table.read(text)
