"""Heads and explicit memory by programs: read, changed in the version that was read, built."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.explicit.models import ExplicitBuild, ExplicitMemory, ExplicitMove
from tests import factories
from tests.apps.api.conftest import Program
from tests.apps.api.test_manners import send
from tests.apps.explicit.rows import make_memory
from tests.worker import based_heads
from worker import offers

AT = "/api/v1/spaces/atlas"


@pytest.fixture
def owner(alice: User, space: Space, program: Program) -> Client:
    return program(alice)


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Any:
    return based_heads.offer(monkeypatch)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offers, "bases_with_explicit", lambda: [offers.Choosable("smollm2", "S")])
    monkeypatch.setattr("apps.explicit.services.choices.missing_for", lambda *given: "")
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


def test_a_head_is_chosen_in_the_version_that_was_read(owner: Client, space: Space) -> None:
    heads = owner.get(f"{AT}/heads").json()["items"]
    assert [one["side"] for one in heads] == ["write", "read"]
    at = f"{AT}/heads/write"
    shown = owner.get(at)
    assert shown.json() == heads[0]
    assert (heads[0]["backend"], heads[0]["least"]) == ("site", 0)
    done = send(owner, at, {"least": 40}, "patch", If_Match=shown["ETag"])
    assert (done.status_code, done.json()["least"]) == (200, 40), done.content
    space.refresh_from_db()
    assert space.write_head == {"least": 40}
    assert send(owner, at, {"least": 1}, "patch", If_Match=shown["ETag"]).status_code == 412
    assert Event.objects.filter(action="space.head_chosen").count() == 1


@pytest.mark.parametrize(
    ("side", "change", "status"),
    [
        ("write", {"backend": "no-such"}, 400),
        ("write", {"cut": False}, 400),
        ("read", {"least": 3}, 400),
        ("write", {"least": 101}, 400),
        ("write", {"learned": "f" * 64}, 400),
        ("third", {"least": 3}, 404),
    ],
)
def test_a_head_that_there_is_not_is_refused(
    owner: Client, space: Space, side: str, change: dict[str, Any], status: int
) -> None:
    answer = send(owner, f"{AT}/heads/{side}", change, "patch")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    space.refresh_from_db()
    assert (space.write_head, space.read_head) == ({}, {})


def test_a_head_needs_what_it_stands_on(owner: Client, space: Space, offered: Any) -> None:
    at = f"{AT}/heads/write"
    assert send(owner, at, {"backend": "causal", "base": "yew"}, "patch").status_code in (400, 422)
    done = send(owner, at, {"backend": "causal", "base": "birch"}, "patch")
    assert (done.status_code, done.json()["base"]) == (200, "birch"), done.content
    assert "birch" in [one["name"] for one in done.json()["bases"]]


def test_heads_are_for_owners(dave: User, program: Program, space: Space) -> None:
    client = program(dave)
    assert client.get(f"{AT}/heads").status_code == 403
    assert send(client, f"{AT}/heads/read", {"cut": False}, "patch").status_code == 403


def test_explicit_memory_is_switched_on_built_and_off(owner: Client, there: None) -> None:
    at = f"{AT}/explicit"
    shown = owner.get(at)
    assert (shown.json()["is_on"], shown.json()["policy"]) == (False, "off")
    assert send(owner, f"{at}/builds", {}).status_code == 409
    on = {"is_on": True, "base": "smollm2"}
    done = send(owner, at, on, "patch", If_Match=shown["ETag"])
    assert (done.status_code, done.json()["is_on"], done.json()["base"]) == (200, True, "smollm2")
    assert send(owner, at, {"is_on": False}, "patch", If_Match=shown["ETag"]).status_code == 412
    assert send(owner, at, {"base": "yew"}, "patch").status_code == 400
    assert send(owner, at, {"policy": "propose"}, "patch").status_code == 200
    built = send(owner, f"{at}/builds", {}, Idempotency_Key="one")
    assert (built.status_code, built.json()["state"]) == (202, "queued"), built.content
    assert send(owner, f"{at}/builds", {}, Idempotency_Key="one").json() == built.json()
    assert owner.get(built["Location"]).json()["id"] == ExplicitBuild.objects.get().pk
    assert send(owner, f"{built['Location']}/cancel", {}).json()["state"] == "cancelled"
    assert send(owner, f"{built['Location']}/cancel", {}).status_code == 409
    assert send(owner, at, {"is_on": False}, "patch").json()["is_on"] is False
    assert send(owner, at, {"base": "smollm2"}, "patch").status_code == 409


def test_a_memory_is_listed_with_its_facts(owner: Client, space: Space, alice: User) -> None:
    fact = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    proof = factories.make_evidence(fact, factories.make_document(space, alice), alice)
    row = make_memory([fact], [proof])
    at = f"{AT}/explicit/memories"
    [listed] = owner.get(f"{at}?state=fresh").json()["items"]
    assert (listed["id"], listed["subject"]["name"]) == (row.pk, "Ada Brook")
    assert owner.get(f"{at}?state=failed").json()["items"] == []
    shown = owner.get(f"{at}/{row.pk}").json()
    assert shown["memory"] == listed
    assert [(one["triple"], one["changed"]) for one in shown["facts"]] == [(fact.pk, False)]
    assert [one["text"] for one in shown["sentences"]] == ["Ada Brook was born in Lindenau."]
    ExplicitMemory.objects.update(state="stale")
    assert owner.get(f"{AT}/explicit").json()["stale"] == 1


def test_moves_are_listed_and_made_only_where_explicit_memory_is_on(
    owner: Client, space: Space
) -> None:
    assert send(owner, f"{AT}/explicit/moves", {}).status_code == 409
    fact = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    row = ExplicitMove.objects.create(
        space=space, subject=fact.subject, now="memory", to="text", expected=1, changes=0,
        saving=2.5, each=0.1, write=0.2, bytes=-100,
    )  # fmt: skip
    [listed] = owner.get(f"{AT}/explicit/moves").json()["items"]
    assert (listed["id"], listed["to"], listed["saving"]) == (row.pk, "text", 2.5)
    made = send(owner, f"{AT}/explicit/moves/{row.pk}/make", {})
    assert made.status_code == 409, made.content
    assert "Explicit memory is off" in made.json()["detail"]
    assert send(owner, f"{AT}/explicit/moves/{10**9}/make", {}).status_code == 404


def test_everybody_says_whether_retrieval_adapts_to_them(
    space: Space, carol: User, program: Program
) -> None:
    client, at = program(carol), f"{AT}/explicit/adapting"
    assert client.get(at).json() == {"is_on": True}
    assert send(client, at, {"is_on": False}, "put").json() == {"is_on": False}
    assert client.get(at).json() == {"is_on": False}
    assert client.get(f"{AT}/explicit").status_code == 403
