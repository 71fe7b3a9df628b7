"""One event: what it records, the rows that it changed, and how it is sealed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test import Client

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.audit.services import record
from apps.curation.services import candidate_accept
from apps.memory.controller import MemoryController
from apps.provenance.merkle import leaf_hash, verify_inclusion
from apps.provenance.models import Checkpoint
from apps.provenance.services import sealed_form as forms
from apps.provenance.services.sealed_form import recorded, sealed_form
from apps.provenance.services.sequencer import log_of, seal, tree_of
from tests import factories

Open = Callable[[User], Client]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def accepted(space: Space, alice: User, bob: User) -> Event:
    candidate = factories.make_candidate(factories.make_document(space, alice), alice)
    candidate_accept(candidate=candidate, actor=bob)
    return Event.objects.get(action="candidate.accepted")


def _checkpoint(space: Space) -> Checkpoint:
    log = log_of(space)
    root = tree_of(log).root()
    return Checkpoint.objects.create(log=log, size=log.size, root=root, note=f"{log.size}\n")


def test_it_shows_what_was_recorded_and_the_rows_before_and_after(
    accepted: Event, dave: User, sign_in: Open
) -> None:
    page = sign_in(dave).get(f"/s/atlas/audit/events/{accepted.pk}/").content.decode()
    assert "bob accepted the fact Ada Brook · place of birth · Lindenau" in page
    assert "<dt>Statement</dt><dd>Ada Brook was born in Lindenau.</dd>" in page
    assert "bob wrote the fact" in page  # in the same step
    first = Event.objects.filter(transaction=accepted.transaction).earliest("pk")
    page = sign_in(dave).get(f"/s/atlas/audit/events/{first.pk}/").content.decode()
    assert "<del>pending</del>" in page
    assert "<ins>accepted</ins>" in page
    assert "Not sealed yet" in page


def test_it_says_so_when_an_event_is_sealed(
    accepted: Event, space: Space, dave: User, sign_in: Open
) -> None:
    seal()
    daves = sign_in(dave)
    address = f"/s/atlas/audit/events/{accepted.pk}/"
    before = daves.get(address).content.decode()
    assert "As it was sealed" in before
    assert "No checkpoint holds it yet" in before
    _checkpoint(space)
    assert "a checkpoint signed" in daves.get(address).content.decode()


def test_the_shown_leaf_and_proof_lead_to_the_checkpoint(accepted: Event, space: Space) -> None:
    seal()
    checkpoint = _checkpoint(space)
    form = sealed_form(accepted, recorded(accepted))
    assert form.holds
    assert form.leaf is not None
    assert form.proof is not None
    assert form.index is not None
    assert form.proof.checkpoint == checkpoint
    hashes = [bytes.fromhex(one) for one in form.proof.hashes]
    leaf = leaf_hash(form.leaf.text.encode())
    verify_inclusion(leaf, form.index, checkpoint.size, hashes, bytes(checkpoint.root))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE audit_event SET payload = '{}' WHERE id = %s", "its hash is another one"),
        ("UPDATE audit_event SET salt = NULL WHERE id = %s", "cannot be hashed"),
        (
            "UPDATE audit_rowchange SET row = row + 1 WHERE id = (SELECT max(id) FROM"
            " audit_rowchange WHERE id < %s)",
            "its hash is another one",
        ),
        (
            "UPDATE provenance_tile SET hashes = overlay(hashes PLACING '\\x00' FROM 1)"
            " WHERE 0 < %s",
            "does not lead to the root",
        ),
        ("DELETE FROM provenance_tile WHERE 0 < %s", "damaged"),
    ],
)
def test_it_tells_of_what_was_changed_behind_its_back(
    accepted: Event, space: Space, dave: User, sign_in: Open, change: str, words: str
) -> None:
    seal()
    _checkpoint(space)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(change, [accepted.pk])
        cursor.execute("SET session_replication_role = DEFAULT")
    page = sign_in(dave).get(f"/s/atlas/audit/events/{accepted.pk}/")
    assert page.status_code == 200
    assert "does not fit the sealed log" in page.content.decode()
    assert words in page.content.decode()


def test_it_says_what_was_erased(accepted: Event, dave: User, sign_in: Open) -> None:
    seal()
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_erase_events(%s, %s)", [[accepted.pk], [bytes(32)]])
    page = sign_in(dave).get(f"/s/atlas/audit/events/{accepted.pk}/").content.decode()
    assert "What was personal in this event was erased" in page
    assert "bob accepted a fact" in page  # by the number of who acted, which is no secret


def test_it_leaves_an_event_of_many_rows_to_verifying(
    space: Space, alice: User, dave: User, sign_in: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "MOST_CHANGES", 10)
    with transaction.atomic():
        for number in range(60):
            factories.make_entity(space, f"Thing {number}")
        record(
            space=space, actor=alice, action="facts.loaded",
            payload=factories.recorded("facts.loaded"),
        )  # fmt: skip
    seal()
    event = Event.objects.get(action="facts.loaded")
    page = sign_in(dave).get(f"/s/atlas/audit/events/{event.pk}/").content.decode()
    assert "not computed anew here" in page
    assert "and 50 more rows" in page


def test_it_answers_htmx_with_the_unfolded_part(accepted: Event, dave: User, sign_in: Open) -> None:
    address = f"/s/atlas/audit/events/{accepted.pk}/"
    page = sign_in(dave).get(address, headers={"HX-Request": "true"}).content.decode()
    assert page.strip().startswith('<div class="unfolded')
    assert "<html" not in page


def test_only_owners_and_auditors_of_its_space_see_it(
    accepted: Event, alice: User, bob: User, carol: User, mallory: User, sign_in: Open
) -> None:
    address = f"/s/atlas/audit/events/{accepted.pk}/"
    assert sign_in(alice).get(address).status_code == 200
    assert sign_in(bob).get(address).status_code == 403
    assert sign_in(carol).get(address).status_code == 403
    assert sign_in(mallory).get(address).status_code == 404
    foreign = f"/s/elsewhere/audit/events/{accepted.pk}/"
    assert sign_in(mallory).get(foreign).status_code == 404
    assert sign_in(alice).get("/s/atlas/audit/events/99999999/").status_code == 404


def test_the_timeline_finds_the_request_and_what_changed_many_rows(
    space: Space, alice: User, dave: User, sign_in: Open
) -> None:
    with transaction.atomic():
        triple = factories.make_triple(space, "Ada", "place of birth", "Rome")
        loaded = record(
            space=space, actor=alice, action="facts.loaded",
            payload=factories.recorded("facts.loaded"),
        )  # fmt: skip
    MemoryController(space).retract(triple, actor=alice, reason="no")
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE audit_event SET request = 'job:7' WHERE id = %s", [loaded])
        cursor.execute("SET session_replication_role = DEFAULT")
    daves = sign_in(dave)

    def found(query: str) -> list[str]:
        page = daves.get(f"/s/atlas/audit/?{query}").context["page"]
        return [event.action for event in page.object_list]

    assert found(f"fact={triple.pk}") == ["triple.retracted", "facts.loaded"]
    assert found(f"entity={triple.subject_id}") == ["triple.retracted", "facts.loaded"]
    assert found("request=job:7") == ["facts.loaded"]
    assert found("request=job") == []


def test_its_queries_do_not_grow_with_its_rows(
    space: Space, alice: User, dave: User, sign_in: Open, django_assert_max_num_queries
) -> None:
    with transaction.atomic():
        for number in range(40):
            factories.make_triple(space, f"Ada {number}", f"relation {number}", "Rome")
        event = record(
            space=space, actor=alice, action="facts.loaded",
            payload=factories.recorded("facts.loaded"),
        )  # fmt: skip
    seal()
    daves = sign_in(dave)
    with django_assert_max_num_queries(30):
        daves.get(f"/s/atlas/audit/events/{event}/")
