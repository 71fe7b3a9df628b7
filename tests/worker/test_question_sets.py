"""``python -m worker.training.question_sets``: facts and questions for an evaluation."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest

from worker.training import question_sets, read_data
from worker.training.question_sets import KINDS, PARTS, line_of, make, written_for
from worker.training.question_source import SetQuestion, periods_of, verdict_patterns
from worker.training.read_head import RELATIONS
from worker.types import EntityRef, Fact, RelationSpec

PEOPLE = 30


def document(number):
    """A person with a birthplace, a spouse, a child, two clubs, and the place's country."""
    names = {
        "who": ("PER", f"Ada Brook{number}"), "wife": ("PER", f"Mina Stone{number}"),
        "son": ("PER", f"Cy Brook{number}"), "town": ("LOC", f"Lindenau{number}"),
        "land": ("LOC", f"Saxony{number}"), "one": ("ORG", f"Redtown Rovers{number}"),
        "two": ("ORG", f"Bluetown United{number}"),
    }  # fmt: skip
    labels = [("who", "P19", "town"), ("who", "P26", "wife"), ("who", "P40", "son"),
              ("who", "P54", "one"), ("who", "P54", "two"), ("town", "P17", "land"),
              ("wife", "P20", "town")]  # fmt: skip
    place = {key: index for index, key in enumerate(names)}
    return {
        "title": f"Document {number}",
        "sents": [name.split() for _, name in names.values()],
        "vertexSet": [
            [{"sent_id": index, "pos": [0, len(name.split())], "type": type_}]
            for index, (type_, name) in enumerate(names.values())
        ],
        "labels": [{"h": place[h], "r": r, "t": place[t]} for h, r, t in labels],
    }


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("sets") / "dev.json"
    path.write_text(json.dumps([document(number) for number in range(PEOPLE)]))
    return path


@pytest.fixture(scope="module")
def sets(data):
    return {part: make(data, part=part, each=4, seed=1) for part in PARTS}


def named(part):
    """Return the numbers of the documents that a part asks about."""
    text = " ".join(row["question"] for row in part[1] if row["kind"] == "single")
    return {int(number) for number in re.findall(r"[a-z](\d+)", text)}


def test_both_parts_ask_about_the_same_facts_but_of_other_names(sets):
    assert sets["tune"][0] == sets["report"][0]
    assert len(sets["tune"][0]) == 7 * PEOPLE
    assert named(sets["tune"]) <= {0, 1, 2}
    assert named(sets["report"]) <= {3, 4, 5}


def test_the_wordings_of_the_parts_differ_and_are_not_trained_on():
    train, apart = read_data.read_wordings(RELATIONS)
    tune, report = (written_for(part) for part in PARTS)
    for label, patterns in tune.wordings.patterns.items():
        assert set(apart.patterns[label]) <= set(patterns)
        assert all(pattern.count("{x}") == 1 for pattern in patterns)
        assert not set(patterns) & set(train.patterns[label])
    for label, patterns in report.wordings.patterns.items():
        assert patterns, label
        assert all(pattern.count("{x}") == 1 for pattern in patterns)
        assert not set(patterns) & {*train.patterns[label], *tune.wordings.patterns[label]}
    assert set(report.wordings.patterns) <= set(apart.patterns)
    assert len(report.wordings.patterns) > 0.8 * len(apart.patterns)
    outside = json.loads(read_data.OUTSIDE.read_text(encoding="utf-8"))
    assert not set(report.outside) & {*outside["train"], *tune.outside}
    assert not set(tune.outside) & set(outside["train"])
    assert set(report.steps) <= {pid for pid, _ in apart.patterns}


def test_it_draws_every_kind_that_the_facts_have(sets):
    found = {row["kind"] for _, rows in sets.values() for row in rows}
    # Here every second value has a period, and no name lacks digits.
    assert found == set(KINDS) - {"list", "count", "misspelt"}
    for _, rows in sets.values():
        assert len({row["question"] for row in rows}) == len(rows)
        for row in rows:
            assert bool(row["answers"]) == (row["kind"] not in ("absent", "outside", "unknown"))
            assert ("as_of" in row) == (row["kind"] == "as_of")


def test_the_answers_are_those_of_the_facts(sets):
    facts, rows = sets["report"]
    held = {(f["subject"], f["relation"]): f["object"] for f in facts if f["relation"] != "P54"}
    for row in rows:
        number = re.search(r"[a-z](\d+)", row["question"])
        if row["kind"] == "three_hops":
            assert row["answers"]
        if row["kind"] == "single" and "Ada" in row["question"]:
            own = {held[f"Ada Brook{number[1]}", pid] for pid in ("P19", "P26", "P40")}
            assert row["answers"][0][0] in own


def test_a_year_in_the_question_picks_one_of_the_periods(sets):
    facts, rows = sets["report"]
    periods = {
        (f["subject"], f["object"]): (f["valid_from"], f["valid_to"])
        for f in facts
        if f.get("valid_from")
    }
    for row in rows:
        if row["kind"] not in ("time", "as_of"):
            continue
        day = row.get("as_of") or f"{re.search(r' in (....)[?]', row['question'])[1]}-06-01"
        (right,) = [names[0] for names in row["answers"]]
        subject = re.search(r"Ada Brook\d+", row["question"])[0]
        begin, end = periods[subject, right]
        assert begin <= day < (end or "9999")


def test_the_same_seed_draws_the_same_and_another_seed_others(data, sets):
    assert make(data, part="tune", each=4, seed=1) == sets["tune"]
    other = make(data, part="tune", each=4, seed=2)
    assert other[0] == sets["tune"][0]
    assert other[1] != sets["tune"][1]


def test_values_come_with_their_words():
    question = SetQuestion("count", "How many?", frozenset(), value="3")
    assert line_of(question, {})["answers"] == [["3", "three"]]
    question = SetQuestion("yes_no", "Is it?", frozenset(), value="no")
    assert line_of(question, {})["answers"] == [["no"]]


@pytest.mark.parametrize(
    ("template", "question"),
    [
        ("{subject} was born in {object}.", "Was {subject} born in {object}?"),
        ("The father of {subject} is {object}.", "Is {object} the father of {subject}?"),
        ("{object} is a child of {subject}.", "Is {object} a child of {subject}?"),
    ],
)
def test_it_turns_a_statement_into_a_question(template, question):
    assert verdict_patterns(template)[1:] == [question]
    assert verdict_patterns("{subject} fought in {object}.") == [
        "Is it true that {subject} fought in {object}?"
    ]


def test_periods_follow_each_other_without_a_gap():
    relation = RelationSpec("P54", "member of sports team")
    ada = EntityRef("a", "Ada")
    facts = [Fact(f"t{i}", ada, relation, EntityRef(f"c{i}", f"Club {i}")) for i in range(3)]
    periods = periods_of(facts, 2)
    assert periods["t0"][1] == periods["t1"][0]
    assert periods["t2"][1] is None
    assert periods["t0"][0] >= date(1900, 1, 1)


def test_the_command_writes_both_files_or_says_why_not(data, tmp_path, capsys):
    out = ["--triples", str(tmp_path / "t.jsonl"), "--questions", str(tmp_path / "q.jsonl")]
    question_sets.main(["--data", str(data), *out, "--each", "1"])
    said = json.loads(capsys.readouterr().out)
    assert said["facts"] == len((tmp_path / "t.jsonl").read_text().splitlines())
    assert said["questions"] == len((tmp_path / "q.jsonl").read_text().splitlines())
    with pytest.raises(SystemExit, match="No such file"):
        question_sets.main(["--data", str(tmp_path / "none.json"), *out])
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(SystemExit, match="not a list of documents"):
        question_sets.main(["--data", str(tmp_path / "bad.json"), *out])
