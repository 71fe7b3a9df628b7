"""What an action of the log is: its words, what its event records, and who is told of it.

>>> Action(
...     "document.renamed",
...     "renamed a document",
...     "renamed document {document} to “{title}”[: {reason}]",
...     {"document": NUMBER, "title": content(TEXT), "reason": optional(personal(TEXT))},
...     told=MEMBERS,
... )
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

# Whom activity is told outside of the log, besides owners and auditors, who read the log itself.
NOBODY_ELSE: Final = frozenset[str]()
REVIEWERS: Final = frozenset({"reviewer"})
MEMBERS: Final = frozenset({"reviewer", "asker"})
# What canonical JSON (RFC 8785) can say of a whole number.
LARGEST: Final = 2**53 - 1


class BadPayload(ValueError):
    """An event does not record what its action says."""


class Data(Enum):
    """What the value of a payload key may hold: nothing about anybody; who a person of memweb is or
    what they wrote; words of documents and of the memory, which may be about anybody."""

    PLAIN = "plain"
    PERSONAL = "personal"
    CONTENT = "content"


@dataclass(frozen=True)
class Key:
    """What a payload may hold under one key. ``wants`` says it in words ("a number")."""

    wants: str
    fits: Callable[[Any], bool]
    example: Any
    data: Data = Data.PLAIN
    required: bool = True


def personal(key: Key) -> Key:
    return replace(key, data=Data.PERSONAL)


def content(key: Key) -> Key:
    return replace(key, data=Data.CONTENT)


def optional(key: Key) -> Key:
    return replace(key, required=False)


def or_none(key: Key) -> Key:
    """Let the key hold None as well."""
    return replace(
        key, wants=f"{key.wants} or nothing", fits=lambda value: value is None or key.fits(value)
    )


def is_json(value: Any) -> bool:
    """Tell whether canonical JSON can say the value, the same everywhere."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_json(one) for key, one in value.items())
    if isinstance(value, list):
        return all(map(is_json, value))
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) <= LARGEST
    return value is None or isinstance(value, str)


def _is_number(value: Any) -> bool:
    return type(value) is int and abs(value) <= LARGEST


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _is_row(value: Any) -> bool:
    """Tell of what names a row by its number and its name, and may describe it."""
    return (
        isinstance(value, dict)
        and _is_number(value.get("id"))
        and isinstance(value.get("name"), str)
        and is_json(value)
    )


def _is_fact(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 3
        and all(one is None or isinstance(one, str) for one in value)
    )


def _is_changed(value: Any) -> bool:
    """Tell of a mapping from fields to what stood there before and what does after."""
    pairs = value.values() if isinstance(value, dict) else [None]
    return all(isinstance(pair, list) and len(pair) == 2 for pair in pairs) and is_json(value)


def _list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_counts(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(name, str) and _is_number(number) for name, number in value.items()
    )


def _is_fields(value: Any) -> bool:
    return isinstance(value, dict) and is_json(value)


TEXT: Final = Key("a text", _is_text, "words")
TEXTS: Final = Key("a list of texts", _list_of(_is_text), ["words", "more words"])
NUMBER: Final = Key("a whole number", _is_number, 2)
NUMBERS: Final = Key("a list of whole numbers", _list_of(_is_number), [1, 2])
COUNTS: Final = Key("whole numbers by name", _is_counts, {"requests": 2})
FLAG: Final = Key("yes or no", lambda value: isinstance(value, bool), True)
DAY: Final = Key("a day", _is_day, "2026-11-27")
SPAN: Final = Key(
    "two places in a text", lambda one: _list_of(_is_number)(one) and len(one) == 2, [0, 12]
)
RUNS: Final = Key("runs of numbers, first and last", _list_of(SPAN.fits), [[3, 9], [12, 12]])
ROW: Final = Key("the number and the name of a row", _is_row, {"id": 1, "name": "Ada Brook"})
ROWS: Final = Key("numbers and names of rows", _list_of(_is_row), [{"id": 1, "name": "Ada Brook"}])
FACT: Final = Key("a fact in three texts", _is_fact, ["Ada Brook", "place of birth", "Lindenau"])
CHANGED: Final = Key("fields before and after", _is_changed, {"name": ["Ada", "Ada Brook"]})
FIELDS: Final = Key("named values", _is_fields, {"name": "Ada Brook"})
ANY: Final = Key("what JSON can say", is_json, {"name": "Ada Brook"})


@dataclass(frozen=True)
class Action:
    """One kind of event.

    ``wording`` tells of it without its payload, as a list of kinds has it ("accepted a fact");
    ``sentence`` with it, after the name of who acted (``sentences.sentence``). ``keys`` is the
    schema of the payload, which may hold nothing else; ``told`` the roles that are told of it
    outside of the log, besides owners and auditors. The label of the actor is personal in every
    event.
    """

    name: str
    wording: str
    sentence: str
    keys: Mapping[str, Key]
    told: frozenset[str] = NOBODY_ELSE

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", MappingProxyType(dict(self.keys)))
        if not self.wording or not self.sentence:
            raise ValueError(f"{self.name} has no words for people")

    def check(self, payload: Mapping[str, Any]) -> None:
        """Raise BadPayload for a payload that is not as the action says. Values are not quoted:
        they may be secret."""
        if missing := [
            name for name, key in self.keys.items() if key.required and name not in payload
        ]:
            raise BadPayload(f"{self.name} has to record {', '.join(missing)}")
        for name, value in payload.items():
            key = self.keys.get(name)
            if key is None:
                raise BadPayload(f"{self.name} does not record {name!r}")
            if not key.fits(value):
                found = type(value).__name__
                raise BadPayload(f"{self.name} records {key.wants} as {name!r}, not this {found}")

    def keys_of(self, data: Data) -> frozenset[str]:
        """Return the payload keys of a data class."""
        return frozenset(name for name, key in self.keys.items() if key.data == data)

    def example(self) -> dict[str, Any]:
        """Return a payload with all keys."""
        return {name: key.example for name, key in self.keys.items()}
