"""What a conversation does not state, though a view of it may look as if it did."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Final

from worker.chat.turns import Turn, speakers_of, turns_of
from worker.chat.views import View, ViewSentence
from worker.english import chatting
from worker.english.words import THIRD_PERSON
from worker.relation_roles import KIN, role_of
from worker.types import Argument, Mood, Proposal, RelationSpec

_KIN_NAMES: Final = frozenset({"relative", "partner", "unmarried partner"})


class Judge:
    """Judges what a head found in the view of a text of turns."""

    def __init__(self, view: View, text: str, relations: Sequence[RelationSpec]) -> None:
        self.view, self.text = view, text
        self.turns = list(turns_of(text))
        self.roles = {one.id: role_of(one) for one in relations}
        self.names = {one.id: one.name for one in relations}

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

    def _is_only_spoken_of(self, one: Proposal, sides: Sequence[ViewSentence | None]) -> bool:
        start = min(one.subject.span.start, one.object.span.start)
        end = max(one.subject.span.end, one.object.span.end)
        if chatting.ONLY_SPOKEN_OF.search(self.view.text, start, end):
            return True
        whole = [side.span for side in sides if side is not None]
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
        if any(self._is_another(side) for side in sides):
            return True
        if self.roles.get(made.relation_id) == "dissolution":
            return any(chatting.PERSON.fullmatch(side.text) for side in sides)
        return not self._is_of_kin(made) and any(self._is_relative(side) for side in sides)

    def _is_another(self, side: Argument) -> bool:
        if side.text.casefold() not in THIRD_PERSON:
            return False
        turn = self._turn_at(side.span.start)
        if turn is None:
            return False
        speakers = speakers_of(self.turns)
        near = speakers if len(speakers) == 2 else [turn.speaker]
        return side.called in near

    def _turn_at(self, at: int) -> Turn | None:
        return next((one for one in self.turns if one.words.start <= at < one.words.end), None)

    def _is_of_kin(self, made: Proposal) -> bool:
        relation = made.relation_id
        return self.roles.get(relation) in KIN or self.names.get(relation) in _KIN_NAMES

    def _is_relative(self, side: Argument) -> bool:
        return bool(
            chatting.PERSON.fullmatch(side.text)
            and chatting.THEIR_PEOPLE.match(self.text, side.span.end)
        )
