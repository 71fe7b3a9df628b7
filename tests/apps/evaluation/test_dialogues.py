"""Conversations measured: what is proposed, and what is answered over what they state."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apps.evaluation.dialogues import evaluation
from apps.evaluation.dialogues.files import read_dialogues
from apps.evaluation.dialogues.naming import Naming
from apps.evaluation.measuring.errors import EvaluationError
from worker.types import RelationSpec

TIME = "2026-05-04T09:12:00+02:00"
BORN = {"subject": "Ada Brook", "relation": "place of birth", "object": "Lindenau"}
ROW = {
    "id": "1",
    "speakers": ["Ada Brook", "Ben Marsh"],
    "sessions": [
        {"messages": [{"speaker": "Ada Brook", "time": TIME, "text": "I was born in Lindenau."}]},
        {"messages": [
            {"speaker": "Ada Brook", "time": TIME, "text": "Hello."},
            {"speaker": "Ben Marsh", "time": TIME, "text": "You were born in Lindenau."},
            {"speaker": "Ben Marsh", "time": TIME, "text": "Was I born in Oakham?"},
        ]},
    ],
    "facts": [{**BORN, "message": [0, 0]}, {**BORN, "subject": "Cy", "message": [0, 0]}],
    "ok": [],
    "not": [{**BORN, "subject": "Ben Marsh", "object": "Oakham"}],
    "questions": [{"question": "Where was Ada Brook born?", "answers": ["Lindenau"]},
                  {"question": "Where was Ben Marsh born?", "answers": []}],
}  # fmt: skip


def file(tmp_path: Path, *rows: object) -> Path:
    path = tmp_path / "d.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.mark.django_db
def test_it_counts_facts_and_answers(tmp_path: Path, settings) -> None:
    settings.EMBEDDER = "scripted"
    options = {
        "data": file(tmp_path, ROW), "head": "scripted", "read_head": "scripted", "packs": "none",
        "implied": False, "details": tmp_path / "details.jsonl",
    }  # fmt: skip
    report = evaluation.run(options, lambda line: None)
    assert (report["facts"], report["proposals"], report["precision"]) == (2, 1, 1.0)
    assert (report["recall"], report["false_share"], report["messages"]) == (0.5, 0.0, 4)
    asked = report["questions"]
    assert (asked["questions"], asked["right"], asked["wrong"]) == (2, 1.0, 0.0)
    assert "conversations of 4 messages" in evaluation.table(report)
    [details] = [json.loads(line) for line in options["details"].read_text().splitlines()]
    assert details["missed"] == [["Cy", "place of birth", "Lindenau"]]
    assert details["proposals"][0]["sentence"].endswith("born in Lindenau.")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sessions": 1}, "'sessions' is no list"),
        ({"sessions": [{}]}, "sessions[0] has no messages"),
        ({"sessions": [{"messages": [{"speaker": "A", "time": "x", "text": "y"}]}]}, "is no time"),
        ({"sessions": [{"messages": [{"speaker": "A"}]}]}, "speaker, time and text"),
        ({"facts": [{"subject": "A"}]}, "facts[0]"),
        ({"facts": [{**BORN, "valid_from": "soon"}]}, "no day, month or year"),
        ({"facts": [{**BORN, "valid_from": "2020", "valid_to": "2010"}]}, "ends before"),
        ({"questions": [{"answers": []}]}, "has no question"),
        ({"questions": [{"question": "x", "answers": "y"}]}, "no list of texts"),
    ],
)
def test_it_names_what_is_wrong_with_a_file(tmp_path: Path, change, said: str) -> None:
    with pytest.raises(EvaluationError, match="line 2") as problem:
        read_dialogues(file(tmp_path, ROW, ROW | change))
    assert said in str(problem.value)


def test_it_refuses_an_empty_file(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no conversations"):
        read_dialogues(file(tmp_path))


def test_a_relation_goes_by_its_aliases_and_its_inverse(tmp_path: Path) -> None:
    specs = [
        RelationSpec("1", "chief executive", aliases=("CEO", "boss"), inverse_name="head of"),
        RelationSpec("2", "manager", aliases=("boss",)),
    ]
    names = Naming(specs)
    assert names.name("ceo") == ("chief executive", False)
    assert names.name("Head of") == ("chief executive", True)
    assert names.name("boss") == ("boss", False)
    fact = {"subject": "Ada", "relation": "head of", "object": "Acme"}
    [given] = read_dialogues(file(tmp_path, {**ROW, "facts": [fact], "not": [fact]}))
    [one] = names.known(given).facts
    assert (one.subject, one.relation, one.object) == ("Acme", "chief executive", "Ada")
    assert names.known(given).annotated.facts == names.known(given).annotated.unstated
