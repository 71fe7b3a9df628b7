"""Questions for whose relation the read head is asked, before it looks anything up."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.conf import settings

from apps.accounts.models import Space
from apps.evaluation.models import Case
from apps.evaluation.services.answering.given import Given, made_of
from apps.evaluation.services.answering.trying import tried
from apps.memory.controller import MemoryController
from worker import registry
from worker.errors import WorkerError
from worker.setups import HeadSetup

NO_MATCHER: Final = "The {} read head does not match relations by their text. Choose another head."


class RelationsRanked:
    """The mode ``memory`` for relations: those in use in the space, each from both sides."""

    def __init__(self, space: Space, setup: HeadSetup, known_at: datetime) -> None:
        """Raises UnknownBackend and CannotLoad, and WorkerError for a head that ranks none."""
        registry.keep_at_most(settings.HEADS_MB * 2**20)
        head = registry.read_head(setup)
        self._matcher: Any = getattr(head, "matcher", None)
        if self._matcher is None:
            raise WorkerError(NO_MATCHER.format(head.name), permanent=True)
        self._relations = MemoryController(space).relations()
        self.made_of: dict[str, Any] = made_of(head, registry.hashes_of(head))

    def answer(self, case: Case) -> Given:
        """Rank the relations for the text of a question."""
        one = tried(
            "The read head", case.text, lambda: self._matcher.rank([case.text], self._relations)
        )
        if one.value is None:
            return Given(seconds=one.seconds, refused=one.refused)
        ranked = tuple((match.relation.name, str(match.known)) for match in one.value)
        first = ranked[0] if ranked else ("", "subject")
        return Given(
            text=_said(*first),
            answers=(frozenset([first[0]]),) if first[0] else (),
            claims=1,
            seconds=one.seconds,
            ranked=ranked,
        )


def _said(relation: str, side: str) -> str:
    return relation if side == "subject" else f"{relation}, from its {side}"
