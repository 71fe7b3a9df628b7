"""The names that a write head found, as they are kept: which there are, and which facts join."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.curation.models import Candidate, Extraction, PassageExtraction
from apps.sources.models import Passage
from worker.literals import parse_literal
from worker.types import ENTITY_TYPES, LITERAL_KINDS, MentionSpan

# Of a space, those read last, by which its share of names is told.
MOST_DOCUMENTS = 50
MOST_PASSAGES = 200
# One array as the parameter: thousands of names take longer to be written as a list than to find.
_IN_FACTS = """
SELECT q.name FROM unnest(%(names)s::text[]) AS q(name)
 WHERE EXISTS (
       SELECT 1 FROM (
              SELECT id FROM memory_entity
               WHERE space_id = %(space)s AND normalised = q.name
               UNION ALL
              SELECT entity_id FROM memory_alias
               WHERE space_id = %(space)s AND normalised = q.name) AS named(id)
        WHERE EXISTS (SELECT 1 FROM memory_triple t
                       WHERE t.subject_id = named.id AND t.status = 'active')
           OR EXISTS (SELECT 1 FROM memory_triple t
                       WHERE t.object_id = named.id AND t.status = 'active'))
"""


class Mention(NamedTuple):
    """A mention with its offsets in the document."""

    start: int
    end: int
    type: str

    @property
    def is_name(self) -> bool:
        """Whether it is no time and no number."""
        return self.type not in LITERAL_KINDS


def kept_mentions(passage: Passage, mentions: Iterable[MentionSpan]) -> list[Mention]:
    """Return the mentions of a passage as they are stored, in order; those that leave it or have
    no known type are left out."""
    return sorted(
        Mention(one.span.start + passage.start, one.span.end + passage.start, one.type)
        for one in mentions
        if one.span.end <= len(passage.text) and one.type in ENTITY_TYPES
    )


def mentions_of(read: PassageExtraction) -> list[Mention]:
    """Return the mentions that were stored when a passage was read."""
    return [Mention(*one) for one in read.mentions or ()]


def names_in(mentions: Iterable[Mention], text: str, start: int = 0) -> list[str]:
    """Return what mentions in a text, which begins at an offset, are called, without literals:
    times, numbers, addresses, versions."""
    said = (text[one.start - start : one.end - start] for one in mentions if one.is_name)
    return [name for name in said if parse_literal(name, "text") is None]


def distinct_names(texts: Iterable[str]) -> dict[str, str]:
    """Return for each name, normalised, the fullest name that has all its words: "Holt" is not
    counted beside "Anna Holt"."""
    names = {normalise_name(text) for text in texts} - {""}
    fullest: dict[str, str] = {}
    having: dict[str, set[str]] = {}
    for name in sorted(names, key=lambda one: (-len(one), one)):
        words = name.split()
        longer = set.intersection(*(having.get(word, set()) for word in words)) if words else set()
        fullest[name] = min(longer) if longer else name
        if not longer:
            for word in words:
                having.setdefault(word, set()).add(name)
    return fullest


@dataclass(frozen=True)
class NamesShare:
    """How many names the newest documents of a space have, and how many are in no fact."""

    names: int
    unjoined: int
    documents: int

    @property
    def percent(self) -> int:
        return round(100 * self.unjoined / self.names) if self.names else 0


def names_share(space: Space) -> NamesShare:
    """Count the names of the documents that were read last, and those that are in no candidate,
    rejected ones aside, and in no fact of the memory."""
    newest = (
        Extraction.objects.filter(space=space, passages__mentions__isnull=False)
        .order_by("document", "-pk")
        .distinct("document")
        .values_list("pk", "document")
    )
    last = dict(sorted(newest, key=lambda row: -row[1])[:MOST_DOCUMENTS])
    rows = PassageExtraction.objects.filter(extraction__in=last, mentions__isnull=False)
    texts: dict[int, list[str]] = {}
    for read in rows.select_related("passage").order_by("-extraction", "pk")[:MOST_PASSAGES]:
        texts.setdefault(read.passage.document_id, []).extend(_texts(read))
    joined = in_candidates(last.values())
    names, free = set(), set()
    for document, found in texts.items():
        fullest = distinct_names(found)
        names |= set(fullest.values())
        free |= _unjoined(fullest, joined.get(document, set()))
    free -= in_facts(space, free)
    return NamesShare(len(names), len(free), len(texts))


def _texts(read: PassageExtraction) -> list[str]:
    return names_in(mentions_of(read), read.passage.text, read.passage.start)


def in_candidates(documents: Iterable[int]) -> dict[int, set[str]]:
    """Return by document the normalised names of its candidates, without rejected ones."""
    rows = (
        Candidate.objects.filter(passage__document__in=list(documents))
        .exclude(state=Candidate.State.REJECTED)
        .values_list("passage__document", "subject_text", "object_text")
    )
    found: dict[int, set[str]] = {}
    for document, *names in rows:
        if document is not None:
            found.setdefault(document, set()).update(map(normalise_name, names))
    return found


def in_facts(space: Space, names: Set[str]) -> set[str]:
    """Return those of the normalised names that an active fact of the memory is about."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_FACTS, {"names": list(names), "space": space.pk})
        return {name for (name,) in cursor.fetchall()}


def unjoined(space: Space, texts: Sequence[str], joined: Set[str]) -> tuple[set[str], set[str]]:
    """Return the distinct names of a document and those of them that nothing joins, neither
    ``joined``, the names in its candidates, nor a fact of the memory."""
    fullest = distinct_names(texts)
    free = _unjoined(fullest, joined)
    return set(fullest.values()), free - in_facts(space, free)


def _unjoined(fullest: dict[str, str], joined: Set[str]) -> set[str]:
    taken = {full for name, full in fullest.items() if name in joined or full in joined}
    return set(fullest.values()) - taken
