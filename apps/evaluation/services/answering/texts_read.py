"""Texts read by the write head: what it would put to reviewers. Nothing is written.

A long text is read passage by passage, in as many slices as it takes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.conf import settings

from apps.accounts.models import Space
from apps.evaluation.measuring.proposing import passages_of, proposed, shown_to_reviewers
from apps.evaluation.models import Case
from apps.evaluation.services.answering.begun import Begun
from apps.evaluation.services.answering.given import Given, NotReadyYet, made_of
from apps.evaluation.services.answering.trying import tried
from apps.memory.controller import MemoryController
from worker import registry, stopping
from worker.setups import HeadSetup
from worker.types import PassageText, Proposal

AT_ONCE: Final = 16  # passages that a head reads in one call at most


@dataclass
class Reading:
    """How far a text is read: the passages that are left, and what holds in the others."""

    left: list[PassageText]
    held: list[Proposal] = field(default_factory=list)
    seconds: float = 0.0


_begun: Begun[Reading] = Begun()


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
        hashes = registry.hashes_of(self._head)
        self.made_of: dict[str, Any] = made_of(self._head, hashes)
        asked = tuple((one.id, one.name) for one in self._relations)
        self._key = (known_at, self._head.name, self._head.version, *sorted(hashes.items()), asked)

    def answer(self, case: Case) -> Given:
        """Let the head read the text. Raises NotReadyYet where more than a slice's time of it is
        left."""
        key = (*self._key, case.pk)
        reading = _begun.of(key, lambda: Reading(passages_of(case.text)))
        one = tried("The write head", case.text, lambda: self._read_on(reading))
        reading.seconds += one.seconds
        if one.value is None:
            _begun.end(key)
            return Given(seconds=reading.seconds, refused=one.refused)
        if reading.left:
            raise NotReadyYet
        _begun.end(key)
        return self._given(reading)

    def _read_on(self, reading: Reading) -> bool:
        """Read for about a slice, but at least one passage; tell that it went well."""
        until, size = time.monotonic() + settings.SLICE_SECONDS, 1
        while size and reading.left:
            began = time.monotonic()
            group = reading.left[:size]
            found = self._head.extract(group, self._relations)
            reading.held += [p for each in found for p in each.proposals if p.holds]
            del reading.left[:size]
            stopping.wanted()
            now = time.monotonic()
            each = max((now - began) / len(group), 1e-6)
            size = max(0, min(AT_ONCE, int((until - now) / each), 2 * size))
        return True

    def _given(self, reading: Reading) -> Given:
        shown = shown_to_reviewers(reading.held, self._relations, implied=self._implied)
        kept = tuple(p for p in proposed(shown, self._relations) if p.score >= self._least)
        return Given(
            text="; ".join(one.said for one in kept),
            abstained=not kept,
            claims=len(kept),
            cited=len(kept),
            score=kept[0].score if kept else None,
            seconds=reading.seconds,
            proposed=kept,
        )
