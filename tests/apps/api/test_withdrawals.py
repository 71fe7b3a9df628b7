"""Withdrawing a source: the dry run, what goes and what stays, and the way back."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.curation.services import candidate_accept
from apps.memory.models import Triple
from apps.provenance.models import Withdrawal
from tests import factories
from tests.apps.api.conftest import Program
from tests.apps.api.test_manners import send

AT = "/api/v1/spaces/atlas"


@pytest.fixture
def owner(alice: User, program: Program) -> Client:
    return program(alice)


@pytest.fixture
def source(space: Space, alice: User, bob: User) -> str:
    document = factories.make_document(space, alice)
    candidate_accept(candidate=factories.make_candidate(document, alice), actor=bob)
    return f"document:{document.pk}"


def test_a_source_is_withdrawn_as_its_dry_run_showed_it(source: str, owner: Client) -> None:
    dry = owner.get(f"{AT}/resting?source={source}").json()
    fact = Triple.objects.get()
    assert (dry["active"], dry["stay"], dry["evidence"], dry["answers"]) == (1, 0, 1, 0)
    assert [one["id"] for one in dry["going"]] == [fact.pk]
    assert Triple.objects.filter(status="active").count() == 1
    body = {"source": source, "reason": "a forgery", "seen_at": dry["seen_at"]}
    done = send(owner, f"{AT}/withdrawals", body, Idempotency_Key="one")
    assert done.status_code == 201, done.content
    assert send(owner, f"{AT}/withdrawals", body, Idempotency_Key="one").json() == done.json()
    row = Withdrawal.objects.get()
    assert (done.json()["withdrawal"]["facts"], done.json()["left"]) == (1, [])
    assert done["Location"] == f"{AT}/withdrawals/{row.pk}"
    assert Event.objects.filter(action="provenance.withdrawn").count() == 1
    assert not Triple.objects.filter(status="active").exists()
    assert send(owner, f"{AT}/withdrawals", body).status_code == 409
    back = send(owner, f"{AT}/withdrawals/{row.pk}/undo", {})
    assert (back.status_code, back.json()["withdrawal"]["undone_by"]) == (200, "alice")
    assert Triple.objects.get().status == "active"
    assert send(owner, f"{AT}/withdrawals/{row.pk}/undo", {}).status_code == 409
    [listed] = owner.get(f"{AT}/withdrawals").json()["items"]
    assert listed == owner.get(f"{AT}/withdrawals/{row.pk}").json()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"source": "document:999999"}, 400),
        ({"source": "planet:3"}, 400),
        ({"reason": ""}, 400),
        ({"seen_at": "2999-01-01T00:00:00Z"}, 400),
        ({"everything": True}, 400),
    ],
)
def test_what_cannot_be_withdrawn_changes_nothing(
    source: str, owner: Client, change: dict, status: int
) -> None:
    body = {"source": source, "reason": "x", "seen_at": "2026-01-01T00:00:00Z", **change}
    assert send(owner, f"{AT}/withdrawals", body).status_code == status
    assert Triple.objects.get().status == "active"


def test_what_was_decided_since_is_left(source: str, owner: Client) -> None:
    body = {"source": source, "reason": "x", "seen_at": "2026-01-01T00:00:00Z"}
    assert send(owner, f"{AT}/withdrawals", body).status_code == 409
    assert Triple.objects.get().status == "active"


def test_a_source_of_another_space_is_none(
    source: str, mallory: User, program: Program, owner: Client
) -> None:
    other = factories.make_space("other")
    document = factories.make_document(other, mallory)
    assert owner.get(f"{AT}/resting?source=document:{document.pk}").status_code == 400


def test_auditors_look_and_owners_withdraw(
    source: str, dave: User, bob: User, program: Program
) -> None:
    body = {"source": source, "reason": "x", "seen_at": "2026-01-01T00:00:00Z"}
    auditor, reviewer = program(dave), program(bob)
    assert auditor.get(f"{AT}/resting?source={source}").status_code == 200
    assert send(auditor, f"{AT}/withdrawals", body).status_code == 403
    assert reviewer.get(f"{AT}/resting?source={source}").status_code == 403
