"""What the calls do is what the pages do: the same rows, refusals and events."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import Space, User
from apps.accounts.selectors import reviewers_of
from apps.audit.models import Event
from apps.curation.models import Candidate
from apps.memory.models import Triple
from apps.sources.models import Document
from tests import factories
from tests.apps.api.conftest import Program
from tests.apps.api.test_manners import send

AT = "/api/v1/spaces/atlas"
ROW = {"subject": "Ada Brook", "relation": "place of birth", "object": "Lindenau"}


@pytest.fixture(autouse=True)
def _no_ring(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    settings.WRITE_HEAD = settings.READ_HEAD = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture
def reviewer(space: Space, bob: User, program: Program) -> Client:
    factories.make_relation(space)
    return program(bob)


def proposed(space: Space, person: User) -> Candidate:
    """Return a candidate of a write head."""
    return factories.make_candidate(factories.make_document(space, person), person)


def accepted(reviewer: Client, space: Space, carol: User) -> dict:
    """Return the decision that lets ROW in, which somebody else has proposed."""
    candidate = proposed(space, carol)
    decided = send(
        reviewer,
        f"{AT}/candidates/{candidate.pk}/decisions",
        {"action": "accept", "version": candidate.version},
    )
    assert decided.status_code == 201, decided.content
    return decided.json()


def test_a_text_is_added_read_and_erased(
    space: Space, alice: User, reviewer: Client, program: Program
) -> None:
    added = send(reviewer, f"{AT}/documents", {"text": factories.TEXT, "title": "Ada"})
    assert added.status_code == 201
    row = added.json()
    assert (row["title"], row["state"], added["Location"]) == (
        "Ada", "queued", f"{AT}/documents/{row['id']}",
    )  # fmt: skip
    again = send(reviewer, f"{AT}/documents", {"text": factories.TEXT})
    assert (again.status_code, again.json()["id"]) == (200, row["id"])
    passages = reviewer.get(f"{AT}/documents/{row['id']}/passages").json()["items"]
    assert passages[0]["text"].startswith("Ada Brook was born")
    listed = reviewer.get(f"{AT}/documents?q=ada&state=open&fields=id").json()
    assert listed["items"] == [{"id": row["id"]}]
    refused = reviewer.delete(f"{AT}/documents/{row['id']}?reason=x")
    assert refused.status_code == 403
    assert program(alice).delete(f"{AT}/documents/{row['id']}").status_code == 400
    extraction = reviewer.get(f"{AT}/documents/{row['id']}/extractions").json()["items"][0]
    ended = send(reviewer, f"{AT}/extractions/{extraction['id']}/cancel", {})
    assert ended.json()["state"] == "cancelled"
    assert send(reviewer, f"{AT}/extractions/{extraction['id']}/cancel", {}).status_code == 409
    restarted = send(reviewer, f"{AT}/documents/{row['id']}/extractions", {})
    assert (restarted.status_code, restarted.json()["state"]) == (202, "queued")
    send(reviewer, f"{AT}/extractions/{restarted.json()['id']}/cancel", {})
    erased = program(alice).delete(f"{AT}/documents/{row['id']}?reason=asked+to")
    assert (erased.status_code, erased.json()["queued"]) == (200, False)
    assert Document.objects.get().text == ""


def test_a_file_is_added(space: Space, reviewer: Client) -> None:
    file = SimpleUploadedFile("ada.txt", factories.TEXT.encode())
    added = reviewer.post(f"{AT}/documents", {"file": file}, headers={"idempotency-key": "k"})
    file.seek(0)
    again = reviewer.post(f"{AT}/documents", {"file": file}, headers={"idempotency-key": "k"})
    assert (added.status_code, again.status_code) == (201, 201)
    assert added.json() == again.json()
    empty = reviewer.post(f"{AT}/documents", {"file": SimpleUploadedFile("a.txt", b"")})
    assert empty.status_code == 422
    picture = reviewer.post(f"{AT}/documents", {"file": SimpleUploadedFile("a.png", b"\x89PNG")})
    assert picture.status_code == 415
    for body in ({}, {"text": "a", "colour": "red"}, {"title": "x"}):
        assert send(reviewer, f"{AT}/documents", body).status_code == 400


def test_writes_make_candidates_and_never_facts(space: Space, reviewer: Client) -> None:
    made = send(reviewer, f"{AT}/writes", {"triples": [ROW]})
    assert made.status_code == 201
    assert made.json()["candidates"] == 1
    assert Candidate.objects.get().state == "pending"
    assert not Triple.objects.exists()
    assert send(reviewer, f"{AT}/writes", {"triples": [ROW]}).status_code == 200
    assert Candidate.objects.count() == 1


def test_one_wrong_row_of_many_takes_none(space: Space, reviewer: Client) -> None:
    rows = [ROW | {"subject": f"Person {number}"} for number in range(300)]
    rows[221] |= {"relation": "shoe size"}
    refused = send(reviewer, f"{AT}/writes", {"triples": rows})
    assert refused.status_code == 422
    assert "222" in refused.json()["detail"]
    assert not Candidate.objects.exists()
    rows[221] = {"subject": "x"}
    refused = send(reviewer, f"{AT}/writes", {"triples": rows})
    assert refused.status_code == 400
    assert "221" in json.dumps(refused.json()["errors"])


def test_a_thousand_rows_are_taken_in_one_call(space: Space, reviewer: Client) -> None:
    rows = [ROW | {"subject": f"Person {number}"} for number in range(1000)]
    made = send(reviewer, f"{AT}/writes", {"triples": rows})
    assert (made.status_code, made.json()["queued"]) == (202, True)


def test_a_candidate_is_decided_once(
    space: Space, carol: User, reviewer: Client, alice: User, program: Program
) -> None:
    decision = accepted(reviewer, space, carol)
    triple = Triple.objects.get()
    assert decision["triple"] == triple.pk
    late = send(
        reviewer,
        f"{AT}/candidates/{decision['candidate']}/decisions",
        {"action": "reject", "reason": "x", "version": 1},
    )
    assert late.status_code == 409
    assert late.json()["decision"]["id"] == decision["id"]
    undone = send(reviewer, f"{AT}/decisions/{decision['id']}/undo", {})
    assert undone.json()["state"] == "pending"
    assert send(reviewer, f"{AT}/decisions/{decision['id']}/undo", {}).status_code == 409
    assert program(alice).get(f"{AT}/candidates").status_code == 403


def test_nobody_decides_what_they_proposed(space: Space, bob: User, reviewer: Client) -> None:
    send(reviewer, f"{AT}/writes", {"triples": [ROW]})
    candidate = Candidate.objects.get(proposed_by=bob)
    refused = send(
        reviewer,
        f"{AT}/candidates/{candidate.pk}/decisions",
        {"action": "accept", "version": candidate.version},
    )
    assert refused.status_code == 403
    assert not Triple.objects.exists()


def test_a_program_does_not_approve_its_own_also_for_a_lone_reviewer(
    space: Space, bob: User, reviewer: Client, client: Client
) -> None:
    Space.objects.filter(pk=space.pk).update(self_review=True)
    assert list(reviewers_of(space)) == [bob]
    send(reviewer, f"{AT}/writes", {"triples": [ROW]})
    candidate = Candidate.objects.get(proposed_by=bob)
    one = {"id": candidate.pk, "version": candidate.version}
    single = f"{AT}/candidates/{candidate.pk}/decisions"
    accept = {"action": "accept", "version": candidate.version}
    for address, said in (
        (single, accept), (f"{AT}/batches", {"action": "accept", "candidates": [one]}),
    ):  # fmt: skip
        refused = send(reviewer, address, said)
        assert refused.status_code == 403, refused.content
        assert "on its page" in refused.json()["detail"]
    assert not Triple.objects.exists()
    client.force_login(bob)  # the person
    assert client.post(single, accept, content_type="application/json").status_code == 201


def test_the_queue_has_the_filters_of_the_page(space: Space, carol: User, reviewer: Client) -> None:
    candidate = proposed(space, carol)
    for query in ("", "?q=ada", "?order=newest", f"?relation={candidate.relation_id}"):
        items = reviewer.get(f"{AT}/candidates{query}").json()["items"]
        assert [one["id"] for one in items] == [candidate.pk], query
    assert reviewer.get(f"{AT}/candidates?q=nobody").json()["items"] == []
    for bad in ("?relation=999", "?state=lost", "?colour=red", "?relation=x"):
        assert reviewer.get(f"{AT}/candidates{bad}").status_code == 400, bad


def test_a_claim_keeps_others_out(
    space: Space, carol: User, reviewer: Client, program: Program
) -> None:
    candidate = proposed(space, carol)
    other = factories.make_user("erin")
    factories.grant(space, other, "reviewer")
    address = f"{AT}/candidates/{candidate.pk}/hold"
    assert send(reviewer, address, {}).status_code == 200
    assert send(program(other), address, {}).status_code == 409
    assert send(program(other), address, {"over": True}).status_code == 200
    assert program(other).delete(address).status_code == 204


def test_a_batch_names_what_it_leaves(space: Space, carol: User, reviewer: Client) -> None:
    candidate = proposed(space, carol)
    pairs = [{"id": candidate.pk, "version": candidate.version}, {"id": 10**9, "version": 1}]
    done = send(reviewer, f"{AT}/batches", {"action": "accept", "candidates": pairs})
    assert [one["candidate"] for one in done.json()["decisions"]] == [candidate.pk]
    assert [one["candidate"] for one in done.json()["refused"]] == [10**9]
    undone = send(reviewer, f"{AT}/batches/{done.json()['batch']}/undo", {})
    assert len(undone.json()["decisions"]) == 1
    assert (
        send(reviewer, f"{AT}/batches", {"action": "reject", "candidates": pairs}).status_code
        == 400
    )


def test_facts_are_found_read_and_taken_out(space: Space, carol: User, reviewer: Client) -> None:
    accepted(reviewer, space, carol)
    row = reviewer.get(f"{AT}/triples?q=ada").json()["items"][0]
    one = reviewer.get(f"{AT}/triples/{row['id']}")
    assert one.json()["subject"]["name"] == "Ada Brook"
    for query, number in (
        ("known_at=2020-01-01T00:00:00Z", 0),
        ("known_at=2100-01-01T00:00:00Z", 1),
        ("as_of=2020-01-01", 1),
        ("q=nobody", 0),
    ):
        assert len(reviewer.get(f"{AT}/triples?{query}").json()["items"]) == number, query
    assert "items" in reviewer.get(f"{AT}/triples/{row['id']}/evidence").json()
    history = reviewer.get(f"{AT}/triples/{row['id']}/history").json()
    assert history["decisions"][0]["action"] == "accept"
    read = send(reviewer, f"{AT}/reads", {"subject": "ada brook", "relation": "place of birth"})
    assert read.json()["facts"][0]["object"]["name"] == row["object"]["name"]
    assert read.json()["candidates"][0]["distance"] == 0
    assert send(reviewer, f"{AT}/reads", {"subject": "a"}).status_code == 400
    stale = send(reviewer, f"{AT}/triples/{row['id']}/retract", {"reason": "x"}, if_match='"0"')
    assert stale.status_code == 412
    gone = send(
        reviewer, f"{AT}/triples/{row['id']}/retract", {"reason": "x"}, if_match=one["ETag"]
    )
    assert gone.json()["status"] == "retracted"
    assert send(reviewer, f"{AT}/triples/{row['id']}/retract", {"reason": "x"}).status_code == 409


def test_entities_are_merged_and_parted(space: Space, alice: User, program: Program) -> None:
    client = program(alice)
    one, other = (factories.make_entity(space, name) for name in ("Ada Brook", "A. Brook"))
    address = f"{AT}/entities/{other.pk}/merge"
    tried = send(client, address, {"target": one.pk, "dry_run": True})
    assert (tried.status_code, tried.json()["merge"]) == (200, None)
    other.refresh_from_db()
    assert other.merged_into_id is None
    done = send(client, address, {"target": one.pk})
    assert client.get(f"{AT}/entities/{other.pk}").json()["merged_into"] == one.pk
    assert send(client, address, {"target": one.pk}).status_code == 409
    assert [e["id"] for e in client.get(f"{AT}/resolve?name=a.+brook").json()["items"]] == [one.pk]
    parted = send(client, f"{AT}/merges/{done.json()['merge']}/undo", {})
    assert parted.json()["merged_into"] is None
    assert send(client, address, {"target": 10**9}).status_code == 422
    found = client.get(f"{AT}/entities?q=ada").json()["items"]
    assert [e["name"] for e in found] == ["Ada Brook"]
    named = send(client, f"{AT}/entities/{one.pk}", {"description": "poet"}, "patch")
    assert named.json()["description"] == "poet"
    alias = send(client, f"{AT}/entities/{one.pk}/aliases", {"name": "Ada B."})
    assert alias.json()["aliases"] == ["Ada B."]


def test_relations_are_kept_as_on_their_page(space: Space, alice: User, program: Program) -> None:
    client = program(alice)
    given = {"name": "mentor", "template": "{subject} was taught by {object}."}
    made = send(client, f"{AT}/relations", given)
    assert made.status_code == 201
    address = made["Location"]
    assert send(client, f"{AT}/relations", given).status_code == 400
    assert (
        send(client, f"{AT}/relations", given | {"name": "x", "template": "y"}).status_code == 400
    )
    etag = client.get(address)["ETag"]
    changed = send(client, address, {"aliases": ["teacher"]}, "patch", if_match=etag)
    assert (changed.json()["aliases"], changed.json()["name"]) == (["teacher"], "mentor")
    assert send(client, address, {"aliases": []}, "patch", if_match=etag).status_code == 412
    assert send(client, f"{address}/retire", {}).json()["retired_at"]
    assert send(client, f"{address}/restore", {}).json()["retired_at"] is None
    packs = client.get(f"{AT}/packs").json()["items"]
    assert client.put(f"{AT}/packs/{packs[1]['name']}").json()["is_on"]
    assert client.put(f"{AT}/packs/none").status_code == 404


def test_a_question_is_asked_and_streamed(space: Space, carol: User, program: Program) -> None:
    client = program(carol)
    asked = send(client, f"{AT}/questions", {"text": "Where was Ada Brook born?"})
    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    address = asked["Location"]
    assert client.get(f"{address}/answer").status_code == 409
    assert send(client, f"{address}/cancel", {}).json()["state"] == "cancelled"
    assert send(client, f"{address}/cancel", {}).status_code == 409
    told = b"".join(client.get(f"{address}/stream")).decode()
    assert told.startswith("event: failed\ndata: ")
    assert send(client, f"{address}/retry", {}).status_code == 202
    assert send(client, f"{AT}/questions", {"text": " "}).status_code in (400, 422)
    assert send(client, f"{AT}/questions", {"text": "x?", "conversation": 10**9}).status_code == 404


def test_questions_of_others_are_not_there(
    space: Space, carol: User, bob: User, program: Program
) -> None:
    asked = send(program(carol), f"{AT}/questions", {"text": "Where was Ada Brook born?"})
    assert program(bob).get(asked["Location"]).status_code == 404
    assert program(bob).get(f"{AT}/questions").json()["items"] == []


def test_auditors_read_the_log(space: Space, dave: User, carol: User, program: Program) -> None:
    send(program(carol), f"{AT}/questions", {"text": "Where was Ada Brook born?"})
    client = program(dave)
    events = client.get(f"{AT}/events?action=question.asked").json()["items"]
    assert events[0]["by"] == "carol"
    assert client.get(f"{AT}/events/{events[0]['id']}").json()["request"]
    assert client.get(f"{AT}/events?since=2026-02-02&until=2026-01-01").status_code == 400
    asked = send(client, f"{AT}/exports", {"scope": "space", "format": "jsonl"})
    assert asked.status_code == 202, asked.content
    assert client.get(f"{asked['Location']}/file").status_code == 409
    assert send(client, f"{asked['Location']}/cancel", {}).json()["state"] == "cancelled"
    assert send(client, f"{AT}/exports", {"scope": "period", "format": "jsonl"}).status_code == 400
    assert client.get(f"{AT}/checkpoints").json()["items"] == []
    assert send(client, f"{AT}/verifications", {}).status_code == 202
    assert client.get(f"{AT}/benchmarks").json()["items"] == []
    assert client.get(f"{AT}/runs").json()["items"] == []
    assert send(client, f"{AT}/runs", {"benchmark": 9}).status_code == 404


def test_members_come_and_go(space: Space, alice: User, program: Program) -> None:
    client = program(alice)
    factories.make_user("erin")
    made = send(client, f"{AT}/members", {"username": "erin", "role": "asker"})
    assert (made.status_code, made.json()["roles"]) == (201, ["asker"])
    assert send(client, f"{AT}/members", {"username": "nobody", "role": "asker"}).status_code == 400
    assert client.delete(f"{AT}/members/erin/asker").status_code == 204
    assert client.delete(f"{AT}/members/erin/asker").status_code == 404
    assert client.delete(f"{AT}/members/alice/owner").status_code == 409
    assert Event.objects.filter(action="membership.revoked").count() == 1
    assert len(client.get(f"{AT}/members").json()["items"]) == 4
    assert client.get(f"{AT}/figures").json()["documents"] == 0
