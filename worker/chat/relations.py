"""What relations mean to a conversation.

``relations.json`` gives those of Wikidata by their numbers, so that an owner may call them
otherwise; a pack's relation means what its pack calls it, any other what its name says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

from worker.types import RelationSpec

MEANINGS: Final[dict[str, str]] = json.loads(
    Path(__file__).with_name("relations.json").read_text(encoding="utf-8")
)


class Named(Protocol):
    """A relation as a head or the memory has it."""

    @property
    def wikidata_property(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...


def meaning(relation: Named) -> str:
    """Return what a relation means.

    >>> meaning(RelationSpec("1", "Boss", wikidata_property="P108"))
    'employer'
    >>> meaning(RelationSpec("2", "Role", name_in_pack="job title"))
    'job title'
    >>> meaning(RelationSpec("3", "Employer"))
    'employer'
    """
    known = MEANINGS.get(relation.wikidata_property)
    return known or relation.key or relation.name.casefold()


def by_meaning(relations: Iterable[RelationSpec]) -> dict[str, RelationSpec]:
    """Return relations by what they mean; of two, the one that Wikidata or a pack knows counts."""
    return {meaning(one): one for one in sorted(relations, key=lambda one: bool(one.key))}
