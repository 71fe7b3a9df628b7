"""A fact that turns tell in few words, before it is a proposal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from worker.chat.scene import Line, Relative, Scene, Who
from worker.english import chatting, telling
from worker.types import RelationSpec, Span

SURE: Final = 0.8  # of a form that answers a question or names kin
LIKELY: Final = 0.7  # of another one


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
    **dict.fromkeys(("employer", "educated at"), "ORG"),
    **dict.fromkeys(("residence", "place of birth", "citizenship"), "LOC"),
    "date of birth": "TIME",
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
    filler = chatting.FILLER.match(scene.text, *edges(line))
    return (filler.end() if filler else line.span.start), line.span.end


def shifted(match: re.Match[str], group: str, by: int) -> Span:
    """Return where a group stands in the text that a match was found ``by`` characters into."""
    return Span(*match.span(group)).shifted(by)


def search(form: re.Pattern[str], scene: Scene, line: Line) -> re.Match[str] | None:
    """Search a sentence by itself, so that its beginning counts as one."""
    return form.search(line.text(scene.text))
