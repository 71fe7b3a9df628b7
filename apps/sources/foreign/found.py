"""What was found in a file of another system: facts, texts, and what was left out and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from apps.common.text import clean, plain
from apps.sources.errors import TooManyRows
from apps.sources.triples import (
    MAX_EVIDENCE_CHARS,
    MAX_NAME_CHARS,
    MAX_ROWS,
    TripleRow,
    row_from_json,
    row_to_json,
)

UNNAMED = "one of its ends has no name"
TOO_LONG = f"a name has more than {MAX_NAME_CHARS} characters"
NO_SUCH_DATE = "its time is not a date that the calendar has"
EMPTY_PERIOD = "it ends before it begins"
REPEATED = "it repeats an earlier one"
_STAMP = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](.*))?", re.ASCII)
_MIDNIGHT = re.compile(r"00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_TYPES = {
    "PER": "person people human user man woman author character",
    "ORG": "organization organisation company corporation institution team university agency",
    "LOC": "place location city country region state town village river mountain address",
    "TIME": "date time timestamp year day",
    "NUM": "number quantity amount",
}
_TYPE_OF = {word: kind for kind, words in _TYPES.items() for word in words.split()}


@dataclass
class Found:
    """What a file of another system holds.

    A fact's ``relation`` is the relation's name or number as the file has it, for which ``labels``
    may have words. ``left_out`` counts what is not here, by reason. A table whose columns nobody
    knows has ``columns`` and ``cells`` and no facts yet.
    """

    system: str
    facts: list[TripleRow] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    columns: list[str] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    _said: set[tuple[object, ...]] = field(default_factory=set, repr=False)

    def add(
        self,
        subject: object,
        relation: object,
        object: object,
        *,
        subject_type: str = "",
        object_type: str = "",
        valid_from: date | None = None,
        valid_to: date | None = None,
        evidence: object = "",
        source: object = "",
    ) -> None:
        """Keep a fact, or count why not. Raises TooManyRows."""
        names = [words(subject), words(relation), words(object)]
        if not all(names):
            self.leave(UNNAMED)
        elif max(map(len, names)) > MAX_NAME_CHARS:
            self.leave(TOO_LONG)
        elif valid_from and valid_to and valid_from >= valid_to:
            self.leave(EMPTY_PERIOD)
        elif (*names, valid_from, valid_to) in self._said:
            self.leave(REPEATED)
        else:
            if len(self.facts) >= MAX_ROWS:
                raise TooManyRows
            self._said.add((*names, valid_from, valid_to))
            told = words(evidence)
            if len(told) > MAX_EVIDENCE_CHARS:
                self.leave("its sentence is too long (the fact is kept without it)")
                told = ""
            row = TripleRow(
                len(self.facts) + 1, names[0], names[1], names[2], subject_type, object_type
            )
            self.facts.append(
                row._replace(
                    valid_from=valid_from,
                    valid_to=valid_to,
                    evidence=told,
                    source=words(source)[:MAX_NAME_CHARS],
                )
            )

    def say(self, text: object) -> None:
        """Keep a text to be read, or count why not."""
        told = clean(text) if isinstance(text, str) else ""
        if not told.strip():
            self.leave("a text without words")
        elif ("", told) in self._said:
            self.leave("a text that is there already")
        else:
            self._said.add(("", told))
            self.texts.append(told)

    def leave(self, reason: str) -> None:
        """Count one thing that is left out."""
        self.left_out[reason] += 1

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "system": self.system,
            "facts": [row_to_json(row) for row in self.facts],
            "texts": self.texts,
            "labels": self.labels,
            "left_out": self.left_out,
            "columns": self.columns,
            "cells": self.cells,
        }


def from_json(kept: Mapping[str, Any]) -> Found:
    """Undo ``Found.to_json``."""
    return Found(
        system=kept["system"],
        facts=[row_from_json(row) for row in kept["facts"]],
        texts=kept["texts"],
        labels=kept["labels"],
        left_out=Counter(kept["left_out"]),
        columns=kept["columns"],
        cells=kept["cells"],
    )


def words(value: object) -> str:
    """Return a name or sentence on one line; empty for what is no text or number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return plain(str(value))


def first_of(record: Mapping[str, Any], *keys: str) -> Any:
    """Return the first of these values that says something."""
    return next((record[key] for key in keys if record.get(key) not in (None, "", [], {})), None)


def records(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list, and nothing of what is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def type_of(names: object) -> str:
    """Return the type that one of these words stands for: "Person" is PER."""
    given: Sequence[object] = names if isinstance(names, list) else [names]
    found = (_TYPE_OF.get(one.strip().lower(), "") for one in given if isinstance(one, str))
    return next(filter(None, found), "")


def day_of(stamp: object, *, ends: bool = False) -> date | None:
    """Return the day of a time stamp, or with ``ends`` the first day after it (a stamp of midnight
    is that day's beginning). Raises ValueError for what is no date of the calendar."""
    if stamp in (None, ""):
        return None
    found = _STAMP.fullmatch(stamp.strip()) if isinstance(stamp, str) else None
    if found is None:
        raise ValueError(NO_SUCH_DATE)
    try:
        day = date(*(int(part) for part in found.groups()[:3]))
        at_midnight = found[4] is not None and _MIDNIGHT.fullmatch(found[4])
        return day + timedelta(days=1) if ends and not at_midnight else day
    except (ValueError, OverflowError):
        raise ValueError(NO_SUCH_DATE) from None
