"""``evaluate questions --relations FILE``: relations described as an owner describes them."""

from __future__ import annotations

import json

import pytest

from apps.accounts.models import Space
from apps.evaluation.measuring import scratch_memory
from apps.memory.forms import RelationForm
from apps.memory.models import Relation
from tests.apps.evaluation.command import Evaluate, json_lines

evaluate = Evaluate("questions", "--triples", "--data", "--relations")
report, refusal = evaluate.report, evaluate.refusal

pytestmark = pytest.mark.django_db

CLUB = {
    "name": "club", "description": "The subject is a footballer, the object their club.",
    "template": "{subject} plays for the club {object}.", "aliases": ["football club"],
    "single_valued": True, "lasts": True, "cue_words": ["play*", "joined"], "role": "",
    "subject_types": ["PER"], "object_types": ["ORG"], "inverse_name": "footballer",
    "examples": ["[Ada Brook] joined [Halden FC]."], "implies": ["member of"],
    "implies_back": [], "same_both_ways": False, "questions": ["For whom does {subject} kick?"],
    "inverse_questions": ["Who kicks for {object}?"],
}  # fmt: skip
SQUAD = {"name": "squad", "template": "{object} is in the squad of {subject}.", "inverse": "club"}
FACTS = [{"subject": "Ada Brook", "relation": "Club", "object": "Halden FC"}]
QUESTIONS = [
    {"question": "What is the club of Ada Brook?", "answers": [["Halden FC"]], "kind": "club"},
    {"question": "What is the club of Ada Brook?", "answers": [["Acme"]], "kind": "wrong"},
]


def files(tmp_path, relations):
    rows = ((FACTS, "t.jsonl"), (QUESTIONS, "q.jsonl"), (relations, "r.jsonl"))
    return [json_lines(tmp_path, lines, name) for lines, name in rows]


def test_it_adds_relations_with_all_fields_of_the_form(tmp_path, monkeypatch):
    assert set(CLUB) | {"inverse"} == set(RelationForm.base_fields)
    seen = []
    whole = scratch_memory.Asker.ask

    def ask(self, *args):
        seen.extend(Relation.objects.filter(name__in=["club", "squad"]).order_by("pk"))
        return whole(self, *args)

    monkeypatch.setattr(scratch_memory.Asker, "ask", ask)
    found = report(*files(tmp_path, [CLUB, SQUAD]))
    club, squad = seen[:2]
    for name in set(CLUB) - {"same_both_ways"}:
        assert getattr(club, name) == CLUB[name], name
    assert (squad.inverse_id, club.inverse_id) == (club.pk, squad.pk)
    assert found["notes"] == []
    assert found["kinds"]["club"]["exact_match"] == 1.0
    assert not Space.objects.exists()


def test_it_reports_what_is_wrong_and_what_is_cited_for_each_kind(tmp_path):
    kinds = report(*files(tmp_path, [CLUB]))["kinds"]
    assert [kinds[kind]["wrong"] for kind in ("club", "wrong")] == [0.0, 1.0]
    assert [kinds[kind]["any_right"] for kind in ("club", "wrong")] == [1.0, 0.0]
    assert [kinds[kind]["citation_precision"] for kind in ("club", "wrong")] == [1.0, 0.0]
    assert [kinds[kind]["citations"] for kind in ("club", "wrong")] == [1, 1]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"name": ""}, '"name": This field is required.'),
        ({"name": "employer"}, '"name": There is a relation of this name.'),
        ({"name": 7}, '"name" is no text'),
        ({"template": "no names"}, '"template":'),
        ({"questions": ["Who?"]}, '"questions": Write {subject} exactly once'),
        ({"questions": "Who is {subject}?"}, '"questions" is no list of texts'),
        ({"single_valued": "yes"}, '"single_valued" is no true or false'),
        ({"subject_types": ["HUMAN"]}, '"subject_types":'),
        ({"aliasses": []}, "a relation has no field 'aliasses'; did you mean 'aliases'"),
        ({"inverse": "nothing"}, "\"inverse\": there is no relation 'nothing'"),
        ({"implies": ["nothing"]}, '"implies": There is no relation'),
    ],
)
def test_it_refuses_a_relation_as_its_form_does_by_its_line(tmp_path, change, complaint):
    other = {"name": "other", "template": "{subject} others {object}."}
    text = refusal(*files(tmp_path, [other, {**CLUB, **change}]))
    assert text.startswith("r.jsonl, line 2: ")
    assert complaint in text


def test_it_refuses_an_inverse_that_another_relation_has(tmp_path):
    third = {**SQUAD, "name": "third"}
    text = refusal(*files(tmp_path, [CLUB, SQUAD, third]))
    assert text.startswith('r.jsonl, line 3: "inverse": ')
    assert "is the inverse of" in text


def test_it_refuses_a_file_that_is_none(tmp_path):
    paths = files(tmp_path, [CLUB])
    assert "No such file" in refusal(paths[0], paths[1], tmp_path / "none.jsonl")
    paths[2].write_text(json.dumps([CLUB]), encoding="utf-8")
    assert refusal(*paths) == "r.jsonl, line 1: it holds no JSON object."
