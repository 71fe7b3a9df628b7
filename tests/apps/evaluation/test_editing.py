"""``manage.py evaluate editing``, with the head that needs no model."""

from __future__ import annotations

import json
import random
import re
from argparse import ArgumentParser

import pytest
from django.conf import settings

from apps.accounts.models import Space, User
from apps.evaluation.editing.before_and_after import OtherFact, Outcome, Result, other_facts
from apps.evaluation.editing.cases import read_cases, without_repeated
from apps.evaluation.editing.editor import Edited, Editor, place_of, reading_of
from apps.evaluation.editing.evaluation import figures
from apps.evaluation.evaluations import EVALUATIONS
from apps.memory.controller import AmbiguousName, MemoryController
from apps.memory.models import Entity, Relation, Triple
from apps.memory.services import relations_load
from apps.memory.services.bulk import Fact
from tests import factories
from tests.apps.evaluation.command import Evaluate, json_file
from worker.heads.scripted.read_head import ScriptedReadHead
from worker.types import MemoryQuery, ReadTrace, TracedAnswer

evaluate = Evaluate("editing", "--data")
report, refusal = evaluate.report, evaluate.refusal

pytestmark = pytest.mark.django_db


def case(subject="Ada Brook", place="Lindenau", **fields):
    return {
        "subject": subject,
        "src": f"What is the place of birth of {subject}?",
        "rephrase": f"Which place of birth has {subject}?",
        "alt": place,
        "answers": [f"Old {place}"],
        "loc": "nq question: who wrote the odyssey",
        "loc_ans": "Homer",
        **fields,
    }


def one_case(tmp_path, **fields):
    return read_cases(json_file(tmp_path, [case(**fields)]))[0]


def test_it_reports_what_edits_change_and_what_they_leave_alone(tmp_path):
    cases = [case(), case("Ben Stone", "Warsaw"), case("Cy Marsh", "Kiel", rephrase="Where to?")]
    found = report(json_file(tmp_path, cases))
    assert found["n"] == 3
    assert found["reliability"] == found["reliability_alone"] == 1.0
    assert found["generalization"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["locality"] == 1.0
    assert found["n_same_subject"] > 0
    assert found["locality_same_subject"] == 1.0
    assert found["edits"] == {"schema": 3}
    assert found["failures"] == {"rephrasing: it abstained": 1}
    assert found["skipped"] == 0


def test_an_edit_that_answers_an_unrelated_question_costs_locality(tmp_path):
    meddling = case(loc="what is the place of birth of ada brook")
    found = report(json_file(tmp_path, [meddling, case("Ben Stone", "Warsaw")]))
    assert found["locality"] == 0.5


def test_it_leaves_nothing_behind(tmp_path, space):
    report(json_file(tmp_path, [case()]))
    assert list(Space.objects.all()) == [space]
    assert not Triple.objects.exists()
    assert not User.objects.filter(username__startswith="editor-").exists()


def test_a_subject_is_edited_once_for_each_relation(tmp_path):
    cases = [
        case(),
        case(place="Warsaw", src="Where was Ada Brook born?", answers=["old  lindenau", "Kiel"]),
        case(place="Oslo", answers=[]),
        case(place="Ben", src="Who is the father of Ada Brook?", answers=["Cy"]),
        case("Ben Stone", "Warsaw"),
    ]
    path = json_file(tmp_path, cases)
    assert [c.number for c in without_repeated(read_cases(path))] == [1, 4, 5]
    found = report(path)
    assert (found["n"], found["skipped"]) == (3, 2)
    assert found["notes"] == ["Skipped 2: the subject carries an edit of the same relation."]


def test_a_case_with_an_empty_answer_is_skipped(tmp_path):
    found = report(json_file(tmp_path, [case(), case("Ben Stone", alt=" ")]))
    assert (found["n"], found["skipped"]) == (1, 1)
    assert found["notes"] == ["Skipped 1: the new answer is empty."]
    nothing = refusal(json_file(tmp_path, [case(alt="")]))
    assert nothing.endswith("data.json holds no case with a new answer.")


def test_a_question_for_no_relation_becomes_one(tmp_path, space):
    relations_load(space=space, actor=None)
    head = ScriptedReadHead()
    question = "Wherefore doth Ada Brook hum?"
    edited = Editor(space, head).edit(one_case(tmp_path, src=question))
    assert (edited.how, edited.known) == ("new", "subject")
    assert edited.relation.name == "Wherefore doth this hum"
    again = Editor(space, head).edit(
        one_case(tmp_path, subject="Ben Stone", src="Wherefore doth Ben Stone hum?")
    )
    assert Relation.objects.filter(name="Wherefore doth this hum").count() == 1
    assert again.relation == edited.relation


def test_the_new_answer_takes_the_place_of_the_only_value(tmp_path, space):
    relation = factories.make_relation(space, single_valued=True)
    factories.make_triple(space, "Ada Brook", relation, "Old Lindenau")
    edited = Editor(space, ScriptedReadHead()).edit(one_case(tmp_path))
    assert edited.how == "superseded"
    standing = Triple.objects.get(status=Triple.Status.ACTIVE)
    assert (standing.subject.name, standing.object.name) == ("Ada Brook", "Lindenau")


def test_an_edit_that_the_memory_refuses_changes_nothing(tmp_path, space):
    relations_load(space=space, actor=None)
    for description in ("a poet", "a miller"):
        Entity.objects.create(space=space, name="Ada Brook", description=description)
    edited = Editor(space, ScriptedReadHead()).edit(one_case(tmp_path))
    assert edited.how == "refused"
    assert edited.refusal == AmbiguousName.__doc__
    assert not Triple.objects.exists()
    nothing = Outcome(True, frozenset(), "I don't know.")
    result = Result(one_case(tmp_path), edited, nothing, nothing, nothing, nothing)
    assert figures([result], [])["failures"] == {
        "question: the edit was refused": 1,
        "rephrasing: the edit was refused": 1,
    }


def test_it_reads_a_question_as_if_the_memory_knew_the_subject(space):
    born = factories.make_relation(space)
    memory = MemoryController(space)
    head = ScriptedReadHead()
    meant = reading_of(head, memory, "What is the place of birth of ADA brook?", "Ada Brook")
    assert (meant.relation_id, meant.known) == (str(born.pk), "subject")
    assert reading_of(head, memory, "What is the place of birth of Ben?", "Ada Brook") is None
    assert place_of("Ada", "Where was ada born?") == (10, 13)
    assert place_of("C++", "Who made it?") == (0, 0)


class Looking:
    """A head that looks whether a name is that of an office before it reads anything."""

    def answer(self, question, memory, context):
        office, born = (
            MemoryQuery(name, subject="Ada", relation_id=str(number))
            for number, name in enumerate(("position held", "place of birth"))
        )
        memory.read(office)
        read = ReadTrace("READ", memory.read(born))
        return TracedAnswer("I don't know.", abstained=True, reads=(read,))


def test_what_a_head_only_looks_for_is_not_what_the_question_asks(space):
    memory = MemoryController(space)
    assert reading_of(Looking(), memory, "Where was Ada born?", "Ada").relation_id == "1"


def test_other_facts_are_of_relations_that_no_edit_took(tmp_path, space):
    relations_load(space=space, actor=None)
    born = Relation.objects.get(wikidata_property="P19")
    nothing = Outcome(True, frozenset(), "")
    result = Result(one_case(tmp_path), Edited("schema", born), *[nothing] * 4)
    for seed in range(20):
        facts = other_facts(space, [result], random.Random(seed))
        assert len(facts) == 3
        assert len({fact.relation for fact in facts}) == 3
        assert born not in {fact.relation for fact in facts}
        assert all("PER" in fact.relation.subject_types for fact in facts)


def test_a_share_of_other_facts_that_changed_is_told(tmp_path):
    lindenau, kiel = (
        Outcome(False, frozenset({frozenset({name})}), name) for name in ("lindenau", "kiel")
    )
    fact = Fact("Ada Brook", Relation(name="place of birth"), "Lindenau")
    others = [OtherFact(fact, "?", lindenau, after) for after in (lindenau, kiel)]
    assert figures([], others)["locality_same_subject"] == 0.5
    assert figures([], [])["locality_same_subject"] is None


def test_a_yes_is_not_the_same_as_a_no():
    yes, no = (Outcome(False, frozenset(), text, stated=text) for text in ("Yes.", "No."))
    assert yes.same(yes)
    assert not yes.same(no)


def test_it_prints_figures_and_keeps_progress_apart(tmp_path):
    out, err = evaluate(json_file(tmp_path, [case()]))
    assert "reliability 1.000" in out
    assert "edits: 1 of 1" in err
    assert "edits: 1 of 1" not in out


def test_it_writes_down_what_went_wrong(tmp_path):
    path = tmp_path / "wrong.jsonl"
    report(json_file(tmp_path, [case(), case("Cy Marsh", "Kiel", rephrase="Where to?")]),
           "--failures", str(path))  # fmt: skip
    (row,) = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert (row["case"], row["relation"], row["new_answer"]) == (2, "place of birth", "Kiel")
    nowhere = tmp_path / "none" / "wrong.jsonl"
    assert "cannot be written" in refusal(json_file(tmp_path, [case()]), "--failures", str(nowhere))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"subject": None}, '"subject" is missing or no text'),
        ({"src": ""}, '"src" is missing or no text'),
        ({"rephrase": 3}, '"rephrase" is missing or no text'),
        ({"alt": None}, '"alt" is missing or no text'),
        ({"alt": "x" * 501}, "a name has at most 500 characters, not 501"),
        ({"loc": []}, '"loc" is missing or no text'),
        ({"answers": "Lindenau"}, '"answers" is no list of names'),
        ({"answers": [1]}, '"answers" is no list of names'),
    ],
)
def test_it_refuses_a_malformed_case_by_its_number(tmp_path, change, complaint):
    text = refusal(json_file(tmp_path, [case(), {**case("Ben Stone"), **change}]))
    assert text == f"data.json, case 2: {complaint}."


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "No such file or directory"),
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "holds no list of cases."),
        ("[]", "holds no list of cases."),
        ("[1]", "data.json, case 1: it is no object."),
    ],
)
def test_it_refuses_bad_files_in_one_sentence(tmp_path, content, complaint):
    path = tmp_path / "data.json"
    if content is not None:
        path.write_text(content)
    assert complaint in refusal(path)


def test_its_options_and_keys_are_documented(tmp_path):
    guide = (settings.BASE_DIR / "docs" / "evaluation.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w-]+)", guide))
    parser = ArgumentParser()
    EVALUATIONS["editing"].add_arguments(parser)
    options = {option for action in parser._actions for option in action.option_strings}
    assert (options - {"-h", "--help"}) | {"--json"} <= named
    assert set(report(json_file(tmp_path, [case()]))) <= named
