"""What the memory knows that may matter for the next message of a conversation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import Space
from apps.asking.selectors import (
    approval_of,
    best_evidence,
    is_row,
    sentence_of,
    standing_decisions,
)
from apps.common.names import normalise_name
from apps.memory.controller import MemoryController
from apps.memory.controller.wording import statement_of
from apps.memory.models import Evidence, Triple
from apps.memory.selectors import held_at
from apps.sources.chats import speaker_at
from apps.sources.models import Document

MOST_FACTS = 500  # that are looked at
CHARACTERS = 4  # of a token


@dataclass(frozen=True)
class Recalled:
    """A fact with what it rests on. ``tokens`` is what it takes of the budget."""

    triple: Triple
    statement: str
    sentence: str
    evidence: Evidence | None
    approved_by: str
    approved_at: datetime
    tokens: int
    said_by: str = ""  # the speaker of the sentence, where it is of a conversation

    @property
    def by_self(self) -> bool:
        """Whether whom the fact is about said it."""
        return normalise_name(self.said_by) == normalise_name(self.triple.subject.name)


@dataclass(frozen=True)
class Told:
    """Whose word counts: ``said_by`` one speaker, ``by_self`` what speakers told of themselves, or
    else of others. Without either, everybody's, and what no conversation says."""

    said_by: str = ""
    by_self: bool | None = None

    def takes(self, one: Recalled) -> bool:
        """Tell whether a fact rests on such a word."""
        if self.said_by and normalise_name(one.said_by) != normalise_name(self.said_by):
            return False
        return self.by_self is None or (bool(one.said_by) and one.by_self == self.by_self)


EVERYBODY = Told()


@dataclass(frozen=True)
class Recall:
    """The facts that fit, the nearest first; ``left_out`` others would have fitted the message."""

    facts: tuple[Recalled, ...]
    tokens: int
    left_out: int


def tokens_of(text: str) -> int:
    """Return how many tokens a text is taken for: one for every four characters begun.

    >>> tokens_of("Ada lives."), tokens_of("")
    (3, 0)
    """
    return -(-len(text) // CHARACTERS)


def recall(
    *, space: Space, message: str, speaker: str, tokens: int, told: Told = EVERYBODY
) -> Recall:
    """Return the facts in force about what a message names, and about who says it: those first
    that share more names with it, then those whose relation it has a word of, then the newest.

    Names count as for answers, letter by letter or nearly so; no model is asked. Facts that nobody
    is on record as having approved are left out.
    """
    memory = MemoryController(space)
    named = {int(one.id) for _, _, one in memory.find_entities(message)}
    said_by = {int(one.id) for _, _, one in memory.find_entities(speaker)} if speaker else set()
    rows = _facts(space, named | said_by, timezone.localdate())
    words = set(normalise_name(message).split())
    rows.sort(key=lambda one: (*_nearness(one, named, said_by, words), one.pk), reverse=True)
    return _fitting(rows, tokens, told)


def _facts(space: Space, entities: Iterable[int], today: date) -> list[Triple]:
    ids = list(entities)
    about = Triple.objects.filter(
        Q(subject__in=ids) | Q(object__in=ids), space=space, status=Triple.Status.ACTIVE
    )
    rows = (
        held_at(about, as_of=today)
        .select_related("subject", "relation", "object")
        .defer("subject__embedding", "object__embedding", "relation__embedding")
    )
    return list(rows.order_by("-pk")[:MOST_FACTS])


def _nearness(
    one: Triple, named: set[int], said_by: set[int], words: set[str]
) -> tuple[int, bool, bool]:
    ends = {one.subject_id, one.object_id}
    said = normalise_name(" ".join([one.relation.name, *one.relation.aliases])).split()
    return len(ends & named), bool(words & {w for w in said if len(w) > 3}), bool(ends & said_by)


def _fitting(rows: Sequence[Triple], budget: int, told: Told) -> Recall:
    kept: list[Recalled] = []
    used = left_out = 0
    for one in _with_grounds(rows):
        if not told.takes(one):
            continue
        if used + one.tokens > budget:
            left_out += 1
            continue
        used += one.tokens
        kept.append(one)
    return Recall(tuple(kept), used, left_out)


def _with_grounds(rows: Sequence[Triple]) -> Iterator[Recalled]:
    """Yield the facts that somebody is on record as having approved, with what they rest on."""
    numbers = [one.pk for one in rows]
    evidence, decisions = best_evidence(numbers), standing_decisions(numbers)
    for row in rows:
        found, decision = evidence.get(row.pk), decisions.get(row.pk)
        approval = approval_of(found, decision)
        if approval is None:
            continue
        by, at = approval
        statement = statement_of(row)
        sentence = sentence_of(found) if found and not is_row(found) else ""
        size = tokens_of(statement) + tokens_of(sentence)
        said_by = _speaker_of(found) if found and sentence else ""
        yield Recalled(row, statement, sentence, found, by.label, at, size, said_by)


def _speaker_of(evidence: Evidence) -> str:
    passage = evidence.passage
    if passage.document.format != Document.Format.CHAT:
        return ""
    at = max(evidence.subject_start or 0, evidence.object_start or 0)
    return speaker_at(passage.text, at - passage.start)
