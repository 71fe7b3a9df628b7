"""Edits: a question with its new answer, a rephrasing and an unrelated question. Each is made in
the space's own memory, asked about, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from apps.evaluation.models import Benchmark, Case, Result, Run
from apps.evaluation.services.answering.edits import NUMBERS, judge_edit
from apps.evaluation.services.answering.given import Given
from apps.evaluation.services.answering.modes import EDIT_MODES
from apps.evaluation.services.formats.edits import edit_case, without_answer
from apps.evaluation.services.kinds.kind import Judge, Kind, Words
from apps.evaluation.services.kinds.measures import MEASURES, Measure, Side, outcome_is

_JSON: Final = """{"subject": "Ada Brook",
 "src": "Where was Ada Brook born?",
 "rephrase": "What is Ada Brook's birthplace?",
 "alt": "Halden",
 "loc": "Who founded the Corvo Press?"}"""
_CSV: Final = """subject,src,rephrase,alt,loc
Ada Brook,Where was Ada Brook born?,In which town was Ada Brook born?,Halden,Who is Ben Hollis?"""


def _number(name: str, of: str = "") -> Callable[[Side], tuple[float, ...]]:
    """Return what a case adds to the share of a number: of all edits, or of another number."""
    at = NUMBERS.index(name)

    def parts(side: Side) -> tuple[float, ...]:
        if not side.numbers:
            return 0.0, 0.0
        return side.numbers[at], side.numbers[NUMBERS.index(of)] if of else 1.0

    return parts


OF_EDITS: Final[Mapping[str, Measure]] = {
    "right": Measure(
        "All as it should be", "of all edits: question and rephrasing have the new answer, the "
        "unrelated question the one that it had", True, outcome_is("right"), counted=True,
    ),
    "reliability": Measure(
        "Edit taken", "of all edits: those whose question is answered with the new answer", True,
        _number("taken"), counted=True,
    ),
    "generalization": Measure(
        "Rephrasing too", "of all edits: those whose rephrasing is answered with it", True,
        _number("rephrased"), counted=True,
    ),
    "locality": Measure(
        "Others left alone", "of all edits: those that leave the unrelated question as it was",
        True, _number("left"), counted=True,
    ),
    "reliability_alone": Measure(
        "New answer alone", "of the edits that were taken: those with no other answer beside it",
        True, _number("alone", of="taken"), counted=True,
    ),
    "wrong": MEASURES["wrong"],
}  # fmt: skip


def _judging(run: Run) -> Judge:
    def judge(case: Case, given: Given) -> Result:
        return judge_edit(run, case, given)

    return judge


EDITS: Final = Kind(
    name=Benchmark.Kind.EDITING,
    label=Benchmark.Kind.EDITING.label,
    side="read",
    words=Words(
        case="Edit",
        right="New answer",
        came="Answered after it",
        nothing="",
        examples=(("JSON Lines, or a list in JSON, as zsRE has it:", _JSON), ("CSV:", _CSV)),
        note="src is the question whose answer is to become alt, rephrase the same in other words, "
        "loc a question that must not change. Cases with an empty alt are left out.",
        part="Of the three",
    ),
    read=edit_case,
    required=("subject", "src", "rephrase", "alt", "loc"),
    longest=1_000,
    modes=EDIT_MODES,
    judging=_judging,
    measures=OF_EDITS,
    most_cases=20_000,
    numbers=NUMBERS,
    skipped=without_answer,
)
