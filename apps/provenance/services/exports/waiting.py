"""What becomes of an export that is not done, in words for its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from apps.provenance.models import Export

# A worker that writes tells of itself every second or two, and a slice takes SLICE_SECONDS.
QUIET: Final = timedelta(seconds=20)


@dataclass(frozen=True)
class Waiting:
    """What an open export does: ``label`` stands above its progress. ``heard_at`` is when its
    worker last told of itself, where that was long ago; ``again_at`` when another one takes over
    at the latest, if it does not come back."""

    label: str
    is_waiting: bool
    heard_at: datetime | None = None
    again_at: datetime | None = None


def waiting_of(export: Export) -> Waiting:
    """Return what an open export does at this moment."""
    now = timezone.now()
    if export.state == Export.State.QUEUED:
        if not export.started_at:
            return Waiting("Waiting for a worker", is_waiting=True)
        # Between two slices it is queued for a moment.
        if export.attempts == 0 and export.done and now - export.started_at < QUIET:
            return Waiting("Writing the file", is_waiting=False)
        return Waiting("Waiting for its next turn", is_waiting=True)
    assert export.lease_until is not None
    heard = export.lease_until - timedelta(seconds=settings.LEASE_SECONDS)
    if now - heard < QUIET:
        return Waiting("Writing the file", is_waiting=False)
    again = export.lease_until + timedelta(seconds=settings.SWEEP_SECONDS)
    return Waiting("Nothing is heard of its worker", False, heard, again)
