"""``manage.py evaluate statements`` and ``documents``, with the head that needs no model."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import settings

from apps.evaluation.evaluations import EVALUATIONS
from apps.evaluation.measuring import reading
from apps.evaluation.measuring.annotated import AnnotatedText, Stated
from apps.evaluation.measuring.proposals_judged import by_score, judge
from apps.evaluation.measuring.proposing import Proposed, names_of
from tests.apps.evaluation.command import Evaluate, json_lines
from worker import registry

statements = Evaluate("statements", "--data")
documents = Evaluate("documents", "--data")


def lines(folder, *rows):
    return json_lines(folder, rows, "texts.jsonl")


def fact(subject, relation, object_, **more):
    return {"subject": subject, "relation": relation, "object": object_, **more}


BORN = fact("Ada Brook", "place of birth", "Lindenau")
STATED = {"group": "1", "kind": "plain", "text": "Ada Brook was born in Lindenau.", "facts": [BORN]}
VISITED = {"group": "1", "kind": "other verb", "text": "Ada Brook visited Lindenau.",
           "facts": [], "not": [BORN]}  # fmt: skip
# The scripted head has no eye for such a denial, as a careless one has none.
ASKED = {"group": "2", "kind": "asked", "text": "Nobody says that Ben Hall was born in Oslo.",
         "facts": [], "not": [fact("Ben Hall", "place of birth", "Oslo")]}  # fmt: skip
TWIN = {"group": "2", "kind": "plain", "text": "Ben Hall was born in Oslo.",
        "facts": [fact("Ben Hall", "place of birth", "Oslo")]}  # fmt: skip


def test_it_counts_what_is_stated_and_what_only_looks_like_it(tmp_path):
    found = statements.report(lines(tmp_path, STATED, VISITED, ASKED, TWIN))
    assert (found["facts"], found["proposals"], found["unstated"]) == (2, 3, 2)
    assert found["precision"] == pytest.approx(2 / 3)
    assert found["recall"] == 1.0
    assert found["false_share"] == 0.5
    assert found["pairs"]["across"] == {"count": 2, "right": 0.5}
    assert found["pairs"]["within"] == {"count": 0, "right": None}
    assert found["kinds"]["plain"]["precision"] == 1.0
    assert found["kinds"]["asked"]["false_share"] == 1.0
    assert found["kinds"]["other verb"]["proposals"] == 0


def test_packs_are_on_that_the_file_names_or_that_are_asked_for(tmp_path):
    bought = {"kind": "plain", "text": "Torvik acquired Halden Film.",
              "facts": [fact("Torvik", "acquired", "Halden Film")]}  # fmt: skip
    plain = statements.report(lines(tmp_path, STATED))
    assert plain["packs"] == []
    used = statements.report(lines(tmp_path, bought))
    assert used["packs"] == ["people"]
    assert used["relations_unknown"] == []
    assert used["relations_asked"] > plain["relations_asked"]
    assert statements.report(lines(tmp_path, bought), "--packs", "none")["relations_unknown"] == [
        "acquired"
    ]
    assert len(statements.report(lines(tmp_path, STATED), "--packs", "all")["packs"]) == 5


def test_an_unknown_pack_is_named(tmp_path):
    assert "no pack 'peopel'" in statements.refusal(lines(tmp_path, STATED), "--packs", "peopel")


@pytest.mark.parametrize(
    "text",
    [
        "Ada Brook was not born in Lindenau.",
        "It is not true that Ada Brook was born in Lindenau.",
        "Ada Brook may have been born in Lindenau.",
    ],
)
def test_what_a_text_only_speaks_of_does_not_count_as_proposed(tmp_path, text):
    path = lines(tmp_path, STATED, {"kind": "mood", "text": text, "facts": [], "not": [BORN]})
    found = statements.report(path)
    assert (found["proposals"], found["false_share"], found["recall"]) == (1, 0.0, 1.0)
    assert documents.report(path)["kinds"]["mood"]["proposals"] == 0


def test_what_follows_from_another_proposal_counts_only_where_it_is_wanted(tmp_path):
    text = "Ada Brook married Ben Hall in 1990, and today Ben Hall is married to Ada Brook."
    spouse = fact("Ada Brook", "spouse", "Ben Hall")
    path = lines(tmp_path, {"kind": "plain", "text": text, "facts": [spouse]})
    assert statements.report(path)["proposals"] == 1
    found = statements.report(path, "--implied")
    assert (found["proposals"], found["implied"], found["recall"]) == (2, True, 1.0)
    assert documents.report(path)["proposals"] == 1


def test_one_text_may_hold_a_fact_and_what_is_none(tmp_path):
    text = "Ada Brook was born in Lindenau. Ben Hall visited Lindenau."
    both = {"kind": "both", "text": text, "facts": [BORN],
            "not": [fact("Ben Hall", "place of birth", "Lindenau")]}  # fmt: skip
    found = statements.report(lines(tmp_path, both))
    assert found["pairs"]["within"] == {"count": 1, "right": 1.0}


def test_what_may_be_proposed_besides_is_right_and_need_not_be_found(tmp_path):
    row = {"kind": "plain", "text": "Ada Brook was born in Lindenau.", "facts": [], "ok": [BORN]}
    found = statements.report(lines(tmp_path, row))
    assert (found["precision"], found["recall"], found["facts"]) == (1.0, 0.0, 0)


def test_it_measures_documents_strictly_and_leniently(tmp_path):
    short = fact("Brook", "place of birth", "Lindenau")
    rows = (
        {"kind": "news", "text": "Ada Brook was born in Lindenau.", "facts": [short]},
        {"kind": "cv", "text": "Brook, Ada: b. Lindenau", "facts": [BORN]},
    )
    found = documents.report(lines(tmp_path, *rows))
    assert (found["precision"], found["recall"]) == (0.0, 0.0)
    assert (found["lenient"]["precision"], found["lenient"]["recall"]) == (1.0, 0.5)
    assert found["silent"] == 1
    assert found["precision_top_five"] == 0.0
    assert found["proposals_per_1000_words"] == pytest.approx(1000 / 10)
    named = {"kind": "news", "text": "Ada Brook was born in Lindenau.",
             "facts": [{**short, "subject_names": ["Ada Brook"]}]}  # fmt: skip
    assert documents.report(lines(tmp_path, named))["recall"] == 1.0


def test_a_date_is_right_in_any_spelling():
    assert names_of(["12 May 2019"]) & names_of(["2019-05-12"])
    assert not names_of(["12 May 2019"]) & names_of(["13 May 2019"])
    assert names_of(["1.5 million"]) & names_of(["1,500,000"])


def proposed(score, name):
    return Proposed(names_of([name]), "place of birth", names_of(["Oslo"]), score)


def test_it_says_whether_higher_scores_are_more_precise():
    right = Stated(names_of(["R"]), "place of birth", names_of(["Oslo"]))
    text = AnnotatedText("plain", "…", (right,))
    rows = [proposed(0.05 + 0.1 * n, "R" if n >= 5 else "W") for n in range(10)]
    held = by_score([judge(text, rows, Stated.is_strictly)])
    assert [part["right"] for part in held["fifths"]] == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert not held["rising"]
    assert held["calibration_error"] == pytest.approx(0.25)
    assert by_score([])["calibration_error"] is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "holds no texts"),
        ("[1]", "line 1: it is no JSON object"),
        ("{", "line 1: "),
        ('{"kind": "a"}', "line 1: 'text' is missing or no text"),
        ('{"text": " "}', "line 1: its text is empty"),
        ('{"text": "a", "facts": 3}', "'facts' is no list"),
        ('{"text": "a", "facts": [{"subject": "A"}]}', "facts[0] is no object"),
        ('{"text": "a", "facts": [{"subject": "", "relation": "x", "object": "B"}]}',
         "facts[0].subject is missing"),
        ('{"text": "a", "not": [{"subject": "A", "relation": "x", "object": "B", '
         '"object_names": "C"}]}', "not[0].object_names is no list"),
    ],
)  # fmt: skip
def test_it_refuses_bad_data_with_one_sentence(tmp_path, content, message):
    path = tmp_path / "texts.jsonl"
    path.write_text(content, encoding="utf-8")
    assert message in statements.refusal(path)


@pytest.mark.parametrize("name", ["statements", "documents"])
def test_it_writes_the_score_of_each_proposal_and_whether_it_is_right(tmp_path, name):
    out = tmp_path / "scores.jsonl"
    path = lines(tmp_path, STATED, VISITED, ASKED)
    found = Evaluate(name, "--data").report(path, "--scores", out)
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["kind"] for row in rows] == ["plain", "other verb", "asked"]
    assert [[one["right"] for one in row["proposals"]] for row in rows] == [[True], [], [False]]
    scores = [one["score"] for row in rows for one in row["proposals"]]
    assert all(0 < score <= 1 for score in scores)
    assert sum(scores) == pytest.approx(
        sum(p["score"] * p["count"] for p in found["by_score"]["fifths"])
    )


def test_it_refuses_a_file_of_scores_that_cannot_be_written(tmp_path):
    refused = statements.refusal(lines(tmp_path, STATED), "--scores", tmp_path / "no" / "scores")
    assert "cannot be written" in refused


def test_calls_may_end_late_where_the_head_writes_any(tmp_path, monkeypatch):
    path = lines(tmp_path, STATED)
    assert "could end late" in statements.refusal(path, "--late-stopping", "on")
    head, told = registry.write_head("scripted"), []
    monkeypatch.setattr(reading, "load_write_head", lambda name, weights: StopsLate(head, told))
    assert statements.report(path, "--late-stopping", "on")["late_stopping"] == "on"
    assert "Late stopping off" in statements(path, "--late-stopping", "off")[0]
    assert statements.report(path)["late_stopping"] is None
    assert told == [True, False]


class StopsLate:
    """A head that hears whether its calls end late."""

    name, version = "late", "1"

    def __init__(self, head, told):
        self.extract, self.stop_late = head.extract, told.append


def test_it_says_which_relations_the_schema_lacks(tmp_path):
    row = {"text": "Ada Brook leads Kestrel.", "facts": [fact("Kestrel", "led by", "Ada Brook")]}
    assert documents.report(lines(tmp_path, row))["relations_unknown"] == ["led by"]
    assert "led by" in documents(lines(tmp_path, row))[0]


@pytest.mark.parametrize("name", ["statements", "documents"])
def test_its_keys_are_documented(tmp_path, name):
    page = (settings.BASE_DIR / "docs" / "evaluation.md").read_text(encoding="utf-8")
    (section,) = re.findall(r"^## statements and documents\n(.*?)(?=^## )", page, re.M | re.S)
    found = Evaluate(name, "--data").report(lines(tmp_path, STATED, VISITED))
    assert name in EVALUATIONS
    for key in found:
        assert f"`{key}`" in section, key
