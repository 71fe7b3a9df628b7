"""Several things asked of one name in one question: "When and where was X born?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.heads.encoder.mentions import NamedEntity

_WHEN = r"(?:when|where|how|why|(?:in|on|at|from|to)\s+(?:which|what)\s+\w+)"
_WORD = r"(?!(?:the|that|who|whom|whose|which|where|when|was|were|is|are|and|or|of)\b)[a-z][a-z\-]*"
_NOUN = rf"{_WORD}(?:\s+{_WORD}){{0,2}}(?:\s+of\s+{_WORD})?"
_TWO_WORDS = re.compile(
    rf"^(?P<one>\W*{_WHEN})\s+and\s+(?P<two>{_WHEN})\s+"
    r"(?P<rest>(?:is|are|was|were|did|do|does|has|have|had|will)\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_VERBS = re.compile(r"^\s+(?P<one>[a-z][a-z\-]+)\s+and\s+(?P<two>[a-z][a-z\-]+)\W*$")
_NOUNS_BEFORE = re.compile(
    rf"\bthe\s+(?P<one>{_NOUN})\s+and\s+(?:the\s+|of\s+the\s+)?(?P<two>{_NOUN})\s+of\s+(?:the\s+)?$"
)
_NOUNS_AFTER = re.compile(
    rf"^['’]s?\s+(?P<one>{_NOUN})\s+and\s+(?:(?:the|his|her|its|their)\s+)?(?P<two>{_NOUN})\W*$"
)
_ASKS_WHAT = re.compile(r"^\W*(?:who|what|which)\b", re.IGNORECASE)
_IS_ASKED = re.compile(
    r"\W*(?:(?:who|what|where|when)(?:['’]s|\s+(?:is|are|was|were))\s+(?:the\s+names?\s+of\s+)?"
    r"|(?:please\s+)?(?:tell\s+me|name|give\s+me|list)\s+)",
    re.IGNORECASE,
)
_BARE_PART = re.compile(
    rf"^\W*(?:when|where|how|why|(?:by|for|with|to|from)\s+whom|{_WHEN})\W*$", re.IGNORECASE
)
_NOUN_LAST = re.compile(rf"\b(?:the|an?)\s+{_NOUN}\W*$")
_VERB_LAST = re.compile(r"^\W*(?:who|which\s+\w+|what\s+\w+)\s+(?:also\s+)?[a-z]+\W*$", re.I)
_PRONOUN = re.compile(r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|there)\b", re.I)


@dataclass(frozen=True)
class Parts:
    """The questions that one question is made of. Where it joins two ``nouns``, they may still
    ask the same: "the sons and daughters of X"."""

    texts: tuple[str, ...]
    nouns: tuple[str, ...] = ()


def parts_of(text: str, named: Sequence[NamedEntity]) -> Parts:
    """Return the questions that ``text`` asks of one name, or ``text`` alone."""
    if match := _TWO_WORDS.match(text):
        one, two = match["one"].strip(), match["two"]
        if not _crosses(match.end("one"), match.start("two"), named):
            return Parts((f"{one} {match['rest']}", f"{_capital(two)} {match['rest']}"))
    for mention in named:
        before, after = text[: mention.start], text[mention.end :]
        name = text[mention.start : mention.end]
        if re.match(rf"\W*{_WHEN}\s", before, re.IGNORECASE) and (match := _VERBS.match(after)):
            return Parts(tuple(f"{before}{name} {verb}?" for verb in match.group("one", "two")))
        if _ASKS_WHAT.match(before) and (match := _NOUNS_AFTER.match(after)):
            nouns = match.group("one", "two")
            texts = tuple(f"{_for_one(before, noun)}the {noun} of {name}?" for noun in nouns)
            return Parts(texts, nouns)
        match = _last(_NOUNS_BEFORE, before)
        if match is not None and _IS_ASKED.fullmatch(before[: match.start()]):
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
    if _BARE_PART.match(body) or _PRONOUN.search(body):
        return None
    if _NOUN_LAST.search(body):
        return f"{body} of {name}?"
    return f"{body} {name}?" if _VERB_LAST.match(body) else None


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
