"""What short answers say to questions that name what they ask for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final, TypeAlias

from worker.chat.facts import CAPITALISED, SURE, Told, asked_of, edges
from worker.chat.scene import Line, Relative, Scene, Who
from worker.chat.statements import each_language, job_told
from worker.english import chatting, telling
from worker.english.demonyms import country_named, country_of
from worker.types import Span

Finds: TypeAlias = "Callable[[Scene, Who | Relative, Line], Iterator[Told]]"
_DATE: Final = re.compile(
    r"\b(?:[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{4}"
    r"|(?:the )?[0-9]{1,2}(?:st|nd|rd|th)? (?:of )?[A-Z][a-z]{2,8},? [0-9]{4}"
    r"|[0-9]{4},? [A-Z][a-z]{2,8} [0-9]{1,2}"
    r"|[A-Z][a-z]{2,8} [0-9]{1,2}(?:st|nd|rd|th)?,? [0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2})\b"
)
_AT: Final = re.compile(
    rf"(?:[^.?!]{{0,60}}?\b(?:[Aa]t|[Ff]or|[Ww]ith|[Ii]n)\s+)?(?:the\s+)?(?P<name>{telling.NAME})"
)


def answered_shortly(scene: Scene) -> Iterator[Told]:
    """Yield what answers say to questions that name what they ask for."""
    for asked, answer in scene.answers():
        who = asked_of(scene, asked, answer)
        said = answer.text(scene.text)
        if who is None or chatting.REFUSING.match(said) or telling.NOT_SO.search(said):
            continue
        question = asked.text(scene.text)
        for form, find in _ASKED:
            if form.search(question):
                yield from find(scene, who, answer)


def _day(means: str) -> Finds:
    def find(scene: Scene, who: Who | Relative, line: Line) -> Iterator[Told]:
        if match := _DATE.search(scene.text, *edges(line)):
            yield Told(who, means, Span(*match.span()), SURE, line)

    return find


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
    for word in CAPITALISED.finditer(scene.text, *edges(line)):
        if country_of(word.group()) or country_named(word.group()):
            yield Told(who, "citizenship", Span(*word.span()), SURE, line)


def _tongues(scene: Scene, who: Who | Relative, line: Line) -> Iterator[Told]:
    for one in each_language(scene, who, line.span, line):
        yield replace(one, score=SURE)


_ASKED: Final[tuple[tuple[re.Pattern[str], Finds], ...]] = (
    (telling.ASKED_BIRTH, _day("date of birth")),
    (telling.ASKED_DEATH, _day("date of death")),
    (telling.ASKED_DEATHPLACE, _place("place of death")),
    (telling.ASKED_BIRTHPLACE, _place("place of birth")),
    (telling.ASKED_JOB, _job_answer),
    (telling.ASKED_FIRM, _place("employer")),
    (telling.ASKED_NATION, _nations),
    (telling.ASKED_LANGUAGES, _tongues),
    (telling.ASKED_HOME, _place("residence")),
    (telling.ASKED_SCHOOL, _place("educated at")),
)
