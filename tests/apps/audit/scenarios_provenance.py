"""What the app of the record itself changes in the memory."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import override_settings
from django.utils import timezone

from apps.accounts.models import Membership, Space
from apps.asking.models import Question
from apps.asking.services import question_answer_here
from apps.curation.services import candidate_accept
from apps.provenance.selectors.resting import source_of
from apps.provenance.services.bundle_scope import Scope
from apps.provenance.services.bundles import bundle_write
from apps.provenance.services.document_erasure import document_erase
from apps.provenance.services.erasings import erasing_request, erasing_run_next, erasing_sweep
from apps.provenance.services.imports import (
    import_cancel,
    import_request,
    import_run_next,
    import_sweep,
    space_import,
)
from apps.provenance.services.person_data import person_export
from apps.provenance.services.person_erasure import person_erase
from apps.provenance.services.retention import retention_run
from apps.provenance.services.withdrawing import withdraw, withdrawal_undo
from tests import factories
from tests.apps.audit.changes import World
from tests.apps.provenance.lived import live


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


def erasures(world: World) -> None:
    document = world.document()
    waiting = world.make("candidate", document, world.alice)
    accepted = world.make("candidate", document, world.alice, relation="birthplace")
    candidate_accept(candidate=accepted, actor=world.bob)
    document_erase(document=document, actor=world.alice, reason="asked for", retract=True)
    waiting.refresh_from_db()
    assert waiting.state == "erased"


def erasures_by_a_worker(world: World) -> None:
    for said in ("asked for", ""):
        document = world.document(f"Ada Brook was born in Lindenau{said}.")
        row = erasing_request(document=document, actor=world.alice, reason="asked", retract=False)
        if not said:
            with world.given():
                row.__class__.objects.filter(pk=row.pk).update(reason="")
        erasing_run_next()
        erasing_sweep()


def retention(world: World) -> None:
    question = question_answer_here(space=world.space, actor=world.carol, text="Who is Ada?")
    with world.given():
        Space.objects.filter(pk=world.space.pk).update(question_days=30)
        long_ago = timezone.now() - timedelta(days=31)
        Question.objects.filter(pk=question.pk).update(created_at=long_ago)
    assert retention_run() == 1


def people(world: World) -> None:
    document = world.document()
    candidate_accept(candidate=world.make("candidate", document, world.alice), actor=world.bob)
    question_answer_here(space=world.space, actor=world.bob, text="Where was Ada Brook born?")
    with world.given():
        Membership.objects.filter(user=world.bob).update(role="asker")
    person_export(person=world.bob, actor=world.bob, out=io.BytesIO())
    person_erase(person=world.bob, reason="asked for", actor=world.alice)


def imports(world: World) -> None:
    with world.given():
        dave = factories.make_user("dave")
    lived = live(world.alice, world.bob, world.carol, dave)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "space.zip"
        with override_settings(VAR_DIR=Path(folder), PROVENANCE_FOLDER=folder):
            bundle_write(scope=Scope(lived.space, "space", lived.space.slug), path=path)
        with world.given():
            empty = factories.make_space("empty")
        space_import(path=path, slug="another", owner=world.alice)
        with override_settings(IMPORT_DIR=Path(folder) / "imports"):
            for spoilt in (b"PK", path.read_bytes(), path.read_bytes()):
                row = import_request(space=empty, actor=world.alice, pieces=[spoilt])
                if spoilt == b"PK":
                    import_cancel(row=row, actor=world.alice)
            import_run_next()
            import_sweep()
    assert empty.origin.events.exists()


_CONTROLLER, _WITHDRAWING = "apps.memory.controller", "apps.provenance.services.withdrawing"
_SERVICES = "apps.provenance.services"
_IMPORTS = "apps.provenance.services.imports"
SCENARIOS = {
    imports: (
        f"{_IMPORTS}.spaces.space_import",
        f"{_IMPORTS}.spaces.space_fill",
        *(f"{_IMPORTS}.jobs.import_{name}" for name in ("request", "cancel", "run_next", "sweep")),
    ),
    erasures: (
        f"{_SERVICES}.document_erasure.document_erase",
        f"{_SERVICES}.document_words.document_empty",
        f"{_SERVICES}.erasing.erase_from_log",
        f"{_SERVICES}.erasing.past_erase",
    ),
    erasures_by_a_worker: (
        f"{_SERVICES}.erasings.erasing_request",
        f"{_SERVICES}.erasings.erasing_run_next",
        f"{_SERVICES}.erasings.erasing_sweep",
    ),
    people: (
        f"{_SERVICES}.person_data.person_export",
        f"{_SERVICES}.person_erasure.person_erase",
    ),
    retention: (
        f"{_SERVICES}.question_erasure.questions_empty",
        f"{_SERVICES}.retention.retention_run",
        f"{_SERVICES}.retention.questions_over_erase",
    ),
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
