"""Nationality words: which country a word means, and of whom or what it is said.

"Ines Okafor, a Nigerian lawyer, met Jonas Weber in Basel" says that Okafor is of Nigeria, and
nothing of Weber or Basel.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.english.appositions import AGAINST, LINK
from worker.english.demonyms import country_of, names_language
from worker.english.kinds import kind_of_noun
from worker.mentions.phrases import words_from
from worker.types import MentionSpan, RelationRole, Span

# What may be said of it, by its type: the roles of relations.
SAID_OF: dict[str, frozenset[RelationRole]] = {
    "PER": frozenset({"citizenship"}),
    "ORG": frozenset({"country"}),
    "MISC": frozenset({"country", "origin"}),
}
_LANGUAGE_BEFORE = re.compile(
    r"\b(?:speaks?|spoke|spoken|speaking|fluent in|in|into|from|learn(?:s|ed|t|ing)?"
    r"|stud(?:y|ied|ies)|teach(?:es)?|taught|understands?|read|reads|knows?|reading|languages?:?) "
    r"(?:(?:and|or|only|some|good|fluent|both) )?(?:[A-Z][a-z]+(?:, | and |, and | or ))*$"
)
_LANGUAGE_AFTER = re.compile(
    r"[ -](?:language|speaking|speakers?|translations?|dialects?|grammar|lessons?|alphabet)\b"
)
_WORD = re.compile(r"\b[A-Z][^\W\d_]+\b(?=( [A-Z][^\W\d_]+\b)?)")
_ENDS = re.compile(r"\s?(?:[.;,)]|and\b|or\b|but\b|by\b|$)")


@dataclass(frozen=True)
class Nationality:
    """A word for a country and the mention of whom or what it is said; None of nothing named."""

    mention: MentionSpan
    country: str
    of: MentionSpan | None


def nationalities(
    text: str, mentions: Sequence[MentionSpan], sentences: Sequence[Span]
) -> tuple[list[MentionSpan], list[Nationality]]:
    """Return the mentions without nationality words, and these.

    A word that means a language ("speaks Norwegian") stays a mention, of the type MISC.
    """
    kept, words = [], []
    for mention in mentions:
        country = (
            country_of(mention.span.of(text))
            if mention.type in ("LOC", "MISC", "ORG", "PER")
            else ""
        )
        if not country:
            kept.append(mention)
        elif _is_language(text, mention.span):
            kept.append(MentionSpan(mention.span, "MISC"))
        else:
            words.append((MentionSpan(mention.span, "LOC"), country))
    words += _untagged(text, mentions)
    found = []
    for mention, country in words:
        sentence = next(
            (s for s in sentences if s.start <= mention.span.start < s.end), Span(0, len(text))
        )
        found.append(Nationality(mention, country, _said_of(text, mention.span, kept, sentence)))
    tagged = {mention.span for mention in mentions}
    return kept, [one for one in found if one.of or one.mention.span in tagged]


def _untagged(text: str, mentions: Sequence[MentionSpan]) -> list[tuple[MentionSpan, str]]:
    found = []
    for match in _WORD.finditer(text):
        for end in (match.end(1), match.end()):
            if end < 0:
                continue
            span = Span(match.start(), end)
            country = country_of(span.of(text))
            free = all(m.span.end <= span.start or span.end <= m.span.start for m in mentions)
            if country and free and not _is_language(text, span):
                found.append((MentionSpan(span, "LOC"), country))
                break
    return found


def _is_language(text: str, span: Span) -> bool:
    word = span.of(text)
    if not names_language(word):
        return False
    if _LANGUAGE_AFTER.match(text, span.end):
        return True
    before = _LANGUAGE_BEFORE.search(text[max(0, span.start - 60) : span.start])
    return before is not None and _ENDS.match(text, span.end) is not None


def _said_of(
    text: str, word: Span, mentions: Sequence[MentionSpan], sentence: Span
) -> MentionSpan | None:
    """Return the mention that a nationality word modifies, directly or through its noun."""
    if "-" in (text[word.start - 1 : word.start], text[word.end : word.end + 1]):
        return None  # "Dutch-born", "Irish-American"
    nouns = _nouns(text, word, mentions, sentence)
    noun = nouns[-1].of(text) if nouns else ""
    after = nouns[-1].end if nouns else word.end
    ahead = next((m for m in mentions if m.span.start == after + 1), None)
    if ahead and text[after] == " ":
        fits = _suits(noun, ahead) and (noun or ahead.type == "PER")
        return ahead if fits else None
    return _behind(text, word, noun, mentions, sentence)


def _nouns(text: str, word: Span, mentions: Sequence[MentionSpan], sentence: Span) -> list[Span]:
    """Return the words of the noun phrase after a word, up to the next mention."""
    if text[word.end : word.end + 1] != " ":
        return []
    found = []
    for one in words_from(text, word.end + 1, sentence.end):
        if any(m.span.start <= one.start < m.span.end for m in mentions):
            break
        found.append(one)
    return found


def _behind(
    text: str, word: Span, noun: str, mentions: Sequence[MentionSpan], sentence: Span
) -> MentionSpan | None:
    """Return the name before the word, of which an apposition or "is a" with the word speaks."""
    before = [m for m in mentions if sentence.start <= m.span.start and m.span.end <= word.start]
    if not before:
        return None
    nearest = max(before, key=lambda m: m.span.end)
    between = text[nearest.span.end : word.start]
    if not LINK.fullmatch(between) or AGAINST.search(between.replace("one of", "")):
        return None
    bare = (
        not noun
        and bool(_ENDS.match(text, word.end))
        and between.lstrip().startswith(("is", "was"))
    )
    return nearest if (bare or noun) and _suits(noun, nearest) else None


def _suits(noun: str, named: MentionSpan) -> bool:
    """Tell whether a noun can be said of a thing: a lawyer is a person, a firm is none."""
    if named.type not in SAID_OF:
        return False
    kind = kind_of_noun(noun) if noun else ""
    return noun == noun.lower() and (not kind or kind == named.type)
