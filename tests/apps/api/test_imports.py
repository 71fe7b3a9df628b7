"""Files of other systems by programs: a dry run, a mapping, candidates and never facts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import Space, User
from apps.curation.models import Candidate, ForeignDraft
from apps.curation.services import foreign as services
from apps.memory.models import Relation, Triple
from apps.sources import foreign
from apps.sources.models import Document
from tests import factories
from tests.apps.api.conftest import Program
from tests.apps.api.test_manners import send
from tests.apps.curation.test_foreign_import import GRAPH

AT = "/api/v1/spaces/atlas/imports"
TABLE = b"who,where\nAda Brook,Lindenau\nBo Lind,Rome\n"


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "parse_foreign", lambda data, **_: foreign.read(data))
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture
def born(space: Space) -> Relation:
    return factories.make_relation(space, "place of birth", wikidata_property="P19")


@pytest.fixture
def reviewer(bob: User, space: Space, program: Program) -> Client:
    return program(bob)


def upload(client: Client, content: object = GRAPH, name: str = "graph.json", key: str = "") -> Any:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = {"idempotency-key": key} if key else {}
    return client.post(AT, {"file": SimpleUploadedFile(name, data)}, headers=headers)


def test_a_file_is_looked_at_mapped_and_put_to_review(
    reviewer: Client, born: Relation, bob: User
) -> None:
    made = upload(reviewer, key="one")
    assert made.status_code == 201, made.content
    assert upload(reviewer, key="one").json() == made.json()
    shown = reviewer.get(made["Location"]).json()
    assert (shown["system"], shown["facts"], shown["texts"]) == ("Graphiti", 2, 1)
    assert {one["key"] for one in shown["relations"]} == {"birthplace", "dwells in"}
    assert [one["count"] for one in shown["left_out"]] == [1]
    assert not Document.objects.exists()
    body = {"relations": {"birthplace": born.pk}, "texts": True}
    done = send(reviewer, f"{made['Location']}/commit", body, Idempotency_Key="two")
    assert done.status_code == 201, done.content
    again = send(reviewer, f"{made['Location']}/commit", body, Idempotency_Key="two")
    assert again.json() == done.json()
    facts = Document.objects.get(pk=done.json()["facts"]["document"])
    assert (facts.added_by, done.json()["facts"]["candidates"]) == (bob, 1)
    assert done.json()["texts"]["created"] is True
    candidate = Candidate.objects.get()
    assert (candidate.origin, candidate.state, candidate.proposed_by) == ("import", "pending", bob)
    assert not Triple.objects.exists()
    assert reviewer.get(made["Location"]).status_code == 404


def test_the_columns_of_a_table_are_said(reviewer: Client, born: Relation) -> None:
    made = upload(reviewer, TABLE, "places.csv").json()
    assert (made["columns"], made["facts"]) == (["who", "where"], 0)
    at = f"{AT}/{made['id']}"
    for body in ({"subject": 0, "object": 1}, {"subject": 0, "object": 0, "one_relation": "x"},
                 {"subject": 0, "object": 7, "one_relation": "x"}):  # fmt: skip
        assert send(reviewer, f"{at}/columns", body).status_code == 400
    mapped = {"subject": 0, "object": 1, "one_relation": "born in"}
    shown = send(reviewer, f"{at}/columns", mapped).json()
    assert (shown["facts"], shown["relations"][0]["key"]) == (2, "born in")
    done = send(reviewer, f"{at}/commit", {"relations": {"born in": born.pk}})
    assert done.json()["facts"]["candidates"] == 2
    assert Candidate.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"relations": {}}, 409),
        ({"relations": {"BIRTHPLACE": 10**9}}, 400),
        ({"relations": {"NOT_THERE": 1}}, 400),
        ({}, 400),
        ({"relations": {"BIRTHPLACE": "P19"}}, 400),
        ({"relations": {}, "all": True}, 400),
    ],
)
def test_what_cannot_be_committed_adds_nothing(
    reviewer: Client, born: Relation, body: dict[str, Any], status: int
) -> None:
    at = upload(reviewer)["Location"]
    assert send(reviewer, f"{at}/commit", body).status_code == status
    assert not Candidate.objects.exists()
    assert ForeignDraft.objects.count() == 1


@pytest.mark.parametrize("data", [b"", b"{", b'{"a": 1}', b"\x00\xff\xfe", b"[" * 5_000])
def test_what_is_no_such_file_is_refused(reviewer: Client, data: bytes) -> None:
    answer = upload(reviewer, data)
    assert 400 <= answer.status_code < 500
    assert answer["Content-Type"] == "application/problem+json"
    assert not ForeignDraft.objects.exists()


def test_it_is_given_up(reviewer: Client, carol: User, program: Program) -> None:
    at = upload(reviewer)["Location"]
    assert upload(program(carol)).status_code == 403
    assert program(carol).get(at).status_code == 403
    assert reviewer.delete(at).status_code == 204
    assert not ForeignDraft.objects.exists()
