"""Verifications as pages and dashboards show them."""

from __future__ import annotations

from typing import Final

from django.db.models import Q, QuerySet

from apps.accounts.models import Space
from apps.provenance.models import Verification

ENDED: Final = (Verification.State.DONE, Verification.State.FAILED)


def verifications_of(space: Space | None) -> QuerySet[Verification]:
    """Return the verifications of a space's log, or without one of the site's, the newest first."""
    return Verification.objects.filter(log__space=space).select_related("log", "asked_by")


def verifications_shown(space: Space) -> QuerySet[Verification]:
    """Return those that auditors of a space may see: of its own log, and of the site's."""
    return Verification.objects.filter(Q(log__space=space) | Q(log__space=None)).select_related(
        "log", "asked_by"
    )


def verification_trouble(space: Space | None) -> list[Verification]:
    """Return the newest ended verification of the space's log and of the site's, where it found
    something or could not be done; without a space that of the site's alone."""
    shown = verifications_of(None) if space is None else verifications_shown(space)
    newest = shown.filter(state__in=ENDED).order_by("log_id", "-pk").distinct("log_id")
    return [one for one in newest if not one.holds]
