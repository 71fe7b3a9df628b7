"""``manage.py evaluate extraction``, with the head that needs no model."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings

from apps.evaluation.evaluations import EVALUATIONS
from tests.apps.evaluation.command import Evaluate, json_file
from tests.worker.docred import row

evaluate = Evaluate("extraction", "--data")
report, refusal = evaluate.report, evaluate.refusal

MEASURES = {"precision", "recall", "f1"}


@pytest.fixture
def data(tmp_path):
    people = ["Ada Lovelace", "Mary Somerville", "Luigi Menabrea"]
    return json_file(tmp_path, [row(i, person, f"Town{i}") for i, person in enumerate(people)])


def test_it_reports_what_the_head_finds_as_one_object(data):
    found = report(data)
    keys = {"relations_gold_entities", "review_threshold", "calibration_error", "documents"}
    assert keys <= set(found)
    for key in ("mentions", "end_to_end", "end_to_end_at_review_threshold"):
        assert set(found[key]) == MEASURES
        assert set(found["intervals_95"][key]) == MEASURES
    assert found["documents"] == 3
    assert found["facts"] == 6
    assert found["seconds"] >= 0
    assert found["end_to_end"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert found["mentions"]["precision"] == 1.0
    assert found["mentions"]["recall"] == pytest.approx(3 / 5)  # the later sentences say nothing
    assert found["by_relation"]["P19"] == {
        "name": "place of birth", "precision": 1.0, "recall": 1.0, "f1": 1.0, "gold": 3
    }  # fmt: skip
    assert [r["threshold"] for r in found["curve"]] == [i / 50 for i in range(1, 50)]
    assert found["curve"][-1]["recall"] == 0.0  # the scripted head gives every fact 0.9
    assert found["calibration_error"] == pytest.approx(0.1)


def test_it_says_what_a_head_cannot_be_asked(data):
    out, err = evaluate(data, "--json")
    found = json.loads(out)
    assert found["relations_gold_entities"] is None
    assert found["notes"] == ["The scripted head cannot be asked about given entities."]
    assert "cannot be asked" in err


def test_it_gives_the_same_intervals_every_time(data):
    assert report(data)["intervals_95"] == report(data)["intervals_95"]


def test_it_prints_aligned_columns_and_keeps_progress_apart(data):
    out, err = evaluate(data)
    lines = out.splitlines()
    assert lines[0] == "data.json: 3 documents, 51 words, 6 facts"
    names = ["mentions, exact span", "end to end, review threshold"]
    rows = [line for line in lines if line.startswith(tuple(names))]
    assert len(rows) == 2
    assert rows[0].index("1.000") == rows[1].index("1.000")
    assert any(line.startswith("P19 ") and "place of birth" in line for line in lines)
    assert "documents: 3 of 3" in err
    assert "documents:" not in out


def test_it_asks_for_relations_that_hold_nowhere_in_the_file(tmp_path):
    one = row()
    one["labels"] = [label for label in one["labels"] if label["r"] == "P569"]
    path = json_file(tmp_path, [one])
    whole, alone = report(path), report(path, "--relations", "file")
    assert whole["relations_asked"] == 95
    assert whole["end_to_end"]["precision"] == 0.5  # the place of birth is not in the gold labels
    assert alone["relations_asked"] == 1
    assert alone["end_to_end"]["precision"] == 1.0


def test_it_names_relations_outside_the_schema(tmp_path):
    one = row()
    one["labels"][0]["r"] = "P99999"
    path = json_file(tmp_path, [one])
    unnamed = report(path)
    assert unnamed["by_relation"]["P99999"]["name"] == "P99999"
    assert any("P99999" in note and "--labels" in note for note in unnamed["notes"])
    labels = json_file(tmp_path, {"P99999": ["first home", "where a life began"]}, "labels.json")
    named = report(path, "--labels", str(labels))
    assert named["by_relation"]["P99999"]["name"] == "first home"
    assert not any("P99999" in note for note in named["notes"])


@pytest.mark.parametrize(
    ("labels", "complaint"),
    [
        (["P19"], "holds no object of names"),
        ({"P19": 5}, "'P19' has neither a name nor"),
        ({"P19": []}, "'P19' has neither a name nor"),
    ],
)
def test_it_refuses_malformed_labels(data, tmp_path, labels, complaint):
    path = json_file(tmp_path, labels, "labels.json")
    assert complaint in refusal(data, "--labels", str(path))


def test_it_says_that_a_file_without_labels_tells_little(tmp_path):
    bare = {k: v for k, v in row().items() if k != "labels"}
    found = report(json_file(tmp_path, [bare]))
    assert found["end_to_end"]["recall"] == 0.0
    assert found["mentions"]["precision"] == 1.0
    assert "No document has labels: the figures of facts say nothing." in found["notes"]


def test_it_measures_documents_with_nothing_in_them(tmp_path):
    empty = {"title": "", "sents": [], "vertexSet": [], "labels": []}
    found = report(json_file(tmp_path, [empty]))
    assert found["mentions"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert found["by_relation"] == {}
    evaluate(json_file(tmp_path, [empty]), "--picture", str(tmp_path / "empty.svg"))
    ElementTree.parse(tmp_path / "empty.svg")


def test_it_measures_text_of_every_kind(tmp_path):
    odd = ["👩‍🚀", "בן", "A>>B;(C)", "Płońsk", "\u200b", "\x00", "x" * 2000]
    documents = [
        {**row(i, f"Ada {word}", "London"), "sents": [["Ada", word, "was", "born", "in", "London"]]}
        for i, word in enumerate(odd)
    ]
    for one in documents:
        one["vertexSet"] = [[{"sent_id": 0, "pos": [0, 2], "type": "PER"}]]
        one["labels"] = []
    assert report(json_file(tmp_path, documents))["documents"] == len(odd)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "No such file or directory"),
        ("", "data.json is not JSON"),
        ("{}", "data.json holds an object, not a list of documents"),
        ("[]", "holds no documents."),
        ("[1]", "data.json, document 0: it is a whole number, not an object."),
        ('[{"title": "Ada"}]', "data.json, document 0, 'Ada': sents is missing."),
    ],
)
def test_it_refuses_bad_files_in_one_sentence(tmp_path, content, complaint):
    path = tmp_path / "data.json"
    if content is not None:
        path.write_text(content)
    assert complaint in refusal(path)


def test_it_refuses_folders_and_unknown_heads(data, tmp_path):
    assert "Is a directory" in refusal(tmp_path)
    assert "Did you mean 'scripted'?" in refusal(data, "--head", "script")
    assert refusal(data, "--weights", str(tmp_path)) == "The scripted write head takes no weights."


def test_it_says_when_weights_are_missing_or_broken(data, tmp_path):
    options = ("--head", "encoder", "--weights", str(tmp_path))
    assert "no manifest.json in" in refusal(data, *options)
    (tmp_path / "manifest.json").write_text("{")
    assert "The encoder write head cannot be loaded" in refusal(data, *options)


def test_it_refuses_to_measure_for_a_picture_that_it_cannot_write(data, tmp_path):
    nowhere = tmp_path / "none" / "picture.svg"
    assert "there is no such folder" in refusal(data, "--picture", str(nowhere))
    assert "Is a directory" in refusal(data, "--picture", str(tmp_path))


def test_it_needs_no_server_and_prints_nothing_but_the_object(data, tmp_path):
    environment = {
        **os.environ,
        "MEMWEB_VAR": str(tmp_path / "var"),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "WRITE_HEAD": "scripted",
    }

    def run(path: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", "evaluate", "extraction", "--data", str(path), "--json"],
            cwd=settings.BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    done = run(data)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["documents"] == 3
    assert "documents: 3 of 3" in done.stderr
    refused = run(tmp_path / "nowhere.json")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.count("\n") == 1
    assert not (tmp_path / "var" / "postgres").exists()


def test_its_options_and_keys_are_documented(data):
    guide = (settings.BASE_DIR / "docs" / "evaluation.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w-]+)", guide))
    parser = ArgumentParser()
    EVALUATIONS["extraction"].add_arguments(parser)
    options = {option for action in parser._actions for option in action.option_strings}
    assert (options - {"-h", "--help"}) | {"--json"} <= named
    assert set(report(data)) <= named
