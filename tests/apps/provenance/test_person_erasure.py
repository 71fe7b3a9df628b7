"""Erasing a person's data: no name is left, the decisions are, and every proof holds."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client

from apps.accounts.models import Invitation, Membership, Role, Space, User
from apps.asking.models import Question
from apps.asking.services import answer_mark, question_answer_here, question_ask
from apps.audit.models import Event, RowChange
from apps.audit.services import record
from apps.curation.models import Candidate, Decision
from apps.curation.services import candidate_accept, decision_undo
from apps.dashboard.invitations import invitation_accept, invitation_create
from apps.dashboard.services import role_grant
from apps.provenance.merkle import root_of
from apps.provenance.models import Log
from apps.provenance.rows import entries
from apps.provenance.services.document_erasure import document_erase
from apps.provenance.services.erasing import ErasureRefused, numbers_in
from apps.provenance.services.person_erasure import PersonErasure, person_erase
from apps.provenance.services.sequencer import hashes_of, seal, tree_of
from tests import factories
from tests.apps.provenance.test_document_erasure import found_in_database

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[[User], Client]
TEXT = "Ada Brook was born in Lindenau. Carl Moss was born in Lindenau."


@pytest.fixture
def zoe(space: Space, alice: User, sign_in: Open) -> User:
    """A reviewer who was invited, renamed, signed in, decided, asked, and called an answer
    wrong. Every word about her, and every word that she asked, holds the marker."""
    user = User.objects.create_user(
        "zmarkold", "zmark@example.org", "correct-horse", first_name="Zmarkzoe", last_name="Zmarky"
    )
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(username="zmarkzoe")
        record(
            space=None, action="person.changed", actor=alice, subject=user,
            payload={"username": "zmarkzoe", "changed": {"username": ["zmarkold", "zmarkzoe"]}},
        )  # fmt: skip
    user.refresh_from_db()
    for role in ("reviewer", "asker"):
        role_grant(space=space, actor=alice, user=user, role=role)
    LogEntry.objects.log_actions(alice.pk, [user], CHANGE, "Changed zmarkzoe.", single_object=True)
    client = Client()
    client.post("/sign-in/", {"username": "zmarkzoe", "password": "wrong"})
    client.post("/sign-in/", {"username": "zmarkzoe", "password": "correct-horse"})
    factories.make_relation(space, questions=["Where was {subject} born?"])
    document = factories.make_document(space, alice, TEXT)
    first = factories.make_candidate(document, alice)
    second = factories.make_candidate(document, alice, subject="Carl Moss")
    candidate_accept(candidate=first, actor=user)
    decision = candidate_accept(candidate=second, actor=user)
    decision_undo(decision=decision, actor=alice)
    question = question_answer_here(
        space=space, actor=user, text="Where was Ada Brook born, zmarkword?"
    )
    answer_mark(answer=question.answer, actor=user, expected="Neustadt", beside=False)
    return user


def _roots() -> dict[int, tuple[int, bytes]]:
    seal()
    return {log.pk: (log.size, tree_of(log).root()) for log in Log.objects.exclude(size=0)}


def test_no_name_is_left_and_every_proof_holds(
    space: Space, zoe: User, alice: User, carol: User
) -> None:
    by_other = question_answer_here(space=space, actor=carol, text="Where was Ada Brook born?")
    assert by_other.answer.citations.get().approved_by_label == "Zmarkzoe Zmarky"
    zoe.identities.create(issuer="https://id.example", subject="zmark-7")
    before = _roots()
    assert len(before) == 2
    holding = found_in_database("zmark")
    assert {"audit_event.actor_label", "audit_event.payload", "accounts_user.email"} < set(holding)
    assert "django_admin_log.object_repr" in holding
    assert PersonErasure(zoe).names == sorted(
        ["zmarkold", "zmarkzoe", "Zmarkzoe Zmarky", "zmark@example.org"]
    )

    changes, events = person_erase(person=zoe, reason="she asked", actor=alice)

    assert found_in_database("zmark") == []
    assert changes > 10
    assert events > 5
    seal()
    for log in Log.objects.all():
        if log.pk in before:
            size, root = before[log.pk]
            assert tree_of(log).root(size) == root
        rows = [one for _, one in entries(log, 0, log.size)]
        assert root_of(hashes_of(log, rows)) == tree_of(log).root()
    zoe.refresh_from_db()
    assert zoe.label == f"erased person {zoe.pk}"
    assert not zoe.is_active
    assert not zoe.has_usable_password()
    assert not zoe.sessions.exists()
    assert not zoe.identities.exists()
    assert Decision.objects.filter(actor=zoe, action="accept").count() == 2
    assert by_other.answer.citations.get().approved_by_label == zoe.label


def test_each_log_tells_which_numbers(space: Space, zoe: User, alice: User) -> None:
    person_erase(person=zoe, reason="she asked", actor=alice)
    told = Event.objects.filter(action="privacy.erased")
    assert {event.space_id for event in told} == {None, space.pk}
    changes = {one for event in told for one in numbers_in(event.payload["changes"])}
    events = {one for event in told for one in numbers_in(event.payload["events"])}
    assert changes == set(RowChange.objects.exclude(erased=None).values_list("pk", flat=True))
    assert events == set(Event.objects.exclude(erased=None).values_list("pk", flat=True))
    for change in RowChange.objects.filter(transaction=told[0].transaction):
        own = told.get(space=change.space)
        assert change.pk < own.pk, "it would belong to no event"


def test_quotes_in_answers_go_whoever_approved_them(space: Space, zoe: User, alice: User) -> None:
    candidate_accept(candidate=Candidate.objects.get(subject_text="Carl Moss"), actor=alice)
    question = question_answer_here(space=space, actor=zoe, text="Where was Carl Moss born?")
    quote = question.answer.citations.get()
    assert "Carl Moss" in quote.statement
    person_erase(person=zoe, reason="she asked", actor=alice)
    kept = RowChange.objects.filter(table="asking_citation", row=quote.pk, erased=None)
    assert all("Carl Moss" not in json.dumps(one.private_after) for one in kept)
    assert kept.count() == 1


def test_a_space_may_keep_the_questions(space: Space, zoe: User, alice: User) -> None:
    Space.objects.filter(pk=space.pk).update(keep_questions_of_erased=True)
    numbers = PersonErasure(zoe).numbers()
    assert (numbers["questions"], numbers["questions_kept"]) == (0, 1)
    person_erase(person=zoe, reason="she asked", actor=alice)
    question = Question.objects.get()
    assert question.erased_at is None
    assert "zmarkword" in question.text
    assert found_in_database("zmarkzoe") == []
    assert found_in_database("zmark@") == []


def test_an_open_question_is_ended(space: Space, zoe: User, alice: User) -> None:
    question = question_ask(space=space, actor=zoe, text="Who is zmarkother?")
    person_erase(person=zoe, reason="she asked", actor=alice)
    question.refresh_from_db()
    assert question.state == "cancelled"
    assert found_in_database("zmark") == []


def test_an_invitation_names_nobody_any_more(space: Space, alice: User) -> None:
    token = "t" * 43
    invitation_create(
        space=space, actor=alice, token=token, label="Zmarkyan from sales", roles=[Role.ASKER]
    )
    yan = User.objects.create_user("zmarkyan", password="correct-horse")
    invitation_accept(token=token, user=yan)
    person_erase(person=yan, reason="he asked", actor=alice)
    assert Invitation.objects.get().label == f"erased person {yan.pk}"
    assert found_in_database("zmark") == []


def test_what_an_erased_owner_erased_stays_named(space: Space, alice: User, sign_in: Open) -> None:
    owner = User.objects.create_user("zmarkowner", password="correct-horse")
    role_grant(space=space, actor=alice, user=owner, role=Role.OWNER)
    document = factories.make_document(space, alice, TEXT)
    document_erase(document=document, actor=owner, reason="the author asked")
    first = Event.objects.get(action="privacy.erased")
    person_erase(person=owner, reason="left the firm", actor=alice)
    assert found_in_database("zmark") == []
    second = Event.objects.filter(action="privacy.erased", space=space).latest("pk")
    assert set(numbers_in(first.payload["changes"])) <= set(numbers_in(second.payload["changes"]))
    (earlier,) = second.payload["earlier"]
    assert earlier["event"] == first.pk
    assert earlier["reason"] == "the author asked"
    page = sign_in(alice).get("/s/atlas/audit/privacy/").content.decode()
    assert "the author asked" in page
    assert f"erased person {owner.pk}" in page


def test_it_is_refused(space: Space, zoe: User, alice: User) -> None:
    with pytest.raises(ErasureRefused, match="Say why"):
        person_erase(person=zoe, reason=" ", actor=alice)
    with pytest.raises(ErasureRefused, match="Somebody else"):
        person_erase(person=zoe, reason="I ask", actor=zoe)
    with pytest.raises(ErasureRefused, match="last owner of Atlas"):
        person_erase(person=alice, reason="she asked", actor=zoe)
    root = User.objects.create_superuser("root", password="correct-horse")
    with pytest.raises(ErasureRefused, match="last account that runs the site"):
        person_erase(person=root, reason="left", actor=alice)
    Membership.objects.create(space=space, user=zoe, role=Role.OWNER)
    person_erase(person=alice, reason="she asked", actor=zoe)
    with pytest.raises(ErasureRefused, match="erased already"):
        person_erase(person=alice, reason="she asked", actor=zoe)


def test_pages_and_commands(
    space: Space, zoe: User, alice: User, bob: User, sign_in: Open, tmp_path: Path
) -> None:
    page = f"/people/{zoe.pk}/"
    assert sign_in(bob).get("/people/").status_code == 403
    assert sign_in(bob).post(page, {"reason": "x", "username": "zmarkzoe"}).status_code == 403
    root = User.objects.create_superuser("root", password="correct-horse")
    client = sign_in(root)
    assert "zmarkzoe" in client.get("/people/").content.decode()
    assert "Events that lose their words" in client.get(page).content.decode()
    wrong = client.post(page, {"reason": "she asked", "username": "zmark"})
    assert wrong.status_code == 422
    lonely = client.get(f"/people/{alice.pk}/").content.decode()
    assert "Another owner is needed first" in lonely
    refused = client.post(f"/people/{alice.pk}/", {"reason": "x", "username": "alice"})
    assert refused.status_code == 422
    out = StringIO()
    call_command("erase_person", "zmarkzoe", reason="she asked", stdout=out)
    assert "Nothing was erased" in out.getvalue()
    assert client.post(page, {"reason": "she asked", "username": "zmarkzoe"}).status_code == 302
    shown = client.get("/people/").content.decode()
    assert f"erased person {zoe.pk}" in shown
    assert "zmark" not in shown
    assert client.get(page).status_code == 302
    assert client.get("/people/999999/").status_code == 404
    call_command("erase_person", "bob", reason="he asked", yes=True, stdout=out)
    assert f"erased person {bob.pk}" in out.getvalue()
    with pytest.raises(CommandError, match="no user"):
        call_command("erase_person", "nobody", reason="x", stdout=out)
    # Every page that names who did something still opens.
    for address in ("", "audit/", "settings/", "sources/", "audit/privacy/"):
        assert sign_in(alice).get(f"/s/atlas/{address}").status_code == 200


def _data(file: bytes) -> dict[str, list[dict[str, object]]]:
    with zipfile.ZipFile(io.BytesIO(file)) as opened:
        assert opened.testzip() is None
        assert b"as of" in opened.read("README.txt")
        found: dict[str, list[dict[str, object]]] = json.loads(opened.read("data.json"))
        return found


def test_everybody_downloads_their_own_data(
    space: Space, zoe: User, bob: User, sign_in: Open, tmp_path: Path
) -> None:
    assert "Download my data" in sign_in(zoe).get("/account/").content.decode()
    assert Client().post("/account/data/").status_code == 401
    assert sign_in(zoe).get("/account/data/").status_code == 405
    response = sign_in(zoe).post("/account/data/")
    data = _data(b"".join(response.streaming_content))
    assert data["account"][0]["email"] == "zmark@example.org"
    assert "password" not in json.dumps(data["account"])
    assert {one["role"] for one in data["memberships"]} == {"reviewer", "asker"}
    assert len(data["decisions"]) == 2
    assert data["questions"][0]["text"] == "Where was Ada Brook born, zmarkword?"
    assert data["questions"][0]["answer_text"]
    assert data["marks"][0]["expected"] == "Neustadt"
    assert {"sign_in.succeeded", "candidate.accepted"} <= {one["action"] for one in data["events"]}
    assert Event.objects.filter(action="privacy.exported", actor=zoe).count() == 1
    out = tmp_path / "zoe.zip"
    call_command("export_person", "zmarkzoe", out=out, stdout=StringIO())
    assert out.stat().st_mode & 0o077 == 0
    assert _data(out.read_bytes())["account"] == data["account"]
    with pytest.raises(CommandError, match="there already"):
        call_command("export_person", "zmarkzoe", out=out, stdout=StringIO())
    with pytest.raises(CommandError):
        call_command("export_person", "zmarkzoe", out=tmp_path / "no" / "x.zip", stdout=StringIO())
    assert _data(b"".join(sign_in(bob).post("/account/data/").streaming_content))["marks"] == []


def test_an_erased_account_cannot_be_used(space: Space, zoe: User, alice: User) -> None:
    person_erase(person=zoe, reason="she asked", actor=alice)
    zoe.refresh_from_db()
    client = Client()
    signed = client.post("/sign-in/", {"username": zoe.username, "password": "correct-horse"})
    assert signed.status_code != 302
    root = User.objects.create_superuser("root", password="correct-horse")
    admin = Client()
    admin.force_login(root)
    page = admin.post(f"/admin/accounts/user/{zoe.pk}/change/", {"username": "back"})
    assert page.status_code == 403
    assert Candidate.objects.filter(decisions__actor=zoe).count() == 2
