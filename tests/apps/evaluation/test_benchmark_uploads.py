"""Uploading a benchmark in the browser: a look first, then all of it or nothing."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.audit.models import Event
from apps.evaluation.models import Benchmark
from apps.evaluation.services.benchmarks import drafts
from apps.evaluation.services.benchmarks.drafts import KEPT_SECONDS
from tests import factories

pytestmark = pytest.mark.django_db

ROWS = [
    {"question": "Who was born in Lindenau?", "answers": [["Ada Brook"]], "kind": "inverse"},
    {"question": "Where was Ada Brook born?", "answers": [], "kind": "absent", "relation": "home"},
]


@pytest.fixture
def space(settings, tmp_path):
    settings.BENCHMARK_DIR = tmp_path / "benchmarks"
    return factories.make_space("lindenau")


@pytest.fixture
def dave(space, client):
    user = factories.make_user("dave")
    factories.grant(space, user, "auditor")
    client.force_login(user)
    return user


def address(space) -> str:
    return reverse("evaluation:benchmark-upload", args=[space.slug])


def send(client, space, data=None, filename="places.json", **fields):
    data = json.dumps(ROWS).encode() if data is None else data
    sent = {"name": "Places", "kind": "questions", "licence": "CC0", "description": "", **fields}
    return client.post(address(space), {**sent, "file": SimpleUploadedFile(filename, data)})


def kept(settings) -> list[Path]:
    folder = Path(settings.BENCHMARK_DIR)
    return sorted(folder.iterdir()) if folder.exists() else []


def test_a_short_row_is_told_and_nothing_is_left_behind(space, dave, client, settings) -> None:
    text = send(client, space, b"question,answers\nWho?,Ada\nWhere?\n", "q.csv").content.decode()
    assert "&quot;answers&quot; is missing" in text
    assert kept(settings) == []


def test_nothing_is_left_of_a_file_whatever_fails(settings, tmp_path, monkeypatch) -> None:
    settings.BENCHMARK_DIR = tmp_path / "benchmarks"

    def broken(*given: object, **more: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(drafts.Summary, "add", broken)
    with pytest.raises(RuntimeError):
        drafts.draft_keep(
            json.dumps(ROWS).encode(), space=1, person=1, name="Places", kind="questions",
            filename="places.json",
        )  # fmt: skip
    assert kept(settings) == []


def test_a_file_is_looked_at_then_kept(space, dave, client, settings) -> None:
    factories.make_relation(space, "place of birth")
    looked = client.get(send(client, space)["Location"])
    text = looked.content.decode()
    assert "2 cases" in text
    assert "Who was born in Lindenau?" in text
    assert "1 relation of it is not in this space" in text
    assert "<strong>home</strong> (1 case)" in text
    assert not Benchmark.objects.exists()
    page = client.post(looked.request["PATH_INFO"], follow=True)
    version = Benchmark.objects.get().versions.get()
    assert "Version 1 of “Places” is kept." in page.content.decode()
    assert (version.size, version.filename, version.licence) == (2, "places.json", "CC0")
    assert version.how == {"format": "JSON"}
    assert kept(settings) == []


def test_the_same_file_again_changes_nothing(space, dave, client) -> None:
    for _ in range(2):
        page = client.post(send(client, space)["Location"], follow=True)
    assert "Nothing changed: these are the cases of version 1." in page.content.decode()
    assert Benchmark.objects.get().versions.count() == 1
    assert Event.objects.filter(action="benchmark.version_made").count() == 1


def test_a_name_that_is_there_gets_its_next_version(space, dave, client) -> None:
    client.post(send(client, space)["Location"])
    client.post(send(client, space, json.dumps(ROWS[:1]).encode())["Location"])
    assert list(Benchmark.objects.get().versions.values_list("number", flat=True)) == [2, 1]


@pytest.mark.parametrize(
    ("data", "fields", "says"),
    [
        (b"", {}, "The file is empty."),
        (b"[]", {}, "The file holds no cases."),
        (b"frage,antwort\nWer?,Ada", {}, "The file is no list in JSON"),
        (b"frage,antwort\nWer?,Ada", {"filename": "a.csv"}, "Missing: question, answers."),
        ("question,answers\nKöln?,".encode("latin-1"), {}, "not in UTF-8 (line 2)"),
        (b'{"question": "Who?"}', {}, "1 line is wrong. Nothing was kept."),
        (b'[{"question": "Who?"}]', {}, "Item 1"),
        (json.dumps([{**ROWS[0], "id": 1}] * 2).encode(), {}, "the id “1” is that of item 1 too"),
        (None, {"name": " "}, "Give it a name."),
        (None, {"name": "n" * 121}, "at most 120 characters"),
        (None, {"kind": "poems"}, "poems is not one of the available choices"),
        (None, {"kind": "statements"}, "is missing or no text"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_gets_its_reason(space, dave, client, settings, data, fields, says):
    response = send(client, space, data, **fields)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert kept(settings) == []
    assert not Benchmark.objects.exists()


def test_all_that_is_wrong_stands_on_one_page(space, dave, client) -> None:
    data = json.dumps([{"question": "Who?"}] * 60).encode()
    text = send(client, space, data).content.decode()
    assert "60 items are wrong" in text
    assert "The first 50:" in text
    assert "Item 50" in text
    assert "Item 51" not in text


def test_a_file_of_another_kind_is_asked_about(space, dave, client) -> None:
    def said(rows: list[dict], kind: str = "statements") -> str:
        return send(client, space, json.dumps(rows).encode(), kind=kind).content.decode()

    asks = "is it another kind of file?"
    text = said(ROWS)
    assert asks in text
    opened = re.findall(
        r'<details class="disclosure card" open>.*?<strong>(.*?)</strong>', text, re.S
    )
    assert opened == ["Sentences and their facts"]  # the format that was chosen
    assert asks not in said([*ROWS, {"question": "Who?"}], "questions")


def test_nothing_chosen_is_told(space, dave, client) -> None:
    response = client.post(address(space), {"name": "Places", "kind": "questions"})
    assert response.status_code == 422
    assert "Choose the file first." in response.content.decode()


def test_a_file_that_is_too_large_is_refused(space, dave, client, settings) -> None:
    settings.DOCUMENT_MAX_BYTES = 2**20
    response = send(client, space, b"[" + b" " * 2**20 + b"]")
    assert response.status_code == 422
    assert "larger than 1 MB, the most that is taken" in response.content.decode()


def test_a_body_that_is_too_large_is_refused_unread(space, dave, client) -> None:
    response = client.post(
        address(space), b"", content_type="multipart/form-data; boundary=x",
        headers={"Content-Length": str(50 * 2**20)},
    )  # fmt: skip
    assert response.status_code == 413
    assert "larger than 20 MB, the most that is taken" in response.content.decode()


def test_it_wants_the_token_of_the_form(space, dave) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(dave)
    assert send(strict, space).status_code == 403


def test_a_look_is_for_who_uploaded_it_alone(space, dave, client) -> None:
    draft = send(client, space)["Location"]
    other = factories.make_user("erin")
    factories.grant(space, other, "auditor")
    elsewhere = factories.make_space("halden")
    factories.grant(elsewhere, dave, "auditor")
    assert client.get(draft.replace("/lindenau/", "/halden/")).status_code == 404
    client.force_login(other)
    assert client.get(draft).status_code == 404
    assert client.post(draft).status_code == 404


@pytest.mark.parametrize("id", ["x", "..%2f..%2fetc", "0" * 32])
def test_what_is_no_draft_is_not_found(space, dave, client, id) -> None:
    assert client.get(f"{address(space)[:-7]}drafts/{id}/").status_code == 404


def test_a_draft_is_dropped(space, dave, client, settings) -> None:
    draft = send(client, space)["Location"]
    page = client.post(draft + "drop/", follow=True)
    assert "Nothing of it was kept." in page.content.decode()
    assert kept(settings) == []
    assert client.get(draft).status_code == 404


def test_a_draft_is_gone_after_a_day(space, dave, client, settings) -> None:
    draft = send(client, space)["Location"]
    old = time.time() - KEPT_SECONDS - 1
    for path in kept(settings):
        os.utime(path, (old, old))
    assert client.get(draft).status_code == 404
    send(client, space)
    assert len(kept(settings)) == 2


def test_a_full_disk_is_told_and_leaves_nothing(space, dave, client, settings, monkeypatch):
    def full(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("apps.evaluation.services.benchmarks.drafts._opened", full)
    response = send(client, space)
    assert response.status_code == 507
    assert "A disk of memweb is full" in response.content.decode()
    assert kept(settings) == []


def test_an_archived_name_is_told_at_the_look(space, dave, client) -> None:
    client.post(send(client, space)["Location"])
    Benchmark.objects.update(archived_at="2026-01-01T00:00:00Z")
    response = client.post(send(client, space, json.dumps(ROWS[:1]).encode())["Location"])
    assert response.status_code == 409
    assert "“Places” is archived. Restore it first" in response.content.decode()
