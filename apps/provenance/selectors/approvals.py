"""Who approved what: decisions counted per person and per relation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Aggregate, Count, FloatField, Q, QuerySet

from apps.accounts.models import Space, User
from apps.curation.models import Decision

_ACTION = Decision.Action
ACCEPTED: Final = (_ACTION.ACCEPT, _ACTION.MERGE, _ACTION.SUPERSEDE)
DISPUTES: Final = (_ACTION.KEEP, _ACTION.RETRACT, _ACTION.END)
NOT_DECIDED: Final = (_ACTION.DEFER, _ACTION.REWORD)


class Median(Aggregate):
    """The middle value, of an even number the mean of the two."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class Tally:
    """Decisions of a person, on a relation, or in all. What was undone counts there alone;
    ``seconds`` is the median from showing a card to deciding it."""

    key: int | None
    name: str
    accepted: int
    edited: int
    rejected: int
    disputes: int
    undone: int
    seconds: float | None

    @property
    def decided(self) -> int:
        """How many decisions were made, those included that were undone."""
        return self.accepted + self.edited + self.rejected + self.disputes + self.undone

    @property
    def rate(self) -> float | None:
        """The share of standing decisions on proposals that accepted them, edited or not."""
        judged = self.accepted + self.edited + self.rejected
        return (self.accepted + self.edited) / judged if judged else None


@dataclass(frozen=True)
class Approvals:
    """The decisions of a space, counted in three ways."""

    people: tuple[Tally, ...]
    relations: tuple[Tally, ...]
    all: Tally


def decisions_in(space: Space) -> QuerySet[Decision]:
    """Return the decisions of a space, but for those that only put something off."""
    return Decision.objects.filter(candidate__space=space).exclude(action__in=NOT_DECIDED)


def approvals_of(decisions: QuerySet[Decision]) -> Approvals:
    """Count decisions: per person and per relation, most decisions first, and in all."""
    people = _counted(decisions, "actor")
    labels = User.objects.in_bulk([row["actor"] for row in people])
    relations = _counted(decisions, "candidate__relation", "candidate__relation__name")
    return Approvals(
        people=_sorted(_tally(row, row["actor"], labels[row["actor"]].label) for row in people),
        relations=_sorted(
            _tally(row, row["candidate__relation"], row["candidate__relation__name"])
            for row in relations
        ),
        all=_tally(decisions.aggregate(**_figures()), None, "All"),
    )


def _figures() -> dict[str, Aggregate]:
    stands = Q(undone_at=None)
    return {
        "accepted": Count("pk", filter=stands & Q(action__in=ACCEPTED)),
        "edited": Count("pk", filter=stands & Q(action=_ACTION.EDIT)),
        "rejected": Count("pk", filter=stands & Q(action=_ACTION.REJECT)),
        "disputes": Count("pk", filter=stands & Q(action__in=DISPUTES)),
        "undone": Count("pk", filter=~stands),
        "seconds_median": Median("seconds"),
    }


def _counted(decisions: QuerySet[Decision], *by: str) -> list[dict[str, Any]]:
    return list(decisions.order_by().values(*by).annotate(**_figures()))


def _tally(row: dict[str, Any], key: int | None, name: str) -> Tally:
    counts = {one: row[one] for one in ("accepted", "edited", "rejected", "disputes", "undone")}
    return Tally(key, name, **counts, seconds=row["seconds_median"])


def _sorted(tallies: Iterable[Tally]) -> tuple[Tally, ...]:
    return tuple(sorted(tallies, key=lambda one: (-one.decided, one.name)))
