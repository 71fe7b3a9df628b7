"""Several things asked of one name in one question: "When and where was X born?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.english.asking import (
    ASKS_WHAT,
    BARE_PART,
    HAS_PRONOUN,
    IS_ASKED,
    NOUN_LAST,
    NOUNS_AFTER,
    NOUNS_BEFORE,
    OPENS_WITH_WHEN,
    VERB_LAST,
    VERBS_AFTER,
    WHEN_AND_WHERE,
)
from worker.heads.encoder.mentions import NamedEntity


@dataclass(frozen=True)
class Parts:
    """The questions that one question is made of. Where it joins two ``nouns``, they may still
    ask the same: "the sons and daughters of X"."""

    texts: tuple[str, ...]
    nouns: tuple[str, ...] = ()


def parts_of(text: str, named: Sequence[NamedEntity]) -> Parts:
    """Return the questions that ``text`` asks of one name, or ``text`` alone."""
    if match := WHEN_AND_WHERE.match(text):
        one, two = match["one"].strip(), match["two"]
        if not _crosses(match.end("one"), match.start("two"), named):
            return Parts((f"{one} {match['rest']}", f"{_capital(two)} {match['rest']}"))
    for mention in named:
        before, after = text[: mention.start], text[mention.end :]
        name = text[mention.start : mention.end]
        if OPENS_WITH_WHEN.match(before) and (match := VERBS_AFTER.match(after)):
            return Parts(tuple(f"{before}{name} {verb}?" for verb in match.group("one", "two")))
        if ASKS_WHAT.match(before) and (match := NOUNS_AFTER.match(after)):
            nouns = match.group("one", "two")
            texts = tuple(f"{_for_one(before, noun)}the {noun} of {name}?" for noun in nouns)
            return Parts(texts, nouns)
        match = _last(NOUNS_BEFORE, before)
        if match is not None and IS_ASKED.fullmatch(before[: match.start()]):
            head, of = before[: match.start()], before[match.end("two") :]
            nouns = match.group("one", "two")
            texts = tuple(f"{_for_one(head, noun)}the {noun}{of}{name}{after}" for noun in nouns)
            return Parts(texts, nouns)
    return Parts((text,))


def with_name(parts: Sequence[str], text: str, named: Sequence[NamedEntity]) -> list[str]:
    """Return the questions of one sentence, with the one name of it put where it is left out.

    "Who owns Acme and who is the founder?" asks for the founder of Acme. Where the sentence has
    several names, or none, nothing is put.
    """
    if len(named) != 1:
        return list(parts)
    name = text[named[0].start : named[0].end]
    return [part if name in part else _filled(part, name) or part for part in parts]


def _filled(part: str, name: str) -> str | None:
    body = part.rstrip(" ?.!")
    if BARE_PART.match(body) or HAS_PRONOUN.search(body):
        return None
    if NOUN_LAST.search(body):
        return f"{body} of {name}?"
    return f"{body} {name}?" if VERB_LAST.match(body) else None


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Return the shortest match of ``pattern`` that ends at the end of ``text``."""
    for start in reversed([match.start() for match in re.finditer(r"\bthe\s", text)]):
        if match := pattern.match(text, start):
            return match
    return None


def _crosses(start: int, end: int, named: Sequence[NamedEntity]) -> bool:
    return any(mention.start < end and start < mention.end for mention in named)


def _for_one(text: str, noun: str) -> str:
    """Put "is" for "are" before a single thing."""
    if noun.endswith("s"):
        return text
    match = re.fullmatch(r"(\W*\w+\s+)(are|were)(\s+)", text, re.IGNORECASE)
    return match[1] + {"are": "is", "were": "was"}[match[2].lower()] + match[3] if match else text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
