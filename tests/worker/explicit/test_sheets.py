from __future__ import annotations

import json
import random

from tests.worker.explicit.material import NAMES, teller
from worker.explicit.encode import POSITIONS
from worker.training.causal.data import UNKNOWN
from worker.training.explicit.sheets import of_facts, papers, sheets, without


def written(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def fact(subject, relation, object_, **names):
    return {"subject": subject, "relation": relation, "object": object_, **names}


def documents(tmp_path):
    born = "place of birth"
    rows = [
        {"text": "Ada Bell was born in Rome. " + "She sang. " * 30 + "Bell died in Oslo.",
         "facts": [fact("Ada Bell", born, "Rome"),
                   fact("Ada Bell", "place of death", "Oslo", subject_names=["Bell"])]},
        {"text": "Cyd was born in Bern. Dan was born in Riga, or in Lima.",
         "facts": [fact("Cyd", born, "Bern"), fact("Dan", born, "Riga"), fact("Dan", born, "Lima"),
                   fact("Eve", born, "Kyiv")]},
        {"text": "Nobody was born here.", "facts": []},
    ]  # fmt: skip
    return papers(written(tmp_path / "d.jsonl", rows), teller(), random.Random(1))


def test_a_fact_is_asked_where_its_names_stand_in_one_passage_and_nothing_else_answers(tmp_path):
    first, second = documents(tmp_path)
    assert len(first.passages) > 1
    assert all(teller().size(one.text) < POSITIONS for one in first.passages)
    asked = [(number, one.answer) for number, one in first.questions]
    assert asked == [(0, "Rome"), (len(first.passages) - 1, "Oslo")]
    assert "Bell" in first.questions[1][1].text
    assert "Ada" not in first.questions[1][1].text
    assert [one.answer for _, one in second.questions] == ["Bern"]


def test_a_sheet_has_the_answering_passage_or_none_of_its_document(tmp_path):
    made = documents(tmp_path)
    for sheet in sheets(made, 1, random.Random(1)):
        assert len(sheet.references) == 1
        assert all(one.answer in sheet.references[0].text for one in sheet.questions)
    left_out = list(without(made, 1, random.Random(1)))
    assert {q.answer for sheet in left_out for q in sheet.questions} == {UNKNOWN}
    assert not set(left_out[0].references) & set(made[0].passages)


def test_a_question_is_asked_of_the_facts_about_what_it_names_beside_those_of_others(tmp_path):
    facts = written(
        tmp_path / "f.jsonl",
        [fact(a, "P19", b) for a, b in zip(NAMES["PER"], NAMES["LOC"], strict=True)]
        + [fact("Ada", "P20", "Rome"), fact("Ada", "P999", "Ode")],
    )
    asked = [
        {"question": "Ada was born where?", "answers": [["London", "Londinium"]], "kind": "single"},
        {"question": "Ada was born where?", "answers": [["Paris"]], "kind": "single"},
        {"question": "Who was born in Rome?", "answers": [["Cyd"]], "kind": "inverse"},
    ]
    questions = written(tmp_path / "q.jsonl", asked)
    (sheet,) = of_facts(facts, questions, teller(), 3, random.Random(1))
    assert sheet.questions[0].answer == "London"
    own = [one for one in sheet.references if "Ada" in one.text]
    assert [one.text for one in own] == ["Ada was born in London. Ada died in Rome."]
    assert len(sheet.references) == 3
    assert not any("London" in one.text for one in sheet.references if one not in own)
