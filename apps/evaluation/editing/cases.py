"""The cases of ``evaluate editing``: a file of knowledge edits in the form of zsRE's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.common.names import normalise_name
from apps.evaluation.measuring.errors import EvaluationError
from apps.memory.controller import EntityInput, InvalidName

TEXTS = ("subject", "src", "rephrase", "alt", "loc")
UNRELATED = "nq question: "  # what zsRE puts before its unrelated questions


@dataclass(frozen=True)
class EditCase:
    """A question about ``subject`` that ``answer`` is to answer from now on, and two others.

    zsRE has cases with an empty answer, which no fact can state.
    """

    number: int
    subject: str
    question: str
    rephrasing: str
    answer: str
    unrelated: str
    before: frozenset[str]  # normalised answers without the edit


def read_cases(path: Path) -> list[EditCase]:
    """Return the cases of a file. Raises EvaluationError with the number of a malformed one."""
    try:
        rows: Any = json.loads(path.read_bytes())
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"{path} is not JSON: {error}.") from error
    if not isinstance(rows, list) or not rows:
        raise EvaluationError(f"{path} holds no list of cases.")
    return [_case(path, number, row) for number, row in enumerate(rows, start=1)]


def _case(path: Path, number: int, row: Any) -> EditCase:
    try:
        return case_of(number, row)
    except (ValueError, InvalidName) as error:
        raise EvaluationError(f"{path.name}, case {number}: {error}.") from error


def case_of(number: int, row: Any) -> EditCase:
    """Return the case of a row. Raises ValueError and InvalidName with what is wrong."""
    if not isinstance(row, dict):
        raise ValueError("it is no object")
    texts = {}
    for key in TEXTS:
        value = row.get(key)
        if not isinstance(value, str) or not (value.strip() or key == "alt"):
            raise ValueError(f'"{key}" is missing or no text')
        texts[key] = value
    answers = row.get("answers") or []
    if not isinstance(answers, list) or not all(isinstance(a, str) for a in answers):
        raise ValueError('"answers" is no list of names')
    subject = EntityInput(texts["subject"]).name
    answer = EntityInput(texts["alt"]).name if texts["alt"].strip() else ""
    return EditCase(
        number=number,
        subject=subject,
        question=texts["src"],
        rephrasing=texts["rephrase"],
        answer=answer,
        unrelated=texts["loc"].removeprefix(UNRELATED),
        before=frozenset(map(normalise_name, answers)),
    )


def without_repeated(cases: Sequence[EditCase]) -> list[EditCase]:
    """Return the cases whose subject carries no edit of the same relation by an earlier one.

    The file names no relation: two questions about one subject ask for the same where they had a
    right answer in common, or are one question.
    """
    kept: list[EditCase] = []
    of_subject: dict[str, list[EditCase]] = {}
    for case in cases:
        earlier = of_subject.setdefault(normalise_name(case.subject), [])
        if any(_asks_the_same(case, other) for other in earlier):
            continue
        earlier.append(case)
        kept.append(case)
    return kept


def _asks_the_same(one: EditCase, other: EditCase) -> bool:
    same_question = normalise_name(one.question) == normalise_name(other.question)
    return same_question or bool(one.before & other.before)
