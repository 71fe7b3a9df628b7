"""Review: decisions, edits, disputes, batches, undoing, and relations that people propose."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.test import Client
from django.urls import reverse

from apps.curation.models import Candidate
from apps.curation.services import (
    batch_undo,
    candidate_accept,
    candidate_defer,
    candidate_edit,
    candidate_merge,
    candidate_reject,
    candidate_supersede,
    candidates_decide_batch,
    decision_undo,
    dispute_end,
    dispute_keep,
    dispute_retract,
    extraction_request,
    extraction_run,
    relation_proposal_accept,
    relation_proposal_decline,
    relation_propose,
)
from apps.memory.packs import pack_named
from apps.memory.services import RelationInput, pack_switch_on
from apps.provenance.services.document_erasure import document_erase
from apps.sources.models import Document
from tests.apps.audit.changes import World

DENIED = "Ada Brook was not born in Lindenau."


def _candidate(world: World, **fields: Any) -> Candidate:
    text = "Ada Brook was born in {object}.".format(object=fields.get("object", "Lindenau"))
    document = world.document(f"{text} Said {Candidate.objects.count()} times.")
    candidate: Candidate = world.make("candidate", document, world.alice, **fields)
    return candidate


def decisions(world: World) -> None:
    world.make("relation", world.space, single_valued=True)
    triple = candidate_accept(candidate=_candidate(world), actor=world.bob).triple
    candidate_accept(candidate=_candidate(world), actor=world.bob)
    candidate_reject(candidate=_candidate(world), actor=world.bob, reason="not so")
    waiting = _candidate(world)
    candidate_defer(candidate=waiting, actor=world.bob)
    candidate_merge(candidate=_candidate(world, object="Halden"), actor=world.bob, triple=triple)
    newer = _candidate(world, object="Oakham")
    decision = candidate_supersede(
        candidate=newer, actor=world.bob, replaced=triple, valid_to=date(2001, 1, 1)
    )
    decision_undo(decision=decision, actor=world.bob)


def edits(world: World) -> None:
    edited = _candidate(world)
    candidate_edit(candidate=edited, actor=world.bob, changes={"valid_from": date(1990, 1, 1)})
    reworded = _candidate(world)
    candidate_edit(candidate=reworded, actor=world.bob, changes={"object_text": "Halden"})
    reworded.refresh_from_db()
    decision = candidate_accept(candidate=reworded, actor=world.alice)
    decision_undo(decision=decision, actor=world.alice)


def batches(world: World) -> None:
    candidates = [_candidate(world, relation=f"relation {number}") for number in range(3)]
    batch = candidates_decide_batch(
        space=world.space, actor=world.bob, candidates=[(one.pk, one.version) for one in candidates]
    ).batch
    batch_undo(batch=batch, actor=world.bob)
    for action in ("reject", "defer"):
        candidate = _candidate(world)
        candidates_decide_batch(
            space=world.space, actor=world.bob, candidates=[(candidate.pk, candidate.version)],
            action=action, reason="not so",
        )  # fmt: skip


def disputes(world: World) -> None:
    for decide, more in (
        (dispute_keep, {"reason": "the letter is wrong"}),
        (dispute_end, {"valid_to": date(2011, 1, 1)}),
        (dispute_retract, {}),
    ):
        text = f"{DENIED} So it says {decide.__name__}."
        if not world.space.triples.filter(status="active", valid_to=None).exists():
            with world.given():
                world.space.triples.update(status="active", valid_to=None, retracted_at=None)
        if not world.space.triples.exists():
            candidate_accept(candidate=_candidate(world), actor=world.bob)
        extraction = extraction_request(document=world.document(text), actor=world.alice)
        extraction_run(extraction_id=extraction.pk)
        (dispute,) = extraction.candidates.filter(mood="denied")
        decision = decide(candidate=dispute, actor=world.bob, **more)
        if decide is not dispute_keep:
            decision_undo(decision=decision, actor=world.bob)


def what_follows(world: World) -> None:
    """A fact that follows from another one comes up when that one is refused."""
    pack_switch_on(space=world.space, actor=world.alice, pack=pack_named("standard"))
    document = world.document("Lindenau is the capital of Norland.")
    first, second = (
        world.make(
            "candidate", document, world.alice, subject, world.space.relations.get(name=name), other
        )
        for subject, name, other in (
            ("Lindenau", "capital of", "Norland"),
            ("Norland", "capital", "Lindenau"),
        )
    )
    with world.given():
        Candidate.objects.filter(pk=second.pk).update(state="implied", follows_from=first)
    decision = candidate_reject(candidate=first, actor=world.bob, reason="not so")
    second.refresh_from_db()
    assert second.state == "pending"
    decision_undo(decision=decision, actor=world.bob)
    second.refresh_from_db()
    assert second.state == "implied"


def said_again(world: World) -> None:
    """A message that says a fact again is decided, and undone, with the first one."""
    told = [world.document(f"{number}: Ada Brook was born in Lindenau.") for number in (1, 2)]
    for number, one in enumerate(told):
        one.format, one.filename = Document.Format.CHAT, f"talk/{number}"
        with world.given():
            one.save(update_fields=["format", "filename"])
    first, second = (world.make("candidate", document, world.alice) for document in told)
    with world.given():
        Candidate.objects.filter(pk=second.pk).update(state="again", follows_from=first)
    decision = candidate_accept(candidate=first, actor=world.bob)
    second.refresh_from_db()
    assert second.state == "merged"
    decision_undo(decision=decision, actor=world.bob)
    second.refresh_from_db()
    assert second.state == "again"
    document_erase(document=first.passage.document, actor=world.alice, reason="asked for")
    second.refresh_from_db()
    assert second.state == "pending"


def holds(world: World) -> None:
    """A hold is no event: it lives for a minute, and nothing is decided by it."""
    candidate = _candidate(world)
    client = Client()
    client.force_login(world.bob)
    client.post(reverse("curation:hold-take-over", args=["atlas", candidate.pk]))
    for name in ("hold-renew", "hold-release"):
        client.post(reverse(f"curation:{name}", args=["atlas", candidate.pk]))
    candidate_defer(candidate=candidate, actor=world.bob)


def proposals(world: World) -> None:
    question = world.make("question", world.space, world.carol)
    given = {"space": world.space, "actor": world.carol, "question": question.pk}
    given |= {"question_text": question.text, "subject": "Ada Brook"}
    taken = relation_propose(name="blood type", object="A", **given)
    template = "The blood type of {subject} is {object}."
    relation_proposal_accept(
        proposal=taken, actor=world.alice, relation=RelationInput("blood type", template=template)
    )
    left = relation_propose(name="shoe size", object="39", **given)
    relation_proposal_decline(proposal=left, actor=world.alice, reason="nobody needs it")


_SERVICES = "apps.curation.services"
SCENARIOS = {
    decisions: (
        f"{_SERVICES}.decisions.candidate_accept",
        f"{_SERVICES}.decisions.candidate_reject",
        f"{_SERVICES}.decisions.candidate_merge",
        f"{_SERVICES}.decisions.candidate_supersede",
        f"{_SERVICES}.decisions.candidate_defer",
        f"{_SERVICES}.deciding.take",
        f"{_SERVICES}.deciding.decide",
        f"{_SERVICES}.undo.decision_undo",
        f"{_SERVICES}.writing.write",
    ),
    edits: (f"{_SERVICES}.edits.candidate_edit",),
    batches: (
        f"{_SERVICES}.batches.candidates_decide_batch",
        f"{_SERVICES}.batches.batch_undo",
    ),
    disputes: (
        f"{_SERVICES}.disputes.dispute_keep",
        f"{_SERVICES}.disputes.dispute_retract",
        f"{_SERVICES}.disputes.dispute_end",
        f"{_SERVICES}.deciding.take_dispute",
    ),
    what_follows: (
        f"{_SERVICES}.implied.ask_about_implied",
        f"{_SERVICES}.implied.ask_no_more",
    ),
    said_again: (
        f"{_SERVICES}.along.decide_along",
        f"{_SERVICES}.along.again_ask",
    ),
    holds: (
        f"{_SERVICES}.holds.hold_take",
        f"{_SERVICES}.holds.hold_release",
    ),
    proposals: (
        f"{_SERVICES}.by_hand.candidate_propose",
        f"{_SERVICES}.relation_proposals.relation_propose",
        f"{_SERVICES}.relation_proposals.relation_proposal_accept",
        f"{_SERVICES}.relation_proposals.relation_proposal_decline",
    ),
}
