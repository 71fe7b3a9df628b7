"""Questions that people asked, with what they said is right."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from apps.accounts.models import Space
from apps.asking.models import Answer, AnswerConfirmation, AnswerMark, Question
from apps.evaluation.measuring.scoring import named
from apps.evaluation.measuring.stated import Edge, stated
from apps.evaluation.services.benchmarks.cases import NewCase
from apps.evaluation.services.benchmarks.drawing.draw import rests_on
from apps.evaluation.services.benchmarks.drawing.held import names_of

RIGHT, WRONG = "marked right", "marked wrong"
MOST_TURNS: Final = 4
_WHEN: Final = re.compile(r"(?:since|from|until) ")


@dataclass(frozen=True)
class _Said:
    """What somebody said of an answer: that it is right, or what is right instead (or beside)."""

    answer: Answer
    person: int
    expected: str = ""
    beside: bool = False
    triple: int | None = None  # that they say is wrong

    @property
    def kind(self) -> str:
        return WRONG if self.expected else RIGHT


def draw_from_marks(space: Space, *, size: int, seed: int) -> tuple[list[NewCase], int]:
    """Return up to ``size`` questions whose answer somebody marked, and how many were left out.

    What somebody marked wrong without saying what is right is left out, and an answer that was
    confirmed and in which nothing can be told from the question. The newest word on a question
    counts. The same question, asked twice, is one case.
    """
    said = _newest(space)
    names = names_of(space, _ends(one.answer for one in said))
    found = [(one, expected) for one in said if (expected := _expected(one, names))]
    left_out = len(said) - len(found)
    if len(found) > size:
        chosen = random.Random(seed).sample(range(len(found)), size)
        found = [found[place] for place in sorted(chosen)]
    return _cases(space, found), left_out


def _newest(space: Space) -> list[_Said]:
    questions = {"answer__question__space": space, "answer__question__erased_at": None}
    with_all = ("answer__question", "answer")
    marks = AnswerMark.objects.filter(**questions).select_related(*with_all, "citation")
    confirmed = AnswerConfirmation.objects.filter(**questions).select_related(*with_all)
    rows: list[AnswerMark | AnswerConfirmation] = [*marks, *confirmed]
    newest: dict[tuple[str, Any], AnswerMark | AnswerConfirmation] = {}
    for row in sorted(rows, key=lambda one: one.created_at):
        question = row.answer.question
        newest[" ".join(question.text.casefold().split()), question.as_of] = row
    return [_said(row) for row in newest.values()]


def _said(row: AnswerMark | AnswerConfirmation) -> _Said:
    if isinstance(row, AnswerConfirmation):
        return _Said(row.answer, row.confirmed_by_id)
    wrong = row.citation.triple_id if row.citation else None
    # Without words for what is right, a mark says nothing that could be expected.
    return _Said(row.answer, row.marked_by_id, row.expected.strip() or "?", row.beside, wrong)


def _ends(answers: Iterable[Answer]) -> set[int]:
    return {end for answer in answers for triple in _facts(answer) for end in triple[1:]}


def _facts(answer: Answer) -> list[tuple[int, int, int]]:
    rows = answer.stated.values_list("triple_id", "triple__subject_id", "triple__object_id")
    return list(dict.fromkeys(rows))


def _expected(said: _Said, names: dict[int, list[str]]) -> list[list[str]]:
    """Return the right answers; none where they are not known."""
    if said.expected == "?":
        return []
    if said.expected and not said.beside:
        return [[said.expected]]
    return [*_answered(said.answer, names), *([[said.expected]] if said.expected else [])]


def _answered(answer: Answer, names: dict[int, list[str]]) -> list[list[str]]:
    """Return what an answer stated: the values that it opens with, else the ends of its facts that
    its question does not name and that lead on to none of its other facts."""
    if values := stated(answer.text):
        return [[_written(value)] for value in values]
    facts = _facts(answer)
    subjects, objects = ({fact[side] for fact in facts} for side in (1, 2))
    between = subjects & objects
    ends = {end: None for fact in facts for end in fact[1:] if end in names}
    return [
        names[end]
        for end in ends
        if end not in between
        and not named([one.casefold() for one in names[end]], answer.question.text)
    ]


def _written(value: Any) -> str:
    return _WHEN.sub("", value.text) if isinstance(value, Edge) else str(value.text)


def _cases(space: Space, found: Sequence[tuple[_Said, list[list[str]]]]) -> list[NewCase]:
    groups = [
        [fact[0] for fact in _facts(said.answer) if fact[0] != said.triple] for said, _ in found
    ]
    sources = rests_on(space, groups)
    return [
        NewCase(
            key=f"question-{said.answer.question_id}",
            kind=said.kind,
            text=said.answer.question.text,
            given=_given(said.answer.question),
            expected=expected,
            relation=_relation(said.answer),
            rests_on={
                **source,
                # An erasure of either takes the case with it; those who approved facts stay out.
                "people": sorted({said.person, said.answer.question.asked_by_id}),
                "questions": [
                    *(number for number, _ in _before(said.answer.question)),
                    said.answer.question_id,
                ],
            },
        )
        for (said, expected), source in zip(found, sources, strict=True)
    ]


def _relation(answer: Answer) -> str:
    """Return the relation of the facts that were cited, where there is one alone."""
    names = answer.citations.values_list("triple__relation__name", flat=True).distinct()
    found = list(names.order_by())
    return found[0] if len(found) == 1 else ""


def _given(question: Question) -> dict[str, Any]:
    turns = [text for _, text in _before(question)]
    given: dict[str, Any] = {"turns": turns} if turns else {}
    return given | ({"as_of": question.as_of.isoformat()} if question.as_of else {})


def _before(question: Question) -> list[tuple[int, str]]:
    """Return the last questions before this one in its conversation, by number, with their text."""
    before = Question.objects.filter(
        conversation=question.conversation_id, pk__lt=question.pk, erased_at=None
    )
    return list(before.order_by("-pk").values_list("pk", "text")[:MOST_TURNS])[::-1]
