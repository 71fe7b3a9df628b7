"""What an erasure takes of the answers that are kept for calls which are sent again."""

from __future__ import annotations

from typing import Final

from django.db.models import Q, QuerySet

from apps.api.models import KeptAnswer
from apps.provenance.services.also_kept import Gone, Keeper, also_erase

THINGS: Final = "answers kept for programs"


def kept_about(gone: Gone) -> QuerySet[KeptAnswer]:
    """Return the kept answers that may say something of what is erased: those of its spaces and of
    its people. A call that is sent again after that is a new one."""
    return KeptAnswer.objects.filter(Q(space__in=gone.spaces) | Q(user__in=gone.people))


def kept_erase(gone: Gone) -> None:
    """Forget what may say something of what is erased."""
    kept_about(gone).delete()


def register() -> None:
    """Let an erasure reach what is kept here."""
    also_erase(Keeper(THINGS, count=lambda gone: kept_about(gone).count(), erase=kept_erase))
