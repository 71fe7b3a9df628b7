"""The page that takes the bundle of a space, and the job behind it."""

from __future__ import annotations

import io
import os
import re
import stat
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.memory.models import Relation, Triple
from apps.provenance.models import Origin, SpaceImport
from apps.provenance.services import pulse
from apps.provenance.services.bundle_scope import Scope
from apps.provenance.services.bundles import bundle_write
from apps.provenance.services.imports import (
    ImportRefused,
    NotPossible,
    import_cancel,
    import_request,
    import_run_next,
    import_sweep,
    jobs,
    space_import,
)
from apps.provenance.services.imports.jobs import path_of
from apps.provenance.standalone import verify
from apps.provenance.views import imports as views
from memweb.senders import IMPORT_PATH, owns_space
from tests import factories
from tests.apps.provenance.lived import Lived, live

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/s/new/audit/import/"
Open = Callable[[User], Client]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.IMPORT_DIR = tmp_path / "imports"
    monkeypatch.setattr(views, "worker_alive", lambda *queues: True)
    return settings.IMPORT_DIR


@pytest.fixture
def lived(alice: User, bob: User, carol: User, dave: User, var: Path) -> Lived:
    return live(alice, bob, carol, dave)


@pytest.fixture
def bundle(lived: Lived, tmp_path: Path) -> bytes:
    path = tmp_path / "space.zip"
    bundle_write(scope=Scope(lived.space, "space", lived.space.slug), path=path)
    return path.read_bytes()


@pytest.fixture
def owner(alice: User, sign_in: Open) -> Client:
    """Alice's browser, in which she has opened a space on the page for it."""
    client = sign_in(alice)
    client.post("/new/", {"name": "New"})
    assert Relation.objects.filter(space__slug="new").count() > 50
    return client


def upload(client: Client, data: bytes, **fields: str):
    file = SimpleUploadedFile("space.zip", data, "application/zip")
    return client.post(f"{PAGE}new/", {"file": file, **fields})


def text_of(client: Client) -> str:
    return client.get(PAGE).content.decode()


def spoilt(bundle: bytes) -> bytes:
    """Return the bundle with another text of its document."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bundle)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"Ada", b"Eve") if name.endswith(".txt") else data)
    return out.getvalue()


def test_an_owner_imports_a_bundle_into_a_new_space_and_sees_where_it_comes_from(
    lived: Lived, bundle: bytes, owner: Client, dave: User, folder: Path
) -> None:
    assert "import a bundle" in owner.get("/s/new/").content.decode()
    assert "up to 2 GB" in text_of(owner)
    key = verify.Check(verify.Bundle(_file(folder, bundle)), [], None).signer.text
    answer = upload(owner, bundle, key=f" {key} ")
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    row = SpaceImport.objects.get()
    assert (row.state, row.size, row.key) == ("queued", len(bundle), key)
    assert stat.S_IMODE(path_of(row).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    waiting = text_of(owner)
    assert "Waiting for a worker" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    assert import_run_next() is not None
    row.refresh_from_db()
    assert (row.state, row.error) == ("done", "")
    assert list(folder.iterdir()) == []
    origin = Origin.objects.get(space__slug="new")
    assert origin.key_given
    page = text_of(owner)
    assert origin.name in page
    assert origin.sha256 in page
    assert "Nobody named the key" not in page
    assert owner.get(PAGE, headers={"hx-request": "true"}).headers["HX-Refresh"] == "true"
    assert PAGE in owner.get("/s/new/audit/").content.decode()
    assert Triple.objects.filter(space=origin.space).count() == (
        Triple.objects.filter(space=lived.space).count()
    )
    assert Relation.objects.filter(space=origin.space).count() == (
        Relation.objects.filter(space=lived.space).count()
    )
    told = Event.objects.filter(space=origin.space, action__startswith="space.import")
    assert list(told.order_by("pk").values_list("action", flat=True)) == [
        "space.import_requested", "space.imported",
    ]  # fmt: skip
    again = upload(owner, bundle)
    assert (again.status_code, SpaceImport.objects.count()) == (422, 1)


def _file(folder: Path, data: bytes) -> str:
    path = folder.parent / "own.zip"
    path.write_bytes(data)
    return str(path)


def test_a_changed_bundle_is_refused_with_what_is_wrong_and_leaves_nothing(
    lived: Lived, bundle: bytes, owner: Client, folder: Path
) -> None:
    before = (Triple.objects.count(), Relation.objects.count(), User.objects.count())
    upload(owner, spoilt(bundle))
    import_run_next()
    row = SpaceImport.objects.get()
    assert row.state == "failed"
    assert "not as it was made" in row.error
    assert f"documents/{lived.document.pk}.txt" in row.error
    page = text_of(owner)
    assert "Nothing was imported" in page
    assert "not as it was made" in page
    assert "Import it" in page  # another one can be uploaded
    assert before == (Triple.objects.count(), Relation.objects.count(), User.objects.count())
    assert list(folder.iterdir()) == []
    assert Event.objects.get(action="space.import_failed").payload["reason"] == row.error
    upload(owner, bundle)
    import_run_next()
    assert Origin.objects.filter(space__slug="new").exists()


@pytest.mark.parametrize(
    ("data", "fields", "says"),
    [
        (b"no zip at all", {}, "This is no bundle"),
        (b"", {}, "This is no bundle"),
        (b"PK", {"key": "rubbish"}, "no public key of the form"),
    ],
)
def test_what_is_no_bundle_is_refused_at_once(
    owner: Client, folder: Path, data: bytes, fields: dict[str, str], says: str
) -> None:
    answer = upload(owner, data, **fields)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not SpaceImport.objects.exists()
    assert not folder.exists()


def test_a_zip_that_is_no_bundle_is_refused_by_the_worker(owner: Client) -> None:
    upload(owner, b"PK\x03\x04 and rubbish")
    import_run_next()
    row = SpaceImport.objects.get()
    assert row.state == "failed"
    assert "The file is no zip file" in row.error  # and not where it lay on the server


def test_what_is_too_large_is_refused_unread(owner: Client, settings) -> None:
    settings.IMPORT_MAX_BYTES = 3 * 1024**2
    answer = owner.post(f"{PAGE}new/", b"", content_type="multipart/form-data; boundary=x",
                        headers={"content-length": str(4 * 1024**2)})  # fmt: skip
    assert answer.status_code == 413
    assert "larger than 3 MB" in answer.content.decode()
    assert "import_provenance" in answer.content.decode()


def test_only_an_owner_uploads_and_only_into_an_empty_space(
    lived: Lived, bundle: bytes, alice: User, dave: User, bob: User, mallory: User, sign_in: Open
) -> None:
    slug = lived.space.slug
    page = f"/s/{slug}/audit/import/"
    assert "it has documents" in sign_in(alice).get(page).content.decode()
    auditors = sign_in(dave).get(page)
    assert auditors.status_code == 200
    assert "Import it" not in auditors.content.decode()
    for person, status in ((dave, 403), (bob, 403), (mallory, 404)):
        assert sign_in(person).post(f"{page}new/").status_code == status
        assert sign_in(person).post(f"{page}cancel/").status_code == status
    with pytest.raises(ImportRefused, match="not empty"):
        import_request(space=lived.space, actor=alice, pieces=[bundle])
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post(f"{page}new/").status_code == 403


def test_two_uploads_are_one_import(alice: User, owner: Client) -> None:
    upload(owner, b"PK one")
    upload(owner, b"PK two")
    assert path_of(SpaceImport.objects.get()).read_bytes() == b"PK one"


def test_it_can_be_cancelled_also_under_way(
    bundle: bytes, alice: User, owner: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(owner, bundle)
    assert "cancelled" in owner.post(f"{PAGE}cancel/", follow=True).content.decode()
    assert list(folder.iterdir()) == []
    with pytest.raises(NotPossible):
        import_cancel(row=SpaceImport.objects.get(), actor=alice)
    assert "No import is under way" in owner.post(f"{PAGE}cancel/", follow=True).content.decode()
    upload(owner, bundle)
    original = jobs.bundle_checked

    def cancels(*args):  # type: ignore[no-untyped-def]
        import_cancel(row=SpaceImport.objects.first(), actor=alice)
        return original(*args)

    monkeypatch.setattr(jobs, "bundle_checked", cancels)
    import_run_next()
    assert {one.state for one in SpaceImport.objects.all()} == {"cancelled"}
    assert not Origin.objects.exists()
    assert list(folder.iterdir()) == []


def test_it_says_how_far_it_is_from_outside_of_its_transaction(
    bundle: bytes, owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "EVERY", 0.01)
    seen: list[str] = []
    original = pulse.jobs.renew

    def renew(row, **more):  # type: ignore[no-untyped-def]
        seen.append(SpaceImport.objects.get(pk=row.pk).doing)
        original(row, **more)

    checked = jobs.bundle_checked

    def slowly(*given):  # type: ignore[no-untyped-def]
        until = time.monotonic() + 20
        while "Checking the bundle" not in seen and time.monotonic() < until:
            time.sleep(0.01)
        return checked(*given)

    monkeypatch.setattr(pulse.jobs, "renew", renew)
    monkeypatch.setattr(jobs, "bundle_checked", slowly)
    upload(owner, bundle)
    import_run_next()
    assert SpaceImport.objects.get().state == "done"
    assert {"Checking the bundle", "Writing what it holds"} <= set(seen)


@pytest.mark.parametrize(
    ("error", "says"),
    [(SoftTimeLimitExceeded(), "longer than a worker has"), (OSError(28, "full"), "disk is full")],
)
def test_what_ends_it_is_said(
    bundle: bytes, owner: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, says: str
) -> None:
    def broken(*args: object) -> None:
        raise error

    monkeypatch.setattr(jobs, "space_fill", broken)
    upload(owner, bundle)
    import_run_next()
    row = SpaceImport.objects.get()
    assert row.state == "failed"
    assert says in row.error


def test_a_file_that_is_gone_or_belongs_to_nothing(
    owner: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(owner, b"PK")
    row = SpaceImport.objects.get()
    orphan, fresh = folder / "77.zip", folder / "x.new"
    for path in (orphan, fresh):
        path.write_bytes(b"PK")
    for path in (orphan, path_of(row)):
        os.utime(path, (0, 0))
    import_sweep()
    assert {path.name for path in folder.iterdir()} == {path_of(row).name, fresh.name}
    path_of(row).unlink()
    import_run_next()
    row.refresh_from_db()
    assert "Upload it once more" in row.error


def test_a_full_disk_keeps_nothing_of_an_upload(
    owner: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("apps.provenance.services.imports.jobs.os.fsync", full)
    answer = upload(owner, b"PK")
    assert answer.status_code == 507
    assert "disk of memweb is full" in answer.content.decode()
    assert list(folder.iterdir()) == []


def test_relations_alone_do_not_fill_a_space(bundle: bytes, tmp_path: Path, alice: User) -> None:
    space = factories.make_space("started")
    Relation.objects.create(space=space, name="birthplace")
    path = tmp_path / "own.zip"
    path.write_bytes(bundle)
    done = space_import(path=path, slug="started", owner=alice)
    assert not Relation.objects.filter(space=done.space, name="birthplace").exists()
    assert re.fullmatch(r"[0-9a-f]{64}", done.origin.sha256)


@pytest.mark.parametrize(("person", "may"), [("alice", True), ("dave", False), ("mallory", False)])
def test_only_an_owner_may_send_so_much(
    space: Space, mallory: User, sign_in: Open, person: str, may: bool
) -> None:
    client = sign_in(User.objects.get(username=person))
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    path = "/s/atlas/audit/import/new/"
    scope = {"path": path, "headers": [(b"cookie", cookie.encode())]}
    assert async_to_sync(owns_space)(scope) == may
    assert not async_to_sync(owns_space)({"path": path, "headers": []})
    assert not async_to_sync(owns_space)({**scope, "path": "/s/atlas/audit/exports/"})
    assert IMPORT_PATH.fullmatch(reverse("provenance:import-new", args=["atlas"]))
