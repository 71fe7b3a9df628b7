"""The likeliest reading's answer, given where the rules did not understand a question, or where it
is surely another one than theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import TypeAlias

from worker.english.asked_types import kind_asked_for, types_never_asked_for
from worker.english.asking import ASKS_WHICH_TOO
from worker.english.comparing import ANY, DATED_BY
from worker.english.nouns import KIND_MODIFIERS, singular
from worker.english.roles import OF_ANY_OFFICE, is_role_word
from worker.english.words import EMPTY, FINITE, is_kin_of_kin
from worker.heads.answering import Reading
from worker.heads.encoder.asked_time import time_of
from worker.heads.encoder.families import families_in
from worker.heads.encoder.mentions import (
    NamedEntity,
    common_names,
    covers,
    named_entities,
    with_apostrophes,
)
from worker.heads.encoder.ranked import SHORTLIST, Signs, linked_of, readings
from worker.heads.encoder.ranking import Ranked, Ranking, best_reading, key_of, with_rules
from worker.heads.encoder.relation_matching import RelationMatcher
from worker.heads.encoder.reranker import Scorer
from worker.heads.encoder.sorts import is_sort, sorts_ending_in
from worker.heads.encoder.whole import whole_question
from worker.heads.questions import is_past, is_perfect, question_form
from worker.heads.timing import AskedTime, on_day
from worker.interfaces import Memory
from worker.reading.alignment import told_words
from worker.reading.asking_back import asked_back
from worker.reading.linked import Linked
from worker.reading.look_up import ReadingFor, is_plain, looked_up
from worker.reading.question import Question
from worker.reading.stems import named_by, own_names, stem
from worker.types import AnsweredReading, OfferedReading, TracedAnswer

_WHICH_ONE = "say which one"
# Abstentions that stand: they ask which one is meant, or say which date is lacking.
_STANDS = re.compile(
    rf"{_WHICH_ONE}|one at a time|by name only|picks from a list|has this, but|nor when it was|"
    r"but not when|which of the two|not begun|nothing can be compared|not compared|"
    r"does not know when .* (?:began|died|ended)"
)
_WHICH_OF_NAME = re.compile(r"\b(?:[Ww]hich|[Ww]hat) [A-Z]")
_NEITHER = "neither states"  # this nor rules it out
# Abstentions that read the question in one way and found nothing.
_READ = re.compile(r"has no such fact|does not know “|no further")
_YET_TO_COME = frozenset(["will", "shall", "tomorrow"])
_READ_WHOLE = ("about", "compare numbers", "how many more")  # forms that the rules are sure of
_INITIALS = 3  # letters of a word such as CEO or PM
MOST_OFFERED = 3  # readings of a question that is abstained from
MOST_SAID = 140  # characters of what is offered, as a person is to look it through
OFFERED_FROM = -1.0  # log-odds of its being right from which on a reading is offered
RECORDED = 100  # readings of a question that its recording looks at, more than are ranked


@dataclass(frozen=True)
class Unread:
    """A question that stands alone, in no conversation."""

    text: str
    memory: Memory
    today: date
    as_of: date | None = None


@dataclass(frozen=True)
class Likeliest:
    """The answer of the likeliest reading, the log-odds of its being right, and the words that
    nothing of it accounts for. What is ``unspoken``, for which no word speaks, may be offered and
    answers nothing."""

    answer: TracedAnswer
    certainty: float
    left: tuple[str, ...]
    unspoken: bool


# The question, what it names, the same with its other words, and its readings.
_Made: TypeAlias = tuple[str, list[NamedEntity], Linked, list[Signs]]


class RankedAnswers:
    """Answers what the rules did not understand; see ``decisions/0014``."""

    def __init__(self, matcher: RelationMatcher, scorer: Scorer, ranking: Ranking) -> None:
        self._matcher = matcher
        self._scorer = scorer
        self._ranking = ranking

    def answer(self, asked: Unread, abstention: TracedAnswer) -> TracedAnswer | None:
        """Return the answer of the likeliest reading or, where it is not sure enough, the
        abstention with what the question may mean; None where the abstention stands as it is."""
        if not may_be_ranked(asked.text, abstention) and not _is_of_family(asked, abstention):
            return None
        made = self._made(asked)
        ranked = self._best(asked, made, differing=MOST_OFFERED) if made else None
        if made is None or ranked is None:
            return None
        found = self._whole(asked, made, ranked)
        read = bool(_READ.search(abstention.reason))
        near = bool(abstention.cited) or _NEITHER in abstention.reason
        if found and not found.unspoken and not _is_of_other_type(asked.text, found.answer):
            needed = self._ranking.needed(read=read, near=near, left=bool(found.left))
            if found.certainty >= needed:
                return found.answer
        offered = self._offered(asked, made, ranked)
        return replace(abstention, perhaps=offered) if offered else None

    def _offered(self, asked: Unread, made: _Made, ranked: Ranked) -> tuple[OfferedReading, ...]:
        """Return what a question may mean: of the readings that were looked up those that are
        likely enough and could be its answer. What its time rests on is no part of a question, so
        a reading with such a time is none of them."""
        offered = []
        for one in (ranked, *ranked.others):
            if one.certainty < OFFERED_FROM or one.signs.candidate.grounds:
                continue
            found = self._whole(asked, made, one)
            if found is None or _is_of_other_type(asked.text, found.answer):
                continue
            (question,) = found.answer.questions
            said = asked_back(question)
            if len(said) <= MOST_SAID:
                offered.append(OfferedReading(said, question, round(found.certainty, 4)))
        return tuple(offered[:MOST_OFFERED])

    def instead(self, asked: Unread, given: TracedAnswer) -> TracedAnswer | None:
        """Return the answer of the likeliest reading where it is surely another one than was
        ``given`` by the rules, and no part of that unless it passes a time over; None where that
        stands."""
        why = _why_not_asked_for(asked.text, given) or _of_others(asked, given)
        if why:
            nothing = _not_asked_for(given, why)
            return self.answer(asked, nothing) or nothing
        if self._is_trusted(given):
            return None
        found = self._instead(asked, given)
        return None if found is None or _is_of_other_type(asked.text, found) else found

    def _instead(self, asked: Unread, given: TracedAnswer) -> TracedAnswer | None:
        found = self.likeliest(asked, given)
        if found is None or found.unspoken:
            return None
        own, known = set(key_of(found.answer)), set(key_of(given))
        if own == known or (own < known and not _is_undated(given)):
            return None
        needed = self._ranking.needed(left=bool(found.left), instead=True)
        return found.answer if found.certainty >= needed else None

    def _is_trusted(self, given: TracedAnswer) -> bool:
        """Tell whether the rules have read a question in one step that its words clearly name."""
        clear = given.scores.get("relation", 0.0) >= self._ranking.trusted
        asked = given.questions
        whole = bool(asked) and all(one.form in _READ_WHOLE for one in asked)
        return whole or (clear and bool(asked) and all(map(_is_simple, asked)))

    def likeliest(self, asked: Unread, given: TracedAnswer | None = None) -> Likeliest | None:
        """Return the answer of the likeliest reading, however sure, with what the rules have
        ``given``; None where it has none, or a name is left over."""
        made = self._made(asked)
        ranked = self._best(asked, made, given) if made else None
        return self._whole(asked, made, ranked) if made and ranked else None

    def _best(
        self, asked: Unread, made: _Made, given: TracedAnswer | None = None, differing: int = 2
    ) -> Ranked | None:
        text, _, linked, signs = made
        begin = _begin(asked)
        return best_reading(self._ranking, signs, text, linked.items, begin, given, differing)

    def _whole(self, asked: Unread, made: _Made, ranked: Ranked) -> Likeliest | None:
        """Return the answer of a reading; None where what it leaves over may not be."""
        text, named, linked, _ = made
        spans = accounted_spans(ranked.signs, linked)
        whole = whole_question(self._matcher, asked.memory, text, named, ranked.answer, spans)
        unspoken = ranked.signs.figures.get("unspoken", 0.0) > 0
        if not whole.abstained:
            return Likeliest(whole, ranked.certainty, (), unspoken)
        left = tuple(
            text[span.start : span.end] for one in whole.questions for span in one.left_spans
        )
        if any(_is_name(text, word) or is_kin_of_kin(word) for word in left):
            return None
        if _is_twice(text, left) or _is_of_office(text, left):
            return None
        if is_all_left(ranked.signs, linked, left):
            return None
        answer = replace(
            ranked.answer,
            questions=whole.questions,
            understood=(*ranked.answer.understood, _not_used(left)),
        )
        return Likeliest(answer, ranked.certainty, left, unspoken)

    def readings(self, asked: Unread, given: TracedAnswer) -> list[AnsweredReading]:
        """Return the readings of a question that have an answer, of the RECORDED likeliest, with
        what the rules have ``given``."""
        made = self._made(asked, RECORDED)
        wanted = None if given.abstained else key_of(given)
        found = []
        for signs in made[3] if made else ():
            answer = looked_up(signs.candidate.question, _begin(asked))
            if answer is not None and not answer.abstained:
                agrees, answered = key_of(answer) == wanted, wanted is not None
                told = with_rules(signs, agrees=agrees, answered=answered)
                found.append(_answered(told, answer))
        return found

    def _made(self, asked: Unread, most: int = SHORTLIST) -> _Made | None:
        named = named_entities(asked.memory, asked.text)
        text = with_apostrophes(asked.text, named)
        if text != asked.text:
            named = named_entities(asked.memory, text)
        own = own_names(text, asked.memory.relations())
        families = families_in(asked.memory, text, named)
        starts = {one.start for one in families}
        named = [*(one for one in named if one.start not in starts), *families]
        named, common = _with_common(asked.memory, text, named)
        timed, others = time_of(text, named, asked.today, own)
        if timed is not None:
            common = [one for one in common if one.end <= timed.start or timed.end <= one.start]
        linked = linked_of(text, others, timed, common, families)
        if linked is None:
            return None
        first = self._ranking.first
        found = readings(
            self._matcher, self._scorer, asked.memory, linked, asked.today, first, most
        )
        return text, named, linked, found


def _with_common(
    memory: Memory, text: str, named: list[NamedEntity]
) -> tuple[list[NamedEntity], list[NamedEntity]]:
    """Return the proper names of a question, longer where common words belong to them, and what
    other common words name, but for words that ask for a relation."""
    spoken = frozenset().union(*(named_by(one) for one in memory.relations() if one.used))
    longer, common = [], []
    for one in common_names(memory, text, named):
        if covers((one.start, one.end), named):
            longer.append(one)
        elif is_sort(text, one) or not _stems(text[one.start : one.end]) <= spoken:
            common.append(one)
    common += sorts_ending_in(memory, text, [*named, *common], spoken)
    inside = [n for n in named for one in longer if one.start <= n.start and n.end <= one.end]
    return [*(one for one in named if one not in inside), *longer], common


def _stems(text: str) -> set[str]:
    return {stem(word) for word in text.split()}


def _is_name(text: str, word: str) -> bool:
    """Tell whether a word is written as a name, and does not just begin the question."""
    initials = word.isupper() and len(word) <= _INITIALS
    return word[:1].isupper() and not initials and not text.startswith(word)


def is_all_left(signs: Signs, linked: Linked, left: Sequence[str]) -> bool:
    """Tell whether a reading makes use of no name and of no word that asks for something: "tell me
    a joke"."""
    told = {linked.items[at].text for at in told_words(linked.items)}
    return not signs.candidate.things and told <= {word.casefold() for word in left}


def _is_twice(text: str, left: Sequence[str]) -> bool:
    """Tell whether a step that is left over stands twice in a question: "the father of X's
    father"."""
    words = [word for word in re.findall(r"[\w-]+", text.casefold()) if word not in EMPTY]
    return any(words.count(word.casefold()) > 1 for word in left)


def _is_of_office(text: str, left: Sequence[str]) -> bool:
    """Tell whether a word that is left over says which office is meant: "finance minister" is no
    minister of any kind."""
    told = pairwise(re.findall(r"[\w-]+", text.casefold()))
    words = {word.casefold() for word in left} - KIND_MODIFIERS - OF_ANY_OFFICE
    return any(one in words and is_role_word(singular(two)) for one, two in told)


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
    past, ever = is_past(asked.text), is_perfect(asked.text)
    as_of = on_day(asked.as_of) if asked.as_of else None

    def begin(time: AskedTime | None) -> Reading:
        return Reading(asked.memory, time or as_of, past=past, ever=ever, today=asked.today)

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
    if _YET_TO_COME & words:
        return False
    return bool(abstention.reason) and not _STANDS.search(abstention.reason)


def _is_of_family(asked: Unread, abstention: TracedAnswer) -> bool:
    """Tell whether it is asked back who of a family is meant where all of them are."""
    if _WHICH_ONE not in abstention.reason:
        return False
    named = named_entities(asked.memory, asked.text)
    return bool(families_in(asked.memory, asked.text, named))


def _is_undated(given: TracedAnswer) -> bool:
    """Tell whether an answer is for a time that none of its facts says anything of."""
    timed = any(one.time is not None and not one.time.now for one in given.questions)
    return timed and not any(fact.valid_from or fact.valid_to for fact in given.cited)


def _is_of_other_type(text: str, given: TracedAnswer) -> bool:
    """Tell whether an answer names nothing of the type that a question asks for."""
    asked = kind_asked_for(text)
    types = {one.type for one in given.answers}
    if given.answers and _wants_a_verdict(text) and not given.text.startswith(("Yes", "No")):
        return True
    if not types or "" in types or (types == {"NUM"} and question_form(text) == "count"):
        return False
    return (bool(asked) and types.isdisjoint(asked)) or types <= types_never_asked_for(text)


def _why_not_asked_for(text: str, given: TracedAnswer) -> str:
    """Return, in a sentence, why an answer is none to a question; nothing where it may be one."""
    if _is_of_other_type(text, given):
        return "What was found is not of the kind that the question asks for."
    if word := _dated_otherwise(text, given):
        return f"What was found has no dates, and when each was “{word}” was not looked up."
    return ""


def _of_others(asked: Unread, given: TracedAnswer) -> str:
    """Return, in a sentence, that an answer has others than those of a family that is asked for:
    "which Brook"."""
    ids = {one.id for one in given.answers}
    if not ids or not _WHICH_OF_NAME.search(asked.text):
        return ""
    for one in families_in(asked.memory, asked.text, named_entities(asked.memory, asked.text)):
        own = {person.id for person in one.entities}
        asks = asked.text[: one.start].casefold().split()[-1:] in (["which"], ["what"])
        if asks and not ids <= own:
            return f"Who of these is a {asked.text[one.start : one.end]} was not looked up."
    return ""


def _dated_otherwise(text: str, given: TracedAnswer) -> str:
    """Return the word that asks for a date of the things themselves, where a time was taken for
    that of facts which have none: "Which of her children were born before 1962?"."""
    if not any(one.time is not None and not one.time.now for one in given.questions):
        return ""
    ids = {one.id for one in given.answers}
    last = [fact for fact in given.cited if {fact.subject.id, fact.object.id} & ids]
    if not last or any(fact.valid_from or fact.valid_to for fact in last):
        return ""
    if any("TIME" in fact.relation.object_types for fact in given.cited):
        return ""
    return _date_word(text, given)


def _date_word(text: str, given: TracedAnswer) -> str:
    """Return the first word that asks for a date and is no name of a relation that was read."""
    own = frozenset().union(*(named_by(fact.relation) for fact in given.cited))
    words = re.findall(r"[\w-]+", text.casefold())
    return next((word for word in words if word in DATED_BY and stem(word) not in own), "")


def _not_asked_for(given: TracedAnswer, reason: str) -> TracedAnswer:
    return replace(
        given, text=f"I don't know. {reason}", abstained=True, reason=reason, cited=(), answers=()
    )


def _wants_a_verdict(text: str) -> bool:
    """Tell whether yes or no is asked for and nothing else: not "Is there a club? Which?", and
    not which of two."""
    words = re.findall(r"[\w-]+", text.casefold())
    asks = question_form(text) == "yes_no" and words[0] in FINITE
    opens = not ANY.isdisjoint(words[:4]) or "know" in words[:4] or "or" in words
    return asks and not opens and not ASKS_WHICH_TOO.search(text)


def _is_simple(question: Question) -> bool:
    """Tell whether a question is one step from a name, at no time of its own."""
    plain = is_plain(question.target) and question.form in ("which", "how many")
    return plain and question.time is None
