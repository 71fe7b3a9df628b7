from __future__ import annotations

from collections import Counter

from tests.worker.causal.documents import ADA, RELATIONS, document
from worker.training.causal.read_points import MOST_QUERIES, GoldMemory, fill, read_points
from worker.types import MemoryQuery


def test_it_asks_for_what_first_appears():
    points = read_points(ADA, fill([ADA], RELATIONS), RELATIONS)
    assert [p.target.of(ADA.text) for p in points] == ["London", "Babbage", "William King"]
    assert points[0].queries == (MemoryQuery("place of birth", subject="Ada Lovelace"),)
    assert [p.results for p in points] == [("London",), ("Babbage",), ("William King",)]


def test_it_does_not_ask_for_a_name_that_stood_before():
    made = document(
        ["London is old.", "Ada was born in London."], [["Ada"], ["London"]], [(0, "P19", 1, 1)]
    )
    dropped: Counter[str] = Counter()
    assert read_points(made, fill([made], RELATIONS), RELATIONS, dropped) == []
    assert dropped == {"not asked from this side": 1}


def test_it_asks_from_the_other_side_where_that_is_telling():
    made = document(["King married Ada."], [["Ada"], ["King"]], [(0, "P26", 1, 0)])
    (point,) = read_points(made, fill([made], RELATIONS), RELATIONS)
    assert point.queries == (MemoryQuery("spouse", object="King"),)
    assert point.results == ("Ada",)


def test_it_leaves_out_what_brings_too_much_and_counts_it():
    made = document(["Firm has Ada."], [["Firm"], ["Ada"]], [(0, "P40", 1, 0)])
    memory = fill([made], RELATIONS)
    for number in range(31):
        memory.add("Firm", "child", f"Person {number}")
    dropped: Counter[str] = Counter()
    assert read_points(made, memory, RELATIONS, dropped) == []
    assert dropped == {"more than 30 results": 1}


def test_it_asks_at_most_three_queries_at_one_place():
    names = ["A1", "B1", "C1", "D1", "Zed"]
    made = document(
        ["A1, B1, C1 and D1 know Zed."],
        [[name] for name in names],
        [(n, "P26", 4, 0) for n in range(4)],
    )
    memory = fill([made], RELATIONS)
    for number in range(4):
        memory.add(names[number], "spouse", f"Other {number}")
    (point,) = read_points(made, memory, RELATIONS)
    assert len(point.queries) == MOST_QUERIES
    assert "Zed" in point.results


def test_the_gold_memory_finds_names_by_other_names_and_adds_once():
    memory = GoldMemory()
    memory.add("Ada Lovelace", "employer", "Babbage")
    memory.add("Ada Lovelace", "employer", "Babbage")
    memory.add_alias("Ada", "Ada Lovelace")
    assert memory.read(MemoryQuery("employer", subject="ADA")) == ["Babbage"]
    assert memory.read(MemoryQuery("employer", object="Babbage")) == ["Ada Lovelace"]
    assert memory.read(MemoryQuery("employer", subject="Bob")) == []
