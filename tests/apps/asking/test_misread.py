"""When no fact is wrong: the question is asked as it was meant; and when an answer is right."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.asking.models import AnswerConfirmation, AnswerMark, Misreading, Question
from apps.asking.selectors import visible_questions
from apps.asking.services import (
    Correction,
    answer_confirm,
    answer_mark,
    answer_misread,
    blamable,
    gap_record,
    meant_in_words,
    parts_to_correct,
    question_run,
)
from apps.asking.services.errors import MarkRefused
from apps.audit.models import Event
from apps.curation.models import Candidate
from apps.memory.models import Relation
from tests import factories
from worker.literals import as_json, parse_time

STEP, THING = "target", "target.0"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def born(space, born):
    factories.make_entity(space, "Eva Brook")
    return born


def known(space, bob, subject, relation, object_):
    document = factories.make_document(space, bob, f"{subject} has it, says {object_}.")
    triple = factories.make_triple(space, subject, relation, object_)
    factories.make_evidence(triple, document, bob)
    return triple


@pytest.fixture
def died(space, bob, born):
    relation = factories.make_relation(
        space, "place of death", template="{subject} died in {object}."
    )
    known(space, bob, "Ada Brook", relation, "Halden")
    return relation


def address(name, *args):
    return reverse(f"asking:{name}", args=["atlas", *args])


def test_the_parts_that_can_be_corrected_are_names_and_steps(ask):
    parts = [(one.path, one.words, one.meaning, one.name) for one in parts_to_correct(ask())]
    assert parts == [
        (THING, "Ada Brook", "Ada Brook", "Ada Brook"),
        (STEP, "born", "place of birth", None),
    ]


def test_a_step_that_was_misread_is_asked_as_it_was_meant(ask, carol, died):
    answer = ask()
    correction = Correction(0, STEP, relation=died, known="subject")
    mark = answer_misread(answer=answer, actor=carol, corrections=[correction])
    assert (mark.step, mark.candidate, mark.citation) == (AnswerMark.Step.MISREAD, None, None)
    assert mark.diagnosis["triple"] is None
    assert "“born” asks for place of death." in mark.diagnosis["summary"]
    misreading = mark.misreadings.get()
    assert (misreading.relation, misreading.known) == (died, "subject")
    assert meant_in_words(misreading) == "place of death of Ada Brook"
    again = question_run(question_id=misreading.asked_again_id)
    assert [one.triple.object.name for one in again.answer.citations.all()] == ["Halden"]
    assert again.answer.reading["questions"][0]["target"]["options"][0]["name"] == "place of death"
    assert not Candidate.objects.exists()
    event = Event.objects.get(action="answer.misread")
    assert event.payload["meant"][0]["target"]["options"][0]["id"] == str(died.pk)


def test_a_name_that_was_misread_is_another_entity(ask, space, bob, carol, born):
    known(space, bob, "Eva Brook", born.relation, "Oakham")
    mark = answer_misread(
        answer=ask(), actor=carol, corrections=[Correction(0, THING, name="Eva Brook")]
    )
    again = question_run(question_id=mark.misreadings.get().asked_again_id)
    assert again.answer.text.startswith("Eva Brook")


def test_words_that_were_left_out_are_noted(ask, carol):
    mark = answer_misread(answer=ask(), actor=carol, left_out="Where")
    assert "“Where” was left out." in mark.diagnosis["summary"]
    assert not Misreading.objects.exists()
    assert Question.objects.count() == 1


def test_a_reading_of_several_steps_is_kept_whole(ask, space, carol, died, born):
    answer = ask()
    values = answer.reading["questions"][0]
    step = {**values["target"], "options": [{**values["target"]["options"][0]}]}
    founder = Relation.objects.get(name="founded by")
    step["options"][0].update(id=str(founder.pk), name="founded by", known="object")
    values["target"] = {**values["target"], "of": step}
    answer.save(update_fields=["reading"])
    correction = Correction(0, "target", relation=died, known="subject")
    mark = answer_misread(answer=answer, actor=carol, corrections=[correction])
    misreading = mark.misreadings.get()
    assert (misreading.relation, misreading.entity, misreading.known) == (None, None, "")
    assert "founded by" in meant_in_words(misreading)
    again = question_run(question_id=misreading.asked_again_id)
    assert again.answer.abstained


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Correct a part"),
        ({"left_out": "Zorb"}, "not in the question"),
        ({"left_out": "x" * 501}, "at most 500"),
        ({"corrections": [Correction(0, THING, name="Nobody Known")]}, "knows no such name"),
        ({"corrections": [Correction(0, THING, name="Ada Brook")]}, "Correct a part"),
        ({"corrections": [Correction(0, "target.7", name="Ada Brook")]}, "no such part"),
        ({"corrections": [Correction(0, STEP)]}, "cannot be corrected"),
    ],
)
def test_what_is_no_correction_is_refused(ask, carol, given, words):
    answer = ask()
    with pytest.raises(MarkRefused, match=words):
        answer_misread(answer=answer, actor=carol, **given)
    assert not AnswerMark.objects.exists()


def test_relations_of_others_and_retired_ones_are_refused(ask, carol, space, died, mallory):
    answer = ask()
    died.retired_at = died.created_at
    died.save(update_fields=["retired_at"])
    with pytest.raises(MarkRefused, match="in use"):
        answer_misread(
            answer=answer, actor=carol,
            corrections=[Correction(0, STEP, relation=died, known="subject")],
        )  # fmt: skip


def test_the_database_refuses_a_misreading_that_says_nothing(ask, carol):
    mark = answer_misread(answer=ask(), actor=carol, left_out="Where")
    with pytest.raises(IntegrityError), transaction.atomic():
        Misreading.objects.create(mark=mark, noted_by=carol, asked_again=mark.answer.question)


# what may be blamed and proposed


@pytest.mark.parametrize("text", ["yes", "No.", "UNKNOWN", "I don’t know", "?"])
def test_what_is_no_name_is_refused(ask, carol, text):
    answer = ask()
    with pytest.raises(MarkRefused, match="is no name"):
        answer_mark(answer=answer, actor=carol, expected=text)
    with pytest.raises(MarkRefused, match="is no name"):
        gap_record(
            answer=answer, actor=carol, subject="Eva Brook", object=text,
            relation=Relation.objects.get(name="place of birth"),
        )  # fmt: skip
    assert not Candidate.objects.exists()


def test_what_is_called_so_is_a_name(ask, carol, space):
    factories.make_entity(space, "Yes")
    assert answer_mark(answer=ask(), actor=carol, expected="Yes").candidate is not None


def test_only_what_was_asked_for_can_be_blamed(ask, space, carol, born):
    answer = ask()
    lies_in = factories.make_relation(space, "lies in")
    other = factories.make_triple(space, "Lindenau", lies_in, "Sund")
    first = answer.citations.get()
    beside = answer.citations.create(
        number=2, triple=other, statement="Lindenau lies in Sund.", approved_by_label="bob",
        approved_at=first.approved_at,
    )  # fmt: skip
    assert blamable(answer) == [first]
    with pytest.raises(MarkRefused, match="did not ask for this fact") as refused:
        answer_mark(answer=answer, actor=carol, expected="Halden", citation=beside)
    assert refused.value.field == "citation"
    assert answer_mark(answer=answer, actor=carol, expected="Halden").candidate.replaces == born
    answer.reading = {}
    answer.save(update_fields=["reading"])
    assert len(blamable(answer)) == 2


def test_nothing_is_proposed_that_contradicts_what_nobody_called_wrong(ask, carol, born):
    answer = ask("Where was Eva Brook born?")
    relation = born.relation
    given = {"subject": "Ada Brook", "relation": relation, "object": "Halden"}
    with pytest.raises(MarkRefused, match="which this contradicts and nobody called wrong"):
        gap_record(answer=answer, actor=carol, **given)
    with pytest.raises(MarkRefused, match="nobody called wrong"):
        answer_mark(answer=ask(), actor=carol, expected="Halden", beside=True)
    assert not Candidate.objects.exists()
    mark = gap_record(answer=answer, actor=carol, **given, replaces=born)
    assert mark.candidate.replaces == born


def test_an_equal_value_changes_nothing(ask, space, bob, carol):
    day = factories.make_relation(space, "date of birth", single_valued=True)
    text = "7 November 1867"
    factories.make_entity(
        space, text, type="TIME", kind="time", value=as_json(parse_time(text), text)
    )
    known(space, bob, "Ada Brook", day, text)
    answer = ask("What is the date of birth of Ada Brook?")
    assert not answer.abstained
    for same in ("1867-11-07", "November 7, 1867", "7 November 1867"):
        with pytest.raises(MarkRefused, match="says so already"):
            answer_mark(answer=answer, actor=carol, expected=same)


# right


def test_one_click_confirms_facts_and_reading(ask, sign_in, carol, bob, space):
    answer = ask()
    client = sign_in(carol)
    page = client.get(address("question", answer.question_id)).content.decode()
    assert "Yes, this is right" in page
    done = client.post(address("answer-right", answer.question_id), follow=True)
    assert "carol said that it is right" in done.content.decode()
    assert "Yes, this is right" not in done.content.decode()
    client.post(address("answer-right", answer.question_id))
    row = AnswerConfirmation.objects.get()
    event = Event.objects.get(action="answer.confirmed")
    assert event.payload["triples"] == [answer.citations.get().triple_id]
    assert event.subject_id == answer.question_id
    reviewer = sign_in(bob)
    listed = reviewer.get(address("mark-list")).content.decode()
    assert "Said to be right" in listed
    assert row.answer.question in visible_questions(
        user=bob, space=space, roles=frozenset({"reviewer"})
    )


def test_an_abstention_is_not_confirmed(ask, carol, sign_in):
    answer = ask("Where was Eva Brook born?")
    with pytest.raises(MarkRefused, match="states no fact"):
        answer_confirm(answer=answer, actor=carol)
    page = sign_in(carol).post(address("answer-right", answer.question_id), follow=True)
    assert "states no fact" in page.content.decode()


@pytest.mark.parametrize("name", ["answer-right", "misread"])
def test_outsiders_and_auditors_say_nothing(ask, sign_in, dave, mallory, name):
    answer = ask()
    assert sign_in(dave).post(address(name, answer.question_id)).status_code == 403
    assert sign_in(mallory).post(address(name, answer.question_id)).status_code == 404
    assert sign_in(dave).get(address(name, answer.question_id)).status_code == 405


# the form


def test_the_form_begins_with_the_misread_question(ask, sign_in, carol):
    page = sign_in(carol).get(address("question", ask().question_id)).content.decode()
    misread = page.index("No fact is wrong, my question was misread")
    assert misread < page.index("No, a fact is wrong")
    assert "“born” asks for" in page
    assert "place of birth (as it was read)" in page


@pytest.mark.parametrize("headers", [{}, {"HTTP_HX_REQUEST": "true"}])
def test_it_asks_again_from_the_form(ask, sign_in, carol, died, headers):
    answer = ask()
    data = {"0:target": f"{died.pk}:subject", "0:target.0": "Ada Brook", "left_out": ""}
    done = sign_in(carol).post(address("misread", answer.question_id), data, **headers)
    again = Misreading.objects.get().asked_again
    assert (done.headers.get("HX-Redirect") or done.url) == address("question", again.pk)


def test_it_goes_to_the_mark_where_words_were_left_out(ask, sign_in, carol):
    answer = ask()
    done = sign_in(carol).post(
        address("misread", answer.question_id), {"left_out": "Where"}, follow=True
    )
    assert done.redirect_chain[-1][0] == address("mark", AnswerMark.objects.get().pk)
    assert "Nothing is proposed, because no fact is wrong." in done.content.decode()


@pytest.mark.parametrize(
    "data",
    [{}, {"0:target": "7:zorb"}, {"0:target": "zorb"}, {"0:target.0": SCRIPT},
     {"left_out": SCRIPT}, {"9:zorb": "1:subject"}],
)  # fmt: skip
def test_bad_input_of_the_form_is_said(ask, sign_in, carol, data):
    answer = ask()
    page = sign_in(carol).post(address("misread", answer.question_id), data)
    assert page.status_code == 422
    assert SCRIPT not in page.content.decode()
    assert not AnswerMark.objects.exists()
