"""A reviewer's correction of a fact that is due."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.db import transaction

from apps.accounts.models import User
from apps.asking.services.errors import DueRefused
from apps.common.names import normalise_name
from apps.curation.models import Candidate
from apps.curation.services import (
    CurationError,
    FactInWords,
    Name,
    Occasion,
    candidate_propose,
)
from apps.memory.controller import NotActive
from apps.memory.controller.spacing import put_off, schedule_fill
from apps.memory.controller.types import InvalidName, InvalidPeriod
from apps.memory.controller.writing import lock
from apps.memory.models import Triple

SAME: Final = "The fact says this already. If it holds, say that it is still true."
WAITS_DAYS: Final = 14  # a fact for whose decision somebody waits does not come up


def fact_correct(
    *, triple: Triple, actor: User, object: str, valid_from: date | None = None
) -> Candidate:
    """Propose what holds in place of a fact, for review; the fact stands until it is accepted.

    Raises DueRefused, and NotActive for a fact that left the memory.
    """
    is_same = normalise_name(object) == normalise_name(triple.object.name)
    if is_same and valid_from in (None, triple.valid_from):
        raise DueRefused(SAME)
    fact = FactInWords(
        Name(triple.subject.name, entity=triple.subject),
        triple.relation,
        Name(object, like=triple.object),
        valid_from=valid_from,
    )
    try:
        with transaction.atomic():
            lock(triple.space)
            triple.refresh_from_db(fields=["status"])
            if triple.status != Triple.Status.ACTIVE:
                raise NotActive
            found = candidate_propose(
                space=triple.space, actor=actor, fact=fact, replaces=triple,
                occasion=Occasion(Candidate.Origin.DUE),
            )  # fmt: skip
            schedule_fill([triple.pk])
            put_off(triple.pk, WAITS_DAYS)
    except (CurationError, InvalidName, InvalidPeriod) as error:
        raise DueRefused(str(error)) from error
    return found
