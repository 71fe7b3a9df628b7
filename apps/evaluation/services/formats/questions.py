"""A question with its answers, as a row of a file states it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from apps.evaluation.questions.files import WrongLine, question_of
from apps.evaluation.services.benchmarks.cases import NewCase
from apps.evaluation.services.formats.rows import Row
from apps.memory.controller import InvalidName

KIND: Final = "question"  # of one that says none
# In CSV: answers by semicolons, the names of one by bars.
BETWEEN_ANSWERS, BETWEEN_NAMES = ";", "|"


def question_case(row: Row, is_csv: bool) -> NewCase:
    """Return the case of a row, checked as ``evaluate questions`` checks it. Raises ValueError."""
    fields = dict(_from_csv(row.fields) if is_csv else row.fields)
    fields["kind"] = fields.get("kind") or KIND
    answers = fields.get("answers")
    if isinstance(answers, list):
        fields["answers"] = [[one] if isinstance(one, str) else one for one in answers]
    try:
        line = question_of(row.place, fields)
    except (WrongLine, InvalidName) as error:
        raise ValueError(str(error)) from error
    given: dict[str, Any] = {"turns": list(line.turns)} if line.turns else {}
    if line.as_of:
        given["as_of"] = line.as_of.isoformat()
    return NewCase(
        key=key_of(row),
        kind=" ".join(line.kind.split()),
        text=" ".join(line.text.split()),
        given=given,
        expected=[[name.strip() for name in names] for names in fields["answers"]],
        relation=_relation(fields, line.uses),
    )


def key_of(row: Row) -> str:
    """Return the id that a row has, else its place. Raises ValueError."""
    key = row.fields.get("id")
    if key is None or key == "":
        return str(row.place)
    if isinstance(key, bool) or not isinstance(key, str | int):
        raise ValueError('"id" is no text and no number')
    return str(key).strip() or str(row.place)


def _relation(fields: Mapping[str, Any], uses: tuple[tuple[str, str, str], ...]) -> str:
    """Return the relation that is asked for: what the row says, else the last that it needs."""
    named = fields.get("relation") or (uses[-1][1] if uses else "")
    if not isinstance(named, str):
        raise ValueError('"relation" is no text')
    return " ".join(named.split())


def _from_csv(fields: Mapping[str, Any]) -> dict[str, Any]:
    if "answers" not in fields:
        raise ValueError('"answers" is missing')
    found = {name: value.strip() for name, value in fields.items() if name and value.strip()}
    answers = [one.split(BETWEEN_NAMES) for one in fields["answers"].split(BETWEEN_ANSWERS)]
    named = [[name.strip() for name in names if name.strip()] for names in answers]
    turns = [one.strip() for one in found.get("turns", "").split(BETWEEN_NAMES) if one.strip()]
    found.pop("uses", None)
    return {**found, "answers": [names for names in named if names], "turns": turns or None}
