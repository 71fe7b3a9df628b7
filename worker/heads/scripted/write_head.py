"""A write head that needs no model: a few plain English sentence patterns."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from worker.english.patterns import one_of
from worker.english.words import FINITE_BE
from worker.heads.scripted.moods import mood_of
from worker.literals import parse_literal
from worker.protocol import serialise_write
from worker.types import (
    HOLDING,
    Argument,
    EntityKind,
    MentionSpan,
    PassageExtraction,
    PassageText,
    Proposal,
    RelationSpec,
    Span,
)
from worker.validity import with_validity

# Never given back letter by letter, and at most ten words to a name: a long run of capitals would
# else be tried from every word to every other.
_WORD = r"[^\W\d_a-z][\w'’\-]*+(?:\.(?=\s[A-Z]))?"
_NAME = rf"{_WORD}(?:\s(?:(?:of|the|de|van|von|del|la|and)\s){{0,2}}{_WORD}|\s\d+\b){{0,9}}"
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = (
    rf"(?:\d{{1,2}}\s{_MONTH}\s\d{{3,4}}|{_MONTH}\s\d{{1,2}},\s\d{{3,4}}"
    rf"|{_MONTH}\s\d{{3,4}}|\d{{4}})"
)
_ASIDE = r"(?:\s\([^()]*\)|,\s[^,.;]{1,80},)?"
_NOT = r"(?:not|never|no longer)"
_IS = rf"(?:{one_of(FINITE_BE | {'will be', 'may have been', 'has been'})}(?: {_NOT})?)"
_SCORE = 0.9


@dataclass(frozen=True)
class _Pattern:
    """``subject verb object`` in the text; the triple turns it round when ``inverse``."""

    relation: str  # the relation's name in lower case
    verb: str
    subject_type: str
    object_type: str
    inverse: bool = False

    @property
    def object_expression(self) -> str:
        return _DATE if self.object_type == "TIME" else rf"(?:the\s)?(?P<name>{_NAME})"

    @property
    def expression(self) -> str:
        """What a sentence must hold; the subject of an earlier verb may serve, after "and"."""
        return (
            rf"(?P<left>\b(?!(?:The|If|Whether|Perhaps|Reportedly)\s){_NAME}){_ASIDE}(?:\s{_IS}\s[^.;]{{1,60}}?\sand|\s[^.;]{{1,80}}?\sand)?"
            rf"\s(?:{_NOT}\s)?{self.verb}\s(?P<right>{self.object_expression})"
        )


_PATTERNS = (
    _Pattern("place of birth", rf"{_IS} born(?: on {_DATE})? in", "PER", "LOC"),
    _Pattern("date of birth", rf"{_IS} born(?: in {_NAME})? (?:on|in)", "PER", "TIME"),
    _Pattern("place of death", rf"died(?: on {_DATE})? in", "PER", "LOC"),
    _Pattern("date of death", rf"died(?: in {_NAME})? (?:on|in)", "PER", "TIME"),
    _Pattern("capital of", rf"{_IS} the capital(?: city)? of", "LOC", "LOC"),
    _Pattern("employer", rf"(?:works|worked|{_IS} employed) (?:for|at|by)", "PER", "ORG"),
    _Pattern("founded by", rf"{_IS} (?:founded|established) by", "ORG", "PER"),
    _Pattern("founded by", r"founded", "PER", "ORG", inverse=True),
    _Pattern("inception", rf"{_IS} (?:founded|established) in", "ORG", "TIME"),
    _Pattern(
        "headquarters location",
        rf"(?:has its headquarters|{_IS} (?:headquartered|based)) in", "ORG", "LOC",
    ),
    _Pattern(
        "located in the administrative territorial entity",
        rf"(?:{_IS} (?:located|situated)|lies) in", "LOC", "LOC",
    ),
    _Pattern("educated at", rf"(?:studied|{_IS} educated) at", "PER", "ORG"),
    _Pattern("spouse", rf"(?:married|{_IS} married to)", "PER", "PER"),
    _Pattern("author", rf"{_IS} written by", "MISC", "PER"),
    _Pattern("author", r"wrote", "PER", "MISC", inverse=True),
    _Pattern("director", rf"{_IS} directed by", "MISC", "PER"),
    _Pattern("composer", rf"{_IS} composed by", "MISC", "PER"),
    _Pattern("country of citizenship", rf"{_IS} a citizen of", "PER", "LOC"),
    _Pattern("award received", r"(?:received|won|was awarded)", "PER", "MISC"),
    _Pattern("member of", rf"{_IS} a member of", "PER", "ORG"),
)  # fmt: skip


@dataclass(frozen=True)
class ScriptedConfig:
    """``delay`` is how many seconds a passage takes: time for a test to stop a worker amid them."""

    delay: float = 0.0

    @classmethod
    def from_environment(cls) -> ScriptedConfig:
        """Read SCRIPTED_DELAY. Raises ValueError for what is no number."""
        return cls(delay=float(os.environ.get("SCRIPTED_DELAY", "0")))


class ScriptedWriteHead:
    """Finds triples by sentence patterns ("X was born in Y."), the same ones every time.

    It knows 17 relations by their English names and proposes nothing for others. A second verb
    joined by "and" takes the subject of the first: "X was born in Y and died in Z." A few words
    tell the mood (``moods``): "X was not born in Y."
    """

    name = "scripted"
    version = "1"

    def __init__(self, config: ScriptedConfig | None = None) -> None:
        self.config = config or ScriptedConfig.from_environment()

    def extract(
        self, passages: Sequence[PassageText], relations: Sequence[RelationSpec]
    ) -> list[PassageExtraction]:
        """Return one extraction per passage, in order."""
        time.sleep(self.config.delay * len(passages))
        by_name: dict[str, RelationSpec] = {}
        for relation in relations:
            for name in (relation.name, *relation.aliases):
                by_name.setdefault(name.casefold(), relation)
        return [_extract(passage, by_name) for passage in passages]


def _extract(passage: PassageText, by_name: dict[str, RelationSpec]) -> PassageExtraction:
    found: dict[tuple[str, str, str, bool], Proposal] = {}
    for sentence in passage.sentences or _whole(passage.text):
        for pattern, left, right in _matches(passage.text, sentence):
            relation = by_name.get(pattern.relation)
            if relation is None:
                continue
            subject, object_ = (right, left) if pattern.inverse else (left, right)
            mood = mood_of(passage.text, sentence, left.span, right.span)
            key = (subject.text, relation.id, object_.text, mood in HOLDING)
            if key not in found:
                found[key] = Proposal(subject, relation.id, object_, sentence, _SCORE, mood=mood)
    holding = [proposal for proposal in found.values() if proposal.holds]
    mentions = {
        MentionSpan(argument.span, argument.type)
        for proposal in found.values()
        for argument in (proposal.subject, proposal.object)
    }
    ordered = tuple(sorted(mentions, key=lambda mention: (mention.span, mention.type)))
    specs = {relation.id: relation for relation in by_name.values()}
    return PassageExtraction(
        passage_id=passage.id,
        proposals=with_validity(passage, holding, ordered, specs),
        call=serialise_write(
            [(p.subject.text, specs[p.relation_id].name, p.object.text) for p in holding]
        ),
        mentions=ordered,
        unstated=tuple(proposal for proposal in found.values() if not proposal.holds),
    )


def _whole(text: str) -> tuple[Span, ...]:
    return (Span(0, len(text)),) if text else ()


def _matches(text: str, sentence: Span) -> Iterator[tuple[_Pattern, Argument, Argument]]:
    """Yield (pattern, left argument, right argument) of one sentence, in reading order."""
    hits: list[tuple[int, _Pattern, Argument, Argument]] = []
    words = sentence.of(text)
    for pattern in _PATTERNS:
        if not re.search(rf"\s{pattern.verb}\s", words):
            continue  # the whole expression is dear where it fails
        for match in re.finditer(pattern.expression, words):
            right = "name" if match.groupdict().get("name") else "right"
            hits.append(
                (
                    match.start(right),
                    pattern,
                    _argument(text, sentence, match.span("left"), pattern.subject_type),
                    _argument(text, sentence, match.span(right), pattern.object_type),
                )
            )
    for _, pattern, left, right_argument in sorted(hits, key=lambda hit: hit[0]):
        yield pattern, left, right_argument


def _argument(text: str, sentence: Span, where: tuple[int, int], type_: str) -> Argument:
    span = Span(*where).shifted(sentence.start)
    kind: EntityKind = "time" if type_ == "TIME" else "item"
    own = span.of(text)
    return Argument(own, span, type_, kind, value=parse_literal(own, kind))
