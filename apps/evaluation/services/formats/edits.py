"""An edit in the form of zsRE: a question with its new answer, a rephrasing, and a question that is
not to change."""

from __future__ import annotations

from typing import Final

from apps.evaluation.editing.cases import UNRELATED, case_of
from apps.evaluation.services.benchmarks.cases import NewCase
from apps.evaluation.services.formats.questions import key_of
from apps.evaluation.services.formats.rows import Row
from apps.memory.controller import InvalidName

KIND: Final = "edit"  # of one that says none
NO_ANSWER: Final = "the new answer is empty, which no fact can state"


def without_answer(row: Row) -> str:
    """Say why a row is left out: zsRE has some whose new answer is empty."""
    answer = row.fields.get("alt")
    return NO_ANSWER if isinstance(answer, str) and not answer.strip() else ""


def edit_case(row: Row, is_csv: bool) -> NewCase:
    """Return the case of a row. Raises ValueError."""
    kind = row.fields.get("kind") or KIND
    if not isinstance(kind, str):
        raise ValueError('"kind" is no text')
    fields = {key: one for key, one in row.fields.items() if key != "answers"}
    try:
        edit = case_of(row.place, fields)
    except InvalidName as error:
        raise ValueError(str(error)) from error
    return NewCase(
        key=key_of(row),
        kind=" ".join(kind.split()),
        text=" ".join(edit.question.split()),
        given={
            "subject": edit.subject,
            "rephrase": " ".join(edit.rephrasing.split()),
            "loc": " ".join(edit.unrelated.removeprefix(UNRELATED).split()),
        },
        expected=[[edit.answer]],
    )
