"""Texts read by the write head: what it would put to reviewers. Nothing is written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from apps.accounts.models import Space
from apps.evaluation.measuring.proposing import proposals
from apps.evaluation.models import Case
from apps.evaluation.services.answering.given import Given, made_of
from apps.evaluation.services.answering.trying import tried
from apps.memory.controller import MemoryController
from worker import registry
from worker.setups import HeadSetup


class TextsRead:
    """The mode ``memory`` for texts; with what follows from other facts where it is ``implied``."""

    def __init__(
        self, space: Space, setup: HeadSetup, known_at: datetime, *, implied: bool = False
    ) -> None:
        """Raises UnknownBackend and CannotLoad."""
        registry.keep_at_most(settings.HEADS_MB * 2**20)
        self._head = registry.write_head(setup)
        self._least = setup.least / 100
        self._implied = implied
        self._relations = MemoryController(space).relations()
        self.made_of: dict[str, Any] = made_of(self._head, registry.hashes_of(self._head))

    def answer(self, case: Case) -> Given:
        """Let the head read the text."""

        def read() -> Any:
            return proposals(self._head, case.text, self._relations, implied=self._implied)

        one = tried("The write head", case.text, read)
        if one.value is None:
            return Given(seconds=one.seconds, refused=one.refused)
        kept = tuple(p for p in one.value if p.score >= self._least)
        return Given(
            text="; ".join(one.said for one in kept),
            abstained=not kept,
            claims=len(kept),
            cited=len(kept),
            score=kept[0].score if kept else None,
            seconds=one.seconds,
            proposed=kept,
        )
