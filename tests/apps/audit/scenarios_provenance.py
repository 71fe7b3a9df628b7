"""What the app of the record itself changes in the memory."""

from __future__ import annotations

from django.utils import timezone

from apps.curation.services import candidate_accept
from apps.provenance.selectors.resting import source_of
from apps.provenance.services.withdrawing import withdraw, withdrawal_undo
from tests.apps.audit.changes import World


def withdrawals(world: World) -> None:
    documents = [world.document(), world.document("Ada Brook was born in Lindenau, they say.")]
    for document, relation in zip(documents, ("place of birth", "birthplace"), strict=True):
        for name in {relation, "place of birth"}:
            candidate = world.make("candidate", document, world.alice, relation=name)
            candidate_accept(candidate=candidate, actor=world.bob)
    done = withdraw(
        source=source_of(world.space, f"document:{documents[1].pk}"),
        actor=world.alice,
        reason="forged",
        seen_at=timezone.now(),
    )
    assert done.withdrawal.facts == 1
    withdrawal_undo(withdrawal=done.withdrawal, actor=world.alice)


_CONTROLLER, _WITHDRAWING = "apps.memory.controller", "apps.provenance.services.withdrawing"
SCENARIOS = {
    withdrawals: (
        f"{_WITHDRAWING}.withdraw",
        f"{_WITHDRAWING}.withdrawal_undo",
        *(
            f"{_CONTROLLER}.{owner}.{name}"
            for owner in ("MemoryController", "at_once")
            for name in ("retract_at_once", "evidence_back_at_once", "facts_back_at_once")
        ),
    ),
}
