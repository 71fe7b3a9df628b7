"""``manage.py edit``."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from apps.asking.models import AnswerMark, Question
from apps.curation.models import Candidate, RelationProposal
from apps.curation.services import candidate_accept
from tests import factories
from tests.apps.asking.rows import QUESTION, fill
from worker.heads.answering import Reading


@pytest.fixture
def edit(space, bob):
    factories.make_entity(space, "Eva Brook")
    fill(space, bob)

    def run(question=QUESTION, answer="Halden", **options):
        out = io.StringIO()
        call_command(
            "edit", question, **{"space": "atlas", "answer": answer, **options}, stdout=out
        )
        return out.getvalue()

    return run


def test_it_proposes_the_right_answer_in_the_place_of_the_wrong_one(edit, bob, alice):
    lines = edit()
    candidate = Candidate.objects.get()
    assert "Answered:  Ada Brook was born in Lindenau [1]." in lines
    assert "Diagnosis: The question was understood" in lines
    assert "Proposed:  Ada Brook > place of birth > Halden" in lines
    assert f"in the place of fact {candidate.replaces_id}; it waits for a reviewer." in lines
    assert (candidate.proposed_by, candidate.state) == (alice, "pending")
    candidate_accept(candidate=candidate, actor=bob)
    out = io.StringIO()
    call_command("ask", QUESTION, space="atlas", stdout=out)
    assert "Ada Brook was born in Halden [1]." in out.getvalue()


def test_it_prints_one_json_object(edit, carol):
    found = json.loads(edit(json=True, user="carol"))
    mark, candidate = AnswerMark.objects.get(), Candidate.objects.get()
    assert found == {
        "question": mark.answer.question_id,
        "answer_was": "Ada Brook was born in Lindenau [1].",
        "mark": mark.pk,
        "step": "wrong_fact",
        "summary": mark.diagnosis["summary"],
        "fact": ["Ada Brook", "place of birth", "Halden"],
        "candidate": candidate.pk,
        "replaces": candidate.replaces_id,
        "relation_proposal": None,
    }
    assert mark.marked_by == carol


def test_it_records_what_nothing_was_known_about(edit):
    edit("Where was Eva Brook born?")
    candidate = Candidate.objects.get()
    assert (candidate.subject_text, candidate.object_text) == ("Eva Brook", "Halden")
    assert (candidate.origin, candidate.replaces) == ("gap", None)


class ReadsObjects:
    """A read head that looks for what has Oakham as its place of birth."""

    name, version = "objects", "0"

    def answer(self, question, memory, context):
        reading = Reading(memory)
        relation = next(one for one in memory.relations() if one.name == "place of birth")
        reading.ask(relation, next(ref for _, _, ref in memory.find_entities("Oakham")), "object")
        return reading.abstain("The memory has no such fact.")


def test_it_records_the_side_that_was_asked_for(edit, space, monkeypatch):
    factories.make_entity(space, "Oakham")
    monkeypatch.setattr("worker.registry.read_head", lambda name: ReadsObjects())
    edit("Who was born in Oakham?", "Max Brook")
    candidate = Candidate.objects.get()
    assert (candidate.subject_text, candidate.object_text) == ("Max Brook", "Oakham")


def test_it_proposes_a_relation_that_the_schema_lacks(edit):
    lines = edit("What is the blood type of Ada Brook?", "A")
    proposal = RelationProposal.objects.get()
    assert f"The relation is new: proposal {proposal.pk} waits" in lines
    assert (proposal.name, proposal.subject_text) == ("blood type", "Ada Brook")
    edit("Who is it?", "blue", subject="Nova", relation="eye colour")
    assert RelationProposal.objects.get(name="eye colour").subject_text == "Nova"


def test_it_takes_the_subject_and_the_relation_that_are_said(edit):
    edit(subject="Eva Brook", relation="Place of birth")
    candidate = Candidate.objects.get()
    assert (candidate.subject_text, candidate.relation.name) == ("Eva Brook", "place of birth")


def test_it_needs_to_know_which_of_several_is_wrong(edit, space, bob):
    document = factories.make_document(space, bob, "Max Brook founded the Brook Institute.")
    known = factories.make_triple(space, "Brook Institute", "founded by", "Max Brook")
    factories.make_evidence(known, document, bob)
    question = "Who founded the Brook Institute?"
    with pytest.raises(CommandError, match="say which name is wrong"):
        edit(question, "Eva Brook")
    with pytest.raises(CommandError, match="does not name 'Nobody'"):
        edit(question, "Eva Brook", instead_of="Nobody")
    edit(question, "Eva Brook", instead_of="max brook")
    assert Candidate.objects.get().replaces == known
    edit(question, "Eva Brook", as_well=True)
    assert Candidate.objects.filter(replaces=None).count() == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"answer": "  "}, "answer is empty"),
        ({"answer": "Lindenau"}, "Nothing to change"),
        ({"answer": "x" * 501}, "at most 500 characters"),
        ({"question": " "}, "[Qq]uestion"),
        ({"question": "Who is the king of Atlantis?"}, "not understood"),
        ({"space": "atlsa"}, "Did you mean 'atlas'"),
        ({"user": "nobody"}, "no user"),
        ({"user": "dave"}, "may not ask questions in and correct"),
        ({"user": "mallory"}, "may not|no user"),
        ({"relation": "a;b"}, "120 characters and none of"),
    ],
)
def test_it_says_in_one_sentence_what_is_wrong(edit, options, words):
    with pytest.raises(CommandError, match=words):
        edit(**options)
    assert not Candidate.objects.exists()
    assert not AnswerMark.objects.exists()


def test_it_asks_the_question_once(edit):
    edit()
    assert Question.objects.count() == 1
