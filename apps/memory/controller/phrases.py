"""The stretches of a text that may be a name which the memory does not have letter by letter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from apps.memory.controller.words import fold

LONGEST = 8  # words
MOST = 12  # phrases looked up for one text
_TOKEN = re.compile(r"[^\W_]+")
_JOINT = re.compile(r"[\s.'’\-&/]{0,3}")
_SENTENCE_END = re.compile(r"[.?!:]\s+$")
# Between the words of a name; at the first of these a long stretch is cut.
_WITHIN = frozenset(
    "of the de da do di du la le van von der den el al bin ibn y d l".split()  # noqa: SIM905
)
_CUTS = frozenset("and of for at in".split())  # noqa: SIM905
_TITLES = frozenset(
    """president king queen prince princess emperor empress sir lord lady dr doctor mr mrs ms
    professor saint pope general senator chancellor minister""".split()  # noqa: SIM905
)
# Words that questions are made of: they are no names, capitalised or not.
_PLAIN = frozenset(
    """a about above after all also am an and any are as at be became become been before being
    between both but by can city come could country date day did do does during each far film first
    follow for from get give given go had has have he head her him his how i if in into is it its
    kind last lead led list live lived located long made make many me member movie much must my
    name named next no not of on one or our out over part people person place play plays please
    position same say she should show since so some song state tell than that the their them then
    there these they thing this those through time title to town type under until up us was we were
    what whats when where which while who whom whos whose why will with would year years you your
    award awards author band birth book books born brother capital cast child children citizen
    company composer created creator daughter dead death designed died director directed discovered
    discoverer educated employer employed established father followed founded founder genre
    graduated husband inception influenced invented inventor language languages leader married
    mayor minister mother nationality official owned owner parent parents performed performer
    played president produced producer published publisher received record religion released
    residence school series shown singer sister son spouse starred starring studied successor
    team university wife work worked working works write writer written wrote""".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Phrase:
    """A stretch ``[start, end)`` of the text, and its words as ``words.fold`` writes them.

    ``small`` tells that nothing in the text is capitalised, so that it may be no name at all.
    """

    start: int
    end: int
    words: tuple[str, ...]
    small: bool = False


@dataclass(frozen=True)
class _Token:
    start: int
    end: int
    text: str
    opens: bool  # a sentence

    @property
    def plain(self) -> bool:
        return self.text.casefold() in _PLAIN

    @property
    def named(self) -> bool:
        """Capitalised or a number, and not only because a sentence begins."""
        return not self.text[0].islower() and not (self.opens and self.plain)


def phrases(text: str, taken: Sequence[tuple[int, int]]) -> list[Phrase]:
    """Return what may be a name in ``text``, longest first, at most MOST.

    ``taken`` are the places of names that the memory has. A phrase is left out when it lies
    inside one of them; one that is longer stands, as "Marie Currie" is not "Marie".
    """
    tokens = list(_tokens(text))
    runs = list(_capitalised(text, tokens))
    written_small = not any(token.named and not token.opens for token in tokens)
    if written_small and not taken:
        runs = list(_uncommon(text, tokens))
    found: dict[tuple[int, int], Phrase] = {}
    for run in runs:
        for part in _parts(run, whole=not written_small):
            start, end = part[0].start, part[-1].end
            if any(low <= start and end <= high for low, high in taken):
                continue
            words = tuple(fold(text[start:end]).split())
            if words and any(word.isalpha() and len(word) > 2 for word in words):
                found[start, end] = Phrase(start, end, words, written_small)
    return sorted(found.values(), key=lambda p: (p.start - p.end, p.start))[:MOST]


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        before = text[: match.start()].lstrip(" \t\n\"'“”‘’«»„(")
        opens = not before or bool(_SENTENCE_END.search(text[: match.start()]))
        yield _Token(match.start(), match.end(), match.group(), opens)


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
        if not joined or not (token.named or (run and token.text in _WITHIN | _CUTS)):
            yield from _trimmed(run)
            run = []
        if token.named or run:
            run.append(token)
        last = token
    yield from _trimmed(run)


def _trimmed(run: list[_Token]) -> Iterator[list[_Token]]:
    while run and run[-1].text in _WITHIN | _CUTS:
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
        if not token.plain and (run or len(token.text) > 1):
            run.append(token)
        last = token
    if run:
        yield run


def _parts(run: list[_Token], *, whole: bool) -> Iterable[list[_Token]]:
    """Return a run and what it may be made of: without a title, and cut at "and", "of", "in".

    Where nothing is capitalised (``whole`` is false), also its stretches of two words and more,
    and its long words.
    """
    parts = [run] if len(run) <= LONGEST else []
    if len(run) > 1 and run[0].text.casefold() in _TITLES | {"the"}:
        parts.append(run[1:])
    piece: list[_Token] = []
    for token in [*run, None]:
        if token is not None and token.text not in _CUTS:
            piece.append(token)
            continue
        if piece and len(piece) < len(run) and piece[0].text not in _WITHIN:
            parts.append(piece)
        piece = []
    if not whole:
        for length in range(min(4, len(run) - 1), 0, -1):
            some = [run[at : at + length] for at in range(len(run) - length + 1)]
            parts += [part for part in some if length > 1 or len(part[0].text) > 5]
    return parts
