"""Messages of conversations: kept word by word, read as they come, and never facts."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any, ClassVar

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.curation.models import Candidate, Extraction, PassageExtraction
from apps.curation.services import candidate_accept, candidate_reject, extraction_run
from apps.curation.services.chat import messages_add
from apps.memory.models import Triple
from apps.sources.chats import turn_passages
from apps.sources.models import Document, Passage
from tests import factories
from tests.apps.api.conftest import Program
from tests.apps.api.test_manners import send
from worker import registry

AT = "/api/v1/spaces/atlas/conversations/support-17/messages"
TIME = "2026-05-04T09:12:00+02:00"
ADA = {"speaker": "Ada Brook", "time": TIME, "text": "I was born in Lindenau."}
BEN = {"speaker": "Ben Marsh", "time": TIME, "text": "Where?\nIn which Lindenau?"}


@pytest.fixture(autouse=True)
def _no_ring(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    settings.WRITE_HEAD = settings.READ_HEAD = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)


@pytest.fixture
def reviewer(space: Space, bob: User, program: Program) -> Client:
    factories.make_relation(space)
    return program(bob)


def sent(client: Client, *messages: Any, **more: Any) -> Any:
    return send(client, AT, {"messages": list(messages), **more})


def test_messages_are_kept_and_read(reviewer: Client) -> None:
    answer = sent(reviewer, ADA, BEN)
    made = answer.json()
    assert (answer.status_code, made["added"], made["session"]) == (201, 2, "main")
    document = Document.objects.get(pk=made["document"])
    assert (document.format, document.filename) == ("chat", "support-17/main")
    assert document.text.split("\n")[1] == f"[{TIME}] Ada Brook: I was born in Lindenau."
    assert document.text.count("\n") == 2  # a line for each message
    assert extraction_run(extraction_id=made["extraction"]).state == "done"
    one = Candidate.objects.get()
    assert (one.subject_text, one.object_text, one.state) == ("Ada Brook", "Lindenau", "pending")
    assert document.text[one.subject_start : one.subject_end] == "I"
    assert document.text[one.sentence_start : one.sentence_end] == ADA["text"]
    assert not Triple.objects.exists()


def test_a_session_grows_and_only_what_is_new_is_read(reviewer: Client) -> None:
    first = sent(reviewer, ADA).json()
    extraction_run(extraction_id=first["extraction"])
    later = {**BEN, "text": "I was born in Oakham."}
    second = sent(reviewer, ADA, later).json()
    assert (second["added"], second["extraction"]) == (1, first["extraction"])
    extraction_run(extraction_id=second["extraction"])
    document = Document.objects.get()
    passages = list(document.passages.all())
    assert [one.index for one in passages] == [0, 1]
    assert all(document.text[one.start : one.end] == one.text for one in passages)
    assert [one.subject_text for one in Candidate.objects.order_by("pk")] == [
        "Ada Brook", "Ben Marsh",
    ]  # fmt: skip
    assert Event.objects.filter(action="document.grown").get().payload["messages"] == 1
    assert Extraction.objects.get().state == "done"


def test_messages_that_come_while_others_are_read_are_read_next(
    reviewer: Client, space: Space, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sent(reviewer, ADA).json()
    scripted, later = registry.write_head("scripted"), {**BEN, "text": "I was born in Oakham."}

    class Overtaken:
        version = "1"
        texts: ClassVar[list[str]] = []

        def extract(self, texts: Any, relations: Any) -> Any:
            self.texts.extend(one.text for one in texts)
            messages_add(
                space=space, actor=bob, conversation="support-17", session="main", messages=[later]
            )
            return scripted.extract(texts, relations)

    monkeypatch.setattr(registry, "write_head", lambda setup: Overtaken())
    assert extraction_run(extraction_id=made["extraction"]).state == "queued"
    assert len(Overtaken.texts) == Candidate.objects.count() == 1
    assert extraction_run(extraction_id=made["extraction"]).state == "done"
    found = Candidate.objects.order_by("pk").values_list("subject_text", "object_text")
    assert list(found) == [("Ada Brook", "Lindenau"), ("Ben Marsh", "Oakham")]
    assert not PassageExtraction.objects.filter(refused__gt=0).exists()


def test_going_on_counts_for_whoever_asked_first(
    space: Space, alice: User, reviewer: Client, program: Program, settings: Any
) -> None:
    settings.OPEN_EXTRACTIONS = 1
    owner, other = program(alice), AT.replace("support-17", "other")
    extraction_run(extraction_id=sent(reviewer, ADA).json()["extraction"])
    assert send(owner, other, {"messages": [ADA]}).status_code == 201  # she has one waiting now
    assert sent(owner, ADA, BEN).json()["extraction"] == Extraction.objects.earliest("pk").pk
    extraction_run(extraction_id=Extraction.objects.earliest("pk").pk)
    assert sent(reviewer, ADA, session="two").status_code == 201  # and so has he
    refused = sent(owner, {**BEN, "text": "Where is that?"})
    assert (refused.status_code, "bob has 1" in refused.json()["detail"]) == (429, True)


def test_the_same_messages_again_make_nothing(reviewer: Client) -> None:
    sent(reviewer, ADA, BEN)
    events = Event.objects.count()
    again = sent(reviewer, BEN, ADA, ADA)
    assert (again.status_code, again.json()["added"], again.json()["extraction"]) == (200, 0, None)
    assert (Document.objects.count(), Event.objects.count()) == (1, events)


def test_sessions_and_conversations_are_documents_of_their_own(reviewer: Client) -> None:
    for session in ("main", "two"):
        assert sent(reviewer, ADA, session=session).status_code == 201
    send(reviewer, AT.replace("support-17", "other"), {"messages": [ADA]})
    assert sent(reviewer, BEN, session="two").json()["added"] == 1
    assert sent(reviewer, ADA, BEN).json()["added"] == 1  # both say the same by now
    names = ["other/main", "support-17/main", "support-17/two"]
    assert sorted(Document.objects.values_list("filename", flat=True)) == names


def test_a_file_with_the_words_of_a_session_is_a_document_of_its_own(reviewer: Client) -> None:
    sent(reviewer, ADA)
    session = Document.objects.get()
    at = "/api/v1/spaces/atlas/documents"
    made = [send(reviewer, at, {"title": "File", "text": session.text}).json() for _ in range(2)]
    assert made[0]["id"] == made[1]["id"] != session.pk


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"time": "yesterday"}, "time is none"),
        ({"time": "2026-05-04T09:12:00"}, "no offset"),
        ({"time": "2999-05-04T09:12:00Z"}, "yet to come"),
        ({"time": "1066-05-04T09:12:00Z"}, "before 1970"),
        ({"time": 7}, "time is missing or no text"),
        ({"speaker": " "}, "speaker is empty"),
        ({"speaker": "A: B"}, "without a colon"),
        ({"speaker": "x" * 101}, "at most 100"),
        ({"text": "\n"}, "text is empty"),
        ({"text": "x" * 10_001}, "longer than 10,000"),
        ({"mood": "x"}, "no field mood"),
    ],
)
def test_a_bad_message_is_named_and_nothing_is_taken(reviewer: Client, change, said) -> None:
    answer = sent(reviewer, *[ADA] * 3, {**ADA, **change})
    assert answer.status_code == 422
    detail = answer.json()["detail"]
    assert "Message 4: " in detail
    assert said in detail
    assert not Document.objects.exists()


def test_one_bad_row_of_ten_thousand_takes_all(reviewer: Client) -> None:
    rows = [{**ADA, "text": f"I am number {n}."} for n in range(9_999)]
    answer = sent(reviewer, *rows, {**ADA, "time": "soon"})
    assert "Message 10000: " in answer.json()["detail"]
    assert not Document.objects.exists()
    assert sent(reviewer, *rows, ADA, ADA).status_code == 413


def test_a_session_has_an_end(reviewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.sources.chats.MOST_SESSION", 100)
    answer = sent(reviewer, ADA, BEN)
    assert (answer.status_code, Document.objects.count()) == (413, 0)


@pytest.mark.parametrize("name", ["..", ".x", "a%20b", "x" * 101])
def test_a_name_is_plain(reviewer: Client, name: str) -> None:
    assert send(reviewer, AT.replace("support-17", name), {"messages": [ADA]}).status_code == 404
    assert sent(reviewer, ADA, session="a/b").status_code == 400


def test_the_database_lets_a_conversation_grow_and_nothing_else(reviewer: Client) -> None:
    sent(reviewer, ADA)
    document = Document.objects.get()
    plain = factories.make_document(document.space, document.added_by)
    for row, text in (
        (document, "x" + document.text), (document, document.text[:-1]),
        (document, document.text + "x"), (plain, plain.text + "\nx"),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            Document.objects.filter(pk=row.pk).update(text=text)


def test_passages_hold_whole_messages_and_what_was_asked_before() -> None:
    lines = [f"[{TIME}] Ada Brook: Is this {'long ' * 60}number {n}?" for n in range(8)]
    text = "\n".join(lines)
    cut = turn_passages(text)
    assert all(one.end - one.start <= 1500 for one in cut)
    assert all(text[one.start] == "[" for one in cut)
    assert all(one.start < before.end for before, one in itertools.pairwise(cut))
    whole = turn_passages(f"[{TIME}] Ada Brook: {'long ' * 1900}end.")
    assert len(whole) == 1


def test_an_erased_conversation_begins_anew(
    space: Space, alice: User, reviewer: Client, program: Program
) -> None:
    made = sent(reviewer, ADA).json()
    extraction_run(extraction_id=made["extraction"])
    where = f"/api/v1/spaces/atlas/documents/{made['document']}?reason=asked"
    assert program(alice).delete(where).status_code == 200
    assert not Passage.objects.exclude(text="").exists()
    assert sent(reviewer, BEN).json()["document"] != made["document"]


def context(client: Client, **asked: Any) -> Any:
    return send(client, AT.replace("messages", "context"), asked)


def test_facts_that_matter_come_with_what_they_rest_on(
    space: Space, alice: User, bob: User, reviewer: Client
) -> None:
    document = factories.make_document(space, alice)
    near = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    factories.make_evidence(near, document, bob)
    nobody = factories.make_triple(space, "Ada Brook", "employer", "Acme")  # that nobody approved
    answer = context(reviewer, message="Where was Ada Brook born?").json()
    [one] = answer["facts"]
    assert one["triple"]["id"] == near.pk != nobody.pk
    assert one["sentence"] in document.text
    assert (one["approved_by"], one["document"]) == (bob.label, document.pk)
    assert answer["tokens"] == one["tokens"] > 0
    tight = context(reviewer, message="And Ada Brook?", tokens=1).json()
    assert (tight["facts"], tight["tokens"], tight["left_out"]) == ([], 0, 1)
    assert context(reviewer, message="And she?").json()["facts"] == []
    assert len(context(reviewer, message="And me?", speaker="Ada Brook").json()["facts"]) == 1


def test_what_is_over_is_no_context(space: Space, alice: User, reviewer: Client) -> None:
    document = factories.make_document(space, alice)
    ended = factories.make_triple(
        space, "Ada Brook", "place of birth", "Lindenau", valid_to=date(2020, 1, 1)
    )
    factories.make_evidence(ended, document, alice)
    assert context(reviewer, message="Ada Brook").json()["facts"] == []


@pytest.mark.parametrize("asked", [{}, {"message": "x", "tokens": 0}, {"message": ""}])
def test_a_context_needs_a_message(reviewer: Client, asked) -> None:
    assert context(reviewer, **asked).status_code == 400


def test_a_context_is_not_asked_for_in_an_address(reviewer: Client) -> None:
    assert reviewer.get(AT.replace("messages", "context"), {"message": "x"}).status_code == 405
    assert send(reviewer, AT.replace("messages", "context?message=x"), {}).status_code == 400


def test_what_was_decided_at_its_place_does_not_wait(reviewer: Client, bob: User) -> None:
    extraction_run(extraction_id=sent(reviewer, ADA).json()["extraction"])
    candidate_reject(candidate=Candidate.objects.get(), actor=bob, reason="not so")
    # The first of the long ones is read with what was decided, the last message is not.
    long = [{**BEN, "text": f"So {'very ' * 270}long, {number}."} for number in (1, 2)]
    later = {**ADA, "text": "As I said, I was born in Lindenau."}
    extraction_run(extraction_id=sent(reviewer, *long, later).json()["extraction"])
    assert ADA["text"] in Passage.objects.get(index=1).text
    states = Candidate.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["rejected", "pending"]


def test_what_waits_is_not_proposed_again(reviewer: Client) -> None:
    made = sent(reviewer, ADA).json()
    extraction_run(extraction_id=made["extraction"])
    later = {**ADA, "text": "As I said, I was born in Lindenau."}
    for session in ("main", "two"):
        again = sent(reviewer, later, session=session).json()
        extraction_run(extraction_id=again["extraction"])
    asked = Candidate.objects.exclude(state=Candidate.State.AGAIN)
    assert asked.count() == 1
    assert Candidate.objects.filter(follows_from=asked.get()).count() == 1
    other = send(reviewer, AT.replace("support-17", "other"), {"messages": [later]}).json()
    extraction_run(extraction_id=other["extraction"])
    assert asked.count() == 2


def test_a_context_may_rest_on_the_word_of_one(
    space: Space, bob: User, alice: User, reviewer: Client
) -> None:
    ben = {**BEN, "text": "Eva Stone was born in Oakham."}
    extraction_run(extraction_id=sent(reviewer, ADA, ben).json()["extraction"])
    for one in Candidate.objects.all():
        candidate_accept(candidate=one, actor=alice)

    def told(**more: Any) -> list[tuple[str, str, bool]]:
        given = context(reviewer, message="Ada Brook and Eva Stone?", **more).json()["facts"]
        return [(one["triple"]["subject"]["name"], one["said_by"], one["by_self"]) for one in given]

    ada, eva = ("Ada Brook", "Ada Brook", True), ("Eva Stone", "Ben Marsh", False)
    assert sorted(told()) == [ada, eva]
    assert told(said_by="ben marsh") == [eva]
    assert told(told="of_self") == [ada]
    assert told(told="of_others") == [eva]
    assert told(said_by="Eva Stone") == []


def test_what_is_said_again_is_listed_once(reviewer: Client) -> None:
    extraction_run(extraction_id=sent(reviewer, ADA).json()["extraction"])
    later = {**ADA, "time": "2026-06-04T09:12:00Z", "text": "As I said, I was born in Lindenau."}
    extraction_run(extraction_id=sent(reviewer, later, session="two").json()["extraction"])
    where = AT.replace("messages", "proposals")
    [one] = reviewer.get(where).json()["items"]
    assert (one["confirmations"], one["by_self"], one["sessions"]) == (1, 2, 2)
    assert [saying["session"] for saying in one["sayings"]] == ["main", "two"]
    assert one["candidate"]["object"] == "Lindenau"
    [listed] = reviewer.get(AT.rpartition("/conversations")[0] + "/candidates").json()["items"]
    assert one["candidate"]["sentence"] == listed["sentence"] != ""
    assert reviewer.get(where, {"speaker": "Ben Marsh"}).json()["items"] == []
    assert len(reviewer.get(where, {"told": "of_self"}).json()["items"]) == 1
    assert reviewer.get(where, {"told": "it"}).status_code == 400
    assert reviewer.get(where.replace("support-17", "%20")).status_code == 404
