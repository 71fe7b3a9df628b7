"""The stretches of a text that may be a name which the memory does not have letter by letter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from apps.memory.controller.words import SHORTEST, fold
from worker.english.titles import is_title, titles_at_start
from worker.english.words import (
    BEFORE_A_NOUN,
    COMMON_PREPOSITIONS,
    DETERMINERS,
    EMPTY,
    PLAIN_IN_QUESTIONS,
)

LONGEST = 8  # words
_SHORTEST_ALONE = 5  # letters of a word that may be a name beside others that are none
MOST = 120  # phrases looked up for one text
# Letters and digits, with the marks above, below and between them.
_TOKEN = re.compile(
    "[^\\W_](?:[^\\W_]|[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0dff\u0e00-\u0eff])*"
)
_JOINT = re.compile(r"[\s.'’\-&/]{0,3}")
_SENTENCE_END = re.compile(r"[.?!:][\s\"'“”‘’«»„(]{1,8}$")
# Between the words of a name; at the first of these a long stretch is cut.
_WITHIN = frozenset(
    "of the de da do di du la le van von der den el al bin ibn y d l s".split()  # noqa: SIM905
)
_CUTS = COMMON_PREPOSITIONS | {"and", "a"}
_INSIDE = _WITHIN | _CUTS
# With one of these before it a word is a common noun: "the king", "which king".
_BEFORE_COMMON = DETERMINERS | BEFORE_A_NOUN | {"how", "much", "most", "more"}
# Words of names that are written short as often as out.
_SHORT = {"st": "saint", "mt": "mount", "ft": "fort"}
_SHORT |= {long: short for short, long in _SHORT.items()}
_GLUED = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z])")


@dataclass(frozen=True)
class Phrase:
    """A stretch ``[start, end)`` of the text, and its words as ``words.fold`` writes them.

    ``small`` tells that nothing in the text is written as a name. ``common`` is such a word that
    its neighbours make a common noun: "the king", "painted stones".
    """

    start: int
    end: int
    words: tuple[str, ...]
    small: bool = False
    common: bool = False


@dataclass(frozen=True)
class _Token:
    start: int
    end: int
    text: str
    opens: bool  # a sentence
    after: str  # the word before it

    @property
    def plain(self) -> bool:
        return self.text.casefold() in PLAIN_IN_QUESTIONS

    @property
    def named(self) -> bool:
        """Capitalised or a number, and not only because a sentence begins."""
        return not self.text[0].islower() and not (self.opens and self.plain)


def phrases(text: str, taken: Sequence[tuple[int, int]]) -> list[Phrase]:
    """Return what may be a name in ``text``, longest first, at most MOST.

    ``taken`` are the places of names that the memory has. A phrase is left out when it lies
    inside one of them; one that is longer stands, as "Marie Currie" is not "Marie".
    """
    tokens = _tokens(text)
    small = _nothing_capitalised(tokens)
    after = {one.end: other.text.lower() for one, other in pairwise(tokens)}
    found: dict[tuple[int, int, tuple[str, ...]], Phrase] = {}
    for run in _uncommon(text, tokens) if small and not taken else _capitalised(text, tokens):
        # With an article or a neighbour a word is a common noun: "the king", "painted stones".
        beside = len(run) > 1 or (not taken and run[0].after in _BEFORE_COMMON)
        for part in _parts(run, whole=not small):
            start, end = part[0].start, part[-1].end
            if _inside((start, end), taken):
                continue
            common = small and len(part) == 1 and _is_common(part[0], run, beside=beside)
            for words in _spellings(text[start:end], after.get(end, "")):
                if _tells(words):
                    phrase = Phrase(start, end, words, small, common)
                    found[start, end, words] = phrase
    return sorted(found.values(), key=lambda p: (p.start - p.end, p.start))[:MOST]


def _spellings(surface: str, after: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of a stretch as they are written, with its short words written out and the
    other way round ("St Helena"), cut at capitals ("NorthwindFreight"), and without the "s" of a
    possessive before a noun ("halvorsens wife"); ``after`` is the word that follows."""
    words = tuple(fold(surface).split())
    yield words
    other = tuple(_SHORT.get(word, word) for word in words)
    if other != words:
        yield other
    if len(words) == 1 and _GLUED.search(surface):
        yield tuple(fold(_GLUED.sub(" ", surface)).split())
    possessive = bool(words) and words[-1].endswith("s") and len(words[-1]) > SHORTEST
    if possessive and after and after not in EMPTY:
        yield (*words[:-1], words[-1][:-1])


def _nothing_capitalised(tokens: Sequence[_Token]) -> bool:
    """Tell whether no word is written as a name; the first of a sentence tells nothing."""
    return not any(t.named and t.text[0].isupper() for t in tokens if not t.opens)


def _tells(words: Sequence[str]) -> bool:
    """Tell whether one of the words is long enough to look a name up by."""
    return any(word.isalpha() and len(word) > 2 for word in words)


def _inside(place: tuple[int, int], taken: Sequence[tuple[int, int]]) -> bool:
    return any(low <= place[0] and place[1] <= high for low, high in taken)


def _is_common(token: _Token, run: list[_Token], *, beside: bool) -> bool:
    """Tell whether a word of a run is a common noun; after a title it is a name."""
    titled = len(run) > 1 and is_title(token.after)
    return (beside or is_title(token.text)) and not titled


def common_words(text: str) -> Iterator[tuple[int, int]]:
    """Yield where words of questions stand in ``text`` that are not written as names."""
    for token in _tokens(text):
        if token.plain and not token.named:
            yield token.start, token.end


def _tokens(text: str) -> list[_Token]:
    """Return the words of a text; where each is capitalised, the capitals tell nothing."""
    tokens: list[_Token] = []
    word = ""
    for match in _TOKEN.finditer(text):
        before = text[max(0, match.start() - 9) : match.start()]
        opens = not tokens or bool(_SENTENCE_END.search(before))
        tokens.append(_Token(match.start(), match.end(), match.group(), opens, word))
        word = match.group().casefold()
    if any(token.plain for token in tokens) and not any(t.text[0].islower() for t in tokens):
        return [replace(token, text=token.text.lower()) for token in tokens]
    return tokens


def _joined(text: str, one: _Token, other: _Token) -> bool:
    between = text[one.end : other.start]
    if "." in between and len(one.text) > 3:
        return False
    return bool(_JOINT.fullmatch(between)) and not (
        between in ("'", "’") and other.text in ("s", "S")
    )


def _capitalised(text: str, tokens: Sequence[_Token]) -> Iterator[list[_Token]]:
    """Yield the runs of capitalised words, with the small words between them."""
    run: list[_Token] = []
    last: _Token | None = None
    for token in tokens:
        joined = last is not None and _joined(text, last, token)
        inside = token.text in _INSIDE or _hyphenated(text, last, token)
        if not joined or not (token.named or (run and inside)):
            yield from _trimmed(run)
            run = []
        if token.named or run:
            run.append(token)
        last = token
    yield from _trimmed(run)


def _hyphenated(text: str, one: _Token | None, other: _Token) -> bool:
    """Tell whether words are parts of one: "Chan-o-cha", also with blanks about the hyphens."""
    return one is not None and text[one.end : other.start].strip() in ("-", "‐", "‑", "–")


def _trimmed(run: list[_Token]) -> Iterator[list[_Token]]:
    while run and run[-1].text in _INSIDE:
        run.pop()
    if run:
        yield run


def _uncommon(text: str, tokens: Sequence[_Token]) -> Iterator[list[_Token]]:
    """Yield the runs of words that are no words of questions, where nothing is capitalised."""
    run: list[_Token] = []
    last: _Token | None = None
    for token in tokens:
        if token.plain or (last is not None and not _joined(text, last, token)):
            if run:
                yield run
            run = []
        if not token.plain:
            run.append(token)
        last = token
    if run:
        yield run


def _parts(run: list[_Token], *, whole: bool) -> Iterable[list[_Token]]:
    """Return a run and what it may be made of: cut at "and", "of", "in", and without titles.

    Where nothing is capitalised (``whole`` is false), also its stretches of two words and more,
    and its long words.
    """
    parts = [run] if len(run) <= LONGEST else []
    parts += [piece for piece in _pieces(run) if piece[0].text not in _WITHIN]
    titles = [titles_at_start([token.text for token in part]) for part in parts]
    parts += [part[count:] for part, count in zip(parts, titles, strict=True) if count]
    if len(run) > 1 and run[0].text.casefold() == "the":
        parts.append(run[1:])
    return parts if whole else [*parts, *_stretches(run)]


def _pieces(run: list[_Token]) -> Iterator[list[_Token]]:
    """Yield what stands between "and", "of" and the like, where a run has any of them."""
    piece: list[_Token] = []
    for token in [*run, None]:
        if token is not None and token.text not in _CUTS:
            piece.append(token)
            continue
        if piece and len(piece) < len(run):
            yield piece
        piece = []


def _stretches(run: list[_Token]) -> Iterator[list[_Token]]:
    """Yield the stretches of two to four words, then the long words."""
    for length in range(min(4, len(run) - 1), 0, -1):
        for at in range(len(run) - length + 1):
            if length > 1 or len(run[at].text) >= _SHORTEST_ALONE:
                yield run[at : at + length]
