"""``manage.py evaluate learning``: simulated reviewers, with the head that needs no model."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tests.apps.evaluation.command import Evaluate, json_file
from tests.worker.docred import row

evaluate = Evaluate("learning", "--data", "--found")
report, refusal = evaluate.report, evaluate.refusal
FEW = ("--decisions", "8", "16", "--seeds", "2")


@pytest.fixture
def data(tmp_path):
    """Documents whose dates of birth nobody annotated, so that the reviewers refuse them."""
    rows = [row(i, f"Ada Brook{chr(97 + i)}", f"Town{i}") for i in range(20)]
    for one in rows:
        one["labels"] = [label for label in one["labels"] if label["r"] == "P19"]
    return json_file(tmp_path, rows)


@pytest.fixture
def found(tmp_path):
    return tmp_path / "found.jsonl"


def test_decisions_put_what_is_right_first(data, found):
    made = report(data, found, *FEW)
    assert (made["decided_on"], made["measured_on"], made["seeds"]) == (16, 4, 2)
    shipped, _, after = made["curve"]
    assert [one["decisions"] for one in made["curve"]] == [0, 8, 16]
    assert shipped["precision"]["mean"] == 0.5
    assert shipped["precision_at_equal_recall"]["mean"] < 0.6
    assert after["precision_at_equal_recall"]["seeds"] == [1.0, 1.0]
    assert after["precision_at_equal_recall"]["gain"][0] > 0
    assert after["log_loss"] < shipped["log_loss"]
    assert after["documents"] == 8


def test_documents_are_read_once_and_gone_on_with(data, found, monkeypatch):
    first = report(data, found, *FEW)
    lines = found.read_text().splitlines()
    assert len(lines) == 21
    found.write_text("\n".join(lines[:11]) + "\n")
    assert report(data, found, *FEW) == first
    assert found.read_text().splitlines() == lines

    def read(*given):
        raise AssertionError("it is read already")

    monkeypatch.setattr("worker.heads.scripted.write_head.ScriptedWriteHead.extract", read)
    assert report(data, found, *FEW) == first


def test_the_table_has_a_line_for_each_number(data, found):
    out, _ = evaluate(data, found, "--decisions", "8", "900", "--seeds", "1")
    assert "decided on 16 documents" in out
    assert "there are only 32" in out


def test_the_picture_stands_alone(data, found, tmp_path):
    picture = tmp_path / "curve.svg"
    evaluate(data, found, *FEW, "--picture", picture)
    root = ElementTree.fromstring(picture.read_text())
    words = " ".join(root.itertext())
    assert "Precision at the shipped head's recall" in words
    assert "1.000" in words


def test_it_decides_on_unseen_documents_alone_where_asked(data, found):
    made = report(data, found, "--decisions", "2", "--seeds", "1", "--unseen-alone")
    assert (made["decided_on"], made["measured_on"]) == (2, 2)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--decisions", "0"), "from 1 on"),
        (("--seeds", "0"), "1 to 20 seeds"),
        (("--seeds", "21"), "1 to 20 seeds"),
        (("--picture", "/nowhere/curve.svg"), "cannot be written"),
    ],
)
def test_bad_options_say_so(data, found, given, says):
    assert says in refusal(data, found, *FEW[:0], *given)


def test_too_few_documents_say_so(tmp_path, found):
    assert "at least 10" in refusal(json_file(tmp_path, [row()]), found)


@pytest.mark.parametrize(("content", "says"), [("{}\n", "of another head"), (None, "is damaged")])
def test_a_file_of_something_else_says_so(data, found, content, says):
    report(data, found, *FEW)
    lines = found.read_text().splitlines()
    found.write_text(content or f"{lines[0]}\n{{\n")
    assert says in refusal(data, found, *FEW)


def test_missing_data_say_so(tmp_path, found):
    assert "cannot be read" in refusal(tmp_path / "none.json", found)
