"""The likeliest reading's answer, given only where the rules did not understand a question and
nothing in it speaks against the reading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from worker.english.words import is_kin_of_kin
from worker.heads.answering import Reading
from worker.heads.encoder.asked_time import time_of
from worker.heads.encoder.mentions import NamedEntity, named_entities, with_apostrophes
from worker.heads.encoder.ranked import SHORTLIST, Signs, linked_of, readings
from worker.heads.encoder.ranking import Ranking, best_reading, key_of
from worker.heads.encoder.relation_matching import RelationMatcher
from worker.heads.encoder.reranker import Scorer
from worker.heads.encoder.whole import whole_question
from worker.heads.questions import is_past, question_form
from worker.heads.timing import AskedTime, on_day
from worker.interfaces import Memory
from worker.reading.kinship import kin_of
from worker.reading.look_up import ReadingFor, looked_up
from worker.reading.places import asked_place, telling
from worker.reading.question import Picked, Reached, Without, options_in, things_in
from worker.reading.sets import Linked
from worker.reading.stems import own_names, spoken_by, stem
from worker.types import AnsweredReading, RelationSpec, TracedAnswer

# Abstentions that stand: they ask which one is meant, or say what of it is known.
_STANDS = re.compile(
    r"say which one|has this, but|by name only|does not know when|nor when it was|other times|"
    r"for the time|which of the two|not begun|neither states|but not when"
)
# Abstentions that read the question in one way and found nothing.
_READ = re.compile(r"has no such fact|does not know “|no further")
_YET_TO_COME = frozenset(["will", "shall", "tomorrow"])
_WHETHER = ("whether", "compare")
_INITIALS = 3  # letters of a word such as CEO or PM
RECORDED = 32  # readings of a question that its recording looks at, more than are ranked
_MOST_TURNED = 2.0  # by which the words may speak more for a relation's other side
_MOST_ELSEWHERE = 3.0  # by which the whole question may speak more for another relation


@dataclass(frozen=True)
class Unread:
    """A question that the rules abstained from, alone and in no conversation."""

    text: str
    memory: Memory
    today: date
    as_of: date | None = None


@dataclass(frozen=True)
class Likeliest:
    """The answer of the likeliest reading, the log-odds of its being right, and the words that
    nothing of it accounts for."""

    answer: TracedAnswer
    certainty: float
    left: tuple[str, ...]


class RankedAnswers:
    """Answers what the rules did not understand; see ``decisions/0014``."""

    def __init__(self, matcher: RelationMatcher, scorer: Scorer, ranking: Ranking) -> None:
        self._matcher = matcher
        self._scorer = scorer
        self._ranking = ranking

    def answer(self, asked: Unread, abstention: TracedAnswer) -> TracedAnswer | None:
        """Return the answer of the likeliest reading; None where the abstention stands."""
        if not may_be_ranked(asked.text, abstention):
            return None
        found = self.likeliest(asked)
        if found is None:
            return None
        read = bool(_READ.search(abstention.reason))
        needed = self._ranking.needed(read=read, left=bool(found.left))
        return found.answer if found.certainty >= needed else None

    def instead(self, asked: Unread, given: TracedAnswer) -> TracedAnswer | None:
        """Return the answer of the likeliest reading where it is surely another one than was
        ``given`` by the rules, and no part of that; None where that stands."""
        found = self.likeliest(asked)
        if found is None or set(key_of(found.answer)) <= set(key_of(given)):
            return None
        needed = self._ranking.needed(left=bool(found.left), instead=True)
        return found.answer if found.certainty >= needed else None

    def likeliest(self, asked: Unread) -> Likeliest | None:
        """Return the answer of the likeliest reading, however sure; None where it has none, or
        something in the question forbids it."""
        made = self._made(asked)
        if made is None:
            return None
        text, named, linked, signs = made
        ranked = best_reading(self._ranking, signs, text, linked.items, _begin(asked))
        schema = asked.memory.relations()
        if ranked is None or speaks_against(ranked.signs, linked, text, schema):
            return None
        spans = accounted_spans(ranked.signs, linked)
        whole = whole_question(self._matcher, asked.memory, text, named, ranked.answer, spans)
        if not whole.abstained:
            return Likeliest(whole, ranked.certainty, ())
        left = tuple(
            text[span.start : span.end] for one in whole.questions for span in one.left_spans
        )
        if any(_is_name(text, word) for word in left):
            return None
        answer = replace(
            ranked.answer,
            questions=whole.questions,
            understood=(*ranked.answer.understood, _not_used(left)),
        )
        return Likeliest(answer, ranked.certainty, left)

    def readings(self, asked: Unread) -> list[AnsweredReading]:
        """Return the readings of a question that have an answer, of the RECORDED likeliest."""
        made = self._made(asked, RECORDED)
        found = []
        for signs in made[3] if made else ():
            answer = looked_up(signs.candidate.question, _begin(asked))
            if answer is not None and not answer.abstained:
                found.append(_answered(signs, answer))
        return found

    def _made(
        self, asked: Unread, most: int = SHORTLIST
    ) -> tuple[str, list[NamedEntity], Linked, list[Signs]] | None:
        named = named_entities(asked.memory, asked.text)
        text = with_apostrophes(asked.text, named)
        if text != asked.text:
            named = named_entities(asked.memory, text)
        own = own_names(text, asked.memory.relations())
        timed, others = time_of(text, named, asked.today, own)
        linked = linked_of(text, others, timed)
        if linked is None:
            return None
        found = readings(self._matcher, self._scorer, asked.memory, linked, asked.today, most)
        return text, named, linked, found


def _is_name(text: str, word: str) -> bool:
    """Tell whether a word is written as a name, and does not just begin the question."""
    initials = word.isupper() and len(word) <= _INITIALS
    return word[:1].isupper() and not initials and not text.startswith(word)


def _not_used(left: Sequence[str]) -> str:
    words = ", ".join(f"“{word}”" for word in dict.fromkeys(left))
    return (
        f"Taken to ask for nothing of their own: {words}." if words else "Not every word is read."
    )


def _answered(signs: Signs, answer: TracedAnswer) -> AnsweredReading:
    relations = tuple(sorted({relation.name for relation, _ in signs.candidate.steps}))
    said = signs.compared
    return AnsweredReading(said.question, said.reading, relations, signs.figures, answer)


def _begin(asked: Unread) -> ReadingFor:
    past, as_of = is_past(asked.text), on_day(asked.as_of) if asked.as_of else None

    def begin(time: AskedTime | None) -> Reading:
        return Reading(asked.memory, time or as_of, past=past, today=asked.today)

    return begin


def accounted_spans(signs: Signs, linked: Linked) -> list[tuple[int, int]]:
    """Return where the names stand that a reading uses and the words of its operators."""
    used = [linked.things[number] for number in signs.candidate.things]
    return [
        (item.start, item.end)
        for at, item in enumerate(linked.items)
        if at in signs.candidate.words or item.node in used
    ]


def may_be_ranked(text: str, abstention: TracedAnswer) -> bool:
    """Tell whether an abstention leaves open what the question means."""
    words = set(re.findall(r"[\w-]+", text.casefold()))
    if _YET_TO_COME & words or any(map(is_kin_of_kin, words)):
        return False
    return bool(abstention.reason) and not _STANDS.search(abstention.reason)


def speaks_against(signs: Signs, linked: Linked, text: str, schema: Sequence[RelationSpec]) -> str:
    """Return what forbids an answer by a reading, however sure it is; nothing where nothing does.

    ``text`` is the question that ``linked`` was made of, ``schema`` the memory's relations.
    """
    figures, told = signs.figures, signs.candidate.words
    forbidden = {
        "a yes or no is asked for": _asks_yes_or_no(signs, linked, text),
        "a word that changes what is asked is passed over": figures.get("operators", 0.0) > 0,
        "the relation is asked for from its other side": figures.get("turned", 0.0) > _MOST_TURNED,
        "another relation is asked for": figures.get("elsewhere", 0.0) > _MOST_ELSEWHERE,
        "a time is passed over": bool(linked.time_words - told),
        "a number is passed over": any(
            word[:1].isdigit() and at not in told for at, word in enumerate(linked.texts)
        ),
        "two things are asked at once": _asks_twice(signs, linked.texts),
        "nothing says what is denied": _denies_unsaid(signs, linked),
        "another kind of place is asked for": _is_other_place(signs, linked, schema),
        "kin is passed over": _passes_over_kin(signs, linked.texts),
    }
    return next((why for why, so in forbidden.items() if so), "")


def _asks_yes_or_no(signs: Signs, linked: Linked, text: str) -> bool:
    asked = signs.candidate.question
    chosen = isinstance(asked.target, Picked) and "or" in linked.texts
    return question_form(text) == "yes_no" and asked.form not in _WHETHER and not chosen


def _asks_twice(signs: Signs, texts: Sequence[str]) -> bool:
    """Tell whether a yes or no is asked of two things that the reading does not join."""
    joins = (at for at, text in enumerate(texts) if text in ("and", "but", "or"))
    whether = signs.candidate.question.form == "whether"
    return whether and any(at not in signs.candidate.words for at in joins)


def _denies_unsaid(signs: Signs, linked: Linked) -> bool:
    """Tell whether what is left out is reached from nothing but what the whole is reached from, by
    a relation that no word of the question speaks of."""
    target = signs.candidate.question.target
    if not isinstance(target, Without):
        return False
    whole = {thing.name for thing in things_in(target.of)}
    told = frozenset().union(*(spoken_by(one.relation) for one in options_in(target.of)))
    spoken = {stem(text) for text in linked.texts if text} - told
    for part in target.left_out:
        own = {thing.name for thing in things_in(part)}
        relation = part.options[0].relation if isinstance(part, Reached) else None
        if own <= whole and relation is not None and not spoken & spoken_by(relation):
            return True
    return False


def _is_other_place(signs: Signs, linked: Linked, schema: Sequence[RelationSpec]) -> bool:
    """Tell whether a kind of place is asked for that the last relation says nothing of."""
    steps = signs.candidate.steps
    place = asked_place(linked.items, schema)
    return place is not None and bool(steps) and place.noun not in telling(steps[-1][0])


def _passes_over_kin(signs: Signs, texts: Sequence[str]) -> bool:
    spoken = frozenset().union(*(spoken_by(relation) for relation, _ in signs.candidate.steps))
    return any(
        kin_of(text) is not None and at not in signs.candidate.words and stem(text) not in spoken
        for at, text in enumerate(texts)
        if text
    )
