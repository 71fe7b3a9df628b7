"""What a file calls relations, as the schema calls them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from apps.common.names import normalise_name
from apps.evaluation.dialogues.files import Dialogue, GoldFact
from apps.evaluation.measuring.annotated import Stated
from worker.types import RelationSpec


class Naming:
    """Knows a relation by its name, by an alias that it alone has, or by the name of its inverse,
    whose facts have their sides the other way round. Any other keeps its name."""

    def __init__(self, relations: Sequence[RelationSpec]) -> None:
        self._names = {normalise_name(one.name): one.name for one in relations}
        self._inverse = {
            normalise_name(one.inverse_name): one.name for one in relations if one.inverse_name
        }
        aliases: dict[str, set[str]] = defaultdict(set)
        for one in relations:
            for alias in one.aliases:
                aliases[normalise_name(alias)].add(one.name)
        self._aliases = {name: min(those) for name, those in aliases.items() if len(those) == 1}

    def known(self, dialogue: Dialogue) -> Dialogue:
        """Return a conversation whose facts have the names of the schema."""
        annotated = dialogue.annotated
        return replace(
            dialogue,
            facts=tuple(map(self._fact, dialogue.facts)),
            annotated=replace(
                annotated,
                facts=tuple(map(self._stated, annotated.facts)),
                also_right=tuple(map(self._stated, annotated.also_right)),
                unstated=tuple(map(self._stated, annotated.unstated)),
            ),
        )

    def name(self, relation: str) -> tuple[str, bool]:
        """Return what a relation is called, and whether its sides change places."""
        said = normalise_name(relation)
        if said in self._names or said in self._aliases:
            return self._names.get(said) or self._aliases[said], False
        return (self._inverse[said], True) if said in self._inverse else (relation, False)

    def _fact(self, one: GoldFact) -> GoldFact:
        name, turned = self.name(one.relation)
        sides = (one.object, one.subject) if turned else (one.subject, one.object)
        return replace(one, relation=name, subject=sides[0], object=sides[1])

    def _stated(self, one: Stated) -> Stated:
        name, turned = self.name(one.relation)
        sides = (one.object, one.subject) if turned else (one.subject, one.object)
        return Stated(sides[0], name, sides[1])
