"""The pages of exports: what to take, how much it is, the files."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.memory.models import Entity
from apps.provenance.models import Export
from apps.provenance.services.exports import Chosen, export_request
from apps.provenance.services.exports.files import path_of
from apps.provenance.views import exports
from tests import factories
from tests.apps.provenance.exported import ADDRESS, World, export_of, make_world

SignIn = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "worker_alive", lambda *queues: True)


@pytest.fixture
def world(space: Space, alice: User, bob: User, export_dir: Path) -> World:
    return make_world(space, alice, bob)


def address(world: World, name: str = "export-list", *numbers: int) -> str:
    return reverse(f"provenance:{name}", args=[world.space.slug, *numbers])


def test_it_shows_how_much_a_choice_is(world: World, dave: User, sign_in: SignIn) -> None:
    page = sign_in(dave).get(address(world))
    assert "<strong>3 facts</strong>" in page.content.decode()
    assert "No exports yet" in page.content.decode()
    found = sign_in(dave).get(
        address(world), {"scope": "answer", "question": world.question.pk, "format": "jsonl"},
        headers=HTMX,
    )  # fmt: skip
    part = found.content.decode()
    assert found.status_code == 200
    assert "<strong>1 fact</strong>" in part
    assert "<html" not in part
    assert 'name="question"' in part
    assert 'name="document"' not in part


def test_it_makes_and_gives_out_a_file(world: World, dave: User, sign_in: SignIn) -> None:
    client = sign_in(dave)
    made = client.post(address(world, "export-new"), {"scope": "space", "format": "jsonl"})
    export = Export.objects.get()
    assert made.headers["Location"] == address(world, "export", export.pk)
    assert export.address == "http://testserver"
    assert "Waiting for a worker" in client.get(made.headers["Location"]).content.decode()
    assert client.get(address(world, "export-download", export.pk)).status_code == 409
    export_of(world.space, dave)
    done = Export.objects.get(state="done")
    page = client.get(address(world)).content.decode()
    assert done.sha256 in page
    assert "Format: JSON Lines<" in client.get(address(world, "export", done.pk)).content.decode()
    response = client.get(address(world, "export-download", done.pk))
    data = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert hashlib.sha256(data).hexdigest() == done.sha256
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert f'filename="atlas-{done.pk}.jsonl"' in response.headers["Content-Disposition"]
    assert int(response.headers["Content-Length"]) == done.size
    event = Event.objects.get(action="export.downloaded")
    assert (event.actor, event.payload["sha256"]) == (dave, done.sha256)
    list(client.head(address(world, "export-download", done.pk)).streaming_content)  # type: ignore[attr-defined]
    assert Event.objects.filter(action="export.downloaded").count() == 1


def test_an_asynchronous_server_sends_it_piece_by_piece(
    world: World, dave: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports.Download, "block_size", 100)
    export = export_of(world.space, dave)
    with path_of(export).open("rb") as file:
        response = exports.Download(file)

        async def pieces() -> list[bytes]:
            return [piece async for piece in response]

        found = asyncio.run(pieces())
    assert len(found) > 5
    assert b"".join(found) == path_of(export).read_bytes()


def test_what_is_no_longer_kept_is_gone(world: World, dave: User, sign_in: SignIn) -> None:
    client = sign_in(dave)
    export = export_of(world.space, dave)
    at = address(world, "export-download", export.pk)
    path_of(export).rename(path_of(export).with_suffix(".away"))
    assert client.get(at).status_code == 410
    path_of(export).with_suffix(".away").rename(path_of(export))
    Export.objects.filter(pk=export.pk).update(expires_at=timezone.now())
    response = client.get(at)
    assert response.status_code == 410
    assert "no longer kept" in response.content.decode()
    assert "no longer kept" in client.get(address(world)).content.decode()
    assert not Event.objects.filter(action="export.downloaded").exists()


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"scope": "everything"}, 422),
        ({"scope": "space", "format": "xlsx"}, 422),
        ({"scope": "period"}, 422),
        ({"scope": "period", "since": "2026-02-30", "until": "2026-03-01"}, 422),
        ({"scope": "period", "since": "2026-03-02", "until": "2026-03-01"}, 422),
        ({"scope": "document"}, 422),
        ({"scope": "document", "document": "no such title"}, 422),
        ({"scope": "document", "document": "999999999"}, 404),
        ({"scope": "document", "document": "9" * 40}, 422),
        ({"scope": "entity", "entity": "0"}, 404),
        ({"scope": "answer", "question": "123456"}, 404),
        ({"scope": "reviewer", "reviewer": "123456"}, 404),
        ({"scope": "reviewer", "reviewer": "'; DROP TABLE"}, 404),
        ({"scope": "head", "version": "unheard-of"}, 404),
        ({"scope": "document", "document": "x\x00"}, 422),
    ],
)
def test_it_refuses_what_it_cannot_export(
    world: World, dave: User, sign_in: SignIn, given: dict[str, str], status: int
) -> None:
    sent = {"format": "jsonl"} | given
    client = sign_in(dave)
    assert client.post(address(world, "export-new"), sent).status_code == status
    looked = client.get(address(world), sent)
    is_unfilled = len(given) == 1 and given["scope"] != "everything"
    assert looked.status_code == (200 if is_unfilled else 422)
    assert ("field__error" in looked.content.decode()) is not is_unfilled
    assert not Export.objects.exists()


def test_it_says_nothing_of_another_space(
    world: World, mallory: User, dave: User, sign_in: SignIn
) -> None:
    other = factories.make_space("other")
    there = factories.make_document(other, mallory, title="Secret plan")
    entity = factories.make_entity(other, "Secret entity")
    question = factories.make_question(other, mallory)
    client = sign_in(dave)
    for given in (
        {"scope": "document", "document": str(there.pk)},
        {"scope": "entity", "entity": str(entity.pk)},
        {"scope": "answer", "question": str(question.pk)},
        {"scope": "reviewer", "reviewer": str(mallory.pk)},
    ):
        sent = {"format": "jsonl"} | given
        assert client.post(address(world, "export-new"), sent).status_code == 404
        assert b"Secret" not in client.get(address(world), sent).content
    named = {"scope": "document", "document": "Secret plan", "format": "jsonl"}
    assert client.post(address(world, "export-new"), named).status_code == 422
    foreign = export_request(
        space=other, actor=mallory, chosen=Chosen(other.pk, "space"), format="jsonl",
        address=ADDRESS,
    )  # fmt: skip
    for name in ("export", "export-download"):
        assert client.get(address(world, name, foreign.pk)).status_code == 404
    for name in ("export-cancel", "export-retry"):
        assert client.post(address(world, name, foreign.pk)).status_code == 404


def test_it_finds_things_by_their_names(world: World, dave: User, sign_in: SignIn) -> None:
    client = sign_in(dave)
    for given in (
        {"scope": "document", "document": "-1+2"},
        {"scope": "entity", "entity": "carl winter"},
        {"scope": "answer", "question": "where was ada brook born?"},
    ):
        made = client.post(address(world, "export-new"), {"format": "jsonl"} | given)
        assert made.status_code == 302
    numbers = set(Export.objects.values_list("scope", "number"))
    assert ("answer", world.question.pk) in numbers
    assert ("entity", world.facts[2].subject_id) in numbers
    Entity.objects.create(space=world.space, name="Carl Winter", description="another")
    twice = {"scope": "entity", "entity": "Carl Winter", "format": "jsonl"}
    page = client.post(address(world, "export-new"), twice)
    assert page.status_code == 422
    assert "Several are called so" in page.content.decode()


@pytest.mark.parametrize("who", ["bob", "carol", "mallory"])
def test_it_is_for_owners_and_auditors(
    world: World, who: str, request: Any, sign_in: SignIn, alice: User
) -> None:
    export = export_of(world.space, alice)
    client = sign_in(request.getfixturevalue(who))
    status = 404 if who == "mallory" else 403
    for name, numbers in (("export-list", ()), ("export", (export.pk,)),
                          ("export-download", (export.pk,))):  # fmt: skip
        assert client.get(address(world, name, *numbers)).status_code == status
    sent = {"scope": "space", "format": "jsonl"}
    assert client.post(address(world, "export-new"), sent).status_code == status


def test_a_form_sent_twice_makes_one_export(world: World, dave: User, sign_in: SignIn) -> None:
    client = sign_in(dave)
    sent = {"scope": "space", "format": "jsonl", "once": "abc"}
    first = client.post(address(world, "export-new"), sent)
    second = client.post(address(world, "export-new"), sent)
    assert first.headers["Location"] == second.headers["Location"]
    assert Export.objects.count() == 1


def test_it_can_be_cancelled_and_tried_again(world: World, dave: User, sign_in: SignIn) -> None:
    client = sign_in(dave)
    client.post(address(world, "export-new"), {"scope": "space", "format": "jsonl"})
    export = Export.objects.get()
    part = client.get(address(world, "export", export.pk), headers=HTMX)
    assert part.status_code == 200
    client.post(address(world, "export-cancel", export.pk))
    client.post(address(world, "export-cancel", export.pk))
    ended = client.get(address(world, "export", export.pk), headers=HTMX)
    assert ended.status_code == 286
    assert "was cancelled" in ended.content.decode()
    client.post(address(world, "export-retry", export.pk))
    export.refresh_from_db()
    assert export.state == "queued"


@pytest.mark.parametrize(
    ("state", "seconds", "more", "said"),
    [
        ("queued", None, {}, ["Waiting for a worker", "as soon as it is done"]),
        ("queued", 3, {"done": 2}, ["Writing the file"]),
        ("queued", 300, {"done": 2}, ["Waiting for its next turn", "as soon as it is done"]),
        ("queued", 3, {"attempts": 1, "error": "It broke."}, ["The last try did not succeed"]),
        ("running", 3, {"done": 2}, ["Writing the file", "2 of 3 facts"]),
        ("running", 60, {"done": 2}, ["Nothing is heard of its worker", "goes on after fact 2"]),
        ("running", 60, {"format": "bundle"}, ["Nothing is heard of its worker", "begins again"]),
    ],
)
def test_it_says_what_an_export_waits_for(
    world: World, dave: User, sign_in: SignIn, settings: Any,
    state: str, seconds: int | None, more: dict[str, Any], said: list[str],
) -> None:  # fmt: skip
    chosen = Chosen(world.space.pk, "space")
    row = export_request(
        space=world.space, actor=dave, chosen=chosen, format="jsonl", address=ADDRESS
    )
    heard = timezone.now() - timedelta(seconds=seconds) if seconds else None
    if state == "running" and heard:
        until = heard + timedelta(seconds=settings.LEASE_SECONDS)
        more = more | {"lease_until": until, "lease_token": uuid.uuid4()}
    Export.objects.filter(pk=row.pk).update(state=state, started_at=heard, **more)
    text = sign_in(dave).get(address(world, "export", row.pk)).content.decode()
    for words in said:
        assert words in text
    is_quiet = state == "running" and seconds == 60
    assert ("was last heard of at" in text) == is_quiet
