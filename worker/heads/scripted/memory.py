"""A memory in a Python dictionary, to try and to measure read heads without a database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from worker.literals import parse_literal
from worker.types import (
    LITERAL_KINDS,
    EntityRef,
    Fact,
    MemoryQuery,
    ReadCandidate,
    ReadResult,
    RelationSpec,
    Side,
    holds_on,
)

_WORD = re.compile(r"\w+", re.UNICODE)
_LONGEST_NAME = 12  # words


def normalise(name: str) -> str:
    """Return the words of ``name`` in lower case, joined by one space."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", name).casefold()))


@dataclass(frozen=True)
class Named:
    """An entity to add a fact of; ``key`` tells apart those that share a name."""

    name: str
    type: str = ""
    aliases: Sequence[str] = ()
    key: str = ""


class InMemoryMemory:
    """Implements ``worker.interfaces.Memory``: exact matches on names and aliases only.

    Names match after normalisation (case, punctuation and white space do not count). Two
    entities may share a name when their ``key`` differs. Nothing is ever removed.

    >>> memory = InMemoryMemory([RelationSpec(id="P19", name="place of birth")])
    >>> marie = Named("Marie Curie", aliases=["Maria Skłodowska"])
    >>> fact = memory.add(marie, "P19", "Warsaw")
    >>> query = MemoryQuery("place of birth", subject="Maria Skłodowska")
    >>> [fact.object.name for fact in memory.read(query).facts]
    ['Warsaw']
    """

    def __init__(
        self,
        relations: Sequence[RelationSpec],
        *,
        limit: int = 30,
        turned: Mapping[str, str] | None = None,
    ) -> None:
        """``turned`` gives, for a relation's id, the one that states the same from its object."""
        self._turned = dict(turned or {})
        self._superseded: set[str] = set()
        self._relations = {relation.id: relation for relation in relations}
        self._entities: dict[str, EntityRef] = {}
        self._by_name: dict[str, list[str]] = {}
        self._by_subject: dict[tuple[str, str], list[Fact]] = {}
        self._by_object: dict[tuple[str, str], list[Fact]] = {}
        self._known: dict[tuple[str, str, str, date | None], Fact] = {}
        self._limit = limit
        self._in_use: tuple[RelationSpec, ...] | None = None

    def add(
        self,
        subject: str | Named,
        relation_id: str,
        object_: str | Named,
        *,
        valid_from: date | None = None,
        valid_to: date | None = None,
        superseded: bool = False,
    ) -> Fact:
        """Store a fact and return it; the same fact twice stays one. Raises KeyError.

        A ``superseded`` fact is read only when the past is asked for.
        """
        relation = self._relations[relation_id]
        left, right = self._entity(subject), self._entity(object_)
        fact = Fact(f"t{len(self._known) + 1}", left, relation, right, valid_from, valid_to)
        identity = _identity(fact)
        if identity not in self._known:
            self._in_use = None
            self._known[identity] = fact
            self._by_subject.setdefault((left.id, relation.id), []).append(fact)
            self._by_object.setdefault((right.id, relation.id), []).append(fact)
            if superseded:
                self._superseded.add(fact.triple_id)
        return self._known[identity]

    def _entity(self, given: str | Named) -> EntityRef:
        named = Named(given) if isinstance(given, str) else given
        id_ = named.key or f"e:{normalise(named.name) or named.name}"
        if id_ not in self._entities:
            kind = LITERAL_KINDS.get(named.type, "item")
            value = parse_literal(named.name, kind)
            self._entities[id_] = EntityRef(id_, named.name, named.type, kind=kind, value=value)
        entity = self._entities[id_]
        for known_as in (named.name, *named.aliases):
            ids = self._by_name.setdefault(normalise(known_as), [])
            if id_ not in ids:
                ids.append(id_)
        return entity

    def facts(self) -> Sequence[Fact]:
        """Return every fact, in the order of adding."""
        return tuple(self._known.values())

    def relations(self) -> Sequence[RelationSpec]:
        """Return the relations given at the start, in that order."""
        if self._in_use is None:
            used = {fact.relation.id for fact in self._known.values()}
            self._in_use = tuple(
                replace(relation, used=relation.id in used) for relation in self._relations.values()
            )
        return self._in_use

    def find_entities(self, text: str) -> list[tuple[int, int, EntityRef]]:
        """Return (start, end, entity) for every name that stands in ``text``, longest first.

        A name inside a longer one that was found is left out.
        """
        words = [match.span() for match in _WORD.finditer(text)]
        found: list[tuple[int, int, EntityRef]] = []
        taken: list[tuple[int, int]] = []
        for length in range(min(_LONGEST_NAME, len(words)), 0, -1):
            starts = range(len(words) - length + 1)
            # "The Arda Opera" names the Opera, also where "the Arda" is a name as well.
            for first in sorted(starts, key=lambda at: text[slice(*words[at])].lower() == "the"):
                start, end = words[first][0], words[first + length - 1][1]
                if any(start < other_end and other < end for other, other_end in taken):
                    continue
                ids = self._by_name.get(normalise(text[start:end]), [])
                if ids:
                    taken.append((start, end))
                    found.extend((start, end, self._entities[id_]) for id_ in ids)
        return found

    def read(self, query: MemoryQuery) -> ReadResult:
        """Run one MEM_READ: exact matches of names, in the order of adding, cut at the limit or,
        where that is more, at what the query asks for."""
        relations = self._resolve_relations(query)
        entities = self._resolve_entities(query)
        found: dict[tuple[str, str, str, date | None], Fact] = {}
        for relation in relations:
            for entity in entities:
                for fact in self._facts(query, entity, relation):
                    found.setdefault(_identity(fact), fact)
            if query.whole:
                found.update((_identity(fact), fact) for fact in self._of_relation(relation))
        facts = [fact for fact in found.values() if self._stands(fact, query)]
        candidates = [ReadCandidate("entity", e.id, e.name, 0.0, True, True) for e in entities]
        candidates += [ReadCandidate("relation", r.id, r.name, 0.0, True, True) for r in relations]
        most = max(self._limit, query.most)
        return ReadResult(query, tuple(candidates), tuple(facts[:most]), len(facts) > most)

    def around(
        self, entities: Sequence[str], steps: Sequence[tuple[str, Side]], each: int
    ) -> Sequence[Fact]:
        """Return facts of any time that lead from things by one of the steps: the id of a relation
        and the side that is known."""
        found: dict[str, Fact] = {}
        for relation, known in steps:
            back = self._turned.get(relation, "")
            straight, turned = self._by_subject, self._by_object
            if known == "object":
                straight, turned = turned, straight
            for id_ in entities:
                facts = list(straight.get((id_, relation), []))
                for fact in turned.get((id_, back), []):
                    spec = self._relations[relation]
                    facts.append(
                        replace(fact, subject=fact.object, relation=spec, object=fact.subject)
                    )
                found.update((f"{relation} {fact.triple_id}", fact) for fact in facts[:each])
        return list(found.values())

    def whole(self, relations: Sequence[str], each: int) -> Sequence[Fact]:
        """Return facts of any time of each of the relations; of one that has more than ``each``
        none."""
        of_each = [list(self._of_relation(self._relations[relation])) for relation in relations]
        return [fact for facts in of_each if len(facts) <= each for fact in facts]

    def _of_relation(self, relation: RelationSpec) -> Iterator[Fact]:
        """Yield all facts of a relation, those of its inverse turned round."""
        back = self._turned.get(relation.id, "")
        for fact in self._known.values():
            if fact.relation.id == relation.id:
                yield fact
            elif fact.relation.id == back:
                yield replace(fact, subject=fact.object, relation=relation, object=fact.subject)

    def _resolve_entities(self, query: MemoryQuery) -> list[EntityRef]:
        if query.whole:
            return []
        known = query.subject if query.subject is not None else query.object
        given = query.subject_id if query.subject is not None else query.object_id
        ids = [given] if given else self._by_name.get(normalise(known or ""), [])
        return [self._entities[id_] for id_ in ids if id_ in self._entities]

    def _facts(
        self, query: MemoryQuery, entity: EntityRef, relation: RelationSpec
    ) -> Iterator[Fact]:
        """Yield the facts of the relation, then those of its inverse turned round."""
        straight, back = self._by_subject, self._by_object
        if query.object is not None:
            straight, back = back, straight
        yield from straight.get((entity.id, relation.id), [])
        for fact in back.get((entity.id, self._turned.get(relation.id, "")), []):
            yield replace(fact, subject=fact.object, relation=relation, object=fact.subject)

    def _stands(self, fact: Fact, query: MemoryQuery) -> bool:
        if not query.include_past:
            return fact.triple_id not in self._superseded
        if fact.triple_id in self._superseded and fact.valid_to is None:
            return False
        return holds_on(fact.valid_from, fact.valid_to, query.since, query.until)

    def _resolve_relations(self, query: MemoryQuery) -> list[RelationSpec]:
        if query.relation_id is not None:
            relation = self._relations.get(query.relation_id)
            return [relation] if relation else []
        wanted = normalise(query.relation)
        return [
            relation
            for relation in self._relations.values()
            if wanted
            in {normalise(name) for name in (relation.id, relation.name, *relation.aliases)}
        ]


def _identity(fact: Fact) -> tuple[str, str, str, date | None]:
    return fact.subject.id, fact.relation.id, fact.object.id, fact.valid_from
