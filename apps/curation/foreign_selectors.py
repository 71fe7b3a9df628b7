"""What the dry run of an import shows: the relations of a file beside those of the space."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.memory.models import Relation
from apps.sources.foreign import Found
from apps.sources.triples import TripleRow

MOST_RELATIONS = 200  # of a file that one page lets choose; the commonest
SAMPLES = 2
_PROPERTY = re.compile(r"P[1-9]\d*")


@dataclass
class Met:
    """A relation of a file: how often it occurs, and what of the space it seems to be."""

    key: str
    label: str
    relation: Relation | None = None
    count: int = 0
    samples: list[TripleRow] = field(default_factory=list)


def relations_in_use(space: Space) -> list[Relation]:
    """Return the relations that facts can have, by name."""
    return list(space.relations.filter(retired_at=None).order_by("name"))


def relations_met(found: Found, relations: Iterable[Relation]) -> list[Met]:
    """Return the relations of a file, the commonest first."""
    known = _known(relations)
    met: dict[str, Met] = {}
    for row in found.facts:
        one = met.get(row.relation)
        if one is None:
            label = found.labels.get(row.relation, "") or row.relation
            one = met[row.relation] = Met(row.relation, label, _alike(row.relation, label, known))
        one.count += 1
        if len(one.samples) < SAMPLES:
            one.samples.append(row)
    return sorted(met.values(), key=lambda one: (-one.count, one.label))


def _known(relations: Iterable[Relation]) -> dict[str, Relation]:
    """Return relations by property, name and alias; a name goes before an alias."""
    known: dict[str, Relation] = {}
    given = list(relations)
    for relation in given:
        if relation.wikidata_property:
            known.setdefault(relation.wikidata_property, relation)
        known[normalise_name(relation.name)] = relation
    for relation in given:
        for alias in relation.aliases:
            known.setdefault(normalise_name(alias), relation)
    return known


def _alike(key: str, label: str, known: Mapping[str, Relation]) -> Relation | None:
    last = key.rsplit("/", 1)[-1]
    if _PROPERTY.fullmatch(last) and last in known:
        return known[last]
    names = (normalise_name(name) for name in (label, key))
    return next((known[name] for name in names if name in known), None)
