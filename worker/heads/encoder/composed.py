"""Questions that one read does not answer: understood as a whole, looked up, said."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from worker.heads.answering import Reading
from worker.heads.encoder.asked_time import as_days
from worker.heads.encoder.findings import symmetric
from worker.heads.encoder.lookups import Lookup
from worker.heads.encoder.mentions import NamedEntity
from worker.heads.encoder.plain import thing_named
from worker.heads.encoder.relation_matching import MASKS, UNKNOWN_MASK
from worker.heads.questions import is_past, question_form
from worker.heads.timing import AskedTime, Timed
from worker.reading.answer import Asked, answer, in_more_steps, may_be_read_otherwise
from worker.reading.items import Named, Phrase, items_of, with_unknown_name, without
from worker.reading.leftover import CARRIES, CARRIES_ELSEWHERE
from worker.reading.offices import Offices, with_holders
from worker.reading.operators import operator_words
from worker.reading.question import Option
from worker.reading.stems import named_by, stem
from worker.types import EntityRef, RelationSpec, Side, Span, TracedAnswer

_NOTHING = ("zorb", "plintel", "vumsed")  # words without a meaning
_WINDOW = 4.0  # below the best relation
_MOST = 6


@dataclass(frozen=True)
class Composed:
    """The answer of a question as a whole, None for a plain one; the words that change what is
    done with a fact, where no answer took them into account; whether a plain read may answer
    ``otherwise`` where this one found nothing; and what it leads to when it is read
    in more steps than one."""

    answer: TracedAnswer | None
    unread: str
    otherwise: bool
    in_more_steps: Callable[[], TracedAnswer | None]


def answer_composed(
    lookup_for: Callable[[Reading], Lookup],
    reading_for: Callable[[AskedTime | None], Reading],
    question: str,
    named: Sequence[NamedEntity],
    timed: Timed | None,
    *,
    anchored: bool = False,
) -> Composed:
    """Return what a question leads to that needs more than one plain read.

    ``anchored`` tells that a name stands for a time, which only a comparison may read otherwise.
    ``named`` are the names of the question but for its time, which ``timed`` takes out.
    """
    items = items_of(
        question,
        [Named(one.start, one.end, thing_named(question, one), one.type) for one in named],
    )
    if timed is not None:
        items = without(items, timed.start, timed.end)
    if question_form(question) == "yes_no" and len(named) == 1:
        items = with_unknown_name(items, question)
    beforehand = reading_for(None)
    ranker = EncoderRanker(lookup_for(beforehand))
    items = with_holders(items, _offices(beforehand, ranker))

    begun: dict[AskedTime | None, Reading] = {}

    def reading(time: AskedTime | None) -> Reading:
        """Return the one reading for a time, so that a read in vain stands in the trace too."""
        if time not in begun:
            begun[time] = reading_for(time)
            begun[time].understood += [as_days(timed.time)] if timed is not None else []
        return begun[time]

    time = timed.time if timed else None
    taken = (Span(timed.start, timed.end),) if timed else ()
    asked = Asked(question, items, time, is_past(question), reading, anchored, taken)
    found = answer(asked, ranker)
    otherwise = found is None or (
        found.abstained and timed is None and may_be_read_otherwise(items)
    )
    unread = "" if found is not None or anchored else operator_words(items)
    return Composed(found, unread, otherwise, lambda: in_more_steps(asked, ranker))


def _offices(reading: Reading, ranker: EncoderRanker) -> Offices:
    def called(name: str) -> tuple[EntityRef, ...]:
        found = reading.memory.find_entities(name)
        return tuple(one for start, end, one in found if (start, end) == (0, len(name)))

    def holds(relation: RelationSpec, one: EntityRef) -> bool:
        return bool(reading.every(relation, one, "object"))

    return Offices(ranker.relations, holds, called)


class EncoderRanker:
    """The relations that a phrase may mean, by the trained matcher; see ``parse.Ranker``."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self._options: dict[Phrase, list[Option]] = {}
        self._carried: dict[tuple[str, str, str, Side], bool] = {}

    @property
    def relations(self) -> Sequence[RelationSpec]:
        return self.lookup.relations

    def mask(self, type_: str) -> str:
        return MASKS.get(type_, UNKNOWN_MASK)

    def prepare(self, phrases: Sequence[Phrase]) -> None:
        self.lookup.matcher.question_vectors([one.text for one in phrases])

    def options(self, asked: Phrase) -> list[Option]:
        if asked not in self._options:
            self._options[asked] = self._found(asked)
        return self._options[asked]

    def _found(self, asked: Phrase) -> list[Option]:
        limits = self.lookup.limits
        ranked = self.lookup.ranked(asked.text, _named(asked))
        best = ranked[0].score if ranked else 0.0
        used = next((match.score for match in ranked if match.relation.used), best)
        taken: dict[str, float] = {}
        found: list[Option] = []
        for match in ranked:
            least = (used if match.relation.used else best) - _WINDOW
            if match.margin < limits.margin or match.score < least:
                continue
            clearer = taken.setdefault(match.relation.id, match.score) - match.score
            if clearer <= limits.turned or symmetric(match.relation):
                found.append(Option(match.relation, match.known, match.score))
        return found[:_MOST]

    def carries(self, asked: Phrase, word: str, option: Option) -> bool:
        key = (asked.text, word, option.relation.id, option.known)
        if key not in self._carried:
            self._carried[key] = self._adds(asked, word, option)
        return self._carried[key]

    def _adds(self, asked: Phrase, word: str, option: Option) -> bool:
        matcher = self.lookup.matcher
        if not matcher.knows(word):
            return False
        place = re.compile(rf"\b{re.escape(word)}\b")
        texts = [asked.text, *(place.sub(nothing, asked.text, count=1) for nothing in _NOTHING)]
        at = next(n for n, one in enumerate(self.relations) if one.id == option.relation.id)
        scores = matcher.scores(texts, self.relations, at, option.known)
        elsewhere = any(stem(word) in named_by(one) for one in self.relations)
        return scores[0] - max(scores[1:]) >= (CARRIES_ELSEWHERE if elsewhere else CARRIES)


def _named(asked: Phrase) -> NamedEntity:
    name = asked.text[asked.start : asked.end]
    return NamedEntity(asked.start, asked.end, (EntityRef("", name, asked.type),))
