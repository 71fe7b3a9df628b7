"""Annotated documents that a language model foresees, with the memory at hand and without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from apps.evaluation.models import Benchmark, Case, Result, Run
from apps.evaluation.services.answering.foreseen import NUMBERS, judge_foreseen
from apps.evaluation.services.answering.given import Given
from apps.evaluation.services.answering.modes import FORESEEING_MODES
from apps.evaluation.services.formats.foreseen import foreseen_case
from apps.evaluation.services.kinds.kind import Beside, Judge, Kind, Words
from apps.evaluation.services.kinds.measures import Measure, Side, exponential, outcome_is
from apps.evaluation.services.kinds.texts import EXTRACTION, relations_of

NEAR: Final = 0.1  # of a ratio: as good as no change
LABELS: Final = {
    "target": "What could be looked up",
    "name": "All names",
    "all": "The whole text",
}
_AT: Final = {name: at for at, name in enumerate(NUMBERS)}


def _parts(*names: str) -> Callable[[Side], tuple[float, ...]]:
    """Return the numbers that a case adds to a measure, the last of which says of how many."""
    places = [_AT[name] for name in names]

    def parts(side: Side) -> tuple[float, ...]:
        return tuple(side.numbers[at] if side.numbers else 0.0 for at in places)

    return parts


def _ratio(short: str) -> Callable[[Side], tuple[float, ...]]:
    """Return the parts of the ratio of two perplexities: how much the loss changed."""
    on, off, n = (_AT[f"{short}_{what}"] for what in ("on", "off", "n"))

    def parts(side: Side) -> tuple[float, ...]:
        found = side.numbers
        return (found[on] - found[off], found[n]) if found else (0.0, 0.0)

    return parts


def _perplexities(short: str, of: str) -> dict[str, Measure]:
    """Return the perplexity with the memory, without it, and the ratio of both."""
    return {
        f"{short}_perplexity": Measure(
            f"Perplexity of {of}", "with the memory; lower is better", False,
            _parts(f"{short}_on", f"{short}_n"), exponential, plain=True,
        ),
        f"{short}_without": Measure(
            f"Perplexity of {of}, without", "the same model, the memory switched off", False,
            _parts(f"{short}_off", f"{short}_n"), exponential, plain=True,
        ),
        f"{short}_ratio": Measure(
            f"Ratio for {of}", "with the memory by without; below 1 the memory helps", False,
            _ratio(short), exponential, plain=True,
        ),
    }  # fmt: skip


def _control(short: str, label: str, explains: str, up: bool) -> Measure:
    """Return how much likelier what could be looked up is in a control than without the memory."""
    on, off, n = (_AT[f"control_{what}"] for what in (short, "off", "n"))

    def parts(side: Side) -> tuple[float, ...]:
        found = side.numbers
        return (found[on] - found[off], found[n]) if found else (0.0, 0.0)

    return Measure(label, explains, up, parts, exponential, plain=True)


def wrong_answers_verdict(ratio: float, low: float, high: float) -> tuple[bool, str]:
    """Say whether answers of other facts do harm, as they must.

    >>> wrong_answers_verdict(1.4, 1.1, 1.9)
    (True, 'holds: wrong answers do harm')
    """
    if low > 1:
        return True, "holds: wrong answers do harm"
    if ratio > 1:
        return False, "not sure: wrong answers do harm, but no more than chance could"
    return False, "does not hold: wrong answers do no harm, so it is not the answers that help"


def empty_answers_verdict(ratio: float, low: float, high: float) -> tuple[bool, str]:
    """Say whether reading nothing changes nothing: at most a tenth.

    >>> empty_answers_verdict(1.2, 1.1, 1.3)[0]
    False
    """
    if abs(ratio - 1) <= NEAR:
        return True, "holds: within a tenth of reading switched off"
    return False, "does not hold: calls that bring nothing change the text by more than a tenth"


OF_FORESEEN: Final[Mapping[str, Measure]] = {
    **_perplexities("target", "what could be looked up"),
    **_perplexities("name", "all names"),
    **_perplexities("all", "the whole text"),
    "looked_up": Measure(
        "Found in the memory", "of the names that could be looked up: those that the model's own "
        "questions brought", True, _parts("found", "places"),
    ),
    "call_recall": Measure(
        "Looked up where it could be", "of the places where a look would have told: those where "
        "the model looked", True, _parts("begun_right", "places"),
    ),
    "call_precision": Measure(
        "Looked up there alone", "of the places where the model looked: those where a look would "
        "have told", True, _parts("begun_right", "begun"),
    ),
    "right": Measure(
        "Documents helped", "of all documents: those in which the memory made likelier what could "
        "be looked up", True, outcome_is("right"), counted=True,
    ),
    "wrong": Measure(
        "Documents harmed", "of all documents: those in which it made that less likely", False,
        outcome_is("wrong"), counted=True,
    ),
    "wrong_answers_ratio": _control(
        "wrong", "Control: answers of other facts", "ratio for what could be looked up; above 1, "
        "or it is not the answers that help", True,
    ),
    "empty_answers_ratio": _control(
        "empty", "Control: an empty memory", "ratio for what could be looked up; within a tenth "
        "of 1", False,
    ),
    "left_calls_ratio": _control(
        "left", "Calls without answers left in the text", "ratio for what could be looked up; "
        "what the product takes out", False,
    ),
}  # fmt: skip


def _judging(run: Run) -> Judge:
    def judge(case: Case, given: Given) -> Result:
        return judge_foreseen(run, case, given)

    return judge


FORESEEN: Final = Kind(
    name=Benchmark.Kind.PERPLEXITY,
    label=Benchmark.Kind.PERPLEXITY.label,
    side="read",
    words=Words(
        case="Document",
        right="Annotated",
        came="Perplexity of what could be looked up",
        nothing="nothing",
        examples=EXTRACTION.words.examples,
        note="Perplexity says among how many equally likely words the model was as unsure. What "
        "could be looked up are the names that a fact of the document leads to. Take documents "
        "that the model was not trained on.",
        part="Found in the memory",
    ),
    read=foreseen_case,
    required=(),
    tables=False,
    refused_counts=False,
    longest=20_000,
    modes=FORESEEING_MODES,
    judging=_judging,
    measures=OF_FORESEEN,
    relations=relations_of,
    most_cases=2_000,
    asks_memory=True,
    numbers=NUMBERS,
    beside=(
        *(
            Beside(label, f"{short}_without", f"{short}_ratio", f"{short}_perplexity")
            for short, label in LABELS.items()
        ),
        Beside(
            "Control: answers of other facts",
            "target_without",
            "wrong_answers_ratio",
            verdict=wrong_answers_verdict,
        ),
        Beside(
            "Control: an empty memory",
            "target_without",
            "empty_answers_ratio",
            verdict=empty_answers_verdict,
        ),
        Beside("Calls without answers left in the text", "target_without", "left_calls_ratio"),
    ),
)
