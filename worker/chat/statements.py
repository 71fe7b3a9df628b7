"""Jobs, firms, homes and languages that whole sentences of turns state."""

from __future__ import annotations

import re
from collections.abc import Iterator

from worker.chat.facts import CAPITALISED, LIKELY, Told, asked_of, edges, search, shifted, start
from worker.chat.scene import Line, Relative, Scene, Who
from worker.english import chatting, telling
from worker.english.demonyms import names_language
from worker.english.words import FEMININE
from worker.types import Span


def stated(scene: Scene) -> Iterator[Told]:
    """Yield what whole sentences state of jobs, firms, homes and languages."""
    for line in scene.lines:
        said = line.text(scene.text)
        if line.asked or telling.NOT_SO.search(said) or chatting.NOT_GIVEN.search(said):
            continue
        yield from _jobs(scene, line)
        yield from _homes(scene, line)
        yield from _languages(scene, line)


def _jobs(scene: Scene, line: Line) -> Iterator[Told]:
    found = list(_jobs_told(scene, line))
    yield from found
    only = telling.JOB_ANSWER.match(scene.text, *start(scene, line))
    if only and not found and telling.is_job(only["job"]):
        who = _spoken_of(scene, line)
        found = list(job_told(who, only, line, LIKELY)) if who else []
        yield from found
    own = scene.speaker(line.turn)
    alone = search(telling.JOB_ALONE, scene, line)
    if own and alone and not found and telling.is_job(alone["job"]):
        before = scene.text[line.span.start : line.span.start + alone.start()]
        if not chatting.OWN_VERB.search(before):
            yield from job_told(own, alone, line, LIKELY, line.span.start)
    firm = search(telling.FIRM_ALONE, scene, line)
    if own and firm and not found:
        yield Told(own, "employer", shifted(firm, "firm", line.span.start), LIKELY, line)


def _spoken_of(scene: Scene, line: Line) -> Who | Relative | None:
    """Return of whom a sentence without a subject tells: of whom the one before it asks or tells,
    else of who says it."""
    before = next((one for one in reversed(scene.lines) if one.span.end <= line.span.start), None)
    if before and before.turn != line.turn and before.asked:
        return asked_of(scene, before, line)
    found = telling.HE_OR_SHE.search(before.text(scene.text)) if before else None
    if before and found and before.turn == line.turn:
        woman = found.group().casefold() in FEMININE
        return scene.last_before(before.span.start + found.start(), line.turn, woman)
    return scene.speaker(line.turn)


def _jobs_told(scene: Scene, line: Line) -> Iterator[Told]:
    for form in (telling.JOB_TOLD, telling.JOB_OF_NAMED, telling.FIRM_TOLD):
        for match in form.finditer(scene.text, *edges(line)):
            who = scene.person(match["who"], Span(*match.span("who")), line.turn)
            if who is None or match["who"].casefold() == "we":
                continue
            if form is telling.FIRM_TOLD:
                if scene.is_firm(Span(*match.span("firm"))):
                    yield Told(who, "employer", Span(*match.span("firm")), LIKELY, line)
            elif telling.is_job(match["job"]):
                yield from job_told(who, match, line, LIKELY)


def job_told(
    who: Who | Relative, match: re.Match[str], line: Line, score: float, by: int = 0
) -> Iterator[Told]:
    job = shifted(match, "job", by)
    if new := telling.NEW_JOB.match(match["job"]):
        job = Span(job.start + new.end(), job.end)
    yield Told(who, "job title", job, score, line)
    if telling.is_office(match["job"]):
        yield Told(who, "position held", job, score, line)
    if match.groupdict().get("firm"):
        yield Told(who, "employer", shifted(match, "firm", by), score, line)


def _homes(scene: Scene, line: Line) -> Iterator[Told]:
    for form in (telling.LIVES_IN, telling.HOME_IN):
        for match in form.finditer(scene.text, *edges(line)):
            who = scene.person(match["who"], Span(*match.span("who")), line.turn)
            if who and match["place"].split()[0].casefold() not in telling.NO_NAMES:
                yield Told(who, "residence", Span(*match.span("place")), LIKELY, line)


def _languages(scene: Scene, line: Line) -> Iterator[Told]:
    for match in telling.SPEAKS.finditer(scene.text, *edges(line)):
        who = scene.person(match["who"], Span(*match.span("who")), line.turn)
        if who:
            yield from each_language(scene, who, Span(*match.span("languages")), line)


def each_language(scene: Scene, who: Who | Relative, span: Span, line: Line) -> Iterator[Told]:
    for word in CAPITALISED.finditer(scene.text, span.start, span.end):
        before = scene.text[span.start : word.start()]
        if names_language(word.group()) and not telling.SO_SO.search(before):
            yield Told(who, "language", Span(*word.span()), LIKELY, line)
