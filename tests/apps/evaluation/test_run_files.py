"""The results of a run with very many cases, written by a worker."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.common.jobs import TooManyOpen
from apps.evaluation.models import Case, Result, Run, RunExport
from apps.evaluation.services import privacy
from apps.evaluation.services.run_exports import (
    export_cancel,
    export_request,
    export_run,
    export_run_next,
    export_sweep,
    files,
    jobs,
    run_export,
)
from apps.evaluation.views import run_exports
from tests.apps.evaluation.evaluated import (
    file_of,
    make_benchmark,
    make_finished,
    make_version,
    questions,
)

pytestmark = pytest.mark.django_db
OUTCOMES = ["right", "wrong", "right", "partly", "abstained", "wrong"]


@pytest.fixture(autouse=True)
def _apart(settings, tmp_path: Path, monkeypatch) -> None:
    settings.EXPORT_DIR = tmp_path / "exports"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)
    monkeypatch.setattr(run_exports, "worker_alive", lambda *queues: True)


@pytest.fixture
def run(space: Space, dave: User) -> Run:
    found = make_finished(make_version(make_benchmark(space, dave), questions(6)), dave, OUTCOMES)
    Run.objects.filter(pk=found.pk).update(done=6)
    found.refresh_from_db()
    return found


@pytest.fixture
def many(monkeypatch) -> None:
    monkeypatch.setattr(run_exports, "MOST_AT_ONCE", 5)


@pytest.fixture
def slices(monkeypatch, settings) -> None:
    """Let a slice write one result and save it."""
    settings.SLICE_SECONDS = 0
    monkeypatch.setattr(jobs, "AT_ONCE", 1)


def at_once(run: Run, dave: User, format: str) -> bytes:
    with run_export(run=run, actor=dave, format=format).file as file:
        return file.read()


def actions(space: Space) -> list[str]:
    rows = Event.objects.filter(space=space, action__startswith="run.export").order_by("pk")
    return list(rows.values_list("action", flat=True))


@pytest.mark.parametrize("format", ["json", "csv"])
def test_it_writes_the_same_as_at_once(run: Run, dave: User, format: str) -> None:
    export = export_run(export_id=export_request(run=run, actor=dave, format=format).pk)
    data = files.path_of(export).read_bytes()
    assert (export.state, export.done, export.total, export.size) == ("done", 6, 6, len(data))
    assert data == at_once(run, dave, format)
    sealed = Event.objects.filter(action="run.exported").order_by("pk").first()
    assert sealed is not None
    assert sealed.payload["sha256"] == export.sha256
    assert sealed.actor == dave


@pytest.mark.parametrize("format", ["json", "csv"])
def test_it_goes_on_where_a_killed_worker_left_it(
    run: Run, dave: User, slices: None, monkeypatch, format: str
) -> None:
    export = export_request(run=run, actor=dave, format=format)
    for _ in range(3):
        export_run_next()
    # A worker writes two more that nobody saved, and is gone.
    with files.part_of(export).open("ab") as file:
        file.write(b"half a resu")
    monkeypatch.setattr(jobs, "_save", _killed)
    with pytest.raises(KeyboardInterrupt):
        export_run_next()
    monkeypatch.undo()
    RunExport.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    export = export_run(export_id=export.pk)
    assert (export.state, export.done) == ("done", 6)
    data = files.path_of(export).read_bytes().decode()
    rows = (
        [one["number"] for one in json.loads(data)["results"]]
        if format == "json"
        else [int(one["number"]) for one in csv.DictReader(io.StringIO(data, newline=""))]
    )
    assert rows == [1, 2, 3, 4, 5, 6]
    assert not files.part_of(export).exists()


def _killed(*given: object) -> None:
    raise KeyboardInterrupt


def test_it_begins_anew_where_what_was_written_is_gone(run: Run, dave: User, slices: None) -> None:
    export = export_request(run=run, actor=dave, format="json")
    export_run_next()
    export_run_next()
    files.part_of(export).unlink()
    while export_run_next() is not None:
        pass
    export.refresh_from_db()
    assert json.loads(files.path_of(export).read_bytes())["results"][0]["number"] == 1
    assert export.done == 6


def test_a_full_disk_ends_it_and_leaves_nothing(
    run: Run, dave: User, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    def full(*args: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files, "saved", full)
    asked = export_request(run=run, actor=dave, format="csv")
    with django_capture_on_commit_callbacks(execute=True):
        export = export_run(export_id=asked.pk)
    assert (export.state, export.error) == ("failed", jobs.FULL)
    assert list(files.path_of(export).parent.iterdir()) == []
    assert actions(run.space) == ["run.export_requested", "run.export_failed"]


def test_another_process_that_is_still_at_it_is_left_alone(run: Run, dave: User) -> None:
    export = export_request(run=run, actor=dave, format="csv")
    with files.growing(export):
        export_run_next()
    export.refresh_from_db()
    assert (export.state, export.attempts) == ("queued", 1)


def test_the_same_file_asked_for_twice_is_one(run: Run, dave: User, alice: User, settings) -> None:
    one = export_request(run=run, actor=dave, format="csv")
    assert export_request(run=run, actor=alice, format="csv") == one
    settings.OPEN_EXPORTS = 1
    with pytest.raises(TooManyOpen):
        export_request(run=run, actor=dave, format="json")


def test_the_page_shows_it_from_asking_to_the_file(
    run: Run, dave: User, many: None, slices: None, sign_in, django_capture_on_commit_callbacks
) -> None:
    client = sign_in(dave)
    page = reverse("evaluation:run", args=[run.space.slug, run.pk])
    response = client.post(
        reverse("evaluation:run-export", args=[run.space.slug, run.pk]), {"format": "json"}
    )
    assert response.headers["Location"] == f"{page}#files"
    assert "Waiting for a worker" in client.get(page).content.decode()
    export_run_next()
    part = client.get(reverse("evaluation:run-files", args=[run.space.slug, run.pk]))
    assert "1 of 6 results" in part.content.decode()
    export = RunExport.objects.get()
    address = reverse("evaluation:run-file", args=[run.space.slug, run.pk, export.pk])
    assert client.get(address).status_code == 409
    while export_run_next() is not None:
        pass
    part = client.get(reverse("evaluation:run-files", args=[run.space.slug, run.pk]))
    assert part.status_code == 286  # nothing to look at any more
    assert "Download JSON" in part.content.decode()
    found = client.get(address)
    assert json.loads(file_of(found))["run"] == run.pk
    assert found["Content-Disposition"] == f'attachment; filename="atlas-run-{run.pk}.json"'
    assert actions(run.space)[-1] == "run.export_downloaded"
    RunExport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(address).status_code == 410
    with django_capture_on_commit_callbacks(execute=True):
        export_sweep()
    assert not files.path_of(export).exists()
    assert actions(run.space)[-1] == "run.export_removed"


def test_a_small_run_is_still_taken_at_once(run: Run, dave: User, sign_in) -> None:
    address = reverse("evaluation:run-export", args=[run.space.slug, run.pk])
    assert json.loads(file_of(sign_in(dave).post(address, {"format": "json"})))["run"] == run.pk
    assert not RunExport.objects.exists()


def test_it_can_be_cancelled(
    run: Run, dave: User, slices: None, sign_in, django_capture_on_commit_callbacks
) -> None:
    export = export_request(run=run, actor=dave, format="csv")
    export_run_next()
    address = reverse("evaluation:run-file-end", args=[run.space.slug, run.pk, export.pk])
    with django_capture_on_commit_callbacks(execute=True):
        assert sign_in(dave).post(address).status_code == 302
    export.refresh_from_db()
    assert export.state == "cancelled"
    assert not files.part_of(export).exists()
    assert not export_cancel(export=export, actor=dave)


@pytest.mark.parametrize("at", ["_results", "_save"])
def test_a_worker_that_learns_late_that_it_was_cancelled_leaves_nothing(
    run: Run, dave: User, monkeypatch, django_capture_on_commit_callbacks, at: str
) -> None:
    export = export_request(run=run, actor=dave, format="csv")
    once = getattr(jobs, at)

    def cancelled(*given: object) -> object:
        monkeypatch.setattr(jobs, at, once)
        with django_capture_on_commit_callbacks(execute=True):
            export_cancel(export=RunExport.objects.get(pk=export.pk), actor=dave)
        files.part_of(export).write_bytes(b"begun after what there was had been removed")
        return once(*given)

    monkeypatch.setattr(jobs, at, cancelled)
    monkeypatch.setattr(jobs, "SAVE_SECONDS", 0)
    export_run_next()
    export.refresh_from_db()
    assert export.state == "cancelled"
    assert list(files.path_of(export).parent.iterdir()) == []


def test_only_who_takes_the_file_is_noted(run: Run, dave: User, sign_in) -> None:
    export = export_run(export_id=export_request(run=run, actor=dave, format="csv").pk)
    address = reverse("evaluation:run-file", args=[run.space.slug, run.pk, export.pk])
    client = sign_in(dave)
    head = client.head(address)
    file_of(head)
    assert head["Content-Length"] == str(export.size)
    assert "run.export_downloaded" not in actions(run.space)
    assert len(file_of(client.get(address))) == export.size
    assert actions(run.space)[-1] == "run.export_downloaded"


@pytest.mark.parametrize("name", ["run-files", "run-file", "run-file-end"])
def test_it_is_for_owners_and_auditors_of_the_space(
    run: Run, dave: User, carol: User, mallory: User, sign_in, name: str
) -> None:
    export = export_request(run=run, actor=dave, format="csv")
    numbers = [run.pk] if name == "run-files" else [run.pk, export.pk]
    address = reverse(f"evaluation:{name}", args=[run.space.slug, *numbers])
    send = "post" if name == "run-file-end" else "get"
    assert getattr(sign_in(carol), send)(address).status_code == 403
    assert getattr(sign_in(mallory), send)(address).status_code == 404


def test_what_is_erased_goes_with_its_files(run: Run, dave: User, alice: User) -> None:
    case = Case.objects.get(version=run.version, number=2)
    Case.objects.filter(pk=case.pk).update(rests_on={"documents": [77]})
    done = export_run(export_id=export_request(run=run, actor=dave, format="csv").pk)
    waits = export_request(run=run, actor=dave, format="json")
    gone = privacy.Gone(
        what="document 77", actor=alice, actor_label="", spaces=(run.space_id,), documents=(77,)
    )
    privacy.cases_erase(gone)
    done.refresh_from_db()
    assert done.removed_at is not None
    assert actions(run.space)[-1] == "run.export_removed"
    written = export_run(export_id=waits.pk)
    numbers = [one["number"] for one in json.loads(files.path_of(written).read_bytes())["results"]]
    assert numbers == [1, 3, 4, 5, 6]
    assert Result.objects.filter(run=run).count() == 5


def test_a_file_asked_for_while_an_erasure_goes_on_holds_nothing_of_it(
    run: Run, dave: User, alice: User, django_capture_on_commit_callbacks
) -> None:
    case = Case.objects.get(version=run.version, number=2)
    Case.objects.filter(pk=case.pk).update(rests_on={"documents": [77]})
    gone = privacy.Gone(
        what="document 77", actor=alice, actor_label="", spaces=(run.space_id,), documents=(77,)
    )
    with django_capture_on_commit_callbacks(execute=True):
        privacy.cases_erase(gone)
        # By another process, to which nothing is erased before the commit.
        late = export_run(export_id=export_request(run=run, actor=dave, format="csv").pk)
        assert late.is_offered
    late.refresh_from_db()
    assert late.removed_at is not None
    assert not files.path_of(late).exists()
