"""Fitting whom "he" and "she" mean to annotated documents."""

import json

from worker.mentions import salience
from worker.training import pronouns
from worker.training.statements import Kind, read_documents

KINDS = {"place of birth": Kind("P19", ("PER",), ("LOC",))}
TEXTS = [
    "[[Anna Kerr|a:PER]] met [[Paul Lind|p:PER]]. [[She|a]] left. [[Her|a]] hat stayed.",
    "[[Paul Lind|p:PER]] sang. [[Anna Kerr|a:PER]] slept. [[He|p]] left.",
    "[[She|a:PER]] left before [[Paul Lind|p:PER]] came.",
]


def documents(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [json.dumps({"kind": "news", "text": text, "facts": []}) for text in TEXTS]
    path.write_text("\n".join(rows), encoding="utf-8")
    return read_documents(path, KINDS)


def test_each_pronoun_is_a_case_with_the_signs_of_those_who_may_be_meant(tmp_path):
    first, second, third = (list(pronouns.cases(one)) for one in documents(tmp_path))
    assert [case.gold for case in first] == [0, 0]
    assert set(first[0].told) == {0}  # a man is no "she"
    assert first[1].told[0]["by pronoun"] == 1.0  # whom the first one stood for is known
    assert [(case.gold, set(case.told)) for case in second] == [(0, {0})]
    assert [(case.gold, case.told) for case in third] == [(None, {})]  # nobody was named before


def test_it_fits_weights_of_the_signs_that_choose(tmp_path):
    found = [case for one in documents(tmp_path) for case in pronouns.cases(one)]
    weights, _ = pronouns.fit(found)
    assert set(weights) == set(salience.WEIGHTS)


def test_it_counts_right_and_open_choices(tmp_path):
    counts = pronouns.measured(documents(tmp_path))
    assert counts.total() == 4
    assert counts["wrong"] == 0
    assert counts["right"] >= 2
