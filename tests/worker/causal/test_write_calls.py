from __future__ import annotations

import pytest

from tests.worker.causal.documents import ADA, RELATIONS, document
from worker.training.causal.write_calls import MOST_TRIPLES, write_calls

INVERSES = {"P26": "P26", "P40": "P22"}


def test_it_writes_each_fact_where_it_is_complete():
    calls = write_calls(ADA, RELATIONS, INVERSES)
    assert [at for at, _ in calls] == [s.end for s in ADA.sentences]
    assert calls[0][1] == [("Ada Lovelace", "place of birth", "London")]
    assert calls[2][1] == []


def test_it_gives_a_pronoun_the_latest_name_and_keeps_the_order_of_the_text():
    assert write_calls(ADA, RELATIONS, INVERSES)[1][1] == [
        ("Ada Lovelace", "employer", "Babbage"),
        ("Ada Lovelace", "spouse", "William King"),
    ]


def test_it_uses_the_name_of_the_sentence_itself():
    made = document(
        ["Ada Lovelace wrote.", "Lovelace was born in London."],
        [["Ada Lovelace", "Lovelace"], ["London"]],
        [(0, "P19", 1, 1)],
    )
    assert write_calls(made, RELATIONS, {})[1][1] == [("Lovelace", "place of birth", "London")]


@pytest.mark.parametrize("mood", ["denied", "hypothetical", "planned"])
def test_it_writes_nothing_of_what_is_not_stated(mood):
    made = document(
        ["Ada was not born in London."], [["Ada"], ["London"]], [(0, "P19", 1, 0, mood)]
    )
    assert write_calls(made, RELATIONS, {}) == [(len(made.text), [])]


def test_it_passes_over_relations_without_a_name_and_sentences_that_are_tables():
    unknown = document(["Ada of London."], [["Ada"], ["London"]], [(0, "P999", 1, 0)])
    assert write_calls(unknown, RELATIONS, {}) == [(len(unknown.text), [])]
    names = [f"N{number}" for number in range(MOST_TRIPLES + 2)]
    table = document(
        [" ".join(names) + "."],
        [[name] for name in names],
        [(0, "P19", n, 0) for n in range(1, len(names))],
    )
    assert write_calls(table, RELATIONS, {}) == []
