"""Uses that fade: each counts half after USE_HALF_LIFE_DAYS, in Python and in SQL."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

USE_HALF_LIFE_DAYS = 30.0


def counted_now(count: float, at: datetime | None) -> float:
    """Return a count of uses as it stands now, of which each counts half after a half-life, from
    what it was at a time."""
    age = max(timedelta(0), timezone.now() - at) if at else timedelta(0)
    return float(count * 0.5 ** (age / timedelta(days=USE_HALF_LIFE_DAYS)))


def counted_sql(count: str, at: str) -> str:
    """Return ``counted_now`` in SQL, of a column with a count and one with its time; the statement
    is given ``half_life``, which is USE_HALF_LIFE_DAYS."""
    age = f"greatest(0, extract(epoch FROM now() - {at}))"
    return f"({count} * power(0.5, {age} / (86400 * %(half_life)s)))"
