"""Memories that perplexity is measured with beside the space's own, as ``evaluate perplexity`` has
them. Each lives for one document, in a space that is never committed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Final

from django.conf import settings

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.evaluation.measuring.schema import pack_relations
from apps.evaluation.models import Case
from apps.evaluation.perplexity.extracting import extracted_facts
from apps.evaluation.perplexity.memories import Read, WrittenFact, gold_facts, memory
from apps.evaluation.services.answering.given import NotReadyYet
from apps.memory.packs import pack_named
from worker import registry
from worker.setups import HeadSetup
from worker.stopping import wanted
from worker.training import redocred
from worker.training.causal.spacing import spaced
from worker.training.redocred import GoldDocument
from worker.types import RelationSpec

GOLD: Final = "gold"
EXTRACTED: Final = "extracted"
OTHERS: Final = "others"
NONE: Final = "none"
MOST_FACTS: Final = 5_000  # that name something of one document
Facts = Sequence[WrittenFact]
# What the documents of one version hold, by number, for as long as the process keeps it.
_facts: dict[object, dict[int, Facts]] = {}


def document_of(case: Case) -> GoldDocument:
    """Return the annotated document of a case."""
    return redocred.document(dict(case.given["document"]))


def standard() -> Sequence[RelationSpec]:
    """Return the standard relations, which these memories have."""
    return pack_relations((pack_named("standard"),))


class MadeMemory:
    """One of these memories, for the documents of a version."""

    def __init__(self, holds: str, space: Space) -> None:
        """Raises CannotLoad where the write head that is to read first is not here."""
        self._holds = holds
        self._specs = standard()
        self.names = {s.wikidata_property: s.name for s in self._specs if s.wikidata_property}
        self.hashes: dict[str, str] = {}
        self._head = None
        if holds == EXTRACTED:
            setup = HeadSetup.of(space.write_head, default=settings.WRITE_HEAD)
            self._head = registry.write_head(setup)
            of_head = registry.hashes_of(self._head) or {"version": self._head.version}
            self.hashes = {f"write head, {name}": sha for name, sha in of_head.items()}

    def read(self, stack: ExitStack, case: Case) -> Read | None:
        """Return how a document reads this memory, as long as a stack is open; None where it is
        empty. Raises NotReadyYet while the write head has documents to read."""
        if self._holds == NONE:
            return None
        facts = near(case.text, self._for(case))
        return memory(stack, facts) if facts else None

    def _for(self, case: Case) -> list[WrittenFact]:
        every = self._of_version(case)
        if self._holds == OTHERS:  # each half of the documents reads what the other half states
            every = {number: one for number, one in every.items() if (number - case.number) % 2}
        return [fact for facts in every.values() for fact in facts]

    def _of_version(self, case: Case) -> Mapping[int, Facts]:
        cases = Case.objects.filter(version=case.version_id).order_by("number")
        kept = (self._holds == EXTRACTED, *sorted(self.hashes.items()))
        key = (case.version_id, cases.count(), kept)  # cases may be erased
        if key not in _facts:
            _facts.clear()
            _facts[key] = {}
        found = _facts[key]
        until = time.monotonic() + settings.SLICE_SECONDS
        left = cases.exclude(number__in=list(found)) if found else cases
        for at, one in enumerate(left.iterator(chunk_size=50)):
            if at and self._head is not None and time.monotonic() > until:
                raise NotReadyYet
            found[one.number] = self._stated(one)
        return found

    def _stated(self, case: Case) -> Facts:
        wanted()
        document = spaced(document_of(case))
        if self._head is None:
            return gold_facts(document, self.names)
        return extracted_facts(self._head, document.text, self._specs)


def near(text: str, facts: Facts) -> list[WrittenFact]:
    """Return the facts that a reader of a text can come to: those that name something of it, and
    those that name what these lead to. A name that a call asks for is copied from the text or from
    a result, so that no other fact could be asked for."""
    said = f" {normalise_name(text)} "
    sides = [_sides(fact) for fact in facts]
    first = {name for one in sides for side in one if any(n in said for n in side) for name in one}
    known = {name for side in first for name in side}
    found = [
        fact for fact, one in zip(facts, sides, strict=True) if any(side & known for side in one)
    ]
    return found[:MOST_FACTS]


def _sides(fact: WrittenFact) -> tuple[frozenset[str], frozenset[str]]:
    """Return all names of both sides, as names are compared."""
    return (
        frozenset(normalise_name(n) for n in (fact.subject, *fact.subject_aliases)),
        frozenset(normalise_name(n) for n in (fact.object, *fact.object_aliases)),
    )
