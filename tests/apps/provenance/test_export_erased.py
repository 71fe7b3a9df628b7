"""Files of exports that hold what is erased go with it, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.curation.models import Candidate
from apps.memory.models import EntityMerge, Triple
from apps.provenance.models import Export
from apps.provenance.services.document_erasure import document_erase
from apps.provenance.services.exports import Chosen, export_request, export_run_next, jobs
from apps.provenance.services.exports.files import parts_of, path_of
from apps.provenance.services.exports.forgetting import questions_forget
from apps.provenance.services.person_erasure import person_erase
from tests import factories
from tests.apps.provenance.exported import ADDRESS, World, export_of, make_world

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[[User], Client]


@pytest.fixture
def world(space: Space, alice: User, bob: User, export_dir: Path) -> World:
    return make_world(space, alice, bob)


def left(*exports: Export) -> list[bool]:
    """Tell of each export whether its file is still there, and that page and folder agree."""
    found = []
    for export in exports:
        export.refresh_from_db()
        assert export.is_offered == path_of(export).is_file()
        found.append(export.is_offered)
    return found


def test_the_files_of_a_document_go_with_it_and_their_pages_say_why(
    world: World, alice: User, dave: User, sign_in: Open
) -> None:
    space, (ada, _, carl) = world.space, world.facts
    made = {
        "space": export_of(space, dave),
        "document": export_of(space, dave, "csv", "document", number=world.document.pk),
        "entity": export_of(space, dave, "prov-n", "entity", number=ada.subject_id),
        "head": export_of(space, dave, "trig", "head", version="185873aab25f/ä"),
        "answer": export_of(space, dave, "jsonl", "answer", number=world.question.pk),
        "of the other": export_of(space, dave, "jsonl", "entity", number=carl.subject_id),
        "nobody's": export_of(space, dave, "jsonl", "reviewer", number=alice.pk),
    }
    document_erase(document=world.document, actor=alice, reason="asked for")
    assert left(*made.values()) == [False] * 5 + [True] * 2
    told = Event.objects.filter(space=space, action="export.removed")
    assert {event.subject_id for event in told} == {one.pk for one in list(made.values())[:5]}
    assert {(one.actor, one.payload["reason"]) for one in told} == {
        (alice, f"document {world.document.pk} was erased")
    }
    client, address = sign_in(dave), f"/s/atlas/audit/exports/{made['space'].pk}/"
    page = client.get(address).content.decode()
    assert f"since document {world.document.pk} was erased" in page
    assert "Download</a>" not in page
    assert client.get(f"{address}download/").status_code == 410
    listed = client.get("/s/atlas/audit/exports/").content.decode()
    assert f"no longer kept: document {world.document.pk} was erased" in listed


def test_what_was_made_before_the_document_came_stays(
    world: World, alice: User, dave: User
) -> None:
    export = export_of(world.space, dave)
    earlier = world.document.created_at - timedelta(hours=1)
    Export.objects.filter(pk=export.pk).update(finished_at=earlier)
    document_erase(document=world.document, actor=alice, reason="asked for")
    assert left(export) == [True]


def test_a_bundle_and_what_was_merged_meanwhile_may_hold_more_than_their_facts(
    world: World, alice: User, dave: User
) -> None:
    carl = world.facts[2]
    bundle, plain = (
        export_of(world.space, dave, "jsonl", "entity", number=carl.subject_id) for _ in range(2)
    )
    Export.objects.filter(pk=bundle.pk).update(format=Export.Format.BUNDLE)
    document_erase(document=world.document, actor=alice, reason="asked for")
    assert left(bundle, plain) == [False, True]
    other = factories.make_document(world.space, alice, text="Ida Falk lives in Oberau.")
    EntityMerge.objects.create(
        space=world.space, source=carl.subject, target=carl.object, actor=alice
    )
    later = export_of(world.space, dave, "jsonl", "entity", number=carl.object_id)
    document_erase(document=other, actor=alice, reason="asked for")
    assert left(plain, later) == [True, True]  # the one was there before it, the other knows it


def test_the_other_order_of_merging_and_exporting_takes_the_file_along(
    world: World, alice: User, dave: User
) -> None:
    carl = world.facts[2]
    export = export_of(world.space, dave, "jsonl", "entity", number=carl.subject_id)
    EntityMerge.objects.create(
        space=world.space, source=carl.subject, target=carl.object, actor=alice
    )
    document_erase(document=world.document, actor=alice, reason="asked for")
    assert left(export) == [False]


def test_one_that_is_being_written_begins_anew(
    world: World, alice: User, dave: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SLICE_SECONDS = 0
    original = jobs.some_facts
    monkeypatch.setattr(jobs, "some_facts", lambda *args, **kwargs: original(*args, **kwargs)[:1])
    export = _asked(world, dave)
    export_run_next()
    assert "Ada Brook" in _written(export)
    document_erase(document=world.document, actor=alice, reason="asked for", retract=True)
    export.refresh_from_db()
    assert (export.state, export.newest, export.done) == ("queued", None, 0)
    while export_run_next() is not None:
        pass
    assert left(export) == [True]
    assert "brook institute was founded" not in path_of(export).read_text().lower()
    assert world.document.title not in path_of(export).read_text()
    told = Event.objects.get(space=world.space, action="export.begun_anew")
    assert told.payload["reason"] == f"document {world.document.pk} was erased"


def test_a_worker_that_is_at_its_last_step_leaves_no_file(
    world: World, alice: User, dave: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, export = jobs.files.publish, _asked(world, dave)

    def erases(*args: Any) -> Any:
        done = original(*args)
        document_erase(document=world.document, actor=alice, reason="asked for")
        return done

    monkeypatch.setattr(jobs.files, "publish", erases)
    export_run_next()
    monkeypatch.undo()
    export.refresh_from_db()
    assert (export.state, path_of(export).exists(), parts_of(export).exists()) == (
        "queued", False, False,
    )  # fmt: skip
    export_run_next()
    assert left(export) == [True]


def test_the_files_with_a_name_go_with_the_person(
    world: World, alice: User, bob: User, dave: User
) -> None:
    named = export_of(world.space, dave)
    nameless = export_of(world.space, dave, "jsonl", "reviewer", number=alice.pk)
    elsewhere = factories.make_space("other")
    factories.grant(elsewhere, dave, "auditor")
    foreign = export_of(elsewhere, dave)
    person_erase(person=bob, reason="asked for", actor=alice)
    assert left(named, nameless, foreign) == [False, True, True]
    told = Event.objects.get(space=world.space, action="export.removed")
    assert told.payload["reason"] == f"the data of person {bob.pk} were erased"


def test_bundles_go_with_the_questions_in_them(
    world: World, alice: User, carol: User, dave: User
) -> None:
    space, other = world.space, factories.make_question(world.space, carol, text="Who is Carl?")
    plain = export_of(space, dave)
    made = [
        export_of(space, dave),
        export_of(space, dave, "jsonl", "answer", number=world.question.pk),
        export_of(space, dave, "jsonl", "answer", number=other.pk),
        export_of(space, dave, "jsonl", "document", number=world.document.pk),
    ]
    Export.objects.filter(pk__in=[one.pk for one in made]).update(format=Export.Format.BUNDLE)
    with jobs.transaction.atomic():
        questions_forget(numbers=[world.question.pk], actor=None, actor_label="retention")
    assert left(plain, *made) == [True, False, False, True, True]
    assert Event.objects.filter(action="export.removed", actor_label="retention").count() == 2
    fact = Triple.objects.get(pk=world.facts[0].pk)
    Candidate.objects.create(
        space=space, origin="correction", question=other.pk, proposed_by=carol,
        subject_text="Ada Brook", relation=fact.relation, object_text="Oberau",
        wording="Where was {subject} born?",
    )  # fmt: skip
    with jobs.transaction.atomic():
        questions_forget(numbers=[other.pk], actor=None, actor_label="retention")
    assert left(plain, *made) == [True, False, False, False, False]


def test_it_is_done_in_the_transaction_of_the_erasure(world: World) -> None:
    with pytest.raises(RuntimeError):
        questions_forget(numbers=[world.question.pk], actor=None, actor_label="retention")


def _asked(world: World, actor: User) -> Export:
    chosen = Chosen(world.space.pk, "space")
    return export_request(
        space=world.space, actor=actor, chosen=chosen, format="jsonl", address=ADDRESS
    )


def _written(export: Export) -> str:
    return (parts_of(export) / "facts").read_text()
