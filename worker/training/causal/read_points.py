"""Where a text would have read the memory, as MemLLM makes it (arXiv 2404.11672, section 3.2).

A fact whose two names stand in a text could have been read where the second of them first
appears: the other one and the relation ask for it. What a reader could not have guessed to ask,
or what brings too much, is left out, and every reason is counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from worker.training.redocred import GoldDocument, GoldTriple
from worker.types import MemoryQuery, Span

MOST_RESULTS = 30  # that a read may bring
MOST_QUERIES = 3  # at one place
_EMPTY_RANKS_AS = 5  # results

# What the subject, or the object, of these relations alone does not let one ask for: too many
# answers, or none that one would look for. By Wikidata property (MemLLM's list, by its names).
NOT_BY_SUBJECT = frozenset({"P30", "P150"})
NOT_BY_OBJECT = frozenset(
    [
        "P17",
        "P27",
        "P495",
        "P140",
        "P19",
        "P20",
        "P937",
        "P740",
        "P276",
        "P205",
        "P551",
        "P577",
        "P272",
        "P364",
        "P1001",
        "P400",
        "P131",
        "P159",
        "P571",
        "P108",
        "P569",
        "P570",
        "P69",
    ]
)


@dataclass
class GoldMemory:
    """Facts by name, for preparing data and as the oracle of an evaluation: what a memory would
    answer that holds exactly these."""

    by_subject: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    by_object: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    known_as: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, subject: str, relation: str, object_: str) -> None:
        """Add a fact, once."""
        for table, known, found in (
            (self.by_subject, subject, object_),
            (self.by_object, object_, subject),
        ):
            those = table[known.casefold(), relation]
            if found not in those:
                those.append(found)

    def add_alias(self, alias: str, name: str) -> None:
        """Let a name be found by another one."""
        those = self.known_as[alias.casefold()]
        if alias.casefold() != name.casefold() and name not in those:
            those.append(name)

    def read(self, query: MemoryQuery) -> list[str]:
        """Return what is known, of the name and of those that it is an alias of."""
        known = query.subject or query.object or ""
        table = self.by_subject if query.subject else self.by_object
        found: dict[str, None] = {}
        for name in (known, *self.known_as.get(known.casefold(), ())):
            found |= dict.fromkeys(table.get((name.casefold(), query.relation), ()))
        return list(found)


@dataclass(frozen=True)
class ReadPoint:
    """A call that a text would have made: ``target`` is the mention that it asks for."""

    target: Span
    queries: tuple[MemoryQuery, ...]
    results: tuple[str, ...]


def entity_names(document: GoldDocument) -> list[str]:
    """Return the longest name of each entity as it stands in the text."""
    return [
        max((m.span.of(document.text) for m in entity), key=len, default="")
        for entity in document.entities
    ]


def fill(documents: Iterable[GoldDocument], relations: Mapping[str, str]) -> GoldMemory:
    """Return a memory of all stated facts of some documents, and of their names."""
    memory = GoldMemory()
    for document in documents:
        names = entity_names(document)
        for triple in stated(document, relations):
            memory.add(names[triple.subject], relations[triple.property], names[triple.object])
        for name, entity in zip(names, document.entities, strict=True):
            for mention in entity:
                memory.add_alias(mention.span.of(document.text), name)
    return memory


def stated(document: GoldDocument, relations: Mapping[str, str]) -> list[GoldTriple]:
    """Return the facts that a document states, of relations that have a name."""
    return [
        t
        for t in document.triples
        if t.property in relations
        and t.subject != t.object
        and t.mood in (None, "stated", "ended")
        and document.entities[t.subject]
        and document.entities[t.object]
    ]


def read_points(
    document: GoldDocument,
    memory: GoldMemory,
    relations: Mapping[str, str],
    dropped: Counter[str] | None = None,
) -> list[ReadPoint]:
    """Return the calls of a document in order; ``dropped`` counts what was left out, by reason.

    ``relations`` has the names of relations by what the document's facts call them.
    """
    dropped = Counter() if dropped is None else dropped
    order = sorted(
        ((m.span, e) for e, those in enumerate(document.entities) for m in those),
        key=lambda pair: (pair[0].start, -pair[0].end),
    )
    facts = stated(document, relations)
    seen: dict[int, list[Span]] = defaultdict(list)
    fired: set[int] = set()
    points: list[ReadPoint] = []
    end = 0
    for span, entity in order:
        inside = span.start < end
        end = max(end, span.end)
        first = entity not in seen
        seen[entity].append(span)
        if not first:
            continue
        if inside:
            dropped["inside another name"] += 1
            continue
        if span.of(document.text) in document.text[: span.start]:
            dropped["the target stood before"] += 1
            continue
        queries = _queries(document, facts, relations, entity, seen, fired, dropped)
        point = _point(span, queries, memory, dropped)
        if point and not (points and point.queries[0] == points[-1].queries[0]):
            points.append(point)
    return points


def _queries(
    document: GoldDocument,
    facts: Sequence[GoldTriple],
    relations: Mapping[str, str],
    entity: int,
    seen: Mapping[int, Sequence[Span]],
    fired: set[int],
    dropped: Counter[str],
) -> list[tuple[int, MemoryQuery]]:
    """Return what asks for an entity that has just appeared, with where the known name stood."""
    found = []
    for number, triple in enumerate(facts):
        if number in fired or entity not in (triple.subject, triple.object):
            continue
        by_subject = triple.object == entity
        other = triple.subject if by_subject else triple.object
        if other not in seen:
            continue
        fired.add(number)
        if triple.property in (NOT_BY_SUBJECT if by_subject else NOT_BY_OBJECT):
            dropped["not asked from this side"] += 1
            continue
        name = max((s.of(document.text) for s in seen[other]), key=len)
        relation = relations[triple.property]
        query = (
            MemoryQuery(relation, subject=name)
            if by_subject
            else MemoryQuery(relation, object=name)
        )
        found.append((max(s.end for s in seen[other]), query))
    return found


def _point(
    span: Span,
    queries: Sequence[tuple[int, MemoryQuery]],
    memory: GoldMemory,
    dropped: Counter[str],
) -> ReadPoint | None:
    ranked = []
    for at, query in queries:
        results = memory.read(query)
        if len(results) > MOST_RESULTS:
            dropped["more than 30 results"] += 1
            continue
        ranked.append((len(results) or _EMPTY_RANKS_AS, -at, query, results))
    ranked.sort(key=lambda row: row[:2])
    chosen: list[MemoryQuery] = []
    found: dict[str, None] = {}
    for _, _, query, results in ranked:
        # A query that brings nothing new is another's other side.
        if len(chosen) < MOST_QUERIES and not set(results) <= set(found):
            chosen.append(query)
            found |= dict.fromkeys(results)
    if not chosen:
        return None
    return ReadPoint(span, tuple(chosen), tuple(found)[:MOST_RESULTS])
