"""``manage.py evaluate relations``, with the shipped weights."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser

import pytest
from django.conf import settings

from apps.evaluation.evaluations import EVALUATIONS
from tests.apps.evaluation.command import Evaluate
from worker.training.property_names import property_names

evaluate = Evaluate("relations", "--data")
refusal = evaluate.refusal

LINES = [
    "Q1\tP19\tQ2\tWhere was Ada Brook born?",
    "Q2\tR19\tQ1\tWho was born in Lindenau?",
    "Q1\tP20\tQ2\tWhere did Ada Brook die?",
    "Q3\tP99999\tQ4\tWho is the wobbler of this?",
]


def file_of(tmp_path, lines=LINES):
    path = tmp_path / "asked.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def report(path, *options):
    return json.loads(evaluate(path, "--head", "encoder", "--json", *options)[0])


def test_it_counts_the_right_relation_in_the_right_direction(tmp_path):
    right = report(file_of(tmp_path, LINES[:3]))
    assert (right["top1"], right["top5"], right["n"], right["relations"]) == (1.0, 1.0, 3, 2)
    turned = [line.replace("P", "R", 1) for line in (LINES[0], LINES[2])]
    wrong = report(file_of(tmp_path, turned))
    assert (wrong["top1"], wrong["top5"]) == (0.0, 1.0)  # of the four there are to choose from


def test_it_says_which_property_nobody_names(tmp_path):
    path = file_of(tmp_path)
    found = report(path)
    assert found["unnamed"] == ["P99999"]
    assert "P99999. Name them with --labels." in found["notes"][0]
    labels = tmp_path / "labels.json"
    labels.write_text('{"P99999": "wobbler"}')
    named = report(path, "--labels", str(labels))
    assert named["notes"] == []
    assert named["top1"] == 1.0


def test_it_prints_figures_and_keeps_progress_apart(tmp_path):
    out, err = evaluate(file_of(tmp_path), "--head", "encoder")
    assert "4 questions, 3 relations in both directions: top 1 " in out
    assert "questions: 4 of 4" in err
    assert "questions: 4" not in out


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("Q1\tP19\tQ2", "line 5: expected four fields with tabs between, not 3."),
        ("Q1 P19 Q2 Where was Ada born?", "line 5: expected four fields with tabs between, not 1."),
        ("Q1\tQ19\tQ2\tWhere?", "line 5: 'Q19' is no property such as P19 or R19."),
        ("Q1\tP\tQ2\tWhere?", "line 5: 'P' is no property"),
        ("Q1\tP19\tQ2\t ", "line 5: the question is empty."),
    ],
)
def test_it_refuses_a_malformed_line_by_its_number(tmp_path, line, complaint):
    assert f"asked.txt, {complaint}" in refusal(file_of(tmp_path, [*LINES, line]))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "No such file or directory"),
        (b"", "holds no questions."),
        (b"\n\n", "holds no questions."),
        (b"Q1\tP19\tQ2\t\xff", "is not UTF-8."),
    ],
)
def test_it_refuses_bad_files_in_one_sentence(tmp_path, content, complaint):
    path = tmp_path / "asked.txt"
    if content is not None:
        path.write_bytes(content)
    assert complaint in refusal(path)


def test_it_refuses_heads_that_match_no_texts_and_missing_weights(tmp_path):
    path = file_of(tmp_path)
    assert "does not match relations by their text" in refusal(path, "--head", "scripted")
    assert "Did you mean 'encoder'?" in refusal(path, "--head", "encodr")
    text = refusal(path, "--head", "encoder", "--weights", str(tmp_path))
    assert "The encoder read head cannot be loaded" in text


def test_every_shipped_name_is_one_of_a_property():
    names = property_names()
    assert all(re.fullmatch(r"P[1-9]\d*", pid) and name.strip() for pid, name in names.items())
    assert names["P19"] == "place of birth"


def test_its_options_and_keys_are_documented(tmp_path):
    guide = (settings.BASE_DIR / "docs" / "evaluation.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w-]+)", guide))
    parser = ArgumentParser()
    EVALUATIONS["relations"].add_arguments(parser)
    options = {option for action in parser._actions for option in action.option_strings}
    assert (options - {"-h", "--help"}) | {"--json"} <= named
    assert set(report(file_of(tmp_path))) <= named
