"""What a pronoun or "the company" in a text stands for: something only where one thing fits.

For "he" and "she" the people of the text compete (``salience``). For the rest there are rules: of
each sentence back, the one at hand first, the nearest that names something fitting decides; where
it names two, the word stands for neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from worker.english.anaphors import (
    DEFINITE,
    FEMALE,
    FIRST,
    MALE,
    NEUTER,
    definite_type,
    is_anaphor,
    pronoun,
)
from worker.english.given_names import sex_of
from worker.english.titles import FEMALE_TITLE, MALE_TITLE
from worker.mentions.names import name_words
from worker.mentions.salience import Trace, chosen, sentence_of
from worker.mentions.speakers import Speakers
from worker.types import MentionSpan, Span

SENTENCES_BACK = 2
_SUBJECTS = MALE | FEMALE | NEUTER | FIRST
_ANY_FIRM = frozenset("company firm group business organisation organization employer".split())  # noqa: SIM905
_NO_FIRM = frozenset(
    """university college school museum hospital ministry church party parliament court army club
    department council government agency union""".split()  # noqa: SIM905
)
_NOUNS = "|".join(sorted({noun for nouns in DEFINITE.values() for noun in nouns}))
_ANAPHORS = re.compile(
    rf"\b(?:{'|'.join(sorted(_SUBJECTS))})\b(?!\.\w)|\b(?:[Tt]he|[Tt]his) (?:{_NOUNS})\b(?! of\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Thing:
    """An entity of a text: its type, its fullest name and the mentions that name it, in order."""

    type: str
    name: str
    mentions: tuple[MentionSpan, ...]


def anaphors(text: str, taken: Iterable[MentionSpan]) -> list[MentionSpan]:
    """Return the pronouns and definite nouns of a text, tagged or not, with the type of what they
    may stand for."""
    taken = list(taken)
    found = [m.span for m in taken if is_anaphor(m.span.of(text))]
    covered = bytearray(len(text))
    for mention in taken:
        span = mention.span
        covered[span.start : span.end] = b"\1" * (span.end - span.start)
    found += [
        Span(*match.span())
        for match in _ANAPHORS.finditer(text)
        if not any(covered[match.start() : match.end()]) and is_anaphor(match.group())
    ]
    return [MentionSpan(span, _type(span.of(text))) for span in sorted(found)]


def _type(said: str) -> str:
    plain = pronoun(said)
    return definite_type(said) or ("ORG" if plain in NEUTER else "PER")


def stand_for(
    text: str, sentences: Sequence[Span], words: Sequence[Span], things: Sequence[Thing]
) -> list[int | None]:
    """Return which of the things each of the pronouns and definite nouns stands for; None where no
    one or more than one fits. ``words`` and ``sentences`` are those of the text, in order.

    Whom a pronoun stands for is known to the next one.
    """
    people = {i: _trace(text, thing) for i, thing in enumerate(things) if thing.type == "PER"}
    speakers = Speakers(text, [(thing.type, thing.mentions) for thing in things])
    found = []
    for word in words:
        plain = pronoun(word.of(text))
        if plain in FIRST:
            found.append(speakers.of(word))
            continue
        if plain not in MALE | FEMALE:
            found.append(_by_rule(text, sentences, word, things))
            continue
        sex = "m" if plain in MALE else "f"
        choice = chosen(text, sentences, word, sex, list(people.values()))
        index = None if choice is None else list(people)[choice]
        if index is not None:
            places = sorted((*people[index].places, (word, True)))
            people[index] = Trace(tuple(places), sex)
        found.append(index)
    return found


def _trace(text: str, thing: Thing) -> Trace:
    return Trace(tuple((m.span, False) for m in thing.mentions), sex_of_thing(text, thing))


def _by_rule(
    text: str, sentences: Sequence[Span], word: Span, things: Sequence[Thing]
) -> int | None:
    said = word.of(text)
    plain = pronoun(said)
    if plain and plain not in NEUTER:
        return None
    fitting = [i for i, thing in enumerate(things) if _fits(text, thing, said, plain)]
    if not plain and definite_type(said) == "ORG" and len(fitting) == 1:
        named = [m.span for m in things[fitting[0]].mentions if m.span.start < word.start]
        return fitting[0] if named else None
    return _nearest(text, sentences, word, things, fitting)


def _nearest(
    text: str,
    sentences: Sequence[Span],
    word: Span,
    things: Sequence[Thing],
    fitting: Sequence[int],
) -> int | None:
    """Return the one of the fitting things that the nearest sentence with any of them names."""
    own = sentence_of(sentences, word.start)
    for back in range(min(SENTENCES_BACK, own) + 1):
        sentence = sentences[own - back]
        end = min(sentence.end, word.start)
        near = [i for i in fitting if _named_in(things[i], sentence.start, end)]
        if near:
            return _the_one(text, near, things, Span(sentence.start, sentence.end))
    return None


def _the_one(text: str, near: Sequence[int], things: Sequence[Thing], sentence: Span) -> int | None:
    """Return the only one; of things of different types, what the sentence is about."""
    if len(near) == 1:
        return near[0]
    types = [things[i].type for i in near]
    for i in near:
        start = min(m.span.start for m in things[i].mentions if m.span.start >= sentence.start)
        opening = text[sentence.start : start].strip(' "“').lower() in ("", "the")
        if opening and things[i].type in ("ORG", "MISC") and types.count(things[i].type) == 1:
            return i
    return None


def _named_in(thing: Thing, start: int, end: int) -> bool:
    return any(start <= m.span.start and m.span.end <= end for m in thing.mentions)


def _fits(text: str, thing: Thing, said: str, plain: str) -> bool:
    if plain in NEUTER:
        return thing.type in ("ORG", "LOC", "MISC")
    type_ = definite_type(said)
    if thing.type != type_:
        return False
    noun, words = said.lower().split()[1], name_words(thing.name)
    if type_ == "ORG" and noun in _ANY_FIRM:
        return not _NO_FIRM.intersection(words)
    return noun in words or _told_to_be(text, thing, noun)


def _told_to_be(text: str, thing: Thing, noun: str) -> bool:
    """Tell whether the text calls a thing by a noun: "Brel, a family bank", "the film Brel"."""
    after = re.compile(rf",? (?:an?|the|is an?|was an?|is the|was the) (?:[\w-]+ ){{0,4}}{noun}\b")
    for mention in thing.mentions:
        if after.match(text, mention.span.end):
            return True
        if text[: mention.span.start].rstrip().lower().endswith(noun):
            return True
    return False


def sex_of_thing(text: str, thing: Thing) -> str:
    """Return "m" or "f" where a title or a first name tells a person's sex, else nothing."""
    for mention in thing.mentions:
        before = text[max(0, mention.span.start - 12) : mention.span.start]
        if MALE_TITLE.search(before):
            return "m"
        if FEMALE_TITLE.search(before):
            return "f"
    words = name_words(thing.name)
    return sex_of(words[0]) if len(words) > 1 else ""
