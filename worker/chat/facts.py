"""A fact that turns tell in few words, before it is a proposal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from worker.chat.scene import Line, Relative, Scene, Who
from worker.english import chatting, telling
from worker.english.words import FEMININE
from worker.types import RelationSpec, Span

SURE: Final = 0.8  # of a form that answers a question or names kin
LIKELY: Final = 0.7  # of another one
CAPITALISED: Final = re.compile(r"[A-Z]\w+")


@dataclass(frozen=True)
class Told:
    """A fact: who, what its relation means (``relations``), and the stretch that says what."""

    who: Who | Relative
    means: str
    said: Span
    score: float
    line: Line


# What kind of thing a fact's object is; kin are people, and all else is none of these.
_TYPES: Final[dict[str, str]] = {
    **dict.fromkeys(telling.KIN.values(), "PER"),
    **dict.fromkeys(("employer", "educated at", "member of", "member of sports team"), "ORG"),
    **dict.fromkeys(("residence", "place of birth", "place of death", "citizenship"), "LOC"),
    **dict.fromkeys(("date of birth", "date of death"), "TIME"),
}


def type_in(relation: RelationSpec, means: str) -> str | None:
    """Return of what type the object of a fact is, of those that its relation takes; None where
    the relation is about no people, or takes none for kin: it means something else then."""
    told, taken = _TYPES.get(means, "MISC"), relation.object_types
    if relation.subject_types and "PER" not in relation.subject_types:
        return None
    if not taken or told in taken:
        return told
    return None if told == "PER" else taken[0]


def edges(line: Line) -> tuple[int, int]:
    """Return where a sentence begins and ends."""
    return line.span.start, line.span.end


def start(scene: Scene, line: Line) -> tuple[int, int]:
    """Return the edges of a sentence without its fillers."""
    return chatting.after_fillers(scene.text, *edges(line)), line.span.end


def shifted(match: re.Match[str], group: str, by: int) -> Span:
    """Return where a group stands in the text that a match was found ``by`` characters into."""
    return Span(*match.span(group)).shifted(by)


def search(form: re.Pattern[str], scene: Scene, line: Line) -> re.Match[str] | None:
    """Search a sentence by itself, so that its beginning counts as one."""
    return form.search(line.text(scene.text))


def asked_of(scene: Scene, asked: Line, answer: Line) -> Who | Relative | None:
    """Return of whom a question asks: whom its words name, the one who was named just before it,
    or who answers."""
    words = asked.text(scene.text)
    kin = next((one for one in scene.relatives if _inside(one.span, asked.span)), None)
    if kin:
        return kin
    if found := telling.HIS_OR_HERS.search(words):
        woman = found.group().casefold() in FEMININE
        last = scene.last_before(asked.span.start + found.start(), asked.turn, woman)
        return _kin_named_in(scene, [answer]) or last
    if not telling.YOURS.search(words):
        named = [one for one in scene.persons if _inside(one.span, asked.span)]
        if named:
            return named[-1]
        before = scene.lines_of(asked.turn - 1) if asked.turn else []
        if kin := _kin_named_in(scene, before):
            return kin
    return scene.speaker(answer.turn)


def _kin_named_in(scene: Scene, lines: Sequence[Line]) -> Relative | None:
    """Return the last one of the kin whose name stands in one of some sentences."""
    for one in reversed(scene.relatives):
        if one.name and any(_inside(one.name.span, line.span) for line in lines):
            return one
    return None


def _inside(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
