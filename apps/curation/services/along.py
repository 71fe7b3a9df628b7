"""Messages that say a fact again: each is evidence of its own once the fact is accepted.

The first saying of a conversation is the candidate that people decide; each further one is a
candidate in the state ``again``, which follows from it. What lets the fact in writes the sentence
of each to it, by a decision of its own that stands ``along_with`` the reviewer's, in the same
transaction. A rejection leaves them as they are.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby

from django.db.models import F

from apps.common.names import normalise_name
from apps.curation.models import Candidate, Decision
from apps.curation.services.deciding import Verdict, decide
from apps.curation.services.errors import CurationError
from apps.curation.services.grounds import bears_out
from apps.curation.services.writing import Outcome, evidence_of, same_as
from apps.memory.controller import MemoryController
from apps.sources.models import Document


def said_by(candidate: Candidate) -> tuple[object, ...]:
    """Return what a candidate says: two that say the same return the same."""
    names = (normalise_name(candidate.subject_text), normalise_name(candidate.object_text))
    times = (candidate.valid_from, candidate.valid_to, candidate.mood, candidate.against_id)
    return (*names, candidate.relation_id, *times)


def still_waiting(candidates: Collection[int]) -> set[int]:
    """Return which of the candidates nobody has decided, and keep it so to the end of the
    transaction."""
    waiting = (*Candidate.OPEN, Candidate.State.IMPLIED)
    rows = Candidate.objects.select_for_update(no_key=True).filter(pk__in=candidates)
    return set(rows.filter(state__in=waiting).order_by("pk").values_list("pk", flat=True))


def decide_along(decision: Decision) -> None:
    """Make evidence of the fact that a decision let in of what says the same again, each by a
    decision of its own: by the one who made it, in its transaction, undone with it.

    Left as it is, is what says another thing than the candidate now does, and a sentence that does
    not hold the names of the fact.
    """
    candidate, triple = decision.candidate, decision.triple
    if triple is None or candidate.reworded_by_id is not None:
        return
    passage = candidate.passage
    if passage is None or passage.document.format != Document.Format.CHAT:
        return
    rows = Candidate.objects.filter(follows_from=candidate.pk, state=Candidate.State.AGAIN)
    rows = rows.select_for_update(of=("self",)).select_related("space", "relation", "passage")
    memory = MemoryController(candidate.space)
    for one in rows.order_by("pk"):
        if said_by(one) != said_by(candidate) or not bears_out(one, triple):
            continue
        written = memory.write(same_as(triple), evidence=evidence_of(one), actor=decision.actor)
        if written.triple != triple:
            raise CurationError("This fact is no longer active: choose another one.")
        one.state, one.version = Candidate.State.MERGED, one.version + 1
        one.save(update_fields=["state", "version"])
        verdict = Verdict(
            Decision.Action.ACCEPT, own_proposal=False, seconds=None, along_with=decision
        )
        decide(one, decision.actor, verdict, Outcome.of(written))


def again_ask(gone: Collection[int]) -> None:
    """Ask about what says again what candidates said that are gone with their document: the oldest
    message that is left waits, and the others follow from it."""
    left = Candidate.objects.filter(follows_from__in=gone, state=Candidate.State.AGAIN)
    rows = left.select_for_update().order_by("follows_from", "pk").values_list("follows_from", "pk")
    for _, group in groupby(list(rows), key=lambda row: row[0]):
        first, *others = (pk for _, pk in group)
        Candidate.objects.filter(pk=first).update(
            state=Candidate.State.PENDING, follows_from=None, version=F("version") + 1
        )
        Candidate.objects.filter(pk__in=others).update(follows_from=first, version=F("version") + 1)
