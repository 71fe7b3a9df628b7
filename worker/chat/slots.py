"""What short answers say to questions that name what they ask for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from worker.chat.facts import SURE, Told, edges
from worker.chat.scene import Line, Relative, Scene, Who
from worker.chat.statements import each_language, job_told
from worker.english import chatting, telling
from worker.english.demonyms import country_named, country_of
from worker.english.words import FEMININE
from worker.types import Span

Finds: TypeAlias = "Callable[[Scene, Who | Relative, Line], Iterator[Told]]"
_DATE: Final = re.compile(
    r"\b(?:[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{4}"
    r"|(?:the )?[0-9]{1,2}(?:st|nd|rd|th)? (?:of )?[A-Z][a-z]{2,8},? [0-9]{4}"
    r"|[A-Z][a-z]{2,8} [0-9]{1,2}(?:st|nd|rd|th)?,? [0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2})\b"
)
_NAME: Final = re.compile(telling.NAME)
_AT: Final = re.compile(
    rf"(?:[^.?!]{{0,60}}?\b(?:at|for|with|in)\s+)?(?:the\s+)?(?P<name>{telling.NAME})"
)
_HE_OR_SHE: Final = re.compile(r"\b(?:he|his|she|her)\b")
_YOU: Final = re.compile(r"\byou(?:r|['’]\w+)?\b", re.IGNORECASE)


def answered_shortly(scene: Scene) -> Iterator[Told]:
    """Yield what answers say to questions that name what they ask for."""
    for asked, answer in scene.answers():
        who = _asked_of(scene, asked, answer)
        said = answer.text(scene.text)
        if who is None or chatting.REFUSING.match(said) or telling.NOT_SO.search(said):
            continue
        question = asked.text(scene.text)
        for form, find in _ASKED:
            if form.search(question):
                yield from find(scene, who, answer)


def _asked_of(scene: Scene, asked: Line, answer: Line) -> Who | Relative | None:
    """Return of whom a question asks: whom its words name, the one who was named just before it,
    or who answers."""
    words = asked.text(scene.text)
    kin = next((one for one in scene.relatives if _inside(one.span, asked.span)), None)
    if kin:
        return kin
    if found := _HE_OR_SHE.search(words):
        woman = found.group() in FEMININE
        return scene.last_before(asked.span.start + found.start(), asked.turn, woman)
    if not _YOU.search(words):
        named = [one for one in scene.persons if _inside(one.span, asked.span)]
        if named:
            return named[-1]
        before = scene.lines_of(asked.turn - 1) if asked.turn else []
        for one in reversed(scene.relatives):
            if one.name and before and any(_inside(one.name.span, line.span) for line in before):
                return one
    return scene.speaker(answer.turn)


def _inside(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _birth(scene: Scene, who: Who | Relative, line: Line) -> Iterator[Told]:
    if match := _DATE.search(scene.text, *edges(line)):
        yield Told(who, "date of birth", Span(*match.span()), SURE, line)


def _place(means: str) -> Finds:
    def find(scene: Scene, who: Who | Relative, line: Line) -> Iterator[Told]:
        match = _AT.match(scene.text, *edges(line))
        if match and match["name"].split()[0].casefold() not in telling.NO_NAMES:
            yield Told(who, means, Span(*match.span("name")), SURE, line)

    return find


def _job_answer(scene: Scene, who: Who | Relative, line: Line) -> Iterator[Told]:
    match = telling.JOB_ANSWER.match(scene.text, *edges(line))
    if match and telling.is_job(match["job"]):
        yield from job_told(who, match, line, SURE)


def _nations(scene: Scene, who: Who | Relative, line: Line) -> Iterator[Told]:
    for word in _NAME.finditer(scene.text, *edges(line)):
        for one in re.finditer(r"[A-Z]\w+", word.group()):
            if country_of(one.group()) or country_named(one.group()):
                span = Span(word.start() + one.start(), word.start() + one.end())
                yield Told(who, "citizenship", span, SURE, line)


def _tongues(scene: Scene, who: Who | Relative, line: Line) -> Iterator[Told]:
    for one in each_language(scene, who, line.span, line):
        yield replace(one, score=SURE)


_ASKED: Final[tuple[tuple[re.Pattern[str], Finds], ...]] = (
    (telling.ASKED_BIRTH, _birth),
    (telling.ASKED_BIRTHPLACE, _place("place of birth")),
    (telling.ASKED_JOB, _job_answer),
    (telling.ASKED_FIRM, _place("employer")),
    (telling.ASKED_NATION, _nations),
    (telling.ASKED_LANGUAGES, _tongues),
    (telling.ASKED_HOME, _place("residence")),
    (telling.ASKED_SCHOOL, _place("educated at")),
)
