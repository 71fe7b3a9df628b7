"""Kin that turns name: with their names, or by names that come later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from worker.chat.facts import SURE, Told, search, shifted
from worker.chat.scene import Line, Relative, Scene, Who
from worker.english import belonging, telling
from worker.english.words import FEMININE, MASCULINE
from worker.types import Span

SOON: Final = 4  # turns in which the name of somebody's kin is asked for


def kin_told(scene: Scene) -> Iterator[Told]:
    """Yield the kin that are named, and let the scene know all that are spoken of."""
    for line in scene.lines:
        for match in telling.KIN_OF.finditer(scene.text, line.span.start, line.span.end):
            owner = scene.who(match["who"], Span(*match.span("who")), line.turn)
            if not isinstance(owner, Who):
                continue
            span = Span(match.start(), match.end("kin"))
            one = Relative(owner, match["kin"].casefold(), span, line.turn)
            scene.relatives.append(one)
            if match["direct"] and not match["theirs"] and scene.is_name(match["name"]):
                one.name = Who(match["name"], Span(*match.span("name")))
                if not line.asked:
                    yield from _related(one, line)
        of_theirs = search(belonging.KIN_ASKED, scene, line) if line.asked else None
        if of_theirs and (owner := scene.spoken_to(line.turn)):
            span = shifted(of_theirs, "kin", line.span.start)
            scene.relatives.append(Relative(owner, of_theirs["kin"].casefold(), span, line.turn))
        for match in telling.NAME_IS_KIN.finditer(scene.text, line.span.start, line.span.end):
            owner = _owner(scene, match, line)
            yield from _named(scene, owner, match, line, 0)
        if alone := search(telling.KIN_ALONE, scene, line):
            yield from _named(scene, scene.speaker(line.turn), alone, line, line.span.start)
    yield from _named_later(scene)


def _owner(scene: Scene, match: re.Match[str], line: Line) -> Who | Relative | None:
    """Return whose kin is named: "her" is nobody who is named only in the same breath."""
    at = match.start() if match["who"].casefold() in FEMININE | MASCULINE else match.start("who")
    return scene.who(match["who"], Span(at, at + len(match["who"])), line.turn)


def _named(
    scene: Scene, owner: Who | Relative | None, match: re.Match[str], line: Line, by: int
) -> Iterator[Told]:
    """Yield the kin of one sentence that says who is what to whom."""
    if isinstance(owner, Who) and not line.asked and scene.is_name(match["name"]):
        kin, name = shifted(match, "kin", by), shifted(match, "name", by)
        one = Relative(owner, match["kin"].casefold(), kin, line.turn, Who(match["name"], name))
        scene.relatives.append(one)
        yield from _related(one, line)


def _related(one: Relative, line: Line) -> Iterator[Told]:
    if one.name is not None:
        yield Told(one.owner, telling.KIN[one.kin], one.name.span, SURE, line)


def _named_later(scene: Scene) -> Iterator[Told]:
    """Yield the kin whose names are said by themselves: in the next sentence, or when asked."""
    for one in scene.relatives:
        if one.name is not None:
            continue
        for line in scene.lines_of(one.turn):
            if line.span.start > one.span.end and not line.asked:
                yield from _takes(scene, one, line, whole=True)
                break
        yield from _named_in_answer(scene, one)
    for asked, answer in scene.answers():
        said = asked.text(scene.text)
        if not telling.NAME_ASKED.search(said) and not belonging.ONLY_KIN_ASKED.search(said):
            continue
        open_ = [
            one
            for one in scene.relatives
            if one.name is None
            and one.span.start < asked.span.end
            and answer.turn - one.turn <= SOON
        ]
        if open_:
            yield from _takes(scene, open_[-1], answer, whole=False)


def _named_in_answer(scene: Scene, one: Relative) -> Iterator[Told]:
    """Yield the name that ends an answer to a question of kin: "She's a nurse. Eva Lund"."""
    after = one.turn + 1
    if one.name or after >= len(scene.turns) or not scene.lines_of(one.turn)[-1].asked:
        return
    for line in scene.lines_of(after)[1:2]:
        if telling.HE_OR_SHE.match(scene.lines_of(after)[0].text(scene.text)) and not line.asked:
            yield from _takes(scene, one, line, whole=True)


def _takes(scene: Scene, one: Relative, line: Line, *, whole: bool) -> Iterator[Told]:
    match = telling.ONLY_NAME.match(scene.text, line.span.start, line.span.end)
    if not match or not scene.is_name(match["name"]):
        return
    if whole and match.end() < line.span.end:
        return
    one.name = Who(match["name"], Span(*match.span("name")))
    yield from _related(one, line)
