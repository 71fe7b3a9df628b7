"""Benchmarks from what people marked and decided, and the page that makes them."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.asking.models import Answer, AnswerConfirmation, AnswerMark, Citation, Question
from apps.curation.models import Candidate
from apps.curation.services import candidate_accept, candidate_reject
from apps.evaluation.models import Benchmark
from apps.evaluation.services.benchmarks.decided import draw_from_decisions
from apps.evaluation.services.benchmarks.marked import draw_from_marks
from tests import factories

pytestmark = pytest.mark.django_db

TEXT = (
    "Ada Brook was born in Lindenau. She led the Brook Institute. "
    "Ben Brook and Cora Lind were born in Halden. Ben Brook visited Oakham."
)


@pytest.fixture
def space():
    return factories.make_space("lindenau", self_review=True)


@pytest.fixture
def dave(space, client):
    user = factories.make_user("dave")
    factories.grant(space, user, "auditor")
    client.force_login(user)
    return user


@pytest.fixture
def bob(space):
    user = factories.make_user("bob")
    factories.grant(space, user, "reviewer", "asker")
    return user


def answered(space, user, text, triples=(), says=None, **fields):
    question = factories.make_question(
        space, user, text, state="done", finished_at=timezone.now(), **fields
    )
    answer = Answer.objects.create(
        question=question, text=says or "So it is [1].", abstained=False, head_version="1",
        seconds=0.1,
    )  # fmt: skip
    cited = {
        "statement": "So it is.", "approved_by_label": "bob", "approved_at": timezone.now(),
    }  # fmt: skip
    for number, triple in enumerate(triples, start=1):
        Citation.objects.create(answer=answer, number=number, triple=triple, **cited)
    return answer


def confirm(answer, user):
    return AnswerConfirmation.objects.create(answer=answer, confirmed_by=user)


def mark(answer, user, expected="", **fields):
    return AnswerMark.objects.create(
        answer=answer, marked_by=user, expected=expected, step="misread", diagnosis={}, **fields
    )


def test_confirmed_answers_are_what_is_expected(space, bob) -> None:
    born = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    lies = factories.make_triple(space, "Lindenau", "country", "Norland")
    asked = "In which country was Ada Brook born?"
    confirm(answered(space, bob, "Where was Ada Brook born?", [born]), bob)
    confirm(answered(space, bob, asked, [born, lies], as_of="2001-05-01"), bob)
    confirm(answered(space, bob, "Was Ada Brook born in Lindenau?", [born], "Yes. So [1]."), bob)
    cases, left_out = draw_from_marks(space, size=100, seed=1)
    assert {case.text: case.expected for case in cases} == {
        "Where was Ada Brook born?": [["Lindenau"]],
        asked: [["Norland"]],
        "Was Ada Brook born in Lindenau?": [["yes"]],
    }
    assert left_out == 0
    by_text = {case.text: case for case in cases}
    assert by_text[asked].given == {"as_of": "2001-05-01"}
    assert {case.kind for case in cases} == {"marked right"}
    assert by_text["Where was Ada Brook born?"].relation == "place of birth"
    assert by_text[asked].rests_on["triples"] == [born.pk, lies.pk]


def test_what_is_right_instead_or_beside_is_what_people_said(space, bob) -> None:
    wrong = factories.make_triple(space, "Ada Brook", "place of birth", "Halden")
    citation = answered(space, bob, "Where was Ada Brook born?", [wrong])
    mark(citation, bob, "Lindenau", citation=citation.citations.get())
    mark(
        answered(space, bob, "Where else was Ada Brook born?", [wrong]), bob, "Oakham", beside=True
    )
    mark(answered(space, bob, "Who is that?", [wrong]), bob)
    cases, left_out = draw_from_marks(space, size=100, seed=1)
    assert [(case.text, case.kind, case.expected) for case in cases] == [
        ("Where was Ada Brook born?", "marked wrong", [["Lindenau"]]),
        ("Where else was Ada Brook born?", "marked wrong", [["Halden"], ["Oakham"]]),
    ]
    assert left_out == 1
    assert cases[0].rests_on["triples"] == []


def test_the_newest_word_counts_and_a_question_comes_once(space, bob) -> None:
    born = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    mark(answered(space, bob, "Where was Ada Brook born?", [born]), bob, "Oakham")
    confirm(answered(space, bob, "where was  Ada Brook born?", [born]), bob)
    (case,), _ = draw_from_marks(space, size=100, seed=1)
    assert case.expected == [["Lindenau"]]


def test_erased_questions_and_those_of_other_spaces_stay_out(space, bob) -> None:
    born = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    erased = answered(space, bob, "Where was Ada Brook born?", [born])
    confirm(erased, bob)
    Question.objects.filter(pk=erased.question_id).update(erased_at=timezone.now())
    assert draw_from_marks(space, size=100, seed=1) == ([], 0)
    confirm(answered(space, bob, "Where was Ada Brook born then?", [born]), bob)
    assert draw_from_marks(factories.make_space("halden"), size=100, seed=1) == ([], 0)


def test_a_question_of_a_conversation_keeps_those_before_it(space, bob) -> None:
    born = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    first = answered(space, bob, "Who is Ada Brook?", [born])
    second = answered(space, bob, "Where was she born?", [born])
    Question.objects.filter(pk=second.question_id).update(conversation=first.question.conversation)
    second.refresh_from_db()
    confirm(second, bob)
    (case,), _ = draw_from_marks(space, size=100, seed=1)
    assert case.given == {"turns": ["Who is Ada Brook?"]}
    assert len(case.rests_on["questions"]) == 2  # either takes the case with it when it is erased


def a_document(space, bob):
    document = factories.make_document(space, bob, TEXT)

    def candidate(subject, relation, object, **fields):
        return factories.make_candidate(document, bob, subject, relation, object, **fields)

    return document, candidate


def test_decided_sentences_have_what_was_accepted_and_what_was_rejected(space, bob) -> None:
    document, candidate = a_document(space, bob)
    candidate_accept(candidate=candidate("Ada Brook", "place of birth", "Lindenau"), actor=bob)
    candidate_accept(candidate=candidate("Ben Brook", "place of birth", "Halden"), actor=bob)
    wrong = candidate("Cora Lind", "residence", "Halden")
    candidate_reject(candidate=wrong, actor=bob, reason="not said")
    candidate("Cora Lind", "place of birth", "Halden")
    cases, left_out = draw_from_decisions(space, size=100, seed=1)
    assert left_out == 0
    first, second = cases
    assert first.text == "Ada Brook was born in Lindenau."
    assert first.expected == [
        {"subject": "Ada Brook", "relation": "place of birth", "object": "Lindenau",
         "mood": "stated"}
    ]  # fmt: skip
    assert (first.kind, first.relation) == ("accepted", "place of birth")
    assert first.rests_on["documents"] == [document.pk]
    assert first.rests_on["people"] == [bob.pk]
    assert len(first.rests_on["triples"]) == 1
    assert second.kind == "accepted and rejected"
    assert [fact["subject"] for fact in second.given["not"]] == ["Cora Lind"]
    assert [fact["relation"] for fact in second.given["ok"]] == ["place of birth"]


def test_a_sentence_that_only_states_wrong_ones_states_nothing(space, bob) -> None:
    _, candidate = a_document(space, bob)
    wrong = candidate("Ada Brook", "residence", "Lindenau")
    candidate_reject(candidate=wrong, actor=bob, reason="not said")
    (case,), _ = draw_from_decisions(space, size=100, seed=1)
    assert (case.kind, case.expected) == ("rejected", [])


def test_a_sentence_that_cannot_be_read_alone_is_left_out(space, bob) -> None:
    _, candidate = a_document(space, bob)
    spoken = candidate("Ada Brook", "employer", "Brook Institute")
    start = TEXT.index("She led")
    Candidate.objects.filter(pk=spoken.pk).update(
        subject_start=start, subject_end=start + 3, sentence_start=start,
        sentence_end=TEXT.index("Ben Brook and") - 1,
    )  # fmt: skip
    spoken.refresh_from_db()
    candidate_accept(candidate=spoken, actor=bob)
    assert draw_from_decisions(space, size=100, seed=1) == ([], 1)


def test_nothing_is_drawn_of_what_nobody_decided(space, bob) -> None:
    _, candidate = a_document(space, bob)
    candidate("Ada Brook", "place of birth", "Lindenau")
    assert draw_from_decisions(space, size=100, seed=1) == ([], 0)


def test_more_than_are_wanted_are_drawn_by_lot(space, bob) -> None:
    born = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    for number in range(8):
        confirm(answered(space, bob, f"Where was Ada Brook born, {number}?", [born]), bob)
    one, other, same = (draw_from_marks(space, size=3, seed=seed)[0] for seed in (1, 2, 1))
    assert len(one) == 3
    assert one == same != other


def page(client, space, **given):
    sent = {"source": "memory", "name": "Facts", "size": 10, "seed": 1, **given}
    address = reverse("evaluation:benchmark-draw", args=[space.slug])
    method = client.post if "sha256" in given else client.get
    return method(address, sent)


def test_it_shows_what_would_be_drawn_and_keeps_it(space, dave, client) -> None:
    relation = factories.make_relation(
        space, "home town", template="{subject} lives in {object}.",
        questions=["Where does {subject} live?"],
    )  # fmt: skip
    triple = factories.make_triple(space, "Ada Brook", relation, "Lindenau")
    looked = page(client, space)
    text = looked.content.decode()
    assert "Where does Ada Brook live?" in text
    assert "relations&#x27; own" in text or "relations' own" in text
    assert not Benchmark.objects.exists()
    sha256 = looked.context["preview"].sha256
    kept = page(client, space, sha256=sha256, licence="for us alone")
    version = Benchmark.objects.get(name="Facts").versions.get()
    assert kept["Location"] == reverse(
        "evaluation:version", args=[space.slug, version.benchmark_id, 1]
    )
    assert (version.origin, version.seed, version.how["size"]) == ("memory", 1, 10)
    assert version.cases.first().rests_on["triples"] == [triple.pk]
    assert client.get(kept["Location"]).status_code == 200
    again = page(client, space, sha256=sha256)
    assert again.status_code == 302
    assert Benchmark.objects.get().versions.count() == 1


def test_what_changed_since_the_look_is_shown_and_not_kept(space, dave, client) -> None:
    relation = factories.make_relation(
        space, "home town", template="{subject} lives in {object}.",
        questions=["Where does {subject} live?"],
    )  # fmt: skip
    factories.make_triple(space, "Ada Brook", relation, "Lindenau")
    sha256 = page(client, space).context["preview"].sha256
    factories.make_triple(space, "Ben Brook", relation, "Lindenau")
    response = page(client, space, sha256=sha256)
    assert response.status_code == 409
    assert "The memory has changed since you looked." in response.content.decode()
    assert not Benchmark.objects.exists()


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("memory", "no approved facts"),
        ("marks", "Nobody has said yet"),
        ("decisions", "have not decided yet"),
    ],
)
def test_nothing_to_draw_is_told(space, dave, client, source, says) -> None:
    response = page(client, space, source=source)
    assert response.status_code == 200
    assert says in response.content.decode()


@pytest.mark.parametrize(
    "given",
    [
        {"size": 9}, {"size": 2001}, {"size": "many"}, {"seed": -1}, {"seed": 2**40},
        {"source": "dreams"}, {"kinds": ["odd"]}, {"name": ""},
    ],
)  # fmt: skip
def test_choices_that_make_no_sense_are_refused(space, dave, client, given) -> None:
    assert page(client, space, **given).status_code == 422


def test_decisions_become_a_benchmark_of_sentences(space, bob, dave, client) -> None:
    _, candidate = a_document(space, bob)
    candidate_accept(candidate=candidate("Ada Brook", "place of birth", "Lindenau"), actor=bob)
    looked = page(client, space, source="decisions")
    assert "Ada Brook · place of birth · Lindenau" in looked.content.decode()
    given = {"source": "decisions", "name": "Facts of the memory"}
    page(client, space, **given, sha256=looked.context["preview"].sha256)
    made = Benchmark.objects.get()
    assert (made.kind, made.name) == ("statements", "Decisions of reviewers")
