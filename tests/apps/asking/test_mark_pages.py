"""Saying in the browser that an answer is wrong: the forms, the diagnosis, the repair; with htmx
and without."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.accounts.models import Role
from apps.asking.models import AnswerMark, Misreading, Question
from apps.asking.services import answer_mark, gap_record, question_answer_here, question_run
from apps.audit.models import Event
from apps.curation.models import Candidate, RelationProposal
from apps.curation.services import candidate_accept, candidate_reject
from apps.memory.models import Triple
from tests import factories
from tests.apps.asking.rows import QUESTION

HTMX = {"HTTP_HX_REQUEST": "true"}
SCRIPT = "<script>alert(1)</script>"
EMPTY = "Where was Eva Brook born?"


@pytest.fixture
def born(space, born) -> Triple:
    factories.make_entity(space, "Eva Brook")
    return born


@pytest.fixture
def ask(space, carol, born):
    def run(text: str = QUESTION) -> Question:
        return question_answer_here(space=space, actor=carol, text=text)

    return run


@pytest.fixture
def carols(sign_in, carol):
    return sign_in(carol)


def address(name: str, *args: object, space: str = "atlas") -> str:
    return reverse(f"asking:{name}", args=[space, *args])


def test_it_corrects_an_answer_without_javascript(carols, ask, carol):
    asked = ask()
    page = carols.get(address("question", asked.pk)).content.decode()
    assert address("answer-wrong", asked.pk) in page
    assert "Record what is missing" not in page
    done = carols.post(address("answer-wrong", asked.pk), {"expected": "Halden"}, follow=True)
    mark = AnswerMark.objects.get()
    text = done.content.decode()
    assert done.redirect_chain[-1][0] == address("mark", mark.pk)
    assert "The memory holds a wrong fact" in text
    assert "let in wrongly" in text
    assert "Ada Brook, a life" in text  # the document
    assert "bob" in text  # who approved it
    assert "Halden" in text
    assert "A reviewer decides it; accepting it supersedes" in text
    assert mark.candidate.proposed_by == carol
    again = carols.get(address("question", asked.pk)).content.decode()
    assert address("mark", mark.pk) in again


def test_it_corrects_an_answer_with_htmx(carols, ask):
    asked = ask()
    refused = carols.post(address("answer-wrong", asked.pk), {"expected": "Lindenau"}, **HTMX)
    text = refused.content.decode()
    assert refused.status_code == 422
    assert text.lstrip().startswith('<section id="verdict"')
    assert "Nothing to change" in text
    assert 'value="Lindenau"' in text
    assert '<details class="disclosure" open' in text
    done = carols.post(address("answer-wrong", asked.pk), {"expected": "Halden"}, **HTMX)
    assert done["HX-Redirect"] == address("mark", AnswerMark.objects.get().pk)


def test_it_shows_the_newest_of_many_marks(carols, carol, ask, monkeypatch):
    monkeypatch.setattr("apps.asking.views.MARKS_SHOWN", 2)
    asked = ask()
    marks = [answer_mark(answer=asked.answer, actor=carol) for _ in range(3)]
    page = carols.get(address("question", asked.pk)).content.decode()
    assert [address("mark", mark.pk) in page for mark in marks] == [False, True, True]


def test_it_lists_marks_by_the_page(sign_in, bob, carol, ask, monkeypatch):
    monkeypatch.setattr("apps.asking.mark_views.PAGE_SIZE", 2)
    answer = ask().answer
    marks = [answer_mark(answer=answer, actor=carol) for _ in range(3)]
    bobs, listing = sign_in(bob), address("mark-list")
    for query, shown in (("", marks[:0:-1]), ("?page=2", marks[:1]), ("?page=x", marks[:0:-1])):
        page = bobs.get(listing + query).content.decode()
        there = [mark for mark in marks if f'href="{address("mark", mark.pk)}"' in page]
        assert there == sorted(shown, key=lambda mark: mark.pk)
        assert "of 3 marks" in page


def test_it_refuses_on_the_whole_page_without_htmx(carols, ask):
    asked = ask()
    for wrong, words in (
        ({"expected": "x" * 501}, "at most 500 characters"),
        ({"expected": "a\0b"}, "Null characters"),
        ({"expected": "Halden", "since": "31 June"}, "valid date"),
    ):
        refused = carols.post(address("answer-wrong", asked.pk), wrong)
        text = refused.content.decode()
        assert refused.status_code == 422
        assert words in text
        assert "<!doctype html>" in text
        assert "Lindenau" in text
    assert not AnswerMark.objects.exists()


def test_it_asks_whether_instead_or_as_well_where_many_are_right(carols, ask):
    asked = ask("Who founded the Brook Institute?")
    sent = {"expected": "Max Brook"}
    refused = carols.post(address("answer-wrong", asked.pk), sent)
    assert refused.status_code == 422
    assert "right instead of what was answered, or as well" in refused.content.decode()
    carols.post(address("answer-wrong", asked.pk), sent | {"beside": "beside"})
    assert (Candidate.objects.get().replaces, AnswerMark.objects.get().beside) == (None, True)


def test_it_asks_which_fact_is_wrong(space, bob, carols, ask):
    document = factories.make_document(space, bob, "Max Brook founded the Brook Institute.")
    factories.make_evidence(
        factories.make_triple(space, "Brook Institute", "founded by", "Max Brook"), document, bob
    )
    asked = ask("Who founded the Brook Institute?")
    page = carols.get(address("question", asked.pk)).content.decode()
    assert "Which fact is wrong?" in page
    refused = carols.post(address("answer-wrong", asked.pk), {})
    assert "Say which of the facts is wrong." in refused.content.decode()
    wrong = asked.answer.citations.get(triple__object__name="Max Brook")
    carols.post(address("answer-wrong", asked.pk), {"citation": wrong.pk})
    assert AnswerMark.objects.get().diagnosis["triple"] == wrong.triple_id
    other = ask().answer.citations.get()
    foreign = carols.post(address("answer-wrong", asked.pk), {"citation": other.pk})
    assert foreign.status_code == 422


def test_it_finds_out_what_went_wrong_and_then_takes_the_correction(carols, ask):
    asked = ask()
    page = carols.post(address("answer-wrong", asked.pk), {}, follow=True).content.decode()
    assert "The memory holds a wrong fact" in page
    assert 'name="expected"' in page
    assert not Candidate.objects.exists()
    carols.post(address("answer-wrong", asked.pk), {"expected": "Halden"})
    assert AnswerMark.objects.count() == 2
    assert Candidate.objects.get().object_text == "Halden"


def test_it_offers_to_record_what_an_answer_lacked(carols, ask, born):
    asked = ask(EMPTY)
    page = carols.get(address("question", asked.pk)).content.decode()
    assert "Record what is missing" in page
    assert 'value="Eva Brook"' in page
    assert f'value="{born.relation_id}" selected' in page
    sent = {"subject": "Eva Brook", "relation": born.relation_id, "object": "Halden"}
    done = carols.post(address("gap", asked.pk), sent, follow=True).content.decode()
    candidate = Candidate.objects.get()
    assert (candidate.origin, candidate.object_text) == ("gap", "Halden")
    assert "The fact is missing" in done
    assert "nobody has proposed it" in done


def test_it_proposes_a_relation_that_the_schema_lacks(carols, ask, sign_in, bob):
    asked = ask("What is the blood type of Ada Brook?")
    page = carols.get(address("question", asked.pk)).content.decode()
    assert 'value="blood type"' in page
    sent = {"subject": "Ada Brook", "new_relation": "blood type", "object": "A"}
    done = carols.post(address("gap", asked.pk), sent, **HTMX)
    proposal = RelationProposal.objects.get()
    assert done["HX-Redirect"] == address("mark", AnswerMark.objects.get().pk)
    page = sign_in(bob).get(done["HX-Redirect"]).content.decode()
    link = reverse("curation:relation-proposal", args=["atlas", proposal.pk])
    assert link in page
    assert link not in carols.get(done["HX-Redirect"]).content.decode()  # she may not open it


def test_a_new_relation_beats_the_one_that_the_form_proposed(carols, ask, born):
    asked = ask(EMPTY)
    sent = {"subject": "Eva Brook", "relation": born.relation_id, "object": "A"}
    carols.post(address("gap", asked.pk), sent | {"new_relation": "blood type"})
    assert RelationProposal.objects.get().name == "blood type"


def test_it_refuses_half_a_gap_and_keeps_what_was_typed(carols, ask, born):
    asked = ask(EMPTY)
    sent = {"subject": "Eva Brook", "relation": born.relation_id, "object": ""}
    refused = carols.post(address("gap", asked.pk), sent, **HTMX)
    assert refused.status_code == 422
    assert "Write a name." in refused.content.decode()
    assert 'value="Eva Brook"' in refused.content.decode()
    foreign = factories.make_relation(factories.make_space("other"), "place of birth")
    wrong = carols.post(address("gap", asked.pk), sent | {"relation": foreign.pk, "object": "X"})
    assert wrong.status_code == 422
    assert not Candidate.objects.exists()


def test_it_shows_candidates_that_wait_or_were_rejected(space, bob, carols, sign_in, ask, carol):
    document = factories.make_document(space, bob, "Eva Brook was born in Halden.")
    candidate = factories.make_candidate(document, bob, subject="Eva Brook", object="Halden")
    factories.grant(space, factories.make_user("erin"), Role.REVIEWER)
    candidate_reject(candidate=candidate, actor=bob, reason="too vague")
    mark = answer_mark(answer=ask(EMPTY).answer, actor=carol)
    page = sign_in(bob).get(address("mark", mark.pk)).content.decode()
    assert "The fact was proposed, and rejected." in page
    assert "too vague" in page
    assert "Open it again" in page
    text = carols.get(address("mark", mark.pk)).content.decode()
    assert "Open it again" not in text
    assert "Record what is missing" in text


@pytest.fixture
def misread(space, bob, carol, ask) -> AnswerMark:
    lived = factories.make_relation(space, "lived in", template="{subject} lived in {object}.")
    triple = factories.make_triple(space, "Ada Brook", lived, "Halden")
    document = factories.make_document(space, bob, "Ada Brook lived in Halden.")
    factories.make_evidence(triple, document, bob)
    return answer_mark(answer=ask().answer, actor=carol, expected="Halden")


def test_it_asks_again_as_the_question_was_meant(carols, misread, born):
    page = carols.get(address("mark", misread.pk)).content.decode()
    assert "The question was misread" in page
    assert "lived in" in page
    reading = misread.diagnosis["readings"][0]
    sent = {
        "entity": reading["entity_name"],
        "entity_id": reading["entity"],
        "relation": reading["relation"],
        "known": reading["known"],
    }
    done = carols.post(address("mark-meant", misread.pk), sent)
    asked = Misreading.objects.get().asked_again
    assert done["Location"] == address("question", asked.pk)
    assert question_run(question_id=asked.pk).answer.text == "Ada Brook lived in Halden [1]."
    assert "Halden" in carols.get(address("question", asked.pk)).content.decode()
    again = carols.get(address("mark", misread.pk)).content.decode()
    assert f"question {asked.pk}" in again


def test_a_reviewer_teaches_how_a_misread_question_was_meant(sign_in, bob, carols, misread):
    reading = misread.diagnosis["readings"][0]
    sent = {"entity": reading["entity_name"], "entity_id": reading["entity"],
            "relation": reading["relation"], "known": reading["known"]}  # fmt: skip
    carols.post(address("mark-meant", misread.pk), sent)
    row = Misreading.objects.get()
    teach, page = address("misreading-teach", row.pk), address("mark", misread.pk)
    assert teach not in carols.get(page).content.decode()  # who may not decide
    assert carols.post(teach).status_code == 403
    bobs = sign_in(bob)
    assert teach in bobs.get(page).content.decode()
    done = bobs.post(teach, follow=True).content.decode()
    assert "From now on such questions are read so." in done
    assert "has learnt that “Where was {subject} born?” asks for this" in done
    assert teach not in done
    row.relation.refresh_from_db()
    assert "Where was {subject} born?" in row.relation.questions
    assert "It was known already." in bobs.post(teach, follow=True).content.decode()
    event = Event.objects.filter(action="relation.changed").get()
    assert event.actor == bob


def test_it_offers_nothing_to_learn_from_what_was_read_as_meant(
    sign_in, bob, carols, misread, born
):
    sent = {"entity": "Ada Brook", "relation": born.relation_id, "known": "subject"}
    carols.post(address("mark-meant", misread.pk), sent)
    page = sign_in(bob).get(address("mark", misread.pk)).content.decode()
    assert "carol asked it as place of birth" in page
    assert address("misreading-teach", Misreading.objects.get().pk) not in page


def test_it_learns_nothing_from_a_question_that_is_no_wording(sign_in, bob, carols, misread):
    reading = misread.diagnosis["readings"][0]
    question = misread.answer.question
    Question.objects.filter(pk=question.pk).update(text="Was Ada Brook born in Lindenau?")
    sent = {"entity": reading["entity_name"], "entity_id": reading["entity"],
            "relation": reading["relation"], "known": reading["known"]}  # fmt: skip
    carols.post(address("mark-meant", misread.pk), sent)
    teach = address("misreading-teach", Misreading.objects.get().pk)
    bobs = sign_in(bob)
    assert teach not in bobs.get(address("mark", misread.pk)).content.decode()
    assert "no plain one" in bobs.post(teach, follow=True).content.decode()
    assert not Event.objects.filter(action="relation.changed").exists()


def test_it_says_what_it_does_not_know_of_what_was_meant(space, carols, misread, born):
    factories.make_entity(space, "Twin", description="one")
    factories.Entity.objects.create(space=space, name="Twin", description="two")
    sent = {"relation": born.relation_id, "known": "subject"}
    for entity, words in (
        ("Nobody", "knows no such name"),
        ("Twin", "Several entities have this name"),
        ("", "Write a name."),
    ):
        refused = carols.post(address("mark-meant", misread.pk), sent | {"entity": entity})
        assert refused.status_code == 422
        assert words in refused.content.decode()
    nothing = carols.post(address("mark-meant", misread.pk), {"entity": "Ada Brook"})
    assert "Choose the relation." in nothing.content.decode()
    assert not Misreading.objects.exists()


def test_it_proposes_what_is_right_though_the_question_was_misread(carols, misread):
    page = carols.post(address("mark-propose", misread.pk), {}, follow=True).content.decode()
    assert Candidate.objects.get().replaces is not None
    assert "accepting it supersedes" in page
    silent = AnswerMark.objects.filter(expected="").first() or answer_mark(
        answer=misread.answer, actor=misread.marked_by
    )
    told = carols.post(address("mark-propose", silent.pk), {}, follow=True).content.decode()
    assert "Say what is right first." in told


def test_it_asks_anew_when_the_memory_has_learnt_it(bob, carols, carol, ask):
    asked = ask()
    candidate = answer_mark(answer=asked.answer, actor=carol, expected="Halden").candidate
    learnt = candidate_accept(candidate=candidate, actor=bob).triple
    page = carols.get(address("question", asked.pk)).content.decode()
    assert f"fact {learnt.pk}" in page
    assert "Superseded since by" in page
    late = carols.post(address("answer-wrong", asked.pk), {"expected": "Halden"}, follow=True)
    assert "ask again" in late.content.decode()
    done = carols.post(address("again", asked.pk))
    again = Question.objects.get(pk=done["Location"].rstrip("/").rsplit("/", 1)[-1])
    assert "Halden" in question_run(question_id=again.pk).answer.text


@pytest.mark.parametrize(
    ("who", "seen", "listed", "may_mark"),
    [
        ("alice", 200, 200, True),
        ("bob", 200, 200, True),
        ("carol", 200, 403, True),
        ("dave", 200, 200, False),
        ("erin", 404, 403, True),  # asks, but this is not her question
        ("mallory", 404, 404, False),
    ],
)
def test_who_sees_and_who_marks(request, space, sign_in, ask, carol, who, seen, listed, may_mark):
    if who == "erin":
        user = factories.make_user("erin")
        factories.grant(space, user, Role.ASKER)
    else:
        user = request.getfixturevalue(who)
    asked = ask()
    mark = answer_mark(answer=asked.answer, actor=carol)
    client = sign_in(user)
    assert client.get(address("mark", mark.pk)).status_code == seen
    assert client.get(address("mark-list")).status_code == listed
    status = client.post(address("answer-wrong", asked.pk), {"expected": "Halden"}).status_code
    if may_mark:
        assert status == (302 if seen == 200 else 404)
    else:
        assert status == (403 if seen == 200 else 404)
        for path in (address("gap", asked.pk), address("again", asked.pk)):
            assert client.post(path, {}).status_code == status
        for name in ("mark-propose", "mark-meant"):
            assert client.post(address(name, mark.pk), {}).status_code == status
    if who == "dave":
        assert (
            "No, a fact is wrong" not in client.get(address("question", asked.pk)).content.decode()
        )


def test_a_reviewer_sees_a_question_once_its_answer_is_marked(sign_in, bob, carol, ask):
    asked = ask()
    client = sign_in(bob)
    assert client.get(address("question", asked.pk)).status_code == 404
    assert client.post(address("answer-wrong", asked.pk), {}).status_code == 404
    mark = answer_mark(answer=asked.answer, actor=carol)
    assert client.get(address("question", asked.pk)).status_code == 200
    assert QUESTION in client.get(address("mark-list")).content.decode()
    assert address("mark-list") in client.get(address("ask")).content.decode()
    page = client.get(address("mark", mark.pk)).content.decode()
    assert "take the fact out" in page


def test_another_space_has_no_such_mark(space, sign_in, mallory, carol, ask):
    asked = ask()
    mark = answer_mark(answer=asked.answer, actor=carol)
    client = sign_in(mallory)
    for name, pk in (("mark", mark.pk), ("question", asked.pk)):
        assert client.get(address(name, pk, space="elsewhere")).status_code == 404


def test_a_question_without_an_answer_cannot_be_marked(carols, carol, space, ask):
    waiting = Question.objects.create(
        space=space,
        asked_by=carol,
        text="Who?",
        head="scripted",
        conversation=ask().conversation,
    )
    for name in ("answer-wrong", "gap", "again"):
        assert carols.post(address(name, waiting.pk), {}).status_code == 404
    assert carols.get(address("answer-wrong", waiting.pk)).status_code == 405


def test_the_pages_escape_what_people_wrote(space, carols, sign_in, bob, carol, ask):
    asked = ask(EMPTY)
    gap_record(answer=asked.answer, actor=carol, subject=SCRIPT, new_relation="said", object=SCRIPT)
    mark = AnswerMark.objects.get()
    other = answer_mark(answer=ask().answer, actor=carol, expected=SCRIPT)
    for path in (
        address("mark", mark.pk),
        address("mark", other.pk),
        address("mark-list"),
        address("question", asked.pk),
        reverse("curation:candidate-detail", args=["atlas", other.candidate.pk]),
    ):
        page = sign_in(bob).get(path)
        assert page.status_code == 200
        assert SCRIPT not in page.content.decode()
