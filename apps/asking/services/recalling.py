"""What the memory knows that may matter for the next message of a conversation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def recall(*, space: Space, message: str, speaker: str, tokens: int) -> Recall:
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
    return _fitting(rows, tokens)


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


def _fitting(rows: Sequence[Triple], budget: int) -> Recall:
    numbers = [one.pk for one in rows]
    evidence, decisions = best_evidence(numbers), standing_decisions(numbers)
    kept: list[Recalled] = []
    used = left_out = 0
    for row in rows:
        found, decision = evidence.get(row.pk), decisions.get(row.pk)
        approval = approval_of(found, decision)
        if approval is None:
            continue
        by, at = approval
        statement = statement_of(row)
        sentence = sentence_of(found) if found and not is_row(found) else ""
        size = tokens_of(statement) + tokens_of(sentence)
        if used + size > budget:
            left_out += 1
            continue
        used += size
        kept.append(Recalled(row, statement, sentence, found, by.label, at, size))
    return Recall(tuple(kept), used, left_out)
