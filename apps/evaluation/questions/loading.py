"""The facts of a file in a space: which relation each line means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.progress import Progress, Tell
from apps.evaluation.questions.files import FactLine, RelationLine
from apps.evaluation.questions.relations import add_relations
from apps.memory.models import Relation
from apps.memory.packs import extra_packs
from apps.memory.services import pack_switch_on, relations_load
from apps.memory.services.bulk import Fact, Loaded, facts_load
from worker.interfaces import Embedder
from worker.training.property_names import property_names

_PROPERTY = re.compile(r"P[1-9]\d{0,9}")


@dataclass(frozen=True)
class LoadedFile:
    """What was loaded, the packs that were switched on for it, and the relations that neither
    these nor the standard schema have, by name."""

    rows: Loaded
    packs: tuple[str, ...]
    added: tuple[str, ...]
    unnamed: tuple[str, ...]  # properties whose name nobody knows, added by their id


def load_facts(
    space: Space,
    lines: Sequence[FactLine],
    *,
    relations: Sequence[RelationLine] = (),
    labels: Mapping[str, tuple[str, str]],
    embedder: Embedder,
    tell: Tell,
) -> LoadedFile:
    """Load the lines into a space with the standard schema, ``relations``, and the packs of which
    a line names a relation; ``labels`` names other properties.

    A relation is known by its Wikidata property, its name, or an alias that only one has; any
    other is added by its name. Raises EvaluationError.
    """
    relations_load(space=space, actor=None)
    add_relations(space, relations)
    packs = _switch_on_packs(space, lines)
    schema = _Schema(space, labels)
    facts = [
        Fact(
            subject=line.subject,
            relation=schema.relation(line),
            object=line.object,
            subject_aliases=line.subject_aliases,
            object_aliases=line.object_aliases,
            subject_type=line.subject_type,
            object_type=line.object_type,
            valid_from=line.valid_from,
            valid_to=line.valid_to,
        )
        for line in lines
    ]
    progress: list[Progress] = []

    def embedded(done: int, total: int) -> None:
        if not progress:  # how many names are new is known by then
            progress.append(Progress(tell, "names embedded", total))
        progress[0].at(done)

    rows = facts_load(space=space, facts=facts, actor=None, embedder=embedder, embedded=embedded)
    return LoadedFile(rows, packs, tuple(schema.added), tuple(schema.unnamed))


def _switch_on_packs(space: Space, lines: Sequence[FactLine]) -> tuple[str, ...]:
    """Switch on the packs of whose relations there are facts; returns their names."""
    named = {normalise_name(line.relation) for line in lines}
    used = [
        pack
        for pack in extra_packs()
        if any(normalise_name(item["name"]) in named for item in pack.relations)
    ]
    for pack in used:
        pack_switch_on(space=space, actor=None, pack=pack)
    return tuple(pack.name for pack in used)


class _Schema:
    def __init__(self, space: Space, labels: Mapping[str, tuple[str, str]]) -> None:
        self.space = space
        self.added: list[str] = []
        self.unnamed: list[str] = []
        self._names = {pid: (name, "") for pid, name in property_names().items()} | dict(labels)
        rows = list(space.relations.defer("embedding").order_by("pk"))
        self._by_property = {row.wikidata_property: row for row in rows if row.wikidata_property}
        self._by_name = {row.normalised: row for row in rows}
        aliases: dict[str, list[Relation]] = {}
        for row in rows:
            for alias in row.aliases:
                aliases.setdefault(normalise_name(alias), []).append(row)
        self._by_alias = {name: those[0] for name, those in aliases.items() if len(those) == 1}

    def relation(self, line: FactLine) -> Relation:
        """Return the relation that a line means, made where there is none."""
        if not _PROPERTY.fullmatch(line.relation):
            return self._named(line, line.relation, "", "")
        if line.relation not in self._by_property:
            if line.relation not in self._names:
                self.unnamed.append(line.relation)
            name, description = self._names.get(line.relation, (line.relation, ""))
            self._by_property[line.relation] = self._named(line, name, description, line.relation)
        return self._by_property[line.relation]

    def _named(self, line: FactLine, name: str, description: str, property_: str) -> Relation:
        normalised = normalise_name(name)
        found = self._by_name.get(normalised) or self._by_alias.get(normalised)
        if found is None:
            if not normalised or "\0" in name:
                raise EvaluationError(f"Line {line.line}: {name!a} is no name of a relation.")
            found = Relation.objects.create(
                space=self.space, name=name, description=description[:500],
                wikidata_property=property_,
            )  # fmt: skip
            self._by_name[normalised] = found
            self.added.append(name)
        return found
