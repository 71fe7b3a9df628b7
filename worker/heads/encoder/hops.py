"""Questions inside questions: "Who is the spouse of [the director of Y]?"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from worker.english.embedded import (
    APPOSITION,
    ARTICLE,
    ASKS_NOTHING,
    BARE_CLAUSE,
    CLAUSE,
    COPULA,
    ITSELF,
    NO_VERB_YET,
    NOUN_BEFORE,
    NOUN_END,
    PARTICIPLE_CLAUSE,
    POSSESSIVE,
    VERB_AFTER,
    VERB_IN_IT,
)
from worker.heads.encoder.mentions import NamedEntity

_LONGEST_PHRASE = 90  # code points before the name
MOST_READINGS = 4  # ways to take a question apart that are looked at


@dataclass(frozen=True)
class Nested:
    """A question in two steps: ``inner`` is asked of the named entity, its answer takes the
    place of ``[start, end)`` in the whole question. ``name_at`` is the name's place in ``inner``.
    ``noun`` is what the phrase is called where it is a noun ("director" in "the director of Y"
    and "Y's director"), empty in "the film that Y directed".
    """

    inner: str
    name_at: int
    start: int
    end: int
    noun: str = ""


def all_nested(question: str, named: NamedEntity) -> Iterator[Nested]:
    """Yield ways to take a question about ``named`` in two steps, the likeliest first."""
    before = question[: named.start]
    window = max(0, len(before) - _LONGEST_PHRASE)
    seen: set[tuple[int, int]] = set()
    for start, end, noun in _inner_spans(question, named, before, window):
        outer = (question[:start] + " " + question[end:]).strip(" ?.!,")
        if (start, end) in seen or APPOSITION.fullmatch(outer):
            continue
        if ASKS_NOTHING.issuperset(re.findall(r"\w+", outer.lower())) or len(seen) >= MOST_READINGS:
            continue
        seen.add((start, end))
        yield Nested(question[start:end], named.start - start, start, end, noun)


def _inner_spans(
    question: str, named: NamedEntity, before: str, window: int
) -> Iterator[tuple[int, int, str]]:
    """Yield the stretches that may be an inner question with their noun, the shortest first."""
    after = question[named.end :]
    possessive = POSSESSIVE.match(after)
    if possessive and not _one_noun(before, possessive, after):
        yield from _possessed(named, possessive)
    if (noun := _last(NOUN_BEFORE, before, window)) is not None:
        match = NOUN_BEFORE.match(before, noun)
        name = match["noun"] if match else ""
        if name.split()[-1:] and name.split()[-1].lower() not in ITSELF:
            yield noun, named.end, name
    if (phrase := _last(PARTICIPLE_CLAUSE, before, window)) is not None:
        yield phrase, named.end, ""
    verb = VERB_AFTER.match(after)
    if (clause := _last(CLAUSE, before, window)) is not None:
        open_ = NO_VERB_YET.search(before)
        yield clause, named.end + (verb.end() if verb and open_ else 0), ""
    if verb and (clause := _last(BARE_CLAUSE, before, window)) is not None:
        yield clause, named.end + verb.end(), ""


def _one_noun(before: str, possessive: re.Match[str], after: str) -> bool:
    """Tell whether all that follows a name is what is asked for: "What is X's mother tongue?"."""
    ends = not after[possessive.end() :].strip(" ?.!")
    return bool(ends and COPULA.fullmatch(before) and not VERB_IN_IT.fullmatch(possessive.group(1)))


def _possessed(named: NamedEntity, match: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """Yield "X's place of birth" and shorter, longest first, up to a word that is no noun's."""
    words = list(re.finditer(r"\S+", match.group(1)))
    stop = next((i for i, word in enumerate(words) if word.group() in NOUN_END), len(words))
    for count in range(min(stop, 3), 0, -1):
        if words[count - 1].group() == "of":
            continue
        end = words[count - 1].end()
        yield named.start, named.end + match.start(1) + end, match.group(1)[:end]


def _last(pattern: re.Pattern[str], text: str, window: int) -> int | None:
    """Return where the shortest match that ends at the end of ``text`` starts."""
    starts = [m.start() for m in ARTICLE.finditer(text[window:])]
    for start in reversed(starts):
        found = pattern.match(text, window + start)
        if found and found.end() == len(text):
            return window + start
    return None
