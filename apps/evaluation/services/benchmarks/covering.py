"""What a version covers: how many of its cases are of which kind, relation, age and source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from apps.accounts.models import Space
from apps.evaluation.services.benchmarks.cases import NewCase, Summary
from apps.memory.models import Triple

# How long ago the newest fact that a case rests on was recorded.
AGES: Final = (
    ("within a week", timedelta(days=7)),
    ("within a month", timedelta(days=31)),
    ("within a year", timedelta(days=366)),
)
OLDER: Final = "more than a year ago"
MOST_SOURCES: Final = 50
_AT_ONCE: Final = 20_000

Covered = dict[str, list[dict[str, Any]]]


def covers_of(space: Space, cases: Sequence[NewCase]) -> Covered:
    """Return counts by ``kind``, ``relation``, ``age`` and ``source``, each the most first.

    An item has its ``name`` and ``n``; of ``source`` it has the number of the ``document``, None
    for those of no document and for what the fifty most used leave.
    """
    kinds = Counter(case.kind for case in cases)
    relations = Counter(case.relation for case in cases if case.relation)
    return {
        "kind": _named(kinds),
        "relation": _named(relations),
        "age": _ages(space, cases),
        "source": _sources(cases),
    }


def covers_of_file(summary: Summary) -> Covered:
    """Return the same of cases that rest on nothing in the space, from their summary."""
    return {
        "kind": _named(summary.kinds),
        "relation": _named(summary.relations),
        "age": [],
        "source": [{"document": None, "n": summary.size}] if summary.size else [],
    }


def _named(counts: Counter[str]) -> list[dict[str, Any]]:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [{"name": name, "n": n} for name, n in ordered]


def _ages(space: Space, cases: Sequence[NewCase]) -> list[dict[str, Any]]:
    numbers = sorted({pk for case in cases for pk in _triples(case)})
    recorded: dict[int, datetime] = {}
    for at in range(0, len(numbers), _AT_ONCE):
        rows = Triple.objects.filter(space=space, pk__in=numbers[at : at + _AT_ONCE])
        recorded.update(rows.values_list("pk", "recorded_at"))
    now = timezone.now()
    counts: Counter[str] = Counter()
    for case in cases:
        known = [recorded[pk] for pk in _triples(case) if pk in recorded]
        if known:
            counts[_age(now - max(known))] += 1
    names = [*(name for name, _ in AGES), OLDER]
    return [{"name": name, "n": counts[name]} for name in names if counts[name]]


def _triples(case: NewCase) -> Iterable[int]:
    triples: Iterable[int] = case.rests_on.get("triples", ())
    return triples


def _age(since: timedelta) -> str:
    return next((name for name, most in AGES if since <= most), OLDER)


def _sources(cases: Sequence[NewCase]) -> list[dict[str, Any]]:
    counts: Counter[int | None] = Counter()
    for case in cases:
        counts.update(set(case.rests_on.get("documents", ())) or {None})
    elsewhere = counts.pop(None, 0)
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0] or 0))
    elsewhere += sum(n for _, n in ordered[MOST_SOURCES:])
    found = [{"document": pk, "n": n} for pk, n in ordered[:MOST_SOURCES]]
    return [*found, {"document": None, "n": elsewhere}] if elsewhere else found
