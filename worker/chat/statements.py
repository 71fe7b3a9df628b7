"""Jobs, firms, homes, languages, teams and passports that whole sentences of turns state."""

from __future__ import annotations

import re
from collections.abc import Iterator

from worker.chat.facts import CAPITALISED, LIKELY, Told, asked_of, edges, search, shifted, start
from worker.chat.scene import Line, Relative, Scene, Who
from worker.english import belonging, chatting, telling
from worker.english.demonyms import country_named, country_of, names_language
from worker.english.words import FEMININE
from worker.types import Span

_TEAM = "member of sports team"


def stated(scene: Scene) -> Iterator[Told]:
    """Yield what whole sentences state of jobs, firms, homes and languages."""
    for line in scene.lines:
        said = line.text(scene.text)
        if line.asked or chatting.NOT_GIVEN.search(said):
            continue
        yield from _past_firms(scene, line)
        if telling.NOT_SO.search(said):
            continue
        yield from _firm_later(scene, line)
        yield from _teams(scene, line)
        yield from _passports(scene, line)
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


def _past_firms(scene: Scene, line: Line) -> Iterator[Told]:
    for match in belonging.WAS_AT.finditer(scene.text, *edges(line)):
        who = scene.person(match["who"], Span(*match.span("who")), line.turn)
        if who and scene.is_firm(Span(*match.span("firm"))):
            yield Told(who, "employer", Span(*match.span("firm")), LIKELY, line)


def _firm_later(scene: Scene, line: Line) -> Iterator[Told]:
    """Yield the firm that a sentence of nothing but its name tells: "I work at a bakery. Crumb"."""
    own, found = scene.speaker(line.turn), belonging.FIRM_LATER.search(line.text(scene.text))
    after = next((one for one in scene.lines if one.span.start >= line.span.end), None)
    if not (own and found and after) or after.turn != line.turn or after.asked:
        return
    name = telling.ONLY_NAME.match(scene.text, *edges(after))
    if name and name.end() >= after.span.end:
        yield Told(own, "employer", Span(*name.span("name")), LIKELY, after)


def _teams(scene: Scene, line: Line) -> Iterator[Told]:
    for form in (belonging.PLAYS, belonging.ON_TEAM):
        for match in form.finditer(scene.text, *edges(line)):
            who = scene.person(match["who"], Span(*match.span("who")), line.turn)
            team = Span(*match.span("team"))
            if who is None or (form is belonging.ON_TEAM and scene.is_place(team)):
                continue
            means = "member of" if match.groupdict().get("how") == "with" else _TEAM
            yield Told(who, means, team, LIKELY, line)


def _passports(scene: Scene, line: Line) -> Iterator[Told]:
    for match in belonging.PASSPORT.finditer(scene.text, *edges(line)):
        if match["who"]:
            who = scene.person(match["who"], Span(*match.span("who")), line.turn)
        else:
            who = _named_before(scene, line) or _spoken_of(scene, line)
        if who and (country_of(match["nation"]) or country_named(match["nation"])):
            yield Told(who, "citizenship", Span(*match.span("nation")), LIKELY, line)


def _named_before(scene: Scene, line: Line) -> Who | None:
    """Return the person whose name is all that the sentence before says."""
    for before in scene.lines_of(line.turn):
        if before.span.end <= line.span.start <= before.span.end + 1:
            name = telling.ONLY_NAME.match(scene.text, *edges(before))
            if name and name.end() >= before.span.end and scene.is_name(name["name"]):
                return Who(scene.fullest(name["name"]), Span(*name.span("name")))
    return None


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
    forms = (telling.JOB_TOLD, telling.JOB_OF_NAMED, belonging.JOB_BEFORE_NAME, telling.FIRM_TOLD)
    for form in forms:
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
    before = match.string[: match.start("job")]
    if telling.is_office(match["job"]) or belonging.ONE_HELD.search(before):
        yield Told(who, "position held", job, score, line)
    if match.groupdict().get("firm"):
        yield Told(who, "employer", shifted(match, "firm", by), score, line)


def _homes(scene: Scene, line: Line) -> Iterator[Told]:
    for form in (telling.LIVES_IN, telling.HOME_IN):
        for match in form.finditer(scene.text, *edges(line)):
            who = scene.person(match["who"], Span(*match.span("who")), line.turn)
            if who and match["place"].split()[0].casefold() not in telling.NO_NAMES:
                yield Told(who, "residence", Span(*match.span("place")), LIKELY, line)
    alone = belonging.LIVES_ALONE.match(scene.text, *start(scene, line))
    if alone and (of_whom := _spoken_of(scene, line)):
        yield Told(of_whom, "residence", Span(*alone.span("place")), LIKELY, line)


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
