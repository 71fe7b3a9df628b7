"""A text with the facts that it states, as a row of a file has it.

In CSV a row has one fact; rows that follow each other with the same text are one case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from apps.evaluation.measuring.annotated import text_of
from apps.evaluation.services.benchmarks.cases import NewCase
from apps.evaluation.services.formats.questions import key_of
from apps.evaluation.services.formats.rows import Row

KIND: Final = "text"  # of one that says none
MOODS: Final = ("stated", "ended", "denied")
_SIDES: Final = ("subject", "relation", "object")
_NAMES: Final = ("subject_names", "object_names")


def text_case(row: Row, is_csv: bool) -> NewCase:
    """Return the case of a row, checked as ``evaluate statements`` checks it. Raises ValueError."""
    fields = {**row.fields, "kind": row.fields.get("kind") or KIND}
    text = text_of(fields)
    expected = _facts(fields, "facts")
    given: dict[str, Any] = {
        name: facts for name in ("ok", "not") if (facts := _facts(fields, name))
    }
    if text.group:
        given["group"] = text.group
    relations = {fact["relation"] for fact in expected}
    return NewCase(
        key=key_of(row),
        kind=" ".join(text.kind.split()),
        text=text.text.strip(),
        given=given,
        expected=expected,
        relation=relations.pop() if len(relations) == 1 else "",
    )


def joined(rows: Iterator[Row]) -> Iterator[Row]:
    """Join the rows of a CSV that follow each other with the same text."""
    held: Row | None = None
    for row in rows:
        if row.fault:
            if held:
                yield held
            held = None
            yield row
            continue
        fact = _from_csv(row.fields)
        if held and held.fields["text"] == row.fields.get("text"):
            held.fields["facts"].extend(fact)
            continue
        if held:
            yield held
        others = {
            name: row.fields[name] for name in ("id", "kind", "group") if row.fields.get(name)
        }
        held = Row(row.place, {**others, "text": row.fields.get("text", ""), "facts": fact})
    if held:
        yield held


def _from_csv(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    fact = {
        name: value.strip()
        for name in (*_SIDES, "mood")
        if (value := fields.get(name) or "").strip()
    }
    return [fact] if fact else []


def _facts(fields: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = []
    for number, fact in enumerate(fields.get(name) or []):
        mood = fact.get("mood") or MOODS[0]
        if mood not in MOODS:
            raise ValueError(f'"mood" of {name}[{number}] is none of {", ".join(MOODS)}')
        kept = {side: " ".join(fact[side].split()) for side in _SIDES}
        names = {key: fact[key] for key in _NAMES if fact.get(key)}
        found.append({**kept, "mood": mood, **names})
    return found
