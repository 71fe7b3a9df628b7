"""What goes wrong outside of a call's own view, and what kept answers leave behind."""

from __future__ import annotations

import asyncio
import json

import pytest
from django.test import Client

from apps.accounts.models import Space, User
from apps.api.models import KeptAnswer
from memweb.body_limit import BodyLimit, Limits
from memweb.busy import Busy
from tests import factories
from tests.apps.api.conftest import Program
from tests.apps.api.test_manners import send

AT = "/api/v1/spaces/atlas"


@pytest.mark.parametrize(("raised", "status"), [(RuntimeError("x"), 500), (Busy(), 503)])
def test_a_fault_has_the_one_shape(
    alice: User, program: Program, monkeypatch: pytest.MonkeyPatch, raised, status: int
) -> None:
    def fail(user: User) -> None:
        raise raised

    monkeypatch.setattr("apps.api.resources.me.spaces_of", fail)
    client: Client = program(alice)
    client.raise_request_exception = False
    answer = client.get("/api/v1/me")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["request"] == answer["X-Request-ID"]
    assert ("Retry-After" in answer) == (status == 503)


def test_a_body_without_end_has_the_one_shape() -> None:
    sent: list[dict] = []

    async def app(scope, receive, send) -> None:
        while (await receive()).get("more_body"):
            pass

    async def receive() -> dict:
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    async def keep(message: dict) -> None:
        sent.append(message)

    async def nobody(scope) -> bool:
        return False

    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/spaces",
        "headers": [(b"transfer-encoding", b"chunked")],
    }  # fmt: skip
    limit = BodyLimit(app, limits=Limits(max_bytes=5000, stranger_bytes=5000), known=nobody)
    asyncio.run(limit(scope, receive, keep))
    assert (sent[0]["status"], json.loads(sent[1]["body"])["status"]) == (413, 413)
    assert (b"content-type", b"application/problem+json") in sent[0]["headers"]


def test_kept_answers_go_with_what_is_erased(space: Space, alice: User, program: Program) -> None:
    document = factories.make_document(space, alice)
    client = program(alice)
    made = {"name": "mentor", "template": "{subject} was taught by {object}."}
    send(client, f"{AT}/relations", made, idempotency_key="here")
    send(client, "/api/v1/spaces", {"name": "Beta"}, idempotency_key="elsewhere")
    assert KeptAnswer.objects.count() == 2
    assert client.delete(f"{AT}/documents/{document.pk}?reason=asked").status_code == 200
    assert [row.key for row in KeptAnswer.objects.all()] == ["elsewhere"]
