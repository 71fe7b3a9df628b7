"""Who is meant in a passage of turns: persons by their words, by kin, and by what was said last."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from worker.chat.persons import has_name
from worker.chat.turns import Turn, speakers_of, turns_of
from worker.english import belonging, chatting, telling
from worker.english.words import FEMININE, MASCULINE
from worker.types import MentionSpan, PassageText, Span

NEAR_TURNS: Final = 6  # after which "he" is nobody any more
_TWO_WORDS: Final = re.compile(r"\b[A-ZÀ-Þ][a-zà-þ]+ [A-ZÀ-Þ][\w’'-]+")
_SELF = chatting.SPEAKER | chatting.SPEAKERS
_OTHER = chatting.SPOKEN_TO | chatting.SPOKEN_TOS


@dataclass(frozen=True)
class Line:
    """A sentence of a turn."""

    span: Span
    turn: int
    asked: bool

    def text(self, whole: str) -> str:
        return self.span.of(whole)


@dataclass(frozen=True)
class Who:
    """Somebody, by a name and the words that stand for them."""

    name: str
    span: Span


@dataclass
class Relative:
    """ "My sister": of whom, what, where, and by what name, once it is said."""

    owner: Who
    kin: str
    span: Span
    turn: int
    name: Who | None = None


@dataclass
class Scene:
    """The turns of a passage with those who are spoken of."""

    passage: PassageText
    mentions: Sequence[MentionSpan]
    relatives: list[Relative] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.passage.text

    @cached_property
    def turns(self) -> list[Turn]:
        return list(turns_of(self.text))

    @cached_property
    def speakers(self) -> list[str]:
        return speakers_of(self.turns)

    @cached_property
    def lines(self) -> list[Line]:
        """The sentences of all turns, in order."""
        made = []
        for number, turn in enumerate(self.turns):
            inside = [s for s in self.passage.sentences if _holds(turn.words, s)]
            for span in inside or [turn.words]:
                said = span.of(self.text)
                asked = "?" in said[-3:] or belonging.NEEDED.search(said) is not None
                made.append(Line(span, number, asked))
        return made

    @cached_property
    def persons(self) -> list[Who]:
        """The third persons that are named, in order, by the fullest name that they have here."""
        found = [one.span for one in self.mentions if one.type == "PER"]
        names = [(span.of(self.text), span) for span in found]
        names = [(name, span) for name, span in names if self.is_name(name)]
        return [Who(self.fullest(name), span) for name, span in names]

    @cached_property
    def _names(self) -> list[str]:
        said = {span.of(self.text) for span in (m.span for m in self.mentions if m.type == "PER")}
        return sorted((name for name in said if " " in name), key=len, reverse=True)

    @cached_property
    def _capitalised(self) -> list[str]:
        """The names of two words that stand here, whatever they were taken for."""
        return sorted(set(_TWO_WORDS.findall(self.text)))

    def is_name(self, word: str) -> bool:
        """Tell whether a word names somebody who does not speak here."""
        first = word.split()[0] if word.split() else ""
        if not first[:1].isupper() or first.casefold() in telling.NO_NAMES:
            return False
        return not chatting.PERSON.fullmatch(word) and not self.speaker_named(word)

    def speaker_named(self, word: str) -> str:
        """Return the speaker whose name, or a part of whose name, a word is."""
        asked = word.casefold().split()
        for one in self.speakers:
            if has_name(one) and asked and set(asked) <= set(one.casefold().split()):
                return one
        return ""

    def fullest(self, name: str) -> str:
        """Return the one longer name of the passage that has all words of a name, or itself."""
        words = name.split()
        longer = [one for one in self._names if set(words) < set(one.split())]
        longer = longer or [one for one in self._capitalised if one.split()[:-1] == words]
        return longer[0] if len(longer) == 1 else name

    def speaker(self, number: int) -> Who | None:
        """Return who speaks a turn; None where they have no name of their own."""
        turn = self.turns[number]
        return Who(turn.speaker, turn.name) if has_name(turn.speaker) else None

    def spoken_to(self, number: int) -> Who | None:
        """Return the one whom a turn is said to, where only two speak."""
        others = [one for one in self.speakers if one != self.turns[number].speaker]
        if len(others) != 1 or not has_name(others[0]):
            return None
        near = min(
            (turn for turn in self.turns if turn.speaker == others[0]),
            key=lambda turn: abs(turn.name.start - self.turns[number].name.start),
        )
        return Who(others[0], near.name)

    def who(self, word: str, span: Span, number: int) -> Who | Relative | None:
        """Return whom a word of a turn stands for."""
        said = word.casefold()
        if said in _SELF:
            own = self.speaker(number)
            return own and Who(own.name, span)
        if said in _OTHER:
            other = self.spoken_to(number)
            return other and Who(other.name, span)
        if said in MASCULINE | FEMININE:
            return self.last_before(span.start, number, said in FEMININE)
        if speaker := self.speaker_named(word):
            return Who(speaker, span)
        return Who(self.fullest(word), span) if self.is_name(word) else None

    def person(self, word: str, span: Span, number: int) -> Who | Relative | None:
        """Return whom a word stands for; a name only where it is known to be a person's."""
        found = self.who(word, span, number)
        if isinstance(found, Who) and found.span == span and self.is_name(word):
            return found if any(one.span.start == span.start for one in self.persons) else None
        return found

    def is_firm(self, span: Span) -> bool:
        """Tell whether a stretch holds the name of an organisation."""
        return any(m.type == "ORG" and _holds(span, m.span) for m in self.mentions)

    def is_place(self, span: Span) -> bool:
        """Tell whether a stretch holds the name of a place."""
        return any(m.type == "LOC" and _holds(span, m.span) for m in self.mentions)

    def last_before(self, at: int, number: int, woman: bool) -> Who | Relative | None:
        """Return who was spoken of last before a place, of those whom "she" or "he" may mean."""
        named = {one.name.span: one for one in self.relatives if one.name}
        found: list[tuple[int, Who | Relative]] = [
            (one.span.start, one) for one in self.relatives if one.span.start < at
        ]
        found += [
            (one.span.start, named.get(one.span, one))
            for one in self.persons
            if one.span.start < at and not self._is_called(one.span)
        ]
        for start, one in sorted(found, key=lambda item: -item[0]):
            if number - self.turn_at(start) > NEAR_TURNS:
                return None
            if isinstance(one, Who) or self._may_be(one, woman):
                return one
        return None

    @staticmethod
    def _may_be(one: Relative, woman: bool) -> bool:
        return one.kin not in (telling.MEN if woman else telling.WOMEN)

    def _is_called(self, span: Span) -> bool:
        """Tell whether a name only calls somebody: it ends a sentence behind a comma."""
        before = self.text[max(0, span.start - 2) : span.start]
        return before == ", " and bool(re.match(r"[.!?]?\s*(?:\n|$)", self.text[span.end :]))

    def turn_at(self, at: int) -> int:
        """Return the number of the turn that holds a place, or is the last before it."""
        numbers = [n for n, turn in enumerate(self.turns) if turn.name.start <= at]
        return numbers[-1] if numbers else 0

    def lines_of(self, number: int) -> list[Line]:
        return [line for line in self.lines if line.turn == number]

    def answers(self) -> Iterator[tuple[Line, Line]]:
        """Yield each question that ends a turn, or has one sentence behind it, with the first
        sentence of the turn after it, where another one speaks."""
        for number in range(len(self.turns) - 1):
            last, after = self.lines_of(number)[-2:], self.lines_of(number + 1)
            asked = next((line for line in reversed(last) if line.asked), None)
            if self.turns[number].speaker == self.turns[number + 1].speaker or asked is None:
                continue
            first = self._after_fillers(after)
            if first and not first.asked:
                yield asked, first

    def _after_fillers(self, lines: Sequence[Line]) -> Line | None:
        for line in lines:
            start = chatting.after_fillers(self.text, line.span.start, line.span.end)
            if start < line.span.end:
                return replace(line, span=Span(start, line.span.end))
        return None


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start < outer.end
