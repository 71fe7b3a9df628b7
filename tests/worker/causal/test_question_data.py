from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from worker.training.causal.question_data import Mixture, QuestionMaker, world_questions
from worker.types import RelationSpec

SPECS = [
    RelationSpec("P19", "place of birth", subject_types=("PER",), object_types=("LOC",)),
    RelationSpec("P108", "employer", subject_types=("PER",), object_types=("ORG",)),
    RelationSpec("P26", "spouse", subject_types=("PER",), object_types=("PER",)),
    RelationSpec("P40", "child", subject_types=("PER",), object_types=("PER",)),
]
NAMES = {
    "PER": ["Ada Lovelace", "Bob Hill", "Cy Young"],
    "LOC": ["London", "Paris"],
    "ORG": ["Acme", "Bolt"],
    "MISC": ["Thing"],
}


@pytest.fixture
def maker(monkeypatch):
    specs = [
        RelationSpec(
            s.id, s.name, subject_types=s.subject_types, object_types=s.object_types,
            wikidata_property=s.id,
        )
        for s in SPECS
    ]  # fmt: skip
    return QuestionMaker(specs, NAMES)


def test_the_answer_of_a_made_question_is_what_its_last_call_brought(maker):
    made = list(maker.questions(200, random.Random(1)))
    assert len(made) == 200
    assert {len(q.calls) for q in made} == {1, 2, 3}
    for question in made:
        assert question.calls[-1][1] == question.answers
        first = question.calls[0][0][0]
        assert (first.subject or first.object) in question.text
        for (_, before), (queries, _) in zip(question.calls, question.calls[1:], strict=False):
            assert [q.subject or q.object for q in queries] == list(before)


def test_the_same_seed_makes_the_same_questions(maker):
    assert list(maker.questions(20, random.Random(3))) == list(
        maker.questions(20, random.Random(3))
    )


@pytest.fixture
def world(tmp_path):
    def write(questions):
        facts = [
            {"subject": "Ada", "relation": "spouse", "object": "King"},
            {"subject": "King", "relation": "employer", "object": "Acme"},
        ]
        for name, rows in (("facts", facts), ("questions", questions)):
            (tmp_path / name).write_text("\n".join(map(json.dumps, rows)))
        return list(world_questions(tmp_path / "facts", tmp_path / "questions"))

    return write


def test_a_world_gives_questions_that_a_chain_answers(world):
    uses = [["Ada", "spouse", "forward"], ["*", "employer", "forward"]]
    (made,) = world(
        [{"question": "Who employs Ada's husband?", "answers": [["Acme"]], "uses": uses}]
    )
    assert [[q.relation for q in queries] for queries, _ in made.calls] == [
        ["spouse"],
        ["employer"],
    ]
    assert made.answers == ("Acme",)


@pytest.mark.parametrize(
    "changed",
    [
        {"answers": [["Bolt"]]},
        {"question": "Who employs her husband?"},
        {"as_of": "1840"},
        {"uses": []},
    ],
)
def test_a_world_passes_over_what_a_chain_does_not_answer(world, changed):
    uses = [["Ada", "spouse", "forward"], ["*", "employer", "forward"]]
    row = {"question": "Who employs Ada's husband?", "answers": [["Acme"]], "uses": uses}
    assert world([row | changed]) == []


def test_some_questions_have_no_answer(maker):
    made = list(maker.questions(100, random.Random(2), Mixture(absent=1.0)))
    single = [q for q in made if len(q.calls) == 1]
    assert len(single) > 50
    assert all(q.answers == () and q.calls[0][1] == () for q in single)
    assert all(q.answers for q in made if len(q.calls) > 1)


def test_a_condition_is_answered_by_what_two_reads_share(maker):
    made = [
        q
        for q in maker.questions(300, random.Random(4), Mixture(conditions=1.0))
        if len(q.calls) == 2
    ]
    assert made
    for question in made:
        (_, one), (_, two) = question.calls
        assert set(question.answers) == set(one) & set(two) != set()
        assert all((q.subject or q.object) in question.text for (q,), _ in question.calls)


def test_a_question_for_a_yes_or_no_is_a_fact_turned_round(maker):
    maker.sentences = [
        replace(maker.relations["P19"], template="{subject} was born in {object}."),
        replace(maker.relations["P26"], template="The spouse of {subject} is {object}."),
        replace(maker.relations["P108"], template="{subject} serves {object}."),
    ]
    mixture = Mixture(several=0, whether=1.0)
    made = [q for q in maker.questions(300, random.Random(5), mixture) if q.answers == ("Yes.",)]
    openings = {q.text.split(" ", 3)[0] + " " + q.text.split(" ", 3)[3] for q in made}
    assert any(one.startswith("Was ") and " born in " in one for one in openings)
    assert any(q.text.startswith("Is it true that the spouse of ") for q in made)
    assert not any(q.text.startswith("Serves ") for q in made)
    for question in made:
        (((asks,), results),) = question.calls
        assert asks.subject in question.text
        assert results[0] in question.text
        assert results[0] != asks.subject
