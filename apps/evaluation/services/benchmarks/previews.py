"""What cases would be kept, before they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.evaluation.services.benchmarks.cases import NewCase, sha256_of
from apps.evaluation.services.benchmarks.covering import Covered, covers_of
from apps.evaluation.services.benchmarks.reading.cases import relations_in

FIRST: Final = 20


@dataclass(frozen=True)
class Preview:
    """Cases as they would be kept, and what to know first: relations that the space lacks or has
    retired, each with the number of its cases, and a language that is not English."""

    cases: Sequence[NewCase]
    covers: Covered
    sha256: str
    unknown: Sequence[tuple[str, int]] = ()
    retired: Sequence[tuple[str, int]] = ()
    language: str = ""

    @property
    def first(self) -> Sequence[NewCase]:
        """The cases that are shown."""
        return self.cases[:FIRST]

    @property
    def wordings(self) -> dict[str, int]:
        """How many are put in their relations' own words, and how many in ones kept apart."""
        said = [case.given.get("wording") for case in self.cases]
        return {name: said.count(name) for name in ("own", "apart")}


def preview_of(space: Space, cases: Sequence[NewCase], kind: str, *, language: str = "") -> Preview:
    """Return what keeping the cases in the space would mean."""
    named = relations_in(cases, kind)
    rows = space.relations.order_by("pk").values_list("normalised", "aliases", "retired_at")
    in_use: set[str] = set()
    retired: set[str] = set()
    for normalised, aliases, retired_at in rows:
        names = {normalised, *map(normalise_name, aliases)}
        (retired if retired_at else in_use).update(names)
    others = [one for one in named.most_common() if normalise_name(one[0]) not in in_use]
    return Preview(
        cases=cases,
        covers=covers_of(space, cases),
        sha256=sha256_of(cases),
        unknown=[one for one in others if normalise_name(one[0]) not in retired],
        retired=[one for one in others if normalise_name(one[0]) in retired],
        language=language,
    )
