"""What the evaluation pages show of benchmarks and runs."""

from __future__ import annotations

from django.db.models import QuerySet

from apps.accounts.models import Space
from apps.evaluation.models import Benchmark


def benchmarks_of(space: Space) -> QuerySet[Benchmark]:
    """Return the benchmarks of a space that are in use, by name."""
    return Benchmark.objects.filter(space=space, archived_at=None)
