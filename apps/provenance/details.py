"""What an event records, for people: labelled values, what was before and after, links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.urls import NoReverseMatch, reverse

MOST_LINKS: Final = 12
MOST_VALUES: Final = 200  # of a list

# Payload key: its name for people. A key that is not here shows with its own words.
LABELS: Final = {
    "abstained": "Abstained",
    "action": "Decision that was undone",
    "adapter": "Adapter",
    "along_with": "Along with the decision",
    "answer": "Answer",
    "as_of": "As of",
    "asked_again": "Asked again as",
    "backend": "Backend",
    "base": "Language model",
    "before": "Before",
    "bytes": "Size",
    "call": "Written by the head",
    "calls": "Reads of the memory",
    "cut": "Leaves out what no fact bears out",
    "decided_by": "Decided by",
    "despite_conflicts": "Kept beside what it contradicts",
    "disputes": "Fact that the sentence denies",
    "examples": "Example sentences",
    "fact": "Fact",
    "implies": "Also means",
    "implies_back": "Also means, turned round",
    "inverse_id": "Inverse",
    "kind": "Kind",
    "known": "Known side",
    "least": "Least score, in per cent",
    "object_kind": "Kind of the object",
    "object_text": "Object",
    "object_type": "Type of the object",
    "own": "Kept as they are, the space's own",
    "own_proposal": "Own proposal of who decided",
    "propose_implied": "Also asked about what follows",
    "relation_proposal": "Proposed relation",
    "relations": "Relations",
    "replaced": "Fact that it replaced",
    "replaces": "Fact to replace",
    "restored": "Back in use",
    "said": "The source says",
    "self_review": "One reviewer may decide own proposals",
    "sha256": "SHA-256",
    "single_valued": "One at a time",
    "subject_text": "Subject",
    "subject_type": "Type of the subject",
    "superseded_by": "Replaced by",
    "template": "Sentence",
    "triple": "Fact of the memory",
    "triples": "Facts of the memory",
    "user": "Person",
    "valid_from": "Holds from",
    "valid_to": "First day on which it no longer holds",
    "wording": "Question that the relation learnt",
}
# Payload key: the page of the row whose number it holds, and what the row is called.
ROWS: Final = {
    "asked_again": ("asking:question", "question"),
    "batch": ("curation:batch", "batch"),
    "candidate": ("curation:candidate-detail", "candidate"),
    "candidates": ("curation:candidate-detail", "candidate"),
    "disputes": ("facts:triple", "fact"),
    "document": ("sources:document", "document"),
    "duplicates": ("facts:triple", "fact"),
    "entity": ("memory:entity", "entity"),
    "moved": ("facts:triple", "fact"),
    "question": ("asking:question", "question"),
    "refused": ("curation:candidate-detail", "candidate"),
    "relation": ("memory:relation-edit", "relation"),
    "replaced": ("facts:triple", "fact"),
    "replaces": ("facts:triple", "fact"),
    "superseded_by": ("facts:triple", "fact"),
    "triple": ("facts:triple", "fact"),
    "triples": ("facts:triple", "fact"),
}
# What is read first; the database keeps no order.
FIRST: Final = (
    "fact",
    "name",
    "text",
    "said",
    "subject",
    "relation",
    "object",
    "sentence",
    "reason",
)
ENTITIES: Final = ("subject", "object", "source", "target")
NUMBERED: Final = (
    "conversation",
    "decision",
    "decisions",
    "evidence",
    "mark",
    "passage",
    "relation_proposal",
)
TYPES: Final = {
    "PER": "person",
    "ORG": "organisation",
    "LOC": "place",
    "TIME": "time",
    "NUM": "number",
    "MISC": "other",
}


@dataclass(frozen=True)
class Piece:
    """Some words, and the address that they lead to."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Line:
    """One thing that an event says. A change has ``before`` beside ``after``."""

    label: str
    after: tuple[Piece, ...]
    before: str = ""
    is_change: bool = False


def details_of(payload: Mapping[str, Any], slug: str) -> list[Line]:
    """Return what a payload says, line by line, without what is empty."""
    return list(_lines(payload, slug))


def _lines(payload: Mapping[str, Any], slug: str) -> Iterator[Line]:
    before, after = payload.get("before"), payload.get("after")
    for key in sorted(payload, key=lambda one: FIRST.index(one) if one in FIRST else len(FIRST)):
        value = payload[key]
        if key in ("before", "after") and isinstance(before, dict) and isinstance(after, dict):
            if key == "before":
                yield from _changes({one: [before.get(one), after.get(one)] for one in after})
        elif key == "changed" and isinstance(value, dict):
            yield from _changes(value)
        elif key == "before" and isinstance(value, dict):
            for name, old in value.items():
                pieces = _pieces(name, old, slug) or (Piece("none"),)
                yield Line(f"{label(name)} as proposed", pieces)
        elif pieces := _pieces(key, value, slug):
            yield Line(label(key), pieces)


def _changes(changed: Mapping[str, Any]) -> Iterator[Line]:
    for name, pair in changed.items():
        if not isinstance(pair, list) or len(pair) != 2:
            pair = ["", pair]
        old, new = (_said(name, one) or "none" for one in pair)
        if old != new:
            yield Line(label(name), (Piece(new),), old, is_change=True)


def label(key: str) -> str:
    """Return the name of a payload key for people."""
    plain = key.removesuffix("_id").replace("_", " ")
    return LABELS.get(key) or plain[:1].upper() + plain[1:]


def _pieces(key: str, value: Any, slug: str) -> tuple[Piece, ...]:
    if value in (None, "", [], {}, False):
        return ()
    if key in ENTITIES and isinstance(value, dict) and "id" in value:
        return (Piece(str(value.get("name", "")), address("memory:entity", slug, value["id"])),)
    if key == "relation" and isinstance(value, dict) and "id" in value:
        href = address("memory:relation-edit", slug, value["id"])
        return (Piece(str(value.get("name", "")), href),)
    numbers = _numbers(value)
    if numbers and key in ROWS:
        return tuple(_rows(key, numbers, slug))
    if numbers and key in NUMBERED:
        return (Piece(", ".join(f"no. {number}" for number in numbers)),)
    return (Piece(_said(key, value)),)


def _numbers(value: Any) -> list[int]:
    """Return the row numbers of a value: one, a list of them, or the keys of a mapping."""
    if isinstance(value, dict):
        value = [int(one) for one in value if str(one).isdigit()]
    given = value if isinstance(value, list) else [value]
    plain = [one for one in given if isinstance(one, int) and not isinstance(one, bool)]
    return plain if len(plain) == len(given) else []


def _rows(key: str, numbers: list[int], slug: str) -> Iterator[Piece]:
    page, noun = ROWS[key]
    for number in numbers[:MOST_LINKS]:
        yield Piece(f"{noun} {number}", address(page, slug, number))
    if len(numbers) > MOST_LINKS:
        yield Piece(f"and {len(numbers) - MOST_LINKS:,} more")


def address(name: str, slug: str, pk: Any) -> str:
    """Return the address of a row's page, or nothing."""
    try:
        return reverse(name, args=[slug, pk])
    except NoReverseMatch:
        return ""


def _said(key: str, value: Any) -> str:
    """Return a value in words; nothing for what is empty."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        said = ((label(name), _said(name, one)) for name, one in value.items())
        return "; ".join(f"{name}: {words}" for name, words in said if words)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return _list_said(key, list(value))
    if isinstance(value, int):
        return f"{value:,} bytes" if key == "bytes" else f"{value:,}"
    return _text_said(key, value)


def _text_said(key: str, value: Any) -> str:
    if key.endswith("type") and value in TYPES:
        return TYPES[value]
    if key in ("valid_from", "valid_to", "as_of"):
        return day_said(str(value))
    return str(value)


def _list_said(key: str, values: list[Any]) -> str:
    if key == "fact":
        return " · ".join(str(one) for one in values if one is not None)
    spans = all(isinstance(one, int) for one in values) and len(values) == 2
    if key in ("sentence", "subject", "object") and spans:
        return f"characters {values[0]:,} to {values[1]:,}"
    more = f", and {len(values) - MOST_VALUES:,} more" if len(values) > MOST_VALUES else ""
    return ", ".join(filter(None, (_said(key, one) for one in values[:MOST_VALUES]))) + more


def day_said(text: str) -> str:
    """Return a day, or a time, of ISO 8601 as a day in words; anything else as it is."""
    try:
        return f"{date.fromisoformat(text[:10]):%-d %B %Y}"
    except ValueError:
        return text
