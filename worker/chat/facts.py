"""A fact that turns tell in few words, before it is a proposal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from worker.chat.scene import Line, Relative, Scene, Who
from worker.english import chatting
from worker.types import Span

SURE: Final = 0.8  # of a form that answers a question or names kin
LIKELY: Final = 0.7  # of another one


@dataclass(frozen=True)
class Told:
    """A fact: who, the relation's key, and the stretch that says what."""

    who: Who | Relative
    key: str
    said: Span
    score: float
    line: Line


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
