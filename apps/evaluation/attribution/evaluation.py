"""Whether the memories that an answer cites made it: ``evaluate attribution``.

Of answers that a space was given from explicit memories, the memories that state a cited fact are
taken away and the question is asked again; as a control, each of the others alone.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.db.models import Exists, OuterRef

from apps.accounts.commands import space_named
from apps.accounts.models import Space
from apps.asking.models import Answer, AttendedMemory, Citation
from apps.asking.services.errors import MemoriesChanged
from apps.asking.services.trials import AskedAgain, Compared
from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.progress import Tell
from apps.evaluation.measuring.tables import columns, share
from worker.wilson import wilson

HELP = "whether answers from explicit memories change when the cited memory is taken away"
NEEDS_DATABASE = True
MOST: Final = 50
NONE: Final = (
    "This space has no answers that cite facts of explicit memories. Ask questions first, with the "
    "read head “Language model with explicit memories”."
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of ``evaluate attribution``."""
    parser.add_argument("--space", required=True, help="the short name of the space")
    parser.add_argument(
        "--answers", type=int, default=MOST, metavar="N",
        help=f"of the newest so many answers (default: {MOST})",
    )  # fmt: skip
    parser.add_argument(
        "--cited-only", action="store_true", help="leave the control out: it asks most"
    )


def run(options: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Ask again, and count; nothing is kept of it. Raises EvaluationError, UnknownBackend."""
    if options["answers"] < 1:
        raise EvaluationError("--answers takes a number from 1 on.")
    space = space_named(options["space"])
    answers = list(_answers(space)[: options["answers"]])
    if not answers:
        raise EvaluationError(NONE)
    cited: list[Compared] = []
    others: list[Compared] = []
    drawn: list[tuple[float, float]] = []
    changed = 0
    for at, answer in enumerate(answers, start=1):
        tell(f"{at} of {len(answers)}")
        rows = list(answer.attended.filter(left_out=""))
        stating = _stating(answer, rows)
        again = AskedAgain(answer)
        try:
            cited.append(again.without(*stating))
            if not options["cited_only"]:
                others += _each(again, [row.number for row in rows if row.number not in stating])
        except MemoriesChanged:
            changed += 1
            continue
        drawn.append(_drawn(rows, stating))
    return {
        "space": space.slug,
        "answers": len(answers),
        "changed_since": changed,
        "as_then": _share([one.is_as_then for one in cited]),
        "cited": _figures(cited),
        "others": _figures(others),
        "most_attended_is_cited": _share([own >= other for own, other in drawn]),
        "attention_cited": _mean([own for own, _ in drawn]),
        "attention_highest_other": _mean([other for _, other in drawn]),
    }


def _answers(space: Space) -> Any:
    """Return the answers that attended to memories and cite a fact, the newest first."""
    attended = AttendedMemory.objects.filter(answer=OuterRef("pk"), left_out="")
    rows = Answer.objects.filter(question__space=space, question__erased_at=None, abstained=False)
    rows = rows.filter(Exists(attended), Exists(Citation.objects.filter(answer=OuterRef("pk"))))
    return rows.select_related("question__space", "question__topic").order_by("-pk")


def _stating(answer: Answer, rows: Sequence[AttendedMemory]) -> list[int]:
    """Return the numbers of the memories that state a fact which the answer cites."""
    facts = set(answer.citations.values_list("triple_id", flat=True))
    return [row.number for row in rows if facts & set(row.triples)]


def _each(again: AskedAgain, numbers: Sequence[int]) -> Iterator[Compared]:
    return (again.without(number) for number in numbers)


def _drawn(rows: Sequence[AttendedMemory], stating: Sequence[int]) -> tuple[float, float]:
    """Return the highest share of attention, over all layers, of what was cited and of the rest."""
    shares: dict[bool, float] = {True: 0.0, False: 0.0}
    for row in rows:
        layers = sum(last - first + 1 for first, last, _ in row.shares) or 1
        mean = sum((last - first + 1) * one for first, last, one in row.shares) / layers / 10_000
        is_cited = row.number in stating
        shares[is_cited] = max(shares[is_cited], mean)
    return shares[True], shares[False]


def _figures(found: Sequence[Compared]) -> dict[str, Any]:
    return {
        "removed": len(found),
        "told_other": _share([one.is_other for one in found]),
        "writes_other": _share([one.writes_other for one in found]),
    }


def _share(found: Sequence[bool]) -> dict[str, Any] | None:
    if not found:
        return None
    mean = sum(found) / len(found)
    return {"share": mean, "interval": list(wilson(mean, len(found)))}


def _mean(found: Sequence[float]) -> float | None:
    return sum(found) / len(found) if found else None


def table(report: Mapping[str, Any]) -> str:
    """Return the report for people to read."""
    rows = [["taken away", "times", "told something else", "model writes something else"]]
    for name, key in (("what is cited", "cited"), ("each other one alone", "others")):
        one = report[key]
        rows.append(
            [name, f"{one['removed']:,}", _said(one["told_other"]), _said(one["writes_other"])]
        )
    return "\n".join(
        [
            f"{report['answers']:,} answers, {report['changed_since']:,} of them left out, since "
            "what they looked at was changed.",
            f"With all memories the same answer as then: {_said(report['as_then'])}.",
            f"The memory that drew most attention is cited: "
            f"{_said(report['most_attended_is_cited'])}.",
            "",
            columns(rows),
        ]
    )


def _said(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "-"
    low, high = found["interval"]
    return f"{share(found['share'])} ({share(low)} to {share(high)})"
