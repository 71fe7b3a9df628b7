"""A short answer together with its question, as one statement of a view.

"And where does she work?" "At Siemens." is read as "she works At Siemens". Every piece is one of
the question or of the answer, so that what is found has its place in both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.chat.views import Edit, Piece, edited
from worker.english import chatting
from worker.english.verbs import past_of, third_person
from worker.english.words import DO
from worker.types import Span

MOST_WORDS = 14  # of an answer that is no sentence


@dataclass(frozen=True)
class Asked:
    """A question where it stands in a text, with the edits of its turn."""

    text: str
    span: Span
    edits: Sequence[Edit]

    def part(self, start: int, end: int) -> list[Piece]:
        return edited(self.text, Span(start, end), self.edits) if start < end else []


@dataclass(frozen=True)
class Answered:
    """What may answer it: ``name`` is where the name of who answers stands."""

    text: str
    span: Span
    edits: Sequence[Edit]
    speaker: str
    name: Span

    @property
    def pieces(self) -> list[Piece]:
        return edited(self.text, self.span, self.edits)

    def add(self, words: str) -> Piece:
        """Return words that stand in neither, in the place of the answer's first character."""
        return Piece(words, Span(self.span.start, self.span.start + 1), exact=False)

    def by_name(self) -> Piece:
        return Piece(self.speaker, self.name, exact=False)


def fragment(text: str, span: Span) -> Span | None:
    """Return what is left of a short answer without its fillers; None for a whole sentence."""
    start = chatting.after_fillers(text, span.start, span.end)
    words = text[start : span.end]
    if not words.strip(" .!:)(") or len(words.split()) > MOST_WORDS:
        return None
    if chatting.OWN_VERB.search(words) or chatting.UNKNOWN.search(words):
        return None
    return Span(start, span.end)


def answered(asked: Asked, answer: Answered) -> list[Piece] | None:
    """Return the statement that a question and its answer make; None where they make none."""
    agreeing = chatting.AGREEING.match(answer.text, answer.span.start, answer.span.end)
    whether = _match(chatting.ASKED_IF, asked)
    if whether:
        return _agreed(asked, answer, whether, agreeing) if agreeing else None
    if chatting.REFUSING.match(answer.text, answer.span.start, answer.span.end):
        return None
    words = fragment(answer.text, answer.span)
    if words is None:
        return None
    answer = Answered(answer.text, words, answer.edits, answer.speaker, answer.name)
    for form, make in _FORMS:
        if match := _match(form, asked):
            return make(asked, answer, match)
    return None


def _match(form: re.Pattern[str], asked: Asked) -> re.Match[str] | None:
    found = form.match(asked.text, asked.span.start, asked.span.end)
    return found if found and found.end() >= asked.span.end - 1 else None


def _is_you(match: re.Match[str]) -> bool:
    return match["subject"].split()[0].casefold() in ("you", "they", "we")


def _be(match: re.Match[str]) -> str:
    said = match["aux"].strip().casefold().replace("’", "'")
    said = {"'s": "is"}.get(said, said)
    return chatting.THIRD.get(said, said) if _is_you(match) else said


def _link(match: re.Match[str], answer: Answered, verb: str = "") -> list[Piece]:
    said = answer.span.of(answer.text)
    asked = match["wh"].casefold().split()[0]
    word = "at" if verb == "work" else chatting.LINKED.get(asked, "")
    lead = " " if chatting.PREPOSED.match(said) or not word else f" {word} "
    return [answer.add(lead), *answer.pieces]


def _inflected(match: re.Match[str]) -> str:
    third = third_person(match["verb"])
    if match["aux"] == "did":
        return past_of(third)
    return third if match["aux"] == "does" or _is_you(match) else match["verb"]


def _done(asked: Asked, answer: Answered, match: re.Match[str]) -> list[Piece]:
    verb = Piece(f" {_inflected(match)}", Span(*match.span("verb")), exact=False)
    rest = asked.part(*match.span("rest"))
    return [*asked.part(*match.span("subject")), verb, *rest, *_link(match, answer, match["verb"])]


def _been(asked: Asked, answer: Answered, match: re.Match[str]) -> list[Piece]:
    aux = Piece(f" {_be(match)}", Span(*match.span("aux")), exact=False)
    rest = asked.part(*match.span("rest"))
    return [*asked.part(*match.span("subject")), aux, *rest, *_link(match, answer)]


def _who(asked: Asked, answer: Answered, match: re.Match[str]) -> list[Piece]:
    end = match.end("rest")
    return [*_without_end(answer), answer.add(" "), *asked.part(match.start("verb"), end)]


def _without_end(answer: Answered) -> list[Piece]:
    said = answer.span.of(answer.text).rstrip(" .!:)")
    return edited(answer.text, Span(answer.span.start, answer.span.start + len(said)), answer.edits)


def _named(asked: Asked, answer: Answered, match: re.Match[str]) -> list[Piece]:
    subject = asked.part(*match.span("subject"))
    return [*subject, answer.add(" is "), *answer.pieces]


def _role(asked: Asked, answer: Answered, match: re.Match[str]) -> list[Piece]:
    return [answer.by_name(), answer.add(" works as "), *answer.pieces]


def _where_to(asked: Asked, answer: Answered, match: re.Match[str]) -> list[Piece]:
    return [answer.by_name(), answer.add(" lives in "), *answer.pieces]


def _agreed(
    asked: Asked, answer: Answered, match: re.Match[str], agreeing: re.Match[str]
) -> list[Piece] | None:
    said = _whether(asked, match)
    more = Span(agreeing.end(), answer.span.end) if agreeing.end() < answer.span.end else None
    if more and chatting.PREPOSED.match(more.of(answer.text)):
        return [*said, answer.add(" "), *edited(answer.text, more, answer.edits)]
    return [*said, answer.add(".")]


def _whether(asked: Asked, match: re.Match[str]) -> list[Piece]:
    """Return the statement that a question asks whether it holds."""
    subject, rest = asked.part(*match.span("subject")), match.span("rest")
    aux = match["aux"].casefold()
    if aux in DO:
        begins = rest[0] + 1
        ends = begins + len(match["rest"].split()[0])
        third = third_person(asked.text[begins:ends])
        verb = past_of(third) if aux == "did" else third
        return [
            *subject,
            Piece(f" {verb}", Span(begins, ends), exact=False),
            *asked.part(ends, rest[1]),
        ]
    aux_piece = Piece(f" {_be(match)}", Span(*match.span("aux")), exact=False)
    return [*subject, aux_piece, *asked.part(*rest)]


_FORMS = (
    (chatting.ASKED_ROLE, _role),
    (chatting.ASKED_WHERE_TO, _where_to),
    (chatting.ASKED_DO, _done),
    (chatting.ASKED_BE, _been),
    (chatting.ASKED_WHO, _who),
    (chatting.ASKED_NAME, _named),
    (chatting.ASKED_THING, _named),
)
