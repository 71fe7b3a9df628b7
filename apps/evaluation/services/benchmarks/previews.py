"""What cases would be kept, before they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.evaluation.services.benchmarks.cases import NewCase, Summary, sha256_of
from apps.evaluation.services.benchmarks.covering import Covered, covers_of, covers_of_file
from apps.evaluation.services.benchmarks.reading.cases import relations_in

FIRST: Final = 20


@dataclass(frozen=True)
class Preview:
    """Cases as they would be kept, and what to know first: relations that the space lacks or has
    retired, each with the number of its cases, and a language that is not English."""

    size: int
    first: Sequence[NewCase]
    covers: Covered
    sha256: str
    unknown: Sequence[tuple[str, int]] = ()
    retired: Sequence[tuple[str, int]] = ()
    language: str = ""
    wordings: Mapping[str, int] = field(default_factory=dict)


def preview_of(space: Space, cases: Sequence[NewCase], kind: str) -> Preview:
    """Return what keeping the cases in the space would mean. ``wordings`` says how many are put in
    their relations' own words, and how many in ones kept apart."""
    said = [case.given.get("wording") for case in cases]
    return Preview(
        size=len(cases),
        first=cases[:FIRST],
        covers=covers_of(space, cases),
        sha256=sha256_of(cases),
        wordings={name: said.count(name) for name in ("own", "apart")},
        **_not_in_use(space, relations_in(cases, kind)),
    )


def preview_of_file(space: Space, summary: Summary, language: str) -> Preview:
    """Return the same of the cases of a file, from their summary."""
    return Preview(
        size=summary.size,
        first=summary.first,
        covers=covers_of_file(summary),
        sha256=summary.sha256,
        language=language,
        **_not_in_use(space, summary.named),
    )


def _not_in_use(space: Space, named: Counter[str]) -> dict[str, Any]:
    """Return the relations that the space lacks, and those that it has retired."""
    rows = space.relations.order_by("pk").values_list("normalised", "aliases", "retired_at")
    in_use: set[str] = set()
    retired: set[str] = set()
    for normalised, aliases, retired_at in rows:
        names = {normalised, *map(normalise_name, aliases)}
        (retired if retired_at else in_use).update(names)
    others = [one for one in named.most_common() if normalise_name(one[0]) not in in_use]
    return {
        "unknown": [one for one in others if normalise_name(one[0]) not in retired],
        "retired": [one for one in others if normalise_name(one[0]) in retired],
    }
