"""Relations that were retired between two runs: what their cases ask for was looked for in one run
and not in the other."""

from __future__ import annotations

from dataclasses import dataclass

from apps.common.names import normalise_name
from apps.evaluation.models import Run
from apps.memory.models import Relation


@dataclass(frozen=True)
class RetiredSince:
    """A relation that was in use when ``before`` was asked for and not when ``after`` ended, with
    the number of cases (of texts: of facts) of the version that are of it."""

    relation: Relation
    cases: int
    before: Run
    after: Run


def retired_between(one: Run, other: Run) -> list[RetiredSince]:
    """Return the relations that were retired between two runs and that their cases ask for."""
    before, after = sorted((one, other), key=lambda run: run.created_at)
    counts: dict[str, int] = {}
    for item in before.version.covers.get("relation", ()):
        name = normalise_name(str(item["name"]))
        counts[name] = counts.get(name, 0) + int(item["n"])
    rows = Relation.objects.filter(
        space=before.space_id,
        retired_at__gt=before.created_at,
        retired_at__lte=after.finished_at or after.created_at,
    )
    found = []
    for row in rows.order_by("retired_at", "pk").defer("embedding"):
        names = {row.normalised, *map(normalise_name, row.aliases)}
        if asked := sum(counts.get(name, 0) for name in names):
            found.append(RetiredSince(row, asked, before, after))
    return found
