"""Who "I" is, and whose "we": of a turn, a quote, a mail, a letter or an interview.

Each rule reads how the text is laid out and holds only where one thing fits; two that say
different things leave the word alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from worker.english import letters
from worker.english.anaphors import SINGULAR_FIRST
from worker.types import MentionSpan, Span

MOST_BELOW = 3  # lines below a name that may say whom it signs for
_SAID = re.compile(r"[,.!?]?[\"”’'] ?,? (?:said|says|added|wrote|told \w+|recalled) $")
_OFFICE = re.compile(r",(?! (?:who|which)\b)[^.\n\"“”]{2,60}? (?:of|at|for) (?:the )?$")
_CALLED_WE = re.compile(
    r"[^.()\n]{0,40}\((?:[^()\n]{0,60}[ ,/(])??[\"“'‘](?:we|us|our)[\"”'’]", re.IGNORECASE
)
_WE_AT = re.compile(r"\b(?:[Ww]e(?:,? at|,)|(?:[Ww]e|us) \() ?(?:the )?$")
_SAYING = re.compile(r"[^.!?\n\"“”]{0,30}?\b(?:said|says|added|wrote|recalled)(?: \w+)?[:,] ?[\"“]")
_DEPARTMENTS = frozenset(
    """legal hr it finance sales marketing personnel purchasing payroll management communications
    compliance accounts procurement administration facilities reception""".split()  # noqa: SIM905
) | {"human resources", "press office", "head office", "customer service", "public relations"}
_TITLE = re.compile(r"[*_\"“]*(?:[A-Z][a-z]{0,4}\.? )?")
_AFTER_NAME = re.compile(r"(?: team)?[ \t*_x,.!]*$")


@dataclass(frozen=True)
class Named:
    """One mention of a thing: ``index`` tells which."""

    span: Span
    index: int
    type: str


@dataclass(frozen=True)
class Sender:
    """Who sends a text: things by index, None where it does not say or says two."""

    person: int | None = None
    firm: int | None = None


@dataclass(frozen=True)
class _Line:
    start: int
    end: int
    depth: int  # of quoted mail
    body: int  # where its text begins


class Speakers:
    """Tells who speaks in a text whose things have the ``mentions`` (type, spans) given."""

    def __init__(self, text: str, things: Sequence[tuple[str, Sequence[MentionSpan]]]) -> None:
        self.text = text
        self.named = sorted(
            (
                Named(mention.span, index, type_)
                for index, (type_, mentions) in enumerate(things)
                if type_ in ("PER", "ORG")
                for mention in mentions
            ),
            key=lambda one: one.span,
        )

    def of(self, word: Span) -> int | None:
        """Return what a pronoun of the first person stands for, None where nothing is certain."""
        at = self._line_at(word.start)
        line = self.lines[at]
        if word.of(self.text).casefold() not in SINGULAR_FIRST:
            return self._firm(word, at)
        quoting = self._quoting(word, line)
        if quoting is not None or self._in_quotes(word, line):
            return quoting
        told = {self._turn(at), self.senders[at].person, self._answers(word, at)} - {None}
        return told.pop() if len(told) == 1 else None

    def _firm(self, word: Span, at: int) -> int | None:
        line = self.lines[at]
        if self._in_quotes(word, line):
            return self._quoting_firm(word, line)
        if self._turn(at) is not None or self._answers(word, at) is not None:
            return None
        told = {self.senders[at].firm, *self._own_names} - {None}
        return told.pop() if len(told) == 1 else None

    @cached_property
    def lines(self) -> list[_Line]:
        """The lines of the text."""
        found, start = [], 0
        for part in self.text.split("\n"):
            head = letters.DEPTH.match(part)
            quoted = head.group() if head else ""
            found.append(_Line(start, start + len(part), quoted.count(">"), start + len(quoted)))
            start += len(part) + 1
        return found

    def _line_at(self, offset: int) -> int:
        return self.text.count("\n", 0, offset)

    def _in(self, start: int, end: int, type_: str = "PER") -> list[Named]:
        return [
            one
            for one in self.named
            if start <= one.span.start and one.span.end <= end and one.type == type_
        ]

    # Quotes

    def _said(self, word: Span, line: _Line) -> Iterator[Named]:
        """Yield whom the "said" behind a quote names."""
        for one in self.named:
            if word.end < one.span.start < line.end and _SAID.search(
                self.text[word.end : one.span.start]
            ):
                yield one

    def _quoting(self, word: Span, line: _Line) -> int | None:
        """Return the person whom the "said" behind a quote names, or the one before it."""
        found = {one.index for one in self._said(word, line) if one.type == "PER"}
        opens = max(self.text.rfind(mark, line.start, word.start) for mark in ('"', "“"))
        if self._in_quotes(word, line):
            found |= {
                one.index
                for one in self._in(line.start, opens)
                if _SAYING.fullmatch(self.text, one.span.end, opens + 1)
            }
        return _only(found)

    def _quoting_firm(self, word: Span, line: _Line) -> int | None:
        """Return the firm that speaks, or that the speaker is told to be of."""
        found = set()
        for one in self._said(word, line):
            if one.type == "ORG":
                found.add(one.index)
            found |= {
                firm.index
                for firm in self._in(one.span.end, line.end, "ORG")
                if _OFFICE.fullmatch(self.text, one.span.end, firm.span.start)
            }
        return _only(found)

    def _in_quotes(self, word: Span, line: _Line) -> bool:
        before, after = self.text[line.start : word.start], self.text[word.end : word.end + 1]
        if before.endswith(('"', "“", "'", "‘")) and after in ('"', "”", "'", "’"):
            return False  # the word itself is spoken of
        return before.count('"') % 2 == 1 or before.rfind("“") > before.rfind("”")

    # Dialogues

    def _turn(self, at: int) -> int | None:
        """Return whose name and a colon begin the line, or the nearest above it in its block."""
        for number in range(at, -1, -1):
            line = self.lines[number]
            if not self.text[line.start : line.end].strip():
                return None
            label = letters.BEFORE_LABEL.match(self.text, line.start, line.end)
            start = label.end() if label else line.start
            for one in self._in(line.start, line.end):
                if one.span.start <= start and letters.AFTER_LABEL.match(self.text, one.span.end):
                    return one.index
            if letters.ANY_LABEL.match(self.text, line.start, line.end):
                return None
        return None

    # Interviews

    @cached_property
    def _questions(self) -> list[Span]:
        """The questions of an interview; none where there are fewer than two."""
        found = []
        for line in self.lines:
            for form in (letters.QUESTION, letters.MARKED_QUESTION):
                if match := form.match(self.text, line.start, line.end):
                    last = line.end if form is letters.QUESTION else match.end()
                    found.append(Span(line.start, last))
                    break
        return found if len(found) > 1 else []

    @cached_property
    def _interviewee(self) -> int | None:
        """The one person whom the top of an interview names, but for who asks."""
        if not self._questions:
            return None
        first = self._questions[0]
        top = self._in(0, first.start)
        asked = {
            one.index
            for one in top
            if letters.ASKED_BY.search(self.text[max(0, one.span.start - 20) : one.span.start])
        }
        addressed = {
            one.index
            for one in self._in(first.start, first.end)
            if self.text.startswith(", you", one.span.end)
        }
        return _only(({one.index for one in top} | addressed) - asked)

    def _answers(self, word: Span, at: int) -> int | None:
        """Return who is interviewed where a word stands in an answer."""
        before = [one for one in self._questions if one.start <= word.start]
        if not before or word.start < before[-1].end:
            return None
        line = self.lines[at]
        if letters.MARKED_LINE.match(self.text, line.start, line.end):
            return None
        labelled = letters.QUESTION.match(self.text, before[-1].start) is not None
        between = self.text[before[-1].end : word.start]
        if labelled and not any(map(letters.ANSWER.match, between.split("\n"))):
            return None
        return self._interviewee

    # Mails and letters

    @cached_property
    def senders(self) -> list[Sender]:
        """Who sends what stands in each line."""
        found: list[Sender] = []
        current: dict[int, Sender] = {}
        for line in self.lines:
            current = {depth: one for depth, one in current.items() if depth <= line.depth + 1}
            said = self.text[line.start : line.end]
            head = letters.SENDER.search(self.text[line.body : line.end])
            if head:
                current[line.depth] = self._sender(line.body + head.end(), line.end)
            elif said.strip() and letters.CUT.fullmatch(self.text[line.body : line.end]):
                current.pop(line.depth, None)
            elif letters.WROTE.search(said):
                people = {one.index for one in self._in(line.start, line.end)}
                current[line.depth + 1] = Sender(_only(people))
            found.append(current.get(line.depth, Sender()))
        return self._signed(found)

    def _sender(self, start: int, end: int) -> Sender:
        """Return whom the rest of a "From" line names: a person first, or a firm."""
        title = _TITLE.match(self.text, start, end)
        opening = (start, title.end() if title else start)
        first = next((one for one in self.named if one.span.start in opening), None)
        firms = {
            one.index
            for one in self._in(start, end, "ORG")
            if one.span.of(self.text).casefold() not in _DEPARTMENTS
        }
        return Sender(first.index if first and first.type == "PER" else None, _only(firms))

    def _signed(self, found: list[Sender]) -> list[Sender]:
        """Return who sends each line, of letters without a head whoever signs them."""
        start = 0
        for at, line in enumerate(self.lines):
            if letters.CUT.fullmatch(self.text[line.start : line.end]):
                start = at + 1
            signs = self._signature(at)
            if signs is None:
                continue
            for number in range(start, at + 1):
                own = found[number]
                if self.lines[number].depth == line.depth:
                    headed = own.person is not None
                    found[number] = Sender(
                        own.person if headed else signs.person,
                        signs.firm if own.firm is None else own.firm,
                    )
            start = at + 1
        return found

    def _signature(self, at: int) -> Sender | None:
        """Return who signs behind a parting in a line, or below it; None where nobody does."""
        line = self.lines[at]
        below = [
            n for n in range(at + 1, min(at + 2 * MOST_BELOW, len(self.lines))) if self._body(n)
        ]
        first = next((o for o in self.named if line.body < o.span.start < line.end), None)
        parting = letters.PARTING.fullmatch(
            self.text, line.body, first.span.start if first else line.end
        )
        if parting is None:
            return None
        if first:
            if not letters.BEFORE_SIGNATURE.search(parting.group()):
                return None
            name, rest = self._alone(first.span.start, line.end), below
        else:
            if not below:
                return None
            own = self.lines[below[0]]
            name, rest = self._alone(own.body, own.end), below[1:]
        if name is None:
            return None
        if name.type == "ORG":
            return Sender(None, name.index)
        lines = [self.lines[n] for n in rest[:MOST_BELOW]]
        firms = {one.index for own in lines for one in self._in(own.start, own.end, "ORG")}
        return Sender(name.index, _only(firms))

    def _body(self, number: int) -> str:
        line = self.lines[number]
        return self.text[line.body : line.end].strip()

    def _alone(self, start: int, end: int) -> Named | None:
        """Return the name that a line holds and nothing else beside a title or an office."""
        for one in self.named:
            if not start <= one.span.start < end:
                continue
            before = re.fullmatch(
                r"[ \t*_]*(?:[Tt]he )?(?:[A-Z][a-z]{0,4}\.? )?", self.text[start : one.span.start]
            )
            after = self.text[one.span.end : end]
            if before and (_AFTER_NAME.fullmatch(after) or after.startswith((",", " ("))):
                return one
            return None
        return None

    @cached_property
    def _own_names(self) -> set[int]:
        """The firms that the text says "we" stands for: 'Nimbus Ltd ("we")', "We at Nimbus", "us
        (Nimbus)"."""
        return {
            one.index
            for one in self.named
            if one.type == "ORG"
            and (
                _CALLED_WE.match(self.text, one.span.end)
                or _WE_AT.search(self.text[max(0, one.span.start - 12) : one.span.start])
            )
        }


def _only(found: set[int]) -> int | None:
    return next(iter(found)) if len(found) == 1 else None
