"""Whose turn it is: first the person who was served longest ago, then that person's oldest job.

So one person's many jobs, or one job of many slices, hold nobody else up by more than one turn.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from apps.common.clocks import CLOCKS_APART
from apps.common.jobs.kinds import Kind
from apps.common.jobs.leases import lost, waiting
from apps.common.models import Job

J = TypeVar("J", bound=Job)


class TooManyOpen(Exception):
    """A person has as many open jobs as one may have."""

    status = 429


def check_room(kind: Kind[J], person: int, *, actor: int | None = None) -> None:
    """Call this before a job is queued, in the same transaction. Raises TooManyOpen.

    ``actor`` queues it, where that is not the person whose job it is. The person's row is locked,
    so that requests at one moment cannot pass the limit together.
    """
    owner = get_user_model().objects.select_for_update(no_key=True).get(pk=person)
    model = kind.model
    most: int = getattr(settings, kind.limit)
    rows = model._default_manager.filter(**{model.PERSON: person}, state__in=Job.OPEN)
    if rows.count() >= most:
        who = "You have" if actor in (None, person) else f"{owner.get_username()} has"
        raise TooManyOpen(
            f"{who} {most:,} {kind.things} waiting already, as many as one person may "
            "have at a time. Try again when some of them are done."
        )


def next_in_turn(model: type[J], only: Q | None = None) -> int | None:
    """Return the number of the job to take next, if there is any that no worker holds."""
    pk: int | None = in_turn(model, only).values_list("pk", flat=True).first()
    return pk


def in_turn(model: type[J], only: Q | None = None) -> QuerySet[Any]:
    """Return the job of each person that is next, in the order of their turns; of those alone that
    are meant, where a worker does not do all."""
    free = _free(model).filter(only or Q())
    if model.ONE_EACH:
        busy = model._default_manager.filter(state=Job.State.RUNNING).exclude(lost())
        free = free.exclude(**{f"{model.PERSON}__in": busy.values(model.PERSON)})
    person = f"{model.PERSON}_id"  # by the number, and not in the order of the other table
    oldest = free.order_by(person, "attempts", "pk").distinct(person)
    next_ones = _with_served(model, model._default_manager.filter(pk__in=oldest.values("pk")))
    return next_ones.order_by(F("served").asc(nulls_first=True), "pk")


@dataclass(frozen=True)
class Place:
    """Where a waiting job stands: ``before`` it so many wait, and ``running`` are being done."""

    before: int
    running: int


def place(model: type[J], job: J) -> Place:
    """Return where a queued job stands, if nothing else is asked for meanwhile."""
    free = _with_served(model, _free(model)).order_by("attempts", "pk")
    of_person: dict[int, list[int]] = defaultdict(list)
    turn: dict[int, tuple[Any, ...]] = {}
    for pk, person, served in free.values_list("pk", model.PERSON, "served"):
        of_person[person].append(pk)
        turn.setdefault(person, (served is not None, served, pk))
    # Without the job itself: it may have been taken up since the caller read it.
    others = model._default_manager.exclude(pk=job.pk)
    running = others.filter(state=Job.State.RUNNING).exclude(lost()).count()
    own = getattr(job, f"{model.PERSON}_id")
    if job.pk not in of_person[own]:
        return Place(0, running)
    round_ = of_person[own].index(job.pk)
    before = sum(
        min(len(pks), round_ + (person != own and turn[person] < turn[own]))
        for person, pks in of_person.items()
    )
    return Place(before, running)


def _free(model: type[J]) -> QuerySet[J]:
    return model._default_manager.filter(waiting(model) | lost(), state__in=Job.OPEN)


def _with_served(model: type[J], rows: QuerySet[J]) -> QuerySet[Any]:
    """Add ``served``: when work last began on a job of the same person. What lies ahead was noted
    before the clock was set back, and would put the person behind all others until then."""
    same = model._default_manager.filter(
        **{model.PERSON: OuterRef(model.PERSON)}, started_at__lte=timezone.now() + CLOCKS_APART
    )
    last = same.order_by("-started_at").values("started_at")[:1]
    return rows.annotate(served=Subquery(last))
