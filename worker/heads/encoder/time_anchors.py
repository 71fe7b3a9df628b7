"""Times that are anchored by a name: "before X", "during X", "Who succeeded X as mayor of Y?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.english.patterns import one_of
from worker.english.times import ORDERS, Order
from worker.heads.encoder.mentions import NamedEntity

_CUE = re.compile(
    rf"(?P<whole>(?:\b(?:right|directly|immediately|just|shortly)\s+)?"
    rf"\b(?P<cue>{one_of(ORDERS)})\s+"
    r"(?:the\s+)?(?:(?P<edge>start|beginning|outbreak|end)\s+of\s+)?(?:the\s+)?)$",
    re.IGNORECASE,
)
_NEXT_TO = ("before", "prior to", "after")
_ALL = re.compile(r"\b(?:were|are|all|every|everyone|people|persons|list|names)\b", re.IGNORECASE)
# "What came before X in the series Y?" asks for a relation of X.
_MOVED = re.compile(
    r"\b(?:come|comes|came|go|goes|went|placed|ranked|is|was|named|called|looks?|looked)\s*$",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    rf"\b{one_of(ORDERS)}\s+(?:the\s+)?"
    r"(?P<name>[A-Z][\w'’\-]*(?:\s+(?:(?:of|the|and|in)\s+){0,2}[A-Z][\w'’\-]*)*)"
)
_TAIL = re.compile(
    r"^(?:['’]s?\s+(?:term|reign|time|rule|tenure|presidency|mandate)(?:\s+in\s+office)?"
    r"|\s+(?:took\s+(?:over|office|power)|came\s+to\s+power|was\s+(?:elected|appointed|chosen|in\s+"
    r"office)|resigned|retired|stepped\s+down|left(?:\s+office)?|began|broke\s+out|started|ended"
    r"|did|had\s+it))\b",
    re.IGNORECASE,
)
_SUCCEED = r"(?:succeed|replace|follow|come\s+after|take\s+over\s+from)"
_SUCCEEDED = r"(?:succeeded|replaced|followed|came\s+after|took\s+over\s+from)"
# X stands for the name; the first that fits counts.
_SUCCESSIONS: tuple[tuple[str, Order], ...] = (
    (rf"(?:was|is)\s+X\s+{_SUCCEEDED}(?:\s+by)?$", "after"),
    (r"(?:was|is)\s+X\s+preceded(?:\s+by)?$", "before"),
    (rf"did\s+X\s+{_SUCCEED}$", "before"),
    (r"did\s+X\s+(?:precede|come\s+before)$", "after"),
    (rf"\bwho\s+(?:directly\s+)?{_SUCCEEDED}\s+X$", "after"),
    (r"\bwho\s+(?:directly\s+)?(?:preceded|came\s+before)\s+X$", "before"),
    (r"(?:\bX['’]s?\s+successor|\bsuccessor\s+(?:of|to)\s+X)$", "after"),
    (r"(?:\bX['’]s?\s+predecessor|\bpredecessor\s+(?:of|to)\s+X)$", "before"),
)
_HELD = "Who was the "


@dataclass(frozen=True)
class TimeAnchor:
    """A question about the time before, after or during something with a name.

    ``text`` is the question without it, ``named`` what that names; ``words`` are those left out,
    ``edge`` says which end of the time is meant where the question does.
    """

    text: str
    named: tuple[NamedEntity, ...]
    order: Order
    other: NamedEntity
    words: str
    edge: str = ""
    nearest: bool = False  # the one next to it is asked for, not all


def time_anchor(text: str, named: Sequence[NamedEntity]) -> TimeAnchor | None:
    """Return the time in ``text`` that is given by a name, where it names something else too."""
    for mention in named:
        if mention.type in ("TIME", "NUM"):
            continue
        others = [other for other in named if other is not mention]
        if others and (found := _cued(text, mention, others) or _office(text, mention, others)):
            return found
    return None


def unknown_name(text: str, named: Sequence[NamedEntity]) -> str:
    """Return the name that ``text`` gives for a time where it is none that the memory knows."""
    for match in _UNKNOWN.finditer(text):
        start, end = match.span("name")
        known = any(mention.start < end and start < mention.end for mention in named)
        if not known and not _MOVED.search(text[: match.start()]):
            return match["name"]
    return ""


def _cued(text: str, mention: NamedEntity, others: Sequence[NamedEntity]) -> TimeAnchor | None:
    cue = _CUE.search(text[: mention.start])
    if cue is None or _MOVED.search(text[: cue.start()]):
        return None
    tail = _TAIL.match(text[mention.end :])
    start, end = cue.start(), mention.end + (tail.end() if tail else 0)
    words = text[start:end].strip(" ,")
    # What is left has to read as a question of its own, without a blank or comma too many.
    while start and text[start - 1] in " ,":
        start -= 1
    while end < len(text) and text[end] in " ," and not start:
        end += 1
    moved = tuple(
        NamedEntity(n.start - shift, n.end - shift, n.entities)
        for n in others
        for shift in (0 if n.end <= start else end - start,)
    )
    order = ORDERS[re.sub(r"\s+", " ", cue["cue"].lower())]
    edge = (cue["edge"] or "").lower().replace("beginning", "start").replace("outbreak", "start")
    rest = text[:start] + text[end:]
    # "Who was mayor before X?" asks for the one; "all mayors before X" for every one.
    nearest = cue["cue"].lower() in _NEXT_TO and not edge and not _ALL.search(rest)
    return TimeAnchor(rest, moved, order, mention, words, edge, nearest)


def _office(text: str, mention: NamedEntity, others: Sequence[NamedEntity]) -> TimeAnchor | None:
    """Take "Who succeeded X as mayor of Y?" for "Who was the mayor of Y" after X."""
    for match in re.finditer(r"\s+as\s+(?:the\s+)?", text):
        at = match.end()
        role = tuple(n for n in others if n.start >= at)
        if match.start() < mention.end or not role:
            continue
        said = text[: mention.start] + "X" + text[mention.end : match.start()]
        for pattern, order in _SUCCESSIONS:
            if re.search(pattern, said, re.IGNORECASE):
                moved = tuple(
                    NamedEntity(n.start - at + len(_HELD), n.end - at + len(_HELD), n.entities)
                    for n in role
                )
                words = text[: match.start()].strip()
                return TimeAnchor(_HELD + text[at:], moved, order, mention, words, nearest=True)
    return None
