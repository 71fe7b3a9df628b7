"""Which of a sentence's times speak of a fact. Where that is open, none does.

A cue speaks of a fact when it stands at the fact's later name with next to nothing between
("worked for O as a chemist from 1992"), between the two names ("served from 1992 as head of O"),
or at the beginning of their sentence; and when no other name is nearer to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from worker.english import clauses
from worker.types import MentionSpan, Span
from worker.validity.cues import Cue

_LONGEST_OFFICE = 15  # years: a longer range beside a person's name may be a life
_FEW_WORDS = 6
_BEHIND = 25  # code points after both names: "In 1950 S and O were married"


@dataclass(frozen=True)
class Place:
    """A fact in its sentence: its names in the order of the text, and the names of others."""

    text: str
    sentence: Span
    first: MentionSpan
    second: MentionSpan
    others: tuple[MentionSpan, ...]
    words: re.Pattern[str]  # of which the statement holds one

    def speaks(self, cue: Cue) -> bool:
        """Return whether the relation's words join the names, or one of them and the cue."""
        text, first, second = self.text, self.first.span, self.second.span
        ahead = cue.end <= first.start
        end = min(self.sentence.end, second.end + _BEHIND) if ahead else cue.start
        stretches = [(first.end, second.start), (second.end, end)]
        if ahead:
            stretches.append((cue.end, first.start))
        if any(self.words.search(text[a:b]) for a, b in stretches if a < b):
            return True
        before = clauses.NOUN_OF.search(text[self.sentence.start : first.start])
        return before is not None and self.words.search(before.group()) is not None

    def subject_is_clear(self) -> bool:
        """Return whether no earlier name may be the one that "and" goes on about."""
        middle = self.text[self.first.span.end : self.second.span.start]
        earlier = _hidden(self, self.sentence.start, self.first.span.start)
        return not (earlier and re.search(r"\band\b", middle))

    def between(self, start: int, end: int) -> list[MentionSpan]:
        """Return the other names inside a stretch."""
        return [m for m in self.others if start <= m.span.start and m.span.end <= end]


@dataclass
class _Found:
    since: set[date]
    until: set[date]


def attached(place: Place, cues: Sequence[Cue]) -> tuple[date | None, date | None]:
    """Return from when and until when the fact holds by the cues that speak of it.

    Cues that disagree say nothing.
    """
    found = _Found(set(), set())
    if _spoken_of(place):
        for index, cue in enumerate(cues):
            following = cues[index + 1] if index + 1 < len(cues) else None
            _take(place, cue, following, found)
    if len(found.since) > 1 or len(found.until) > 1:
        return None, None
    since, until = next(iter(found.since), None), next(iter(found.until), None)
    return (None, None) if since and until and since >= until else (since, until)


def _spoken_of(place: Place) -> bool:
    """Return whether both names stand in one plain statement."""
    first, second = place.first.span, place.second.span
    middle = place.text[first.end : second.start]
    return place.subject_is_clear() and not (
        clauses.NEVER.search(place.text[place.sentence.start : second.end])
        or clauses.ABOUT_IT.search(middle)
    )


def _take(place: Place, cue: Cue, following: Cue | None, found: _Found) -> None:
    if not place.speaks(cue):
        return
    # "In 1990" says when something was; whether the fact began or ended then, its verb says.
    if cue.point:
        sides = _event(place, cue)
        if sides == (True, False) and cue.since:
            found.since.add(cue.since)
            if following and (end := _ended(place.text, cue, following)):
                found.until.add(end)
        elif sides == (False, True) and cue.until:
            found.until.add(cue.until)
    elif _after(place, cue) or _amid(place, cue) or _ahead(place, cue):
        if cue.since:
            found.since.add(cue.since)
        if cue.until:
            found.until.add(cue.until)


def _ended(text: str, cue: Cue, following: Cue) -> date | None:
    """Read "… in 1990 and left in 1995", "… in 1990 and stayed until 1995"."""
    gap = text[cue.end : following.start]
    if following.point:
        return following.until if clauses.THEN_ENDED.fullmatch(gap) else None
    return (
        following.until if following.since is None and clauses.AND_STAYED.fullmatch(gap) else None
    )


def _after(place: Place, cue: Cue) -> bool:
    """Return whether the cue follows the later name and belongs to it."""
    first, second = place.first.span, place.second.span
    if cue.start < second.end:
        return False
    gap = place.text[second.end : cue.start]
    if gap.strip() == "(" and place.text[cue.end : cue.end + 1] == ")":
        return _in_brackets(place, cue) and _same_clause(place, second.start)
    near = _near(place, second.end, cue.start)
    if cue.bare:
        near = bool(clauses.TO_RANGE.fullmatch(gap) and clauses.FREE.match(place.text, cue.end))
    if not near or not _same_clause(place, second.start):
        return False
    said = place.text[first.end : cue.start]
    return not (cue.until is None and clauses.UNIQUE.search(said))


def _near(place: Place, start: int, end: int) -> bool:
    """Return whether only a few plain words and places stand between a name and its cue."""
    if any(m.type != "LOC" for m in place.between(start, end)):
        return False
    return clauses.NEAR.fullmatch(place.text[start:end]) is not None


def _in_brackets(place: Place, cue: Cue) -> bool:
    """Tell a term of office from a life: only a short or open one may follow a person's name."""
    if place.second.type != "PER" or cue.since is None or cue.until is None:
        return True
    return (cue.until - cue.since).days < _LONGEST_OFFICE * 366


def _amid(place: Place, cue: Cue) -> bool:
    """Return whether the cue stands between the names and belongs to what joins them."""
    first, second = place.first.span, place.second.span
    if cue.start < first.end or cue.end > second.start or cue.bare:
        return False
    before, after = place.text[first.end : cue.start], place.text[cue.end : second.start]
    if (
        place.between(first.end, second.start)
        or clauses.BREAK.search(before)
        or clauses.BREAK.search(after)
    ):
        return False
    if "(" in before or clauses.LIFE.search(before) or len(before.split()) > _FEW_WORDS:
        return False
    return not after.lstrip().startswith(",") or before.strip(", ") == ""


def _ahead(place: Place, cue: Cue) -> bool:
    """Return whether the cue opens the sentence and both names stand in its first clause."""
    first, second = place.first.span, place.second.span
    if cue.end > first.start or cue.bare:
        return False
    if not clauses.OPENING.fullmatch(place.text[place.sentence.start : cue.start]):
        return False
    middle = place.text[first.end : second.start]
    return (
        clauses.ASIDE.fullmatch(place.text[cue.end : first.start]) is not None
        and not middle.startswith(",")
        and not clauses.BREAK.search(middle)
        and not _hidden(place, first.end, second.start)
    )


def _hidden(place: Place, start: int, end: int) -> list[MentionSpan]:
    """Return the people and bodies of a stretch, who may be the ones that it is about."""
    return [m for m in place.between(start, end) if m.type in ("PER", "ORG")]


def _same_clause(place: Place, upto: int) -> bool:
    """Return whether what is said before ``upto`` is still said of the first name."""
    text, start = place.text, place.first.span.end
    another = clauses.OF_THINGS if place.first.type == "PER" else clauses.OF_PEOPLE
    if another.search(text[start:upto]):
        return False
    others = _hidden(place, start, upto)
    while others and clauses.ALSO_NAMED.fullmatch(text[start : others[0].span.start]):
        start = others.pop(0).span.end  # "A, B and C were": all of them
    if not others:
        between = text[start:upto]
        return not re.search(r"\bwhose\b|[;:\"“”]", between) and not _far(between)
    rest = re.sub(r"\([^()]*\)", "", text[others[-1].span.end : upto])
    if clauses.LISTED.fullmatch(rest):
        return True
    return bool(re.search(r"\band\b", rest)) and not clauses.SUBORDINATE.search(rest)


def _far(between: str) -> bool:
    """Return whether a new statement begins between the names ("S worked when O opened")."""
    return clauses.NEW_STATEMENT.search(between) is not None


def _event(place: Place, cue: Cue) -> tuple[bool, bool]:
    """Return whether the fact began, and whether it ended, at the cue's time."""
    text, first, second = place.text, place.first.span, place.second.span
    if _amid(place, cue) or _ahead(place, cue):
        where = (first.end if cue.end <= first.start else cue.end, second.start)
        return _verb(place, *where) or _verb(place, first.end, cue.start)
    if cue.start >= second.end and _near(place, second.end, cue.start):
        return _verb(place, first.end, second.start) if _same_verb(place) else (False, False)
    if first.end <= cue.start and cue.end <= second.start:  # "After leaving O in 1990, S ..."
        near = _near(place, first.end, cue.start) and text[cue.end : second.start] in (
            ", ",
            ", the ",
        )
        return (
            _verb(place, place.sentence.start, first.start, last=True) if near else (False, False)
        )
    return False, False


def _verb(place: Place, start: int, end: int, *, last: bool = False) -> tuple[bool, bool]:
    """Return whether a stretch says that something began, or ended; both False where neither."""
    words = place.text[start:end]
    if clauses.PASSED_ON.search(words):
        return False, False
    began, ended = list(clauses.STARTED.finditer(words)), list(clauses.ENDED.finditer(words))
    for match in (*began, *ended):
        rest = words[match.end() :]
        if clauses.SAYS_NOTHING.fullmatch(match.group()) and not place.words.search(rest):
            return False, False
        if clauses.BREAK.search(rest) or (last and len(rest.split()) > 3):
            return False, False
    return bool(began) and not ended, bool(ended) and not began


def _same_verb(place: Place) -> bool:
    """Return whether the verb before the later name has the first one for its subject."""
    text, first, second = place.text, place.first.span, place.second.span
    words = text[first.end : second.start]
    verbs = [*clauses.STARTED.finditer(words), *clauses.ENDED.finditer(words)]
    if not verbs:
        return False
    verb = first.end + min(match.start() for match in verbs)
    alone = text.startswith("succeeded", verb) or not place.between(verb, second.start)
    return alone and _same_clause(place, verb)
