"""What the pages of learning show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from apps.accounts.models import Space, User
from apps.curation.models import Candidate
from apps.evaluation.models import LearnedWeights, Run
from apps.evaluation.services.learning.decided import LEFT_OUT, decisions_of, enough
from apps.evaluation.services.learning.errors import HeadCannotLearn
from apps.evaluation.services.learning.jobs import head_of
from apps.evaluation.services.learning.switching import setup_with, trouble_of, weights_on
from apps.evaluation.services.switching import WouldFlip, flip_run_request, would_flip
from apps.memory.models import Relation
from worker import offers
from worker.learned.bases import base_of

SHOWN_FLIPS: Final = 40
SOONER, LATER = "sooner", "later"


@dataclass(frozen=True)
class Material:
    """What there is to learn from: decisions that count, why others do not, and why nothing can be
    learned yet."""

    head: str
    decisions: int = 0
    right: int = 0
    documents: int = 0
    left_out: tuple[tuple[int, str], ...] = ()
    trouble: str = ""


def material(space: Space) -> Material:
    """Return what there is to learn from in a space."""
    backend = head_of(space)
    title, base = offers.title_of("write", backend), base_of(backend)
    if base is None:
        return Material(title, trouble=str(HeadCannotLearn()))
    found = decisions_of(space, base)
    return Material(
        title,
        len(found.judged),
        found.right,
        len(found.documents),
        _left_out(found.left_out),
        enough(found),
    )


def _left_out(counts: Mapping[str, int]) -> tuple[tuple[int, str], ...]:
    return tuple((counts[key], words) for key, words in LEFT_OUT.items() if counts.get(key))


@dataclass(frozen=True)
class InUse:
    """What the space's head proposes by: learned weights, or without ``row`` the shipped ones;
    ``trouble`` says why learned ones count for nothing, though they were switched on."""

    row: LearnedWeights | None = None
    trouble: str = ""


def weights_in_use(space: Space) -> InUse:
    """Return what the space's head proposes by."""
    row = weights_on(space)
    return InUse(row, trouble_of(row, space) if row else "")


@dataclass(frozen=True)
class Line:
    """A figure of both ways of scoring, written out."""

    label: str
    explains: str
    own: str
    learned: str
    note: str = ""


@dataclass(frozen=True)
class OfRelation:
    """What was decided of a relation, and from which of the head's scores it is proposed."""

    name: str
    decisions: int
    right: int
    own_limit: float
    limit: float

    @property
    def moved(self) -> str:
        """Whether it is proposed sooner or later than before."""
        if abs(self.own_limit - self.limit) < 0.01:
            return "as before"
        return SOONER if self.own_limit < self.limit else LATER


@dataclass(frozen=True)
class Shown:
    """Learned weights on their page."""

    row: LearnedWeights
    trouble: str
    left_out: tuple[tuple[int, str], ...]
    lines: Sequence[Line] = ()
    relations: Sequence[OfRelation] = ()
    spared: Sequence[Candidate] = ()
    lost: Sequence[Candidate] = ()
    flips: Sequence[WouldFlip] = ()
    before: LearnedWeights | None = None

    @property
    def sooner(self) -> int:
        """How many relations are proposed from a lower score on than before."""
        return sum(one.moved == SOONER for one in self.relations)

    @property
    def later(self) -> int:
        """How many are proposed from a higher score on."""
        return sum(one.moved == LATER for one in self.relations)


def shown(row: LearnedWeights) -> Shown:
    """Return what the page of learned weights shows."""
    left_out = _left_out(row.counts.get("left_out", {}))
    if row.state != LearnedWeights.State.DONE:
        return Shown(row, "", left_out)
    flips = row.figures["flips"]
    return Shown(
        row,
        trouble_of(row, row.space),
        left_out,
        _lines(row.figures),
        _relations(row),
        _candidates(flips["wrong"]),
        _candidates(flips["right"]),
        list(would_flip(row.space, "write", setup_with(row))),
        weights_on(row.space),
    )


def run_with(*, row: LearnedWeights, benchmark: str, actor: User) -> Run:
    """Ask for a run with learned weights on the baseline's version of a benchmark. Raises
    RunRefused and jobs.TooManyOpen."""
    return flip_run_request(
        space=row.space, side="write", setup=setup_with(row), benchmark=benchmark, actor=actor
    )


def _candidates(numbers: Sequence[int]) -> list[Candidate]:
    rows = Candidate.objects.filter(pk__in=numbers[:SHOWN_FLIPS]).select_related("relation")
    return list(rows.order_by("pk"))


def _relations(row: LearnedWeights) -> list[OfRelation]:
    rows = row.figures["relations"]
    names = dict(
        Relation.objects.filter(
            space=row.space, pk__in=[int(one["relation"]) for one in rows]
        ).values_list("pk", "name")
    )
    limit = row.parameters["threshold"]
    return [
        OfRelation(
            names.get(int(one["relation"]), "?"), one["decisions"], one["right"],
            one["own_limit"], limit,
        )
        for one in rows
    ]  # fmt: skip


def _lines(figures: Mapping[str, Any]) -> list[Line]:
    own, learned = figures["own"], figures["learned"]
    lines = [
        Line(
            "Proposed", "of the decisions that were kept out",
            f"{own['proposed']:,}", f"{learned['proposed']:,}",
        ),
        Line(
            "Of these accepted", "precision: how often a proposal was right",
            _percent(own["precision"]), _percent(learned["precision"]),
        ),
        Line(
            "Found of what was accepted", "recall among what the head had proposed then",
            _percent(own["recall"]), _percent(learned["recall"]),
        ),
    ]  # fmt: skip
    for name, label, explains in (
        (
            "at_its_recall", "Precision at equal recall",
            "when both find as many accepted facts as the learned weights do",
        ),
        (
            "at_nine_tenths", "Precision at nine tenths",
            "when both find nine of ten accepted facts",
        ),
    ):  # fmt: skip
        one = figures[name]
        note = ""
        if one["interval"]:
            low, high = (_points(end) for end in one["interval"])
            note = f"difference {low} to {high} points (95 %, bootstrap over documents)"
        lines.append(Line(label, explains, _percent(one["own"]), _percent(one["learned"]), note))
    lines += [
        Line(
            "Calibration error", "how far scores lie from the shares that are right; 0 is best",
            f"{own['calibration_error']:.3f}", f"{learned['calibration_error']:.3f}",
        ),
        Line(
            "Log loss", "how well scores foretell decisions; less is better",
            f"{own['log_loss']:.3f}", f"{learned['log_loss']:.3f}",
        ),
    ]  # fmt: skip
    return lines


def _percent(share: float) -> str:
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def _points(change: float) -> str:
    return f"{'−' if change < 0 else '+'}{100 * abs(change):.1f}"
