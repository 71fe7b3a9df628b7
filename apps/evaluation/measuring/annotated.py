"""Texts with the facts that they state, one to a line of JSON, as people write them down."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.proposing import Names, Proposed, names_of

T = TypeVar("T")


@dataclass(frozen=True)
class Stated:
    """A fact that somebody wrote down, by every name that its two sides go by."""

    subject: Names
    relation: str
    object: Names

    def is_strictly(self, one: Proposed) -> bool:
        """Tell whether a proposal is this fact: equal names or values on both sides."""
        return (
            one.relation == self.relation
            and bool(one.subject & self.subject)
            and bool(one.object & self.object)
        )

    def is_leniently(self, one: Proposed) -> bool:
        """Tell whether a proposal is this fact where one name may hold all words of the other."""
        return (
            one.relation == self.relation
            and _share_words(one.subject, self.subject)
            and _share_words(one.object, self.object)
        )


@dataclass(frozen=True)
class AnnotatedText:
    """A text, what it states, what may be proposed besides, and what it does not state.

    ``group`` joins texts of the same names, of which some state the facts and others do not.
    """

    kind: str
    text: str
    facts: tuple[Stated, ...]
    also_right: tuple[Stated, ...] = ()
    unstated: tuple[Stated, ...] = ()
    group: str = ""

    @property
    def words(self) -> int:
        """The number of words, as what stands between blanks."""
        return len(self.text.split())


def fact_said(fact: Mapping[str, Any]) -> str:
    """Return a fact of a case in one line, with how the text has it where it does not state it.

    >>> fact_said({"subject": "Ada", "relation": "lives in", "object": "Corvo", "mood": "ended"})
    'Ada · lives in · Corvo (ended)'
    """
    said = " · ".join(str(fact.get(part, "")) for part in ("subject", "relation", "object"))
    mood = fact.get("mood", "stated")
    return said if mood == "stated" else f"{said} ({mood})"


def read_texts(path: Path) -> list[AnnotatedText]:
    """Return the texts of a file of JSON lines. Raises EvaluationError with the faulty line."""
    return read_rows(path, text_of, "texts")


def read_rows(path: Path, made: Callable[[Any], T], called: str) -> list[T]:
    """Return what ``made`` makes of each line of a file of JSON lines, empty ones left out; its
    ValueError says what is wrong with one. Raises EvaluationError with the faulty line, and where
    there is none at all of what they are ``called``."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise EvaluationError(f"{path} is not in UTF-8: {error}.") from error
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror or error}.") from error
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(made(json.loads(line)))
        except RecursionError as error:
            raise EvaluationError(f"{path}, line {number} is nested too deeply.") from error
        except ValueError as error:
            raise EvaluationError(f"{path}, line {number}: {error}.") from error
    if not found:
        raise EvaluationError(f"{path} holds no {called}.")
    return found


def text_of(row: Any) -> AnnotatedText:
    """Return the text that an object states. Raises ValueError."""
    if not isinstance(row, dict):
        raise ValueError("it is no JSON object")
    if not str(_string(row, "text")).strip():
        raise ValueError("its text is empty")
    return AnnotatedText(
        _string(row, "kind", "text"),
        _string(row, "text"),
        _facts(row, "facts"),
        _facts(row, "ok"),
        _facts(row, "not"),
        _string(row, "group", ""),
    )


def _string(row: Mapping[str, Any], key: str, otherwise: str | None = None) -> str:
    value = row.get(key, otherwise)
    if not isinstance(value, str):
        raise ValueError(f"{key!r} is missing or no text")
    return value


def _facts(row: Mapping[str, Any], key: str) -> tuple[Stated, ...]:
    facts = row.get(key, [])
    if not isinstance(facts, list):
        raise ValueError(f"{key!r} is no list")
    return tuple(_fact(one, f"{key}[{number}]") for number, one in enumerate(facts))


def _fact(row: Any, place: str) -> Stated:
    if not isinstance(row, dict) or not isinstance(row.get("relation"), str):
        raise ValueError(f"{place} is no object with subject, relation and object")
    return Stated(_names(row, "subject", place), row["relation"], _names(row, "object", place))


def _names(row: Mapping[str, Any], side: str, place: str) -> Names:
    names = [row.get(side), *_list(row.get(f"{side}_names", []), f"{place}.{side}_names")]
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise ValueError(f"{place}.{side} is missing or no text")
    return names_of(name for name in names if isinstance(name, str))


def _list(value: Any, place: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{place} is no list")
    return value


def _share_words(one: Names, other: Names) -> bool:
    return any(
        set(a.split()) <= set(b.split()) or set(b.split()) <= set(a.split())
        for a in one
        for b in other
    )
