"""Nothing left over: an answer stands only where it accounts for the whole question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from worker.english.asking import COUNTS, SAID_TO_BE_TRUE
from worker.english.nouns import singular
from worker.english.titles import is_office, is_title
from worker.english.words import EMPTY
from worker.heads.encoder.mentions import NamedEntity
from worker.heads.encoder.plain import placed
from worker.heads.encoder.relation_matching import RelationMatcher, mask
from worker.heads.encoder.time_anchors import time_anchor
from worker.heads.questions import question_form
from worker.heads.timing import asked_times
from worker.interfaces import Memory
from worker.reading.leftover import Accounted, knows_kind, left_over, unchecked_kind, words_of
from worker.reading.spans import without_words
from worker.types import EntityRef, RelationSpec, Span, TracedAnswer

_NOTHING = ("zorb", "plintel", "vumsed")  # words without a meaning
_NEAR = 3.0  # below the best score: what the question may still ask for
_BEFORE = re.compile(r"\b([A-Z][\w.-]*)\s+$")
_AFTER = re.compile(r"\s+([A-Z][\w-]*)")
_TWO_BEFORE = re.compile(r"(?:[\w-]+\W+){0,2}$")
_TWO_AFTER = re.compile(r"(?:\W+[\w-]+){0,2}")
_APPOSITION = re.compile(r"\s+(?:[a-z][\w-]*\s+){0,2}")


def whole_question(
    matcher: RelationMatcher,
    memory: Memory,
    question: str,
    named: Sequence[NamedEntity],
    answer: TracedAnswer,
    spans: Sequence[tuple[int, int]] = (),
    *,
    suspected: bool = False,
) -> TracedAnswer:
    """Return the answer, or an abstention that names the words which it does not account for.

    ``spans`` are the places of words that its operators account for. A ``suspected`` reading is
    not that of the best relation, so a word that speaks more for another one is left out too.
    """
    answer = replace(
        answer, questions=tuple(placed(one, question, named) for one in answer.questions)
    )
    if answer.abstained:
        return answer
    met = [entity for fact in answer.cited for entity in (fact.subject, fact.object)]
    relations = tuple({fact.relation.id: fact.relation for fact in answer.cited}.values())
    names = _names_used(question, named, met, answer)
    types = frozenset(entity.type for entity in met)
    unnamed = _types_unnamed(answer, met, names)
    accounted = Accounted(
        [
            *(_titled(question, one) for one in names),
            *_operators(question, named, answer),
            *spans,
        ],
        relations,
        types,
        _repeated(answer),
        unnamed,
        [(*_around(question, one), one.type) for one in names],
    )
    schema = memory.relations()
    gains = _Gains(matcher, schema, question, names, relations)
    rival = gains.rival if suspected else None
    words = left_over(question, accounted, schema, gains.support, rival)
    if words:
        return _not_understood(_without(answer, question, words), words, names)
    kind = unchecked_kind(question, relations, types)
    if kind and knows_kind(memory, kind):
        return _not_understood(_without(answer, question, (kind,)), (kind,), names)
    if kind:
        note = f"Whether it is a {singular(kind)} was not looked up."
        return replace(answer, understood=(*answer.understood, note))
    return answer


def _types_unnamed(
    answer: TracedAnswer, met: Sequence[EntityRef], names: Sequence[NamedEntity]
) -> frozenset[str]:
    """Return the types of what was met and is not named, or of all where a verdict was given."""
    known = {entity.id for one in names for entity in one.entities}
    judged = answer.text.startswith(("Yes.", "No."))
    return frozenset(entity.type for entity in met if judged or entity.id not in known)


def _without(answer: TracedAnswer, question: str, words: Sequence[str]) -> TracedAnswer:
    """Return an answer whose reading does not claim the words that are left over."""
    left = tuple(
        Span(word.start, word.end)
        for word in words_of(question)
        if question[word.start : word.end] in words
    )
    return replace(answer, questions=tuple(without_words(one, left) for one in answer.questions))


def _repeated(answer: TracedAnswer) -> frozenset[str]:
    """Return the ids of the relations of which one cited fact leads on from another."""
    ends: dict[str, tuple[set[str], set[str]]] = {}
    for fact in answer.cited:
        subjects, objects = ends.setdefault(fact.relation.id, (set(), set()))
        subjects.add(fact.subject.id)
        objects.add(fact.object.id)
    return frozenset(id_ for id_, (subjects, objects) in ends.items() if subjects & objects)


def _names_used(
    question: str, named: Sequence[NamedEntity], met: Iterable[EntityRef], answer: TracedAnswer
) -> list[NamedEntity]:
    """Return the names that the answer takes into account: of what its facts are about, what a
    yes or no compares, and what only describes one of these ("the French singer X")."""
    ids = {entity.id for entity in met}
    judged = answer.text.startswith(("Yes.", "No.")) and len(named) == 2
    used = [one for one in named if judged or any(e.id in ids for e in one.entities)]
    starts = {one.start for one in used}
    for one in named:
        gap = _APPOSITION.match(question, one.end)
        beside = gap and gap.end() in starts and not EMPTY.intersection(gap.group().split())
        if one not in used and beside:
            used.append(one)
    return used


def _around(question: str, name: NamedEntity) -> tuple[int, int]:
    """Return the stretch of a name with the two words before and after it."""
    before, after = (
        _TWO_BEFORE.search(question[: name.start]),
        _TWO_AFTER.match(question[name.end :]),
    )
    start = before.start() if before else name.start
    return start, name.end + (after.end() if after else 0)


def _titled(question: str, name: NamedEntity) -> tuple[int, int]:
    """Return where a name stands with the titles before it and the office after it."""
    start, end = name.start, name.end
    while (before := _BEFORE.search(question[:start])) and is_title(before[1]):
        start = before.start(1)
    after = _AFTER.match(question[end:])
    if after and is_office(after[1], question[end + after.end() :]):
        end += after.end()
    return start, end


def _operators(
    question: str, named: Sequence[NamedEntity], answer: TracedAnswer
) -> list[tuple[int, int]]:
    """Return where the words stand that the answer took for a time, a count, a yes or no."""
    spans = [timed for one in answer.understood for timed in _quoted(question, one)]
    form = question_form(question)
    if form == "count" and (match := COUNTS.search(question)):
        spans.append(match.span())
    if form == "yes_no" and (match := SAID_TO_BE_TRUE.match(question)):
        spans.append(match.span())
    if answer.text.startswith(("Yes.", "No.")) and len(named) < 2:
        spans += [(one.start, one.end) for one in asked_times(question, date.max)]
    elif anchor := time_anchor(question, named):
        spans += _quoted(question, f"“{anchor.words}”")
    return spans


def _quoted(question: str, note: str) -> list[tuple[int, int]]:
    """Return where the words that a note quotes stand in the question."""
    quotes = re.findall("“([^”]+)”", note)
    return [(at, at + len(words)) for words in quotes if (at := question.find(words)) >= 0]


class _Gains:
    """How much the word at a place adds to the scores of relations."""

    def __init__(
        self,
        matcher: RelationMatcher,
        schema: Sequence[RelationSpec],
        question: str,
        names: Sequence[NamedEntity],
        relations: Sequence[RelationSpec],
    ) -> None:
        self._matcher, self._schema, self._question = matcher, schema, question
        self._used = {relation.id for relation in relations}
        self._places = sorted(((one.start, one.end, one.type) for one in names), reverse=True)
        self._found: dict[tuple[int, int], tuple[float, float]] = {}

    def support(self, start: int, end: int) -> float:
        """Return how much it adds to one of the relations that were read."""
        return self._gains(start, end)[0]

    def rival(self, start: int, end: int) -> float:
        """Return how much more than to these it adds to another one."""
        used, others = self._gains(start, end)
        return others - max(used, 0.0)

    def _gains(self, start: int, end: int) -> tuple[float, float]:
        if (start, end) not in self._found:
            self._found[start, end] = self._compared(start, end)
        return self._found[start, end]

    def _compared(self, start: int, end: int) -> tuple[float, float]:
        word = self._question[start:end]
        if not self._matcher.knows(word):
            return 0.0, 0.0
        texts = [self._masked(start, end, one) for one in (word, *_NOTHING)]
        self._matcher.question_vectors(texts)
        whole, *others = (self._scores(text) for text in texts)
        least = max(whole.values(), default=0.0) - _NEAR
        gains = {
            key: score - max(other[key] for other in others)
            for key, score in whole.items()
            if score >= least
        }
        used = [gain for key, gain in gains.items() if key[0] in self._used]
        rest = [gain for key, gain in gains.items() if key[0] not in self._used]
        return max(used, default=0.0), max(rest, default=0.0)

    def _scores(self, text: str) -> dict[tuple[str, str], float]:
        return {(m.relation.id, m.known): m.score for m in self._matcher.rank([text], self._schema)}

    def _masked(self, start: int, end: int, word: str) -> str:
        text = self._question[:start] + word + self._question[end:]
        longer = len(word) - (end - start)
        for first, last, type_ in self._places:
            by = longer if first >= end else 0
            text = mask(text, first + by, last + by, type_)
        return text


def _not_understood(
    answer: TracedAnswer, words: Sequence[str], names: Sequence[NamedEntity]
) -> TracedAnswer:
    said = ", ".join(f"“{word}”" for word in dict.fromkeys(words))
    about = names[0].entities[0].name if names else "it"
    reason = (
        f"What {said} means in this question was not understood, and an answer about {about} "
        "without it would answer another question."
    )
    return replace(
        answer,
        text=f"I don't know. {reason}",
        abstained=True,
        reason=reason,
        cited=(),
        answers=(),
    )
