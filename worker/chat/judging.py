"""What a conversation does not state, though a view of it may look as if it did."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Final

from worker.chat.relations import meaning
from worker.chat.turns import Turn, speakers_of, turns_of
from worker.chat.views import View, ViewSentence
from worker.english import chatting, telling
from worker.english.telling import is_job, is_office
from worker.english.words import THIRD_PERSON
from worker.relation_roles import KIN, role_of
from worker.types import Argument, Mood, Proposal, RelationSpec

YOUNGEST: Final = 4  # years that somebody who writes has at least
# What one person has and no group: offices, jobs, births and deaths.
_OF_ONE: Final = frozenset(
    {
        "position held", "job title", "chief executive", "date of birth", "place of birth",
        "replaced by", "replaces",
    }
)  # fmt: skip
# What a head sees in talk and people hardly ever say: what a place contains, what something is.
_HARDLY: Final = frozenset({"contains administrative territorial entity", "instance of"})
# Without such a word, the place of a day is taken for where somebody works.
_OF_WORK: Final = re.compile(
    r"\b(?:work\w*|office|jobs?|based|posted|branch|lab|desk|plant|site|clinic|hospital|practice)\b",
    re.IGNORECASE,
)
_ENDS: Final = re.compile(r"\s*(?:[.!?]|$)")
_RELATED: Final = frozenset({"relative", "partner", "unmarried partner"})  # kin without a role


class Judge:
    """Judges what a head found in the view of a text of turns."""

    def __init__(self, view: View, text: str, relations: Sequence[RelationSpec]) -> None:
        self.view, self.text = view, text
        self.turns = list(turns_of(text))
        self.roles = {one.id: role_of(one) for one in relations}
        self.names = {one.id: one.name for one in relations}
        self.meanings = {one.id: meaning(one) for one in relations}

    @cached_property
    def _speakers(self) -> list[str]:
        return speakers_of(self.turns)

    def mood(self, one: Proposal) -> Mood | None:
        """Return in which other mood than stated a proposal of the view is: asked where one of its
        sides stands in a question, denied where the next speaker refuses the turn, planned where
        words between its sides only speak of it."""
        sides = [self.view.sentence_at(side.span.start) for side in (one.subject, one.object)]
        if any(side is None or side.asked for side in sides):
            return "asked"
        if any(side is not None and side.turn in self._refused for side in sides):
            return "denied"
        return "planned" if self._is_only_spoken_of(one, sides) else None

    def told(self, found: Iterable[Proposal]) -> Iterator[Proposal]:
        """Yield what turns tell without the head, except in those that the next one refuses."""
        for one in found:
            at = self._turn_at(one.object.span.start)
            if at is None or self.turns.index(at) not in self._refused:
                yield one

    def _is_only_spoken_of(self, one: Proposal, sides: Sequence[ViewSentence | None]) -> bool:
        start = min(one.subject.span.start, one.object.span.start)
        end = max(one.subject.span.end, one.object.span.end)
        whole = [side.span for side in sides if side is not None]
        between = [(max(start, span.start), min(end, span.end)) for span in whole]
        if any(chatting.ONLY_SPOKEN_OF.search(self.view.text, *part) for part in between):
            return True
        return any(
            chatting.NOT_GIVEN.search(self.view.text, span.start, span.end) for span in whole
        )

    @cached_property
    def _refused(self) -> set[int]:
        """The turns that the next one begins by refusing."""
        return {
            number
            for number, (turn, after) in enumerate(pairwise(self.turns))
            if turn.speaker != after.speaker
            and chatting.REFUSING.match(self.text, after.words.start, after.words.end)
        }

    def is_not_of(self, made: Proposal) -> bool:
        """Tell whether a proposal is about somebody else than it seems to be: "he" is neither who
        speaks nor who is spoken to, nobody tells of their own death, and what "my mother" does is
        not what I do."""
        sides = (made.subject, made.object)
        if any(self._is_another(side) or self._is_no_name(side) for side in sides):
            return True
        if self._is_of_all(made) or self._is_no_birth(made) or self._is_no_talk(made):
            return True
        if self.roles.get(made.relation_id) == "dissolution":
            return any(chatting.PERSON.fullmatch(side.text) for side in sides)
        return not self._is_of_kin(made) and any(self._is_relative(side) for side in sides)

    def _is_no_name(self, side: Argument) -> bool:
        """Tell whether a side is a cry ("Lovely, we met") or only calls whom it names ("Yes,
        Ada.")."""
        if side.kind != "item":
            return False
        turn = self._turn_at(side.span.start)
        if turn is None:
            return False
        before = self.text[turn.words.start : side.span.start].rstrip()
        after = self.text[side.span.end : turn.words.end]
        begins = not before or before[-1] in ".!?"
        if begins and after[:1] in ("!", ",") and len(side.text.split()) == 1:
            return side.text.casefold() in telling.NO_NAMES or self.text.count(side.text) == 1
        calls = before.endswith(",") and _ENDS.match(after)
        return bool(calls) and side.called != turn.speaker and side.called in self._speakers

    def _is_no_talk(self, made: Proposal) -> bool:
        """Tell whether it is what people hardly tell each other, or a job taken for an office."""
        means, said = self.meanings.get(made.relation_id), made.object.text
        if means == "position held":
            return is_job(said) and not is_office(said)
        if means == "work location":
            return not _OF_WORK.search(self._line_at(made))
        return means in _HARDLY

    def _line_at(self, made: Proposal) -> str:
        start = min(made.subject.span.start, made.object.span.start, made.sentence.start)
        return self.text[start : max(made.object.span.end, made.sentence.end)]

    def _is_of_all(self, made: Proposal) -> bool:
        """Tell whether "us" or "our" is taken for one person: no job, office or birth is ours."""
        sides = {side.text.casefold() for side in (made.subject, made.object)}
        if "us" in sides:
            return True
        of_one = self.meanings.get(made.relation_id) in _OF_ONE
        return of_one and bool(sides & {"our", "ours", "we"})

    def _is_no_birth(self, made: Proposal) -> bool:
        """Tell whether somebody who speaks is said to be born but now."""
        if self.meanings.get(made.relation_id) != "date of birth" or not self.turns:
            return False
        value = made.object.value
        if value is None:
            return not any(letter.isdigit() for letter in made.object.text)
        year = getattr(value, "start", "")[:4]
        speaks = made.subject.called in self._speakers
        return speaks and year.isdigit() and int(year) > self.turns[0].time.year - YOUNGEST

    def _is_another(self, side: Argument) -> bool:
        if side.text.casefold() not in THIRD_PERSON:
            return False
        turn = self._turn_at(side.span.start)
        if turn is None:
            return False
        near = self._speakers if len(self._speakers) == 2 else [turn.speaker]
        return side.called in near

    def _turn_at(self, at: int) -> Turn | None:
        return next((one for one in self.turns if one.words.start <= at < one.words.end), None)

    def _is_of_kin(self, made: Proposal) -> bool:
        relation = made.relation_id
        return self.roles.get(relation) in KIN or self.meanings.get(relation) in _RELATED

    def _is_relative(self, side: Argument) -> bool:
        return bool(
            chatting.PERSON.fullmatch(side.text)
            and chatting.THEIR_PEOPLE.match(self.text, side.span.end)
        )
