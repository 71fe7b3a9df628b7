"""What conversations say again: counted for the reviewer, never written down as believed."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.curation.models import Candidate, PassageExtraction
from apps.curation.selectors import decisions_recent
from apps.curation.services import (
    CannotUndo,
    candidate_accept,
    candidate_reject,
    decision_undo,
    extraction_run,
)
from apps.curation.services.chat import messages_add
from apps.curation.services.proposals import ProposalReader
from apps.curation.services.said_again import Readings, conversation_candidates, said_again
from apps.memory.models import Relation, Triple
from apps.provenance.services.document_erasure import document_erase
from tests import factories
from worker.protocol import escape, parse_write, serialise_write

ADA, BEN = "Ada Brook", "Ben Marsh"


@pytest.fixture(autouse=True)
def _scripted(space: Space, settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WRITE_HEAD = settings.READ_HEAD = "scripted"
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)
    factories.make_relation(space, single_valued=True)


def say(space: Space, actor: User, *said: tuple[str, str, str], at: str = "support-17/one") -> None:
    conversation, _, session = at.partition("/")
    messages: list[dict[str, Any]] = [
        {"speaker": who, "time": f"{day}T09:12:00+00:00", "text": text} for who, day, text in said
    ]
    kept = messages_add(
        space=space, actor=actor, conversation=conversation, session=session, messages=messages
    )
    assert kept.extraction is not None
    extraction_run(extraction_id=kept.extraction.pk)


BORN = "I was born in Lindenau."


def test_a_fact_said_again_is_one_proposal_with_all_sayings(space: Space, bob: User) -> None:
    say(space, bob, (ADA, "2026-05-04", BORN))
    say(space, bob, (ADA, "2026-06-01", f"Again: {BORN}"), at="support-17/two")
    say(space, bob, (BEN, "2026-06-02", "Ada Brook was born in Lindenau."), at="support-17/three")
    [one] = Candidate.objects.filter(state="pending")
    found = said_again(one)
    assert found is not None
    assert (found.confirmations, found.sessions, found.by_self) == (2, 3, 2)
    assert [saying.session for saying in found.sayings] == ["one", "two", "three"]
    assert found.otherwise == ()
    assert not Triple.objects.exists()


def test_what_was_said_otherwise_comes_with_its_date(space: Space, bob: User) -> None:
    say(space, bob, (ADA, "2026-05-04", BORN))
    say(space, bob, (BEN, "2026-06-02", "Ada Brook was born in Oakham."), at="support-17/two")
    first, second = Candidate.objects.order_by("pk")
    [other] = said_again(first).otherwise  # type: ignore[union-attr]
    assert (other.object, other.candidate, other.last.speaker) == ("Oakham", second.pk, BEN)
    assert other.last.time.date().isoformat() == "2026-06-02"
    [back] = said_again(second).otherwise  # type: ignore[union-attr]
    assert (back.object, back.candidate) == ("Lindenau", first.pk)


def test_elsewhere_only_what_one_says_of_oneself_counts(space: Space, bob: User) -> None:
    say(space, bob, (ADA, "2026-05-04", BORN))
    say(space, bob, (BEN, "2026-05-05", "Ada Brook was born in Oakham."), at="other/one")
    say(space, bob, (ADA, "2026-05-06", BORN), at="third/one")
    found = said_again(Candidate.objects.order_by("pk")[0])
    assert found is not None
    assert [saying.conversation for saying in found.sayings] == ["support-17", "third"]
    assert found.otherwise == ()


def test_a_message_read_with_later_ones_counts_once(space: Space, bob: User) -> None:
    say(space, bob, (ADA, "2026-05-04", BORN))
    say(space, bob, (ADA, "2026-05-04", BORN), (BEN, "2026-05-05", "I see."))
    found = said_again(Candidate.objects.get())
    assert found is not None
    assert found.confirmations == 0


def test_a_subject_is_looked_up_once_for_all_that_is_proposed_of_it(
    space: Space, bob: User, django_assert_num_queries: Any
) -> None:
    say(space, bob, (ADA, "2026-05-04", BORN))
    say(space, bob, (ADA, "2026-05-05", "I was born in Oakham."), at="other/one")
    rows = list(conversation_candidates(space=space, conversation="support-17"))
    rows += conversation_candidates(space=space, conversation="other")
    readings = Readings()
    with django_assert_num_queries(3):  # what was read of Ada Brook, and the rivals of each
        found = [said_again(one, readings) for one in rows]
    assert found == [said_again(one) for one in rows]
    assert len(found) == 2


@pytest.mark.parametrize("name", ["ada  brook", "ADA BROOK", "“Ada Brook”.", "Ada Brook"])
def test_a_name_is_found_however_it_is_spelt(space: Space, bob: User, name: str) -> None:
    say(space, bob, (ADA, "2026-05-04", BORN))
    triple = parse_write(PassageExtraction.objects.get().call)[0]
    PassageExtraction.objects.update(call=serialise_write([("X", "r", "o"), (name, *triple[1:])]))
    found = said_again(Candidate.objects.get())
    assert found is not None
    assert len(found.sayings) == 1


@pytest.mark.parametrize(
    "name", ["a; b", "a>>b", "a-->b", "a\\", "> a", "a;", "a) (b}", "Zoë--> x; y>z", "é\nf"]
)
def test_the_database_finds_every_subject_that_a_call_writes(db: None, name: str) -> None:
    call = serialise_write([("x\\", "r", f"{name}; x"), (name, "r", name), ("y", "r", "z")])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT curation_subjects(%s) @> ARRAY[curation_subject(%s), 'y']",
            [call, escape(name)],
        )
        assert cursor.fetchone() == (True,)


def test_what_is_read_of_a_subject_is_looked_up_by_an_index(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM curation_passageextraction"
            " WHERE curation_subjects(call) @> ARRAY[curation_subject('Ada Brook')]"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "curation_passageextraction_subjects" in plan


def test_a_name_with_signs_of_the_protocol_is_found(space: Space, bob: User) -> None:
    say(space, bob, (ADA, "2026-05-04", BORN))
    say(space, bob, (ADA, "2026-06-01", f"Again: {BORN}"), at="support-17/two")
    name = "Ada (Halden) Brook"
    Candidate.objects.update(subject_text=name)
    [triple] = parse_write(PassageExtraction.objects.all()[0].call)
    PassageExtraction.objects.update(call=serialise_write([(name, *triple[1:])]))
    found = said_again(Candidate.objects.filter(state="pending")[0])
    assert found is not None
    assert found.confirmations == 1


def test_a_relation_is_found_by_its_aliases_too(space: Space, bob: User) -> None:
    say(space, bob, (ADA, "2026-05-04", BORN))
    relation = Candidate.objects.get().relation
    Relation.objects.filter(pk=relation.pk).update(name="birthplace", aliases=[relation.name])
    found = said_again(Candidate.objects.get())
    assert found is not None
    assert len(found.sayings) == 1


def test_what_one_has_at_a_time_is_known_by_what_its_relation_means(
    space: Space, bob: User
) -> None:
    Relation.objects.update(single_valued=False)
    say(space, bob, (ADA, "2026-05-04", BORN))
    say(space, bob, (ADA, "2026-06-02", "I was born in Oakham."), at="support-17/two")

    def others(**meant: str) -> int:
        Relation.objects.update(**meant)
        found = said_again(Candidate.objects.order_by("pk")[0])
        assert found is not None
        return len(found.otherwise)

    given = Candidate.objects.order_by("pk")[0].relation
    assert others() == 0
    assert others(wikidata_property="P551") == 1
    assert others(wikidata_property="", name="Residence", aliases=[given.name]) == 1


def test_a_document_says_nothing_again(space: Space, bob: User) -> None:
    candidate = factories.make_candidate(factories.make_document(space, bob), bob)
    assert said_again(candidate) is None


def test_it_tells_who_said_it(space: Space, bob: User) -> None:
    say(space, bob, (ADA, "2026-05-04", BORN), (BEN, "2026-05-05", "Eva Stone was born in Oakham."))

    def subjects(**asked: Any) -> list[str]:
        rows = conversation_candidates(space=space, conversation="support-17", **asked)
        return [one.subject_text for one in rows.order_by("pk")]

    assert subjects() == [ADA, "Eva Stone"]
    assert subjects(speaker="ben marsh") == ["Eva Stone"]
    assert subjects(by_self=True) == [ADA]
    assert subjects(by_self=False) == ["Eva Stone"]
    assert subjects(speaker="Nobody") == []


def test_the_card_shows_it_and_nothing_is_written(space: Space, bob: User, client: Client) -> None:
    say(space, bob, (ADA, "2026-05-04", BORN))
    say(space, bob, (ADA, "2026-06-01", f"Again: {BORN}"), at="support-17/two")
    say(space, bob, (BEN, "2026-06-02", "Ada Brook was born in Oakham."), at="support-17/two")
    events = Event.objects.count()
    client.force_login(bob)
    first = Candidate.objects.order_by("pk")[0]
    page = client.get(f"/s/{space.slug}/review/candidates/{first.pk}/").content.decode()
    assert "Said 2 times in 2 sessions, 2 of them by Ada Brook" in page
    assert "Conversations do not agree." in page
    assert "Ben Marsh said “Oakham” on" in page
    assert Event.objects.count() == events


def test_accepting_makes_evidence_of_each_message_of_the_conversation(
    space: Space, bob: User
) -> None:
    say(space, bob, (ADA, "2026-05-04", BORN))
    say(space, bob, (ADA, "2026-06-01", f"Again: {BORN}"), at="support-17/two")
    say(space, bob, (BEN, "2026-06-02", "Ada Brook was born in Lindenau."), at="support-17/three")
    [one] = Candidate.objects.filter(state="pending")
    again = list(Candidate.objects.filter(state="again").order_by("pk"))
    assert [other.follows_from_id for other in again] == [one.pk, one.pk]
    decision = candidate_accept(candidate=one, actor=bob)
    triple = Triple.objects.get()
    found = list(triple.evidence.filter(retracted_at=None).order_by("pk"))
    said = [
        (text[row.sentence_start : row.sentence_end], text[row.subject_start : row.subject_end])
        for row in found
        for text in [row.passage.document.text]
    ]
    assert said == [(BORN, "I"), (f"Again: {BORN}", "I"), (
        "Ada Brook was born in Lindenau.", ADA)]  # fmt: skip
    along = list(decision.taken_along.order_by("pk"))
    assert [(each.candidate_id, each.candidate.state, each.actor) for each in along] == [
        (other.pk, "merged", bob) for other in again
    ]
    assert [each.evidence_id for each in (decision, *along)] == [row.pk for row in found]
    assert list(decisions_recent(space, bob)) == [decision]
    told = Event.objects.filter(action="candidate.accepted", payload__along_with=decision.pk)
    assert told.count() == 2


def test_what_was_taken_along_is_undone_with_the_first_and_not_by_itself(
    space: Space, bob: User
) -> None:
    say(space, bob, (ADA, "2026-05-04", BORN))
    say(space, bob, (ADA, "2026-06-01", f"Again: {BORN}"), at="support-17/two")
    one = Candidate.objects.get(state="pending")
    decision = candidate_accept(candidate=one, actor=bob)
    [along] = decision.taken_along.all()
    with pytest.raises(CannotUndo, match="along with"):
        decision_undo(decision=along, actor=bob)
    decision_undo(decision=decision, actor=bob)
    triple = Triple.objects.get()
    assert triple.status == "retracted"
    assert not triple.evidence.filter(retracted_at=None).exists()
    assert sorted(Candidate.objects.values_list("state", flat=True)) == ["again", "pending"]
    one.refresh_from_db()
    again = candidate_accept(candidate=one, actor=bob)
    assert again.taken_along.filter(undone_at=None).count() == 1


def test_a_rejection_and_an_edit_to_something_else_take_no_message_along(
    space: Space, bob: User
) -> None:
    say(space, bob, (ADA, "2026-05-04", BORN))
    say(space, bob, (ADA, "2026-06-01", f"Again: {BORN}"), at="support-17/two")
    one = Candidate.objects.get(state="pending")
    rejected = candidate_reject(candidate=one, actor=bob, reason="irony")
    assert Candidate.objects.get(follows_from=one).state == "again"
    decision_undo(decision=rejected, actor=bob)
    one.refresh_from_db()
    Candidate.objects.filter(follows_from=one).update(valid_from="2020-01-01")
    decision = candidate_accept(candidate=one, actor=bob)
    assert not decision.taken_along.exists()


def test_what_is_said_again_after_the_decision_waits_for_one_of_its_own(
    space: Space, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(space, bob, (ADA, "2026-05-04", BORN))
    one = Candidate.objects.get()

    def decided_meanwhile(self: ProposalReader, made: Any) -> None:
        candidate_accept(candidate=Candidate.objects.get(pk=one.pk), actor=bob)
        monkeypatch.undo()
        self.settle(made)

    monkeypatch.setattr(ProposalReader, "settle", decided_meanwhile)
    text = f"Again: {BORN}"
    other = (BEN, "2026-06-01", "Ada Brook was born in Lindenau.")
    between = (BEN, "2026-06-01", "I see. " * 1000)  # so that the two stand in different passages
    say(space, bob, (ADA, "2026-06-01", text), between, other, at="support-17/two")
    others = Candidate.objects.exclude(pk=one.pk).order_by("pk")
    assert [(other.state, other.follows_from_id) for other in others] == [
        ("pending", None), ("again", others[0].pk),
    ]  # fmt: skip


def test_the_next_message_waits_when_the_first_is_erased(
    space: Space, alice: User, bob: User
) -> None:
    for number, session in enumerate(("one", "two", "three"), 1):
        say(space, bob, (ADA, f"2026-06-0{number}", BORN), at=f"support-17/{session}")
    first, second, third = Candidate.objects.order_by("pk")
    document_erase(document=first.passage.document, actor=alice, reason="asked for")
    rows = Candidate.objects.order_by("pk").values_list("state", "follows_from")
    assert list(rows) == [("erased", None), ("pending", None), ("again", second.pk)]
    assert third.pk


def test_the_pages_of_what_is_said_again_say_so(space: Space, bob: User, client: Client) -> None:
    say(space, bob, (ADA, "2026-05-04", BORN))
    say(space, bob, (ADA, "2026-06-01", f"Again: {BORN}"), at="support-17/two")
    one, again = Candidate.objects.order_by("pk")
    client.force_login(bob)

    def page(candidate: Candidate) -> str:
        return client.get(f"/s/{space.slug}/review/candidates/{candidate.pk}/").content.decode()

    assert "Accepting makes 1 of these messages evidence too" in page(one)
    assert "it says again what" in page(again)
    candidate_accept(candidate=one, actor=bob)
    assert "Decided along with" in page(again)
    assert "Undo this decision" not in page(again)
    assert "Undo this decision" in page(one)
