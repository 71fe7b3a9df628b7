"""Exports as jobs: whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.common import jobs as job_loop
from apps.provenance.models import Checkpoint, Export
from apps.provenance.services.checkpoints import LogContradicted
from apps.provenance.services.exports import (
    EXPORTS,
    Chosen,
    NotOffered,
    NotPossible,
    bundle_run_next,
    export_cancel,
    export_downloaded,
    export_request,
    export_retry,
    export_run,
    export_run_next,
    export_sweep,
    jobs,
)
from apps.provenance.services.exports.files import alone, parts_of, path_of
from apps.provenance.services.exports.keeping import tidy
from memweb.queues import GROUPS
from tests import factories
from tests.apps.provenance.exported import ADDRESS, World, export_of, exported, make_world


@pytest.fixture
def world(space: Space, alice: User, bob: User, export_dir: Path) -> World:
    return make_world(space, alice, bob)


def request(world: World, actor: User, **given: Any) -> Export:
    chosen = {"chosen": Chosen(world.space.pk, "space"), "format": "jsonl", "address": ADDRESS}
    return export_request(space=world.space, actor=actor, **(chosen | given))


def actions(space: Space) -> list[str]:
    rows = Event.objects.filter(space=space, action__startswith="export.").order_by("pk")
    return list(rows.values_list("action", flat=True))


def slices(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Let a slice take one fact and save it."""
    settings.SLICE_SECONDS = 0
    original = jobs.some_facts
    monkeypatch.setattr(jobs, "some_facts", lambda *args, **kwargs: original(*args, **kwargs)[:1])


def test_it_writes_a_file_for_its_owner_alone_and_says_its_hash(
    world: World, dave: User, export_dir: Path
) -> None:
    export = export_of(world.space, dave)
    path = path_of(export)
    data = path.read_bytes()
    assert (export.state, export.done, export.size) == ("done", 3, len(data))
    assert export.sha256 == hashlib.sha256(data).hexdigest()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(export_dir.stat().st_mode) == 0o700
    assert {one.suffix for one in export_dir.iterdir()} == {".file", ".lock"}
    assert actions(world.space) == ["export.requested", "export.finished"]
    event = Event.objects.get(space=world.space, action="export.finished")
    assert event.payload["sha256"] == export.sha256
    assert event.actor_label == "export"


def test_it_goes_on_where_a_killed_worker_left_it(
    world: World, dave: User, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    whole = exported(world.space, dave, "jsonl").read_bytes()
    slices(monkeypatch, settings)
    export = request(world, dave)
    export_run_next()
    export.refresh_from_db()
    assert (export.state, export.done) == ("queued", 1)
    # What a worker wrote and did not save is cut off.
    with (parts_of(export) / "facts").open("ab") as file:
        file.write(b"half a fa")
    while export_run_next() is not None:
        pass
    export.refresh_from_db()
    assert (export.state, export.done) == ("done", 3)
    assert path_of(export).read_bytes() == whole


def test_it_begins_anew_where_its_parts_were_lost(
    world: World, dave: User, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    slices(monkeypatch, settings)
    export = request(world, dave)
    export_run_next()
    (parts_of(export) / "facts").unlink()
    while export_run_next() is not None:
        pass
    export.refresh_from_db()
    assert (export.state, export.done) == ("done", 3)
    assert len(path_of(export).read_text().split("\n")) == 4


@pytest.mark.parametrize("where", ["put", "save", "pieces"])
def test_a_full_disk_ends_it_with_a_clear_reason_and_leaves_nothing(
    world: World, dave: User, monkeypatch: pytest.MonkeyPatch, export_dir: Path, where: str
) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(f"apps.provenance.services.exports.parts.Parts.{where}", full)
    if where == "save":
        monkeypatch.setattr(jobs, "SAVE_SECONDS", -1)
    export = request(world, dave)
    export_run(export_id=export.pk)
    export.refresh_from_db()
    assert (export.state, export.error) == ("failed", jobs.FULL)
    tidy(export)  # after the commit that a test does not have
    assert [one.suffix for one in export_dir.iterdir()] == [".lock"]
    assert not export.is_offered
    assert actions(world.space)[-1] == "export.failed"
    monkeypatch.undo()
    assert export.state == "failed"


def test_it_can_be_tried_again_from_its_beginning(world: World, dave: User) -> None:
    export = request(world, dave)
    export_cancel(export=export, actor=dave)
    with pytest.raises(NotPossible):
        export_cancel(export=export, actor=dave)
    assert export_run_next() is None
    export_retry(export=export, actor=dave)
    with pytest.raises(NotPossible):
        export_retry(export=export, actor=dave)
    assert export_run(export_id=export.pk).state == "done"
    assert actions(world.space) == [
        "export.requested", "export.cancelled", "export.retried", "export.finished"
    ]  # fmt: skip


def test_one_that_is_cancelled_under_way_leaves_nothing(
    world: World, dave: User, monkeypatch: pytest.MonkeyPatch, export_dir: Path
) -> None:
    monkeypatch.setattr(jobs, "SAVE_SECONDS", -1)
    original = jobs.some_facts
    export = request(world, dave)

    def cancels(*args: Any, **kwargs: Any) -> Any:
        export_cancel(export=export, actor=dave)
        return original(*args, **kwargs)

    monkeypatch.setattr(jobs, "some_facts", cancels)
    export_run_next()
    export.refresh_from_db()
    assert export.state == "cancelled"
    assert [one.suffix for one in export_dir.iterdir()] == [".lock"]


def test_two_workers_never_write_one_file(world: World, dave: User) -> None:
    export = request(world, dave)
    with alone(export):
        job_loop.run(EXPORTS, export.pk, jobs._write)
    export.refresh_from_db()
    assert export.state == "queued"
    assert "still at this export" in export.error


def test_its_file_is_kept_for_a_set_time(world: World, dave: User, settings: Any) -> None:
    settings.EXPORT_KEEP_DAYS = 3
    export = export_of(world.space, dave)
    assert export.expires_at is not None
    left = export.expires_at - timezone.now()
    assert timedelta(days=2, hours=23) < left <= timedelta(days=3)
    export_downloaded(export=export, actor=dave)
    export_sweep()
    assert path_of(export).exists()
    Export.objects.filter(pk=export.pk).update(expires_at=timezone.now())
    export.refresh_from_db()
    with pytest.raises(NotOffered):
        export_downloaded(export=export, actor=dave)
    export_sweep()
    export_sweep()
    export.refresh_from_db()
    assert export.removed_at is not None
    assert actions(world.space)[-2:] == ["export.downloaded", "export.removed"]
    tidy(export, whole=True)
    assert not path_of(export).exists()


def test_one_person_has_so_many_at_a_time(world: World, dave: User, settings: Any) -> None:
    settings.OPEN_EXPORTS = 1
    request(world, dave)
    with pytest.raises(job_loop.TooManyOpen, match="1 exports waiting"):
        request(world, dave)


def test_what_is_recorded_later_is_left_out(
    world: World, dave: User, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    slices(monkeypatch, settings)
    export = request(world, dave)
    export_run_next()
    factories.make_triple(world.space, "Late", "place of birth", "Later")
    while export_run_next() is not None:
        pass
    export.refresh_from_db()
    assert export.done == 3


def test_names_begin_with_the_set_address(world: World, dave: User, settings: Any) -> None:
    assert request(world, dave).address == ADDRESS
    settings.SITE_ADDRESS = "https://facts.example.org"
    assert request(world, dave).address == "https://facts.example.org"


@pytest.mark.django_db(transaction=True)
def test_a_checkpoint_is_made_of_what_it_is_taken_from(world: World, dave: User) -> None:
    export = export_of(world.space, dave)
    last = Checkpoint.objects.filter(log__space=world.space).first()
    asked = Event.objects.get(action="export.requested", subject_id=export.pk)
    assert last is not None
    assert last.size > asked.entry.index


def test_of_a_log_that_contradicts_its_checkpoint_nothing_is_exported(
    world: World, dave: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contradicted(log: object) -> None:
        raise LogContradicted("It does not begin with what was signed.")

    monkeypatch.setattr(jobs, "checkpoint_now", contradicted)
    export = export_of(world.space, dave)
    assert (export.state, export.error) == ("failed", "It does not begin with what was signed.")


def test_a_bundle_is_written_by_the_worker_of_long_work(
    world: World,
    dave: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    rung: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "apps.common.jobs.bell.current_app.send_task",
        lambda task, queue, **given: rung.append((task, queue)),
    )
    with django_capture_on_commit_callbacks(execute=True):
        bundle, lines = request(world, dave, format="bundle"), request(world, dave)
    assert rung == [("provenance.bundle", "bundle"), ("provenance.export", "export")]
    assert export_run_next() == lines
    assert export_run_next() is None
    assert bundle_run_next() == bundle
    assert bundle_run_next() is None
    bundle.refresh_from_db()
    assert bundle.state == "done"


def test_a_long_bundle_holds_its_lease_and_all_that_waits_behind_it(
    world: World, dave: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[tuple[str, ...]] = []

    class Held(jobs.Pulse):
        def __enter__(self) -> Held:
            held.append(self._queues)
            return self

        def __exit__(self, *error: object) -> None:
            held.append(())

    export = request(world, dave, format="bundle")
    once = jobs.bundle_publish

    def publish(row: Export) -> Any:
        assert held == [GROUPS["checks"]]  # and not only its own: no worker there is stuck
        return once(row)

    monkeypatch.setattr(jobs, "Pulse", Held)
    monkeypatch.setattr(jobs, "bundle_publish", publish)
    bundle_run_next()
    export.refresh_from_db()
    assert (export.state, export.error) == ("done", "")
    assert held[1:] == [()]
