"""Documents, extractions, imports of rows, and the demo."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Event
from apps.curation.models import ForeignDraft
from apps.curation.services import (
    annotation,
    extraction_cancel,
    extraction_request,
    extraction_retry,
    extraction_run,
    extraction_run_next,
    extraction_sweep,
    foreign,
    import_cancel,
    import_retry,
    import_run,
    import_run_next,
    import_sweep,
    row_imports,
)
from apps.curation.services import documents as documents_
from apps.curation.services.chat import messages_add
from apps.curation.services.documents import document_import
from apps.dashboard import demo
from apps.memory.services import relations_load
from apps.sources.foreign import table
from apps.sources.services import document_add
from tests.apps.audit.changes import World
from worker import registry
from worker.errors import WorkerError

TEXT = "Ada Brook was born in Lindenau. The day was cold. Ada Brook may have been born in Oakham."


def _with_relations(world: World) -> None:
    relations_load(space=world.space, actor=world.alice)


def documents(world: World) -> None:
    _with_relations(world)
    added = {"space": world.space, "actor": world.alice, "filename": "a.txt"}
    document, _ = document_add(data=TEXT.encode(), **added)
    for run in (extraction_run, lambda extraction_id: extraction_run_next()):
        extraction = extraction_request(document=document, actor=world.alice)
        assert run(extraction_id=extraction.pk).state == "done"
    long, _ = document_add(data=b"\n\n".join([TEXT.encode()] * 60), **added)
    extraction = extraction_request(document=long, actor=world.alice)
    with override_settings(SLICE_SECONDS=0):
        assert extraction_run_next().state == "queued"
    assert extraction_run(extraction_id=extraction.pk).state == "done"
    quiet, _ = document_add(data=b"Nothing is said here.", **added)
    extraction = extraction_request(document=quiet, actor=world.alice)
    assert extraction_run(extraction_id=extraction.pk).state == "done"


def conversations(world: World) -> None:
    _with_relations(world)
    said = [{"speaker": "Ada Brook", "time": "2026-05-04T09:12:00Z", "text": "I was born in York."}]
    for text in ("I was born in York.", "Ben Marsh was born in Lindenau."):
        said.append({**said[0], "text": text})
        kept = messages_add(
            space=world.space, actor=world.alice, conversation="a", session="b", messages=said
        )
        assert extraction_run(extraction_id=kept.extraction.pk).state == "done"


def extractions_that_end_otherwise(world: World) -> None:
    document = world.document()
    extraction = extraction_request(document=document, actor=world.alice)
    extraction_sweep()
    extraction_cancel(extraction=extraction, actor=world.bob)
    extraction.refresh_from_db()
    extraction_retry(extraction=extraction, actor=world.alice)
    with world.given():
        original, registry.write_head = registry.write_head, _broken
    try:
        assert extraction_run(extraction_id=extraction.pk).state == "failed"
    finally:
        registry.write_head = original


def _broken(name: str) -> object:
    raise WorkerError("It broke.", permanent=True)


def imports(world: World) -> None:
    world.make("relation", world.space)
    rows = [f"Person {number},place of birth,Town {number}" for number in range(9)]
    data = "\n".join(["subject,relation,object", *rows]).encode()
    at_once, part = documents_.ROWS_AT_ONCE, row_imports.PART_ROWS
    documents_.ROWS_AT_ONCE, row_imports.PART_ROWS = 5, 4
    try:
        given = {"space": world.space, "actor": world.alice}
        small = "\n".join(["subject,relation,object", *rows[:2]]).encode()
        document_import(data=small, filename="small.csv", **given)
        queued = document_import(data=data, filename="large.csv", **given).row_import
        import_sweep()
        import_cancel(row_import=queued, actor=world.alice)
        queued.refresh_from_db()
        import_retry(row_import=queued, actor=world.alice)
        assert import_run(import_id=queued.pk).state == "done"
        document_import(data=data.replace(b"Person", b"Other"), filename="other.csv", **given)
        with world.given():
            world.space.relations.update(retired_at=timezone.now())
        assert import_run_next().state == "done"
        assert Event.objects.filter(action="import.rows_left").exists()
    finally:
        documents_.ROWS_AT_ONCE, row_imports.PART_ROWS = at_once, part


def imports_from_other_systems(world: World) -> None:
    world.make("relation", world.space)
    given = {"space": world.space, "actor": world.alice, "filename": "a.csv"}
    data = b"who;relation;what\nAda Brook;place of birth;Oakham\n"
    relations = {"place of birth": world.space.relations.get()}
    for end in ("import", "discard", "sweep"):
        draft = foreign.foreign_read(data=data, **given)
        chosen = {"subject": 0, "relation": 1, "object": 2}
        draft = foreign.foreign_columns(draft=draft, actor=world.alice, chosen=chosen)
        if end == "import":
            foreign.foreign_import(draft=draft, actor=world.alice, relations=relations, texts=False)
        elif end == "discard":
            foreign.foreign_discard(draft=draft, actor=world.alice)
        else:
            with world.given():
                ForeignDraft.objects.update(created_at=timezone.now() - timedelta(days=2))
            assert foreign.foreign_sweep() == 1
    annotation.annotation_export(space=world.space, actor=world.alice, format="argilla")
    found = foreign.foreign_found(data=data.replace(b"Oakham", b"Lindenau"), actor=world.alice)
    places = {"subject": 0, "relation": 1, "object": 2}
    foreign.foreign_propose(
        found=table.facts_of(found, places), relations=relations, texts=False, **given
    )


def the_demo(world: World) -> None:
    space = demo.people_and_space(name="Demo", description="")
    _, extraction = demo.document_ingest(
        space=space, actor=world.alice, path=demo.document_paths()[0]
    )
    assert extraction.state == "done"
    demo.review_by_key(space=space, reviewer=world.bob)


def a_form_sent_twice(world: World) -> None:
    client = Client()
    client.force_login(world.alice)
    address = reverse("dashboard:invite", args=["atlas"])
    form = {"label": "Erin", "roles": ["asker"], "once": "x" * 32}
    for _ in range(2):
        assert client.post(address, form).status_code == 200
    assert world.space.invitations.count() == 1


_CURATION, _JOBS = "apps.curation.services", "apps.common.jobs"
SCENARIOS = {
    documents: (
        "apps.sources.services.document_add",
        "apps.sources.services.document_save",
        f"{_CURATION}.extraction.extraction_request",
        f"{_CURATION}.extraction.extraction_run",
        f"{_CURATION}.extraction.extraction_run_next",
        f"{_JOBS}.bell.ring",
        f"{_JOBS}.leases.claim",
        f"{_JOBS}.leases.renew",
        f"{_JOBS}.leases.watch",
        f"{_JOBS}.leases.finish",
        f"{_JOBS}.leases.give_way",
        f"{_JOBS}.loop.claim",
        f"{_JOBS}.loop.run",
        f"{_JOBS}.loop.run_next",
        f"{_JOBS}.loop.run_claimed",
    ),
    conversations: (
        "apps.sources.services.session_grow",
        f"{_CURATION}.chat.messages_add",
        f"{_CURATION}.extraction.extraction_continue",
    ),
    extractions_that_end_otherwise: (
        f"{_CURATION}.extraction.extraction_retry",
        f"{_CURATION}.extraction.extraction_cancel",
        f"{_CURATION}.extraction.extraction_sweep",
        f"{_JOBS}.bell.sweep",
        f"{_JOBS}.leases.fail",
        f"{_JOBS}.leases.reopen",
        f"{_JOBS}.leases.cancel",
    ),
    imports: (
        f"{_CURATION}.documents.document_import",
        f"{_CURATION}.row_imports.import_request",
        f"{_CURATION}.row_imports.import_retry",
        f"{_CURATION}.row_imports.import_cancel",
        f"{_CURATION}.row_imports.import_run",
        f"{_CURATION}.row_imports.import_run_next",
        f"{_CURATION}.row_imports.import_sweep",
        f"{_CURATION}.triple_import.candidates_import",
        f"{_CURATION}.triple_import.rows_propose",
    ),
    imports_from_other_systems: (
        f"{_CURATION}.annotation.annotation_export",
        f"{_CURATION}.documents.parsed_import",
        f"{_CURATION}.foreign.foreign_read",
        f"{_CURATION}.foreign.foreign_columns",
        f"{_CURATION}.foreign.foreign_import",
        f"{_CURATION}.foreign.foreign_discard",
        f"{_CURATION}.foreign.foreign_sweep",
        f"{_CURATION}.foreign.foreign_propose",
    ),
    the_demo: (
        "apps.dashboard.demo.people_and_space",
        "apps.dashboard.demo.document_ingest",
        "apps.dashboard.demo.review_by_key",
    ),
    a_form_sent_twice: ("apps.common.once.once",),
}
