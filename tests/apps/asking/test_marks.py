"""Marking an answer as wrong: the candidate that follows, who decides it, and what it changes."""

from datetime import date

import pytest

from apps.accounts.models import Role
from apps.asking.models import AnswerMark
from apps.asking.services import answer_mark, gap_record, mark_propose, question_answer_here
from apps.asking.services.errors import MarkRefused
from apps.asking.services.wording import wording_of
from apps.audit.models import Event
from apps.curation.models import Candidate, Decision, RelationProposal
from apps.curation.selectors import QueueFilter, review_queue
from apps.curation.services import (
    Name,
    NotAllowed,
    candidate_accept,
    candidate_edit,
    candidates_decide_batch,
    decision_undo,
)
from apps.memory.models import Entity, Triple
from tests import factories
from tests.apps.asking.rows import QUESTION

Step = AnswerMark.Step


def test_it_makes_a_correction_that_supersedes_once_a_reviewer_accepts(
    space, bob, carol, born, ask
):
    mark = answer_mark(answer=ask(), actor=carol, expected="Halden")

    candidate = mark.candidate
    assert (mark.step, mark.diagnosis["triple"]) == (Step.WRONG_FACT, born.pk)
    assert (candidate.origin, candidate.state) == ("correction", "pending")
    assert (candidate.replaces, candidate.question) == (born, mark.answer.question_id)
    assert (candidate.subject_text, candidate.object_text) == ("Ada Brook", "Halden")
    assert candidate in review_queue(space, bob, QueueFilter())
    assert "Lindenau" in ask().text  # nothing has changed yet

    decision = candidate_accept(candidate=candidate, actor=bob)

    born.refresh_from_db()
    assert (decision.action, decision.replaced) == (Decision.Action.SUPERSEDE, born)
    assert (born.status, born.superseded_by) == (Triple.Status.SUPERSEDED, decision.triple)
    assert candidate.state == Candidate.State.SUPERSEDING
    answer = ask()
    assert answer.text.startswith("Ada Brook was born in Halden")
    assert answer.citations.get().approved_by_label == "bob"


def test_an_accepted_correction_teaches_how_its_relation_is_asked_for(bob, carol, born, ask):
    text = "Ada Brook was born where exactly?"
    answer = ask(text)
    candidate = answer_mark(answer=answer, actor=carol, expected="Halden", propose=True).candidate
    assert candidate.wording == "{subject} was born where exactly?"
    before = list(born.relation.questions)
    candidate_accept(candidate=candidate, actor=bob)

    born.relation.refresh_from_db()
    assert born.relation.questions == [*before, candidate.wording]
    accepted = Event.objects.get(action="candidate.superseded")
    assert accepted.payload["wording"] == candidate.wording
    changed = Event.objects.get(action="relation.changed")
    assert changed.payload["changed"]["questions"][1] == born.relation.questions


def test_a_correction_teaches_no_wording_that_its_relation_has(carol, born, ask):
    born.relation.questions = ["where was {subject} born"]
    born.relation.save()
    mark = answer_mark(answer=ask("Where was Ada Brook born?"), actor=carol, expected="Halden")
    assert mark.candidate.wording == ""


def test_an_edited_correction_teaches_nothing_it_does_not_say(bob, carol, born, ask):
    text = "Ada Brook was born where exactly?"
    mark = answer_mark(answer=ask(text), actor=carol, expected="Halden", propose=True)
    candidate_edit(candidate=mark.candidate, actor=bob, changes={"subject_text": "Adam Brook"})
    assert not Event.objects.filter(action="relation.changed").exists()


@pytest.mark.parametrize(
    ("text", "wording"),
    [
        ("Where was  Ada Brook born?", "Where was {subject} born?"),
        ("Who was born in Lindenau?", "Who was born in {object}?"),
        ("Was Ada Brook born in Lindenau?", ""),
        ("Was she born in Lindenau?", ""),
        ("Where was Ada Brook, yes Ada Brook, born?", ""),
        ("Where was Ada Brook born and when did she die?", ""),
        ("Where was {Ada Brook} born?", ""),
        ("Where was Ada Brookson born?", ""),
        ("Where was " + "very " * 50 + "Ada Brook born?", ""),
    ],
)
def test_it_finds_the_wording_of_a_plain_question(born, ask, text, wording):
    answer = ask()
    answer.question.text = text
    names = (Name("Ada Brook", entity=born.subject), Name("Lindenau", entity=born.object))
    assert wording_of(answer, *names) == wording


def test_it_takes_no_wording_of_a_question_that_leans_on_others(born, ask):
    answer = ask()
    names = (Name("Ada Brook", entity=born.subject), Name("Halden"))
    assert wording_of(answer, *names)
    answer.understood = ["“she” was taken for Ada Brook."]
    assert not wording_of(answer, *names)


def test_it_undoes_an_accepted_correction(bob, carol, born, ask):
    candidate = answer_mark(answer=ask(), actor=carol, expected="Halden").candidate
    decision_undo(decision=candidate_accept(candidate=candidate, actor=bob), actor=bob)
    born.refresh_from_db()
    assert born.status == Triple.Status.ACTIVE
    assert "Lindenau" in ask().text


def test_it_supersedes_too_when_reviewers_edit_or_accept_many(bob, alice, carol, born, ask):
    factories.grant(born.space, alice, "reviewer")
    candidate = answer_mark(answer=ask(), actor=carol, expected="Haldn").candidate
    candidate_edit(candidate=candidate, actor=bob, changes={"object_text": "Halden"})
    edited = candidate_accept(candidate=candidate, actor=alice)
    assert (edited.action, edited.replaced) == (Decision.Action.SUPERSEDE, born)
    second = answer_mark(answer=ask(), actor=carol, expected="Oakham").candidate
    result = candidates_decide_batch(
        space=second.space, actor=bob, candidates=[(second.pk, second.version)]
    )
    assert result.decisions[0].replaced == edited.triple
    assert "Oakham" in ask().text


def test_it_lets_a_reviewer_keep_both(bob, carol, born, ask):
    candidate = answer_mark(answer=ask(), actor=carol, expected="Halden").candidate
    decision = candidate_accept(candidate=candidate, actor=bob, despite_conflicts=True)
    born.refresh_from_db()
    assert (decision.action, decision.replaced) == (Decision.Action.ACCEPT, None)
    assert born.status == Triple.Status.ACTIVE


def test_it_accepts_plainly_when_the_fact_has_gone_in_the_meantime(bob, carol, born, ask):
    first = answer_mark(answer=ask(), actor=carol, expected="Halden").candidate
    second = answer_mark(answer=ask(), actor=carol, expected="Oakham").candidate
    candidate_accept(candidate=first, actor=bob)
    decision = candidate_accept(candidate=second, actor=bob, despite_conflicts=True)
    assert decision.replaced is None


def test_it_lets_nobody_decide_their_own_correction(space, alice, bob, born):
    factories.grant(space, bob, Role.ASKER)
    answer = question_answer_here(space=space, actor=bob, text=QUESTION).answer
    candidate = answer_mark(answer=answer, actor=bob, expected="Halden").candidate
    with pytest.raises(NotAllowed):
        candidate_accept(candidate=candidate, actor=bob)


def test_it_closes_the_old_fact_on_the_day_of_the_new_one(bob, carol, born, ask):
    mark = answer_mark(answer=ask(), actor=carol, expected="Halden", since=date(2001, 1, 1))
    assert mark.step == Step.OUTDATED
    candidate_accept(candidate=mark.candidate, actor=bob)
    born.refresh_from_db()
    assert born.valid_to == date(2001, 1, 1)
    assert "Lindenau" in ask(as_of=date(1990, 1, 1)).text
    assert "Halden" in ask(as_of=date(2010, 1, 1)).text


def test_it_asks_whether_another_name_of_many_holds_instead_or_as_well(space, bob, carol, ask):
    question = "Who founded the Brook Institute?"
    with pytest.raises(MarkRefused, match="instead of what was answered, or as well") as refused:
        answer_mark(answer=ask(question), actor=carol, expected="Max Brook")
    assert refused.value.field == "beside"
    beside = answer_mark(answer=ask(question), actor=carol, expected="Max Brook", beside=True)
    assert (beside.step, beside.candidate.replaces) == (Step.MISSING, None)
    candidate_accept(candidate=beside.candidate, actor=bob)
    answer = ask(question)
    assert answer.citations.count() == 2
    with pytest.raises(MarkRefused, match="which of the facts") as refused:
        answer_mark(answer=answer, actor=carol, expected="Eva Brook", beside=False)
    assert refused.value.field == "citation"
    wrong = answer.citations.get(triple__object__name="Max Brook")
    instead = answer_mark(
        answer=answer, actor=carol, expected="Eva Brook", citation=wrong, beside=False
    )
    assert instead.candidate.replaces == wrong.triple


def test_it_corrects_the_side_that_was_asked_for(bob, carol, born, ask):
    answer = ask("Who was born in Lindenau?")
    mark = answer_mark(answer=answer, actor=carol, expected="Eva Brook", beside=False)
    assert (mark.candidate.subject_text, mark.candidate.object_text) == ("Eva Brook", "Lindenau")
    candidate_accept(candidate=mark.candidate, actor=bob)
    assert ask("Who was born in Lindenau?").text.startswith("Eva Brook was born in Lindenau")


def test_it_proposes_the_same_once(carol, ask):
    first = answer_mark(answer=ask(), actor=carol, expected="Halden")
    second = answer_mark(answer=ask(), actor=carol, expected=" halden. ")
    assert first.candidate == second.candidate
    assert Candidate.objects.count() == 1


def test_it_gives_a_new_name_the_type_of_the_one_it_replaces(carol, born, ask):
    Entity.objects.filter(pk=born.object_id).update(type="LOC")
    mark = answer_mark(answer=ask(), actor=carol, expected="Halden")
    assert (mark.candidate.object_type, mark.candidate.object_kind) == ("LOC", "item")


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("Lindenau", "Nothing to change"),
        (" lindenau. ", "Nothing to change"),
        ("x" * 10_000, "at most 500 characters, not 10,000"),
        ("a\0b", "no text"),
        ("\ud800", "no text"),
    ],
)
def test_it_refuses_what_is_no_correction(carol, ask, expected, words):
    answer = ask()
    with pytest.raises(MarkRefused, match=words):
        answer_mark(answer=answer, actor=carol, expected=expected)
    assert not AnswerMark.objects.exists()
    assert not Candidate.objects.exists()


def test_it_refuses_a_fact_of_another_answer(carol, ask):
    other = ask("Who founded the Brook Institute?").citations.get()
    with pytest.raises(MarkRefused, match="no such fact"):
        answer_mark(answer=ask(), actor=carol, expected="Halden", citation=other)


def test_it_marks_without_a_correction(carol, born, ask):
    mark = answer_mark(answer=ask(), actor=carol)
    assert (mark.step, mark.candidate, mark.diagnosis["triple"]) == (
        Step.WRONG_FACT,
        None,
        born.pk,
    )


def test_it_tells_the_log(carol, ask):
    mark = answer_mark(answer=ask(), actor=carol, expected="Halden")
    proposed, marked = Event.objects.order_by("-pk")[1], Event.objects.order_by("-pk")[0]
    assert (proposed.action, proposed.subject_id) == ("candidate.proposed", mark.candidate_id)
    assert proposed.payload["question"] == mark.answer.question_id
    assert (marked.action, marked.subject_id) == ("answer.marked", mark.answer.question_id)
    assert marked.payload["expected"] == "Halden"


def test_it_records_what_is_missing(bob, carol, space, ask):
    answer = ask("Where was Eva Brook born?")
    relation = space.relations.get(name="place of birth")
    mark = gap_record(
        answer=answer, actor=carol, subject="Eva Brook", relation=relation, object="Halden"
    )
    assert (mark.step, mark.candidate.origin) == (Step.MISSING, "gap")
    candidate_accept(candidate=mark.candidate, actor=bob)
    assert ask("Where was Eva Brook born?").text.startswith("Eva Brook was born in Halden")


def test_it_takes_a_relation_by_its_name_or_proposes_a_new_one(carol, space, ask):
    answer = ask("What is the blood type of Ada Brook?")
    gap = {"answer": answer, "actor": carol, "subject": "Ada Brook", "object": "A"}
    proposed = gap_record(**gap, new_relation="blood type")
    assert (proposed.candidate, proposed.relation_proposal.name) == (None, "blood type")
    assert (proposed.step, proposed.diagnosis["summary"]) == (
        Step.MISSING,
        "The schema has no relation for this.",
    )
    assert RelationProposal.objects.get().question_text == answer.question.text
    assert gap_record(**gap, new_relation=" Blood type ").relation_proposal == (
        proposed.relation_proposal
    )
    of_another = gap | {"subject": "Eva Brook", "object": "Halden"}
    known = gap_record(**of_another, new_relation="Place of birth")
    assert known.candidate.relation.name == "place of birth"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"object": "  "}, "object"),
        ({"object": "x" * 10_000}, "object"),
        ({"subject": "a\0b"}, "subject"),
        ({"new_relation": ""}, "relation"),
        ({"new_relation": "x" * 121}, "relation"),
        ({"new_relation": "a;b{c}"}, "relation"),
        ({"new_relation": "place\0of"}, "relation"),
    ],
)
def test_it_refuses_half_a_gap(carol, ask, given, field):
    full = {"subject": "Ada Brook", "new_relation": "blood type", "object": "A"}
    answer = ask("What is the blood type of Ada Brook?")
    with pytest.raises(MarkRefused) as refused:
        gap_record(answer=answer, actor=carol, **(full | given))
    assert refused.value.field == field
    assert not RelationProposal.objects.exists()


def test_it_takes_no_relation_of_another_space(carol, ask):
    foreign = factories.make_relation(factories.make_space("other"), "place of death")
    answer = ask("Where was Eva Brook born?")
    with pytest.raises(MarkRefused, match="no such relation"):
        gap_record(answer=answer, actor=carol, subject="Eva", relation=foreign, object="Oakham")
    assert not Candidate.objects.exists()


def test_it_records_no_gap_that_the_memory_has_filled(carol, space, born, ask):
    answer = ask("Where was Eva Brook born?")
    relation = space.relations.get(name="place of birth")
    with pytest.raises(MarkRefused, match="holds exactly this already"):
        gap_record(
            answer=answer, actor=carol, subject="Ada Brook", relation=relation, object="Lindenau"
        )


def test_it_proposes_what_is_expected_though_the_question_was_misread(space, bob, carol, ask):
    factories.make_triple(space, "Ada Brook", factories.make_relation(space, "lived in"), "Halden")
    mark = answer_mark(answer=ask(), actor=carol, expected="Halden")
    assert (mark.step, mark.candidate) == (Step.MISREAD, None)
    insisted = mark_propose(mark=mark, actor=carol)
    assert insisted.candidate.relation.name == "place of birth"
