"""Which step failed when an answer is wrong, and the rows that show it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from apps.asking.models import AnswerMark, Misreading, Question
from apps.asking.services import (
    answer_mark,
    gap_of,
    question_answer_here,
    question_ask_anew,
    question_ask_as_meant,
    question_run,
)
from apps.asking.services.diagnosis import Diagnosis, diagnose
from apps.asking.services.diagnosis.case import Case
from apps.asking.services.errors import MarkRefused
from apps.asking.services.gaps import relation_words
from apps.audit.models import Event
from apps.curation.models import Candidate
from apps.curation.services import candidate_accept, candidate_reject
from apps.memory.controller import MemoryController
from apps.memory.models import Entity, Relation, Triple
from tests import factories
from tests.apps.asking.rows import QUESTION

Step = AnswerMark.Step


@pytest.fixture
def known(space, bob):
    """Return a function that puts a fact with a document into the memory."""

    def put(subject: str, relation: str | Relation, object: str) -> Triple:
        triple = factories.make_triple(space, subject, relation, object)
        text = f"{subject} and {object}: {triple.pk}."
        factories.make_evidence(triple, factories.make_document(space, bob, text), bob)
        return triple

    return put


def older(candidate: Candidate) -> Candidate:
    """Return the candidate as if it had been proposed before the memory's facts."""
    day = timezone.now() - timedelta(days=1)
    Candidate.objects.filter(pk=candidate.pk).update(created_at=day)
    return candidate


def test_a_wrong_fact_is_shown_with_the_decision_that_let_it_in(space, alice, bob, carol):
    document = factories.make_document(space, alice)
    factories.make_relation(space, "place of birth", questions=["Where was {subject} born?"],
                            single_valued=True)  # fmt: skip
    decision = candidate_accept(candidate=factories.make_candidate(document, alice), actor=bob)
    answer = question_answer_here(space=space, actor=carol, text=QUESTION).answer
    found = diagnose(answer)
    assert (found.step, found.triple, found.decision) == (
        Step.WRONG_FACT,
        decision.triple_id,
        decision.pk,
    )
    assert found.understood is not None
    assert (found.understood.known, found.understood.entity_name) == ("subject", "Ada Brook")
    assert found.understood.relation_name == "place of birth"
    assert found.citation == 1


def test_a_mark_keeps_its_diagnosis(ask, carol):
    answer = ask()
    mark = answer_mark(answer=answer, actor=carol, expected="Halden")
    mark.refresh_from_db()
    candidate = mark.candidate
    kept = Diagnosis.of(mark.diagnosis)
    assert (kept.step, kept.candidates) == (mark.step, ())
    assert kept.understood == diagnose(answer, expected="Halden").understood
    assert diagnose(answer, expected="Halden").candidates == (candidate.pk,)


def test_another_relation_leads_to_what_is_expected(space, ask):
    lived = factories.make_relation(space, "lived in")
    factories.make_triple(space, "Ada Brook", lived, "Halden")
    found = diagnose(ask(), expected="Halden")
    assert (found.step, [one.relation for one in found.readings]) == (Step.MISREAD, [lived.pk])
    assert "another relation" in found.summary


def test_the_other_direction_leads_to_what_is_expected(space, ask):
    factories.make_triple(space, "Max Brook", "place of birth", "Ada Brook")
    found = diagnose(ask(), expected="Max Brook")
    assert (found.step, [one.known for one in found.readings]) == (Step.MISREAD, ["object"])
    assert "other direction" in found.summary


def test_it_reads_few_of_many_facts_to_see_that_there_are_some(space, ask, monkeypatch):
    factories.make_entity(space, "Eva Brook")
    answer = ask("Where was Eva Brook born?")
    for number in range(12):
        factories.make_triple(space, f"Child {number}", "place of birth", "Eva Brook")
    asked: list[Triple] = []
    holds = Case.holds
    monkeypatch.setattr(Case, "holds", lambda case, row: asked.append(row) or holds(case, row))
    found = diagnose(answer)
    assert found.summary == "The memory has such facts in the other direction."
    assert len(asked) == 1


def test_another_entity_that_the_question_names_leads_to_what_is_expected(space, born, ask):
    answer = ask()
    Question.objects.filter(pk=answer.question_id).update(
        text="Where was the mother of Ada Brook, Eva Brook, born?"
    )
    eva = factories.make_triple(space, "Eva Brook", "place of birth", "Halden").subject
    answer.question.refresh_from_db()
    found = diagnose(answer, expected="Halden")
    assert (found.step, [one.entity for one in found.readings]) == (Step.MISREAD, [eva.pk])
    assert "something else" in found.summary


def test_a_fact_that_came_later_is_learnt(space, ask, known):
    factories.make_entity(space, "Eva Brook")
    answer = ask("Where was Eva Brook born?")
    learnt = known("Eva Brook", "place of birth", "Halden")
    found = diagnose(answer, expected="Halden")
    assert (found.step, found.triple) == (Step.LEARNT, learnt.pk)


def test_a_fact_that_was_there_was_not_found(space, ask, born):
    answer = ask()
    there = factories.make_triple(
        space, "Ada Brook", "place of birth", "Halden", valid_from=date(1900, 1, 1)
    )
    before = answer.created_at - timedelta(days=1)
    Triple.objects.filter(pk=there.pk).update(recorded_at=before)
    found = diagnose(answer, expected="Halden")
    assert (found.step, found.triple) == (Step.MISREAD, there.pk)
    assert "did not lead to it" in found.summary


def test_a_fact_of_another_time_is_out_of_date(space, ask, born):
    answer = ask()
    factories.make_triple(space, "Ada Brook", "place of birth", "Halden", valid_to=date(1900, 1, 1))
    found = diagnose(answer, expected="Halden")
    assert found.step == Step.OUTDATED
    assert "another time" in found.summary


def test_a_superseded_fact_is_out_of_date(space, bob, carol, ask, born):
    answer = ask()
    first = answer_mark(answer=answer, actor=carol, expected="Halden").candidate
    learnt = candidate_accept(candidate=first, actor=bob).triple
    out = diagnose(answer)
    assert (out.step, out.triple) == (Step.OUTDATED, born.pk)
    assert "taken the place" in out.summary
    assert diagnose(answer, expected="Halden").triple == learnt.pk
    assert diagnose(answer, expected="Halden").step == Step.LEARNT


def test_a_correction_of_an_old_answer_goes_to_review_beside_what_holds_now(bob, carol, ask, born):
    """The person has not seen the fact that holds now, so nothing says to replace it."""
    answer = ask()
    first = answer_mark(answer=answer, actor=carol, expected="Halden").candidate
    candidate_accept(candidate=first, actor=bob)
    late = answer_mark(answer=answer, actor=carol, expected="Oakham")
    assert (late.step, late.candidate.replaces) == (Step.OUTDATED, None)
    same = answer_mark(answer=answer, actor=carol, expected="Halden")
    assert (same.step, same.candidate) == (Step.LEARNT, None)


def test_a_fact_that_was_taken_out_is_out_of_date_or_missing(space, bob, ask, born):
    answer = ask()
    MemoryController(space).retract(born, actor=bob, reason="wrong document")
    assert diagnose(answer).step == Step.OUTDATED
    gone = diagnose(ask(), expected="Lindenau")
    assert (gone.step, gone.triple) == (Step.MISSING, born.pk)
    assert "taken out" in gone.summary


def test_the_fact_that_took_its_place_is_blamed(bob, carol, ask, born):
    wrong = answer_mark(answer=ask(), actor=carol, expected="Halden").candidate
    decision = candidate_accept(candidate=wrong, actor=bob)
    found = diagnose(ask(), expected="Lindenau")
    assert (found.step, found.triple) == (Step.WRONG_FACT, decision.triple_id)
    assert found.decision == decision.pk


def test_a_fact_that_ended_is_out_of_date(ask, born):
    answer = ask()
    Triple.objects.filter(pk=born.pk).update(valid_to=date(1999, 1, 1))
    found = diagnose(answer)
    assert (found.step, found.triple) == (Step.OUTDATED, born.pk)
    assert "no longer held" in found.summary


def test_a_newer_statement_waits(space, bob, ask, born):
    document = factories.make_document(space, bob, "Ada Brook was born in Halden.", title="Newer")
    waiting = factories.make_candidate(document, bob, object="Halden")
    for found in (diagnose(ask()), diagnose(ask(), expected="Halden")):
        assert (found.step, found.candidates) == (Step.OUTDATED, (waiting.pk,))
    older(waiting)
    found = diagnose(ask(), expected="Halden")
    assert (found.step, found.candidates) == (Step.WRONG_FACT, (waiting.pk,))


def test_a_missing_fact_is_not_proposed_waits_or_was_rejected(space, bob, carol, ask, born):
    question = "Where was Eva Brook born?"
    factories.make_entity(space, "Eva Brook")
    found = diagnose(ask(question), expected="Halden")
    assert (found.step, found.candidates) == (Step.MISSING, ())
    assert "nobody has proposed it" in found.summary
    document = factories.make_document(space, bob, "Eva Brook was born in Halden.")
    candidate = factories.make_candidate(document, bob, subject="Eva Brook", object="Halden")
    for expected in ("", "Halden"):
        waits = diagnose(ask(question), expected=expected)
        assert (waits.step, waits.candidates) == (Step.MISSING, (candidate.pk,))
        assert "waits in review" in waits.summary
    mark = answer_mark(answer=ask(question), actor=carol, expected="Halden")
    assert mark.candidate == candidate  # no second one
    candidate_reject(candidate=candidate, actor=bob, reason="too vague")
    assert "rejected" in diagnose(ask(question)).summary


def test_a_question_that_was_not_understood(space, ask):
    nothing = diagnose(ask("Who is the king of Atlantis?"))
    assert (nothing.step, nothing.understood) == (Step.MISSING, None)
    named = diagnose(ask("What is the blood type of Ada Brook?"))
    assert (named.step, named.understood) == (Step.MISREAD, None)
    assert "Ada Brook" in named.summary


def test_it_tells_under_which_name_the_memory_knows_it(space, born, ask):
    born.object.aliases.create(space=space, name="Linden", normalised="linden")
    factories.make_entity(space, "Eva Brook")
    found = diagnose(ask("Where was Eva Brook born?"), expected="Linden")
    assert found.known_as == "Lindenau"


@pytest.mark.parametrize("beside", [None, False])
def test_it_asks_which_fact_is_wrong(carol, ask, known, beside):
    known("Brook Institute", "founded by", "Max Brook")
    answer = ask("Who founded the Brook Institute?")
    for expected in ("", "Eva Brook"):
        with pytest.raises(MarkRefused, match="which of the facts") as refused:
            answer_mark(answer=answer, actor=carol, expected=expected, beside=beside)
        assert refused.value.field == "citation"
    with pytest.raises(MarkRefused, match="right as well"):
        answer_mark(answer=answer, actor=carol, beside=True)


def test_it_says_what_a_question_lacks(space, born, ask):
    factories.make_entity(space, "Eva Brook")
    gap = gap_of(ask("Where was Eva Brook born?"))
    assert (gap.subject, gap.relation, gap.new_relation) == ("Eva Brook", born.relation_id, "")
    new = gap_of(ask("What is the blood type of Ada Brook?"))
    assert (new.subject, new.relation, new.new_relation) == ("Ada Brook", None, "blood type")
    assert gap_of(ask("Who is it?")).subject == ""


@pytest.mark.parametrize(
    ("question", "name", "words"),
    [
        ("What is the blood type of Ada Brook?", "Ada Brook", "blood type"),
        ("What is Ada Brook's blood type?", "Ada Brook", "blood type"),
        ("Which instrument did Ada Brook play?", "Ada Brook", "instrument play"),
        ("Who was Ada Brook?", "Ada Brook", ""),
        ("Ada Brook", "Ada Brook", ""),
    ],
)
def test_it_takes_the_words_of_a_new_relation_from_the_question(question, name, words):
    start = question.index(name)
    assert relation_words(question, start, start + len(name)) == words


@pytest.fixture
def misread(space, carol, ask, known):
    lived = factories.make_relation(space, "lived in", template="{subject} lived in {object}.")
    known("Ada Brook", lived, "Halden")
    return answer_mark(answer=ask(), actor=carol, expected="Halden")


def test_it_asks_again_as_it_was_meant(space, bob, misread, born):
    lived = Relation.objects.get(name="lived in")
    misreading = question_ask_as_meant(
        mark=misread, actor=bob, entity=born.subject, relation=lived, known="subject"
    )
    again = question_run(question_id=misreading.asked_again_id)
    assert again is not None
    assert again.answer.text == "Ada Brook lived in Halden [1]."
    assert (again.asked_by, again.text) == (bob, QUESTION)
    event = Event.objects.get(action="answer.misread")
    assert event.payload["meant"]["relation"] == lived.pk
    assert event.payload["understood"]["relation"] == born.relation_id


def test_it_asks_as_meant_in_the_other_direction_or_abstains(bob, misread, born):
    about = {"mark": misread, "actor": bob, "relation": born.relation}
    turned = question_ask_as_meant(**about, entity=born.object, known="object").asked_again_id
    assert question_run(question_id=turned).answer.text.startswith("Ada Brook was born")
    nothing = question_ask_as_meant(**about, entity=born.object, known="subject").asked_again_id
    answer = question_run(question_id=nothing).answer
    assert answer.abstained
    assert "place of birth" in answer.text


def test_it_follows_a_merged_entity_and_a_retired_relation(space, bob, misread, born):
    other = Entity.objects.create(space=space, name="A. Brook", merged_into=born.subject)
    asked = question_ask_as_meant(
        mark=misread, actor=bob, entity=other, relation=born.relation, known="subject"
    )
    Relation.objects.filter(pk=born.relation_id).update(retired_at=timezone.now())
    assert question_run(question_id=asked.asked_again_id).answer.abstained
    born.relation.refresh_from_db()
    with pytest.raises(MarkRefused, match="retired"):
        question_ask_as_meant(
            mark=misread, actor=bob, entity=other, relation=born.relation, known="subject"
        )


def test_it_asks_nothing_of_another_space(bob, misread, born):
    other = factories.make_triple(factories.make_space("other"), "Ada", "place of birth", "Oakham")
    rows = {"entity": born.subject, "relation": born.relation}
    for wrong in ({"entity": other.subject}, {"relation": other.relation}):
        with pytest.raises(MarkRefused, match="in this space"):
            question_ask_as_meant(mark=misread, actor=bob, known="subject", **(rows | wrong))
    with pytest.raises(MarkRefused, match="which side"):
        question_ask_as_meant(mark=misread, actor=bob, known="both", **rows)
    assert not Misreading.objects.exists()


def test_it_asks_the_memory_as_it_is_now(space, bob, carol, ask):
    answer = ask()
    candidate = answer_mark(answer=answer, actor=carol, expected="Halden").candidate
    candidate_accept(candidate=candidate, actor=bob)
    again = question_ask_anew(question=answer.question, actor=carol)
    assert "Halden" in question_run(question_id=again.pk).answer.text
    assert again.conversation == answer.question.conversation
    assert question_ask_anew(question=answer.question, actor=bob).conversation != again.conversation
