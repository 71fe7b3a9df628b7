"""The words of a question that change what is done with a set: counting, excluding, denying.

They are closed classes, taken out before the rest is read; what is not taken out here and has no
other meaning is left over, and then the question is not answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from worker.english.numbers import PLACES
from worker.english.words import AUXILIARIES, EVERYONE
from worker.reading.items import Item, renamed
from worker.reading.question import Form, Node, Spans
from worker.reading.spans import words_in

_EXCEPT = (
    ("except", "for"), ("except",), ("besides",), ("apart", "from"), ("aside", "from"),
    ("other", "than"), ("excluding",), ("not", "counting"), ("not", "including"), ("but", "not"),
    ("in", "addition", "to"), ("with", "the", "exception", "of"), ("leaving", "out"),
    ("but", "for"), ("save", "for"),
)  # fmt: skip
_EXCEPTED = frozenset(["excepted", "excluded", "aside", "apart"])  # after the name
_ALL = EVERYONE | {"all", "anything", "everything", "every", "any"}
_TRUE = ("true", "right", "correct", "case", "so")
_FALSE = ("false", "wrong", "untrue", "incorrect")
_STILL = frozenset(["still", "currently", "nowadays", "presently", "today", "already", "yet"])
EXTREMES = {
    "oldest": 0, "eldest": 0, "earliest": 0, "first": 0, "youngest": -1, "newest": -1,
    "latest": -1, "last": -1, "next": 0,
}  # fmt: skip
_MOST_RECENT = ("most", "recent")
_BEFORE_PLACES = ("the", "whose", "which", "second")  # "the second latest"

Operator: TypeAlias = Literal["form", "negated", "excluded", "now", "place"]


@dataclass(frozen=True)
class Frame:
    """A question without its operators, what they were, and where their words stand."""

    items: tuple[Item, ...]
    form: Form = "which"
    negated: bool = False
    excluded: tuple[Node, ...] = ()
    now: bool = False
    over: bool = False  # "no longer"
    also: bool = False  # what is named is not asked for
    place: int | None = None  # of a thing in the order of the dates
    place_word: str = ""
    spans: dict[Operator, Spans] = field(default_factory=dict, compare=False)

    def places(self, operator: Operator, items: Sequence[Item]) -> frozenset[int]:
        """Return at which of some items the words of an operator stand."""
        spans = self.spans.get(operator, ())
        return frozenset(
            at
            for at, item in enumerate(items)
            if item.kind == "word" and any(s.start <= item.start < s.end for s in spans)
        )


def framed(items: Sequence[Item]) -> Frame:
    """Return a question without its operators."""
    frame = Frame(tuple(items), also=any(item.text == "also" for item in items))
    for take in (_spans_of_time, _counted, _judged, _excluding, _holding, _ordered):
        frame = take(frame)
    return frame


def operator_words(items: Sequence[Item]) -> str:
    """Return the words of a question that ask for a period or an age, or leave something out; a
    plain read knows nothing of them. Empty where there are none."""
    frame = framed(items)
    if frame.form in ("how long", "until when", "how old", "how long ago"):
        spans = frame.spans.get("form", ())
    else:
        spans = frame.spans.get("excluded", ()) or (
            frame.spans.get("now", ()) if frame.over else ()
        )
    texts = [item.text for item in items if any(s.start <= item.start < s.end for s in spans)]
    return " ".join(texts)


def _texts(items: Sequence[Item]) -> list[str]:
    return [item.text if item.kind == "word" else "" for item in items]


def _find(items: Sequence[Item], *words: str) -> int:
    """Return where the words stand one after the other, -1 if nowhere."""
    texts = _texts(items)
    for at in range(len(texts) - len(words) + 1):
        if tuple(texts[at : at + len(words)]) == words:
            return at
    return -1


def _cut(frame: Frame, operator: Operator, at: int, count: int, put: str = "") -> Frame:
    items = list(frame.items)
    new = [renamed(items[at], put)] if put else []
    frame = replace(frame, items=(*items[:at], *new, *items[at + count :]))
    return _placed(frame, operator, items[at : at + count])


def _placed(frame: Frame, operator: Operator, items: Sequence[Item]) -> Frame:
    """Note which words an operator was taken from."""
    spans = (*frame.spans.get(operator, ()), *words_in(items))
    return replace(frame, spans={**frame.spans, operator: spans})


_TIMES: tuple[tuple[tuple[str, ...], Form], ...] = (
    (("how", "long", "ago"), "how long ago"),
    (("how", "many", "years", "ago"), "how long ago"),
    (("for", "how", "many", "years"), "how long"),
    (("how", "many", "years"), "how long"),
    (("for", "how", "long"), "how long"),
    (("since", "when"), "since when"),
    (("from", "when"), "since when"),
    (("since", "what", "year"), "since when"),
    (("until", "when"), "until when"),
    (("till", "when"), "until when"),
    (("how", "long"), "how long"),
    (("how", "old"), "how old"),
    (("at", "what", "age"), "how old"),
    (("at", "which", "age"), "how old"),
    (("what", "age"), "how old"),
    (("the", "age", "of"), "how old"),
    (("age", "of"), "how old"),
)


def _spans_of_time(frame: Frame) -> Frame:
    for words, form in _TIMES:
        if (at := _find(frame.items, *words)) >= 0:
            return replace(_cut(frame, "form", at, len(words)), form=form)
    return _aged(frame)


def _aged(frame: Frame) -> Frame:
    """Take "X's age" for how old X is."""
    for at, item in enumerate(frame.items):
        if item.text == "age" and at and frame.items[at - 1].kind == "poss":
            return replace(_cut(frame, "form", at - 1, 2), form="how old")
    return frame


_COUNTS = (
    ("how", "many", "different"), ("how", "many"), ("the", "number", "of"),
    ("count", "the"), ("count", "all"), ("count",),
)  # fmt: skip


def _counted(frame: Frame) -> Frame:
    if frame.form != "which":
        return frame
    for words in _COUNTS:
        at = _find(frame.items, *words)
        if at == 0 or (at > 0 and words[0] != "count"):
            return replace(_cut(frame, "form", at, len(words), "which"), form="how many")
    return frame


def _judged(frame: Frame) -> Frame:
    """Take a question for a yes or no apart: "is it false that", "isn't", "never"."""
    texts = _texts(frame.items)
    if texts[:1] == [] or texts[0] not in AUXILIARIES or frame.form != "which":
        return frame
    frame = replace(frame, form="whether")
    if texts[1:2] == ["n't"]:  # "Isn't she ...?" asks whether she is
        frame = _cut(frame, "form", 1, 1)
    frame = _without_or_not(_said_to_be(frame))
    for word in ("never", "not"):
        at = _find(frame.items, word)
        following = _texts(frame.items)[at + 1 : at + 2]
        if at >= 0 and following not in (["counting"], ["including"]):
            frame = replace(_cut(frame, "negated", at, 1), negated=not frame.negated)
    return frame


def _without_or_not(frame: Frame) -> Frame:
    """Take "or not" out, which denies nothing, at the end of a question."""
    at = _find(frame.items, "or", "not")
    if at < 0 or any(item.kind != "mark" for item in frame.items[at + 2 :]):
        return frame
    return _cut(frame, "form", at, 2)


def _said_to_be(frame: Frame) -> Frame:
    """Take "is it true that" and "is it false that" out, once."""
    texts = _texts(frame.items)
    if texts[1:2] != ["it"] or "that" not in texts[2:6]:
        return frame
    at = texts.index("that")
    lead = texts[2:at]
    if not any(word in lead for word in (*_TRUE, *_FALSE)):
        return frame
    negated = any(word in lead for word in _FALSE) != ("not" in lead)
    return replace(_cut(frame, "negated" if negated else "form", 0, at + 1), negated=negated)


def _excluding(frame: Frame) -> Frame:
    """Take "except X and Y" out: X and Y are left out of what is answered."""
    at, length = _exception(frame.items)
    if length == 0:
        return _excepted(frame)
    nodes, end = _names_from(frame.items, at + length)
    if not nodes:
        return frame
    rest = (*frame.items[:at], *frame.items[end:])
    beside = [item for item in rest if item.text in ("else", "other")]
    kept = tuple(item for item in rest if item not in beside)
    frame = _placed(frame, "excluded", [*beside, *frame.items[at : at + length]])
    return replace(frame, items=kept, excluded=nodes)


def _excepted(frame: Frame) -> Frame:
    """Take "X excepted" out."""
    items = frame.items
    for at, item in enumerate(items):
        if at and item.text in _EXCEPTED and items[at - 1].node is not None:
            node = items[at - 1].node
            assert node is not None
            start = at - 2 if at > 1 and items[at - 2].kind == "mark" else at - 1
            frame = _placed(frame, "excluded", [item])
            return replace(frame, items=(*items[:start], *items[at + 1 :]), excluded=(node,))
    return frame


def _exception(items: Sequence[Item]) -> tuple[int, int]:
    """Return where the words that except something stand, and how many; none is (0, 0)."""
    for words in _EXCEPT:
        at = _find(items, *words)
        # "Which prize has X but not Y won?" leaves out what Y has won, not Y.
        if at >= 0 and not (words == ("but", "not") and at and items[at - 1].kind == "node"):
            return at, len(words)
    texts = _texts(items)
    if "but" in texts and _ALL.intersection(texts[: texts.index("but")]):
        return texts.index("but"), 1
    return 0, 0


def _names_from(items: Sequence[Item], start: int) -> tuple[tuple[Node, ...], int]:
    """Return the things that are listed from ``start`` on, and where the list ends."""
    nodes: list[Node] = []
    end = at = start
    while at < len(items):
        item = items[at]
        if item.node is not None:
            nodes.append(item.node)
            end = at + 1
        elif item.text != "the" and not (nodes and item.text in ("and", "or", ",")):
            break
        at += 1
    return tuple(nodes), end


def _holding(frame: Frame) -> Frame:
    """Take "still" and "no longer" out: what holds today is asked for, or what does not."""
    if frame.form == "which" and "will" in _texts(frame.items):
        return frame
    for words in (("no", "longer"), ("any", "more"), ("anymore",), ("any", "longer")):
        if (at := _find(frame.items, *words)) >= 0:
            return replace(_cut(frame, "now", at, len(words)), over=words[0] == "no", now=True)
    for at, text in enumerate(_texts(frame.items)):
        if text in _STILL:
            return replace(_cut(frame, "now", at, 1), now=True)
    return frame


def _ordered(frame: Frame) -> Frame:
    """Take "the third", "the oldest", "the latest" out."""
    texts = _texts(frame.items)
    for at, text in enumerate(texts[:-1]):
        before = texts[at - 1] if at else ""
        possessed = at > 0 and frame.items[at - 1].kind == "poss"
        if tuple(texts[at : at + 2]) == _MOST_RECENT and (possessed or before in _BEFORE_PLACES):
            words = " ".join(_MOST_RECENT)
            return replace(_cut(frame, "place", at, 2), place=-1, place_word=words)
        if text not in EXTREMES and text not in PLACES:
            continue
        if not possessed and before not in _BEFORE_PLACES:
            continue
        place = EXTREMES.get(text, PLACES.get(text, 0))
        count = 1
        if texts[at + 1] in ("last", "to", "name", "language", "names"):
            return frame
        return replace(_cut(frame, "place", at, count), place=place, place_word=text)
    return frame
