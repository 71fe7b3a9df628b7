from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.explicit.hierarchy import (
    Cost,
    Kept,
    Move,
    Shape,
    Use,
    adapter_cost,
    break_even,
    cheapest,
    expected_of,
    expected_uses,
    memory_cost,
    proposed,
    ranges,
    realised,
    text_cost,
)

SMOLLM2 = Shape(layers=30, width=576, inner=1536, heads=9, key_heads=3, head=64)
COSTS = {"text": Cost(0, 10), "memory": Cost(15, 1), "adapter": Cost(1000, 0)}


def test_it_counts_two_flop_for_each_weight_of_a_token():
    # 134.5 million weights less the table of 49,152 tokens and the scales of the norms
    weights = 134_515_008 - 49_152 * 576 - 61 * 576
    assert SMOLLM2.layers * SMOLLM2.token == 2 * weights


def test_it_counts_reading_text_at_every_use_and_encoding_once():
    text, memory = text_cost(SMOLLM2, Use()), memory_cost(SMOLLM2, Use(), Kept(15))
    assert text.write == 0
    assert memory.write == pytest.approx(text.read, rel=0.1)
    assert memory.read == 4 * 15 * 9 * 64 * 192 * 8
    assert memory.read < text.read / 100


def test_it_counts_a_pass_of_an_adapter_as_there_and_back():
    once, thrice = (adapter_cost(SMOLLM2, Use(), passes) for passes in (1, 3))
    assert thrice.write == 3 * once.write > 2 * SMOLLM2.layers * SMOLLM2.token * 128
    assert once.read == 0


@pytest.mark.parametrize("kept", [Kept(0), Kept(31), Kept(15, 0), Kept(15, 129)])
def test_it_refuses_to_keep_what_is_not_there(kept):
    with pytest.raises(ValueError, match="cannot be kept"):
        memory_cost(SMOLLM2, Use(), kept)


def test_it_refuses_an_adapter_that_was_not_trained():
    with pytest.raises(ValueError, match="without a pass"):
        adapter_cost(SMOLLM2, Use(), 0)


def test_it_tells_where_each_form_begins_to_be_cheapest():
    found = ranges(COSTS)
    assert [form for form, _ in found] == ["text", "memory", "adapter"]
    assert [at for _, at in found] == pytest.approx([0, 15 / 9, 985])
    assert ranges({**COSTS, "memory": Cost(2000, 1)}) == [("text", 0), ("adapter", 100)]


def test_it_never_breaks_even_where_reads_are_no_cheaper():
    assert break_even(Cost(0, 1), Cost(5, 1)) is None
    assert break_even(Cost(5, 1), Cost(0, 1)) == 0


def test_it_breaks_ties_for_what_is_cheaper_to_write():
    assert cheapest({"memory": Cost(0, 1), "text": Cost(0, 1)}, 3) == "text"
    with pytest.raises(ValueError, match="0 uses or more"):
        cheapest(COSTS, -1)
    with pytest.raises(ValueError, match="among some"):
        cheapest({}, 1)


@given(uses=st.floats(0, 1e4))
def test_it_names_the_range_that_the_uses_are_in(uses):
    form = [form for form, at in ranges(COSTS) if at <= uses][-1]
    assert COSTS[form].total(uses) == pytest.approx(
        COSTS[cheapest(COSTS, uses)].total(uses), abs=1e-6
    )


def test_it_expects_what_a_steady_use_goes_on_to_be():
    daily = [day + 0.5 for day in range(1000)]
    # one a day, fading by half in 10 days: 14.4 in all that is to come
    assert expected_uses(daily, known=1000, half_life=10, horizon=1e6) == pytest.approx(
        14.43, abs=0.01
    )
    short = expected_uses(daily[:5], known=5, half_life=10, horizon=1e6)
    assert short == pytest.approx(14.43, abs=0.01)  # though it is known for five days only


def test_it_expects_less_of_what_was_used_long_ago():
    now, old = (expected_uses([age], known=100, half_life=10, horizon=30) for age in (0, 50))
    assert old == pytest.approx(now / 32)
    assert expected_uses([], known=100, half_life=10, horizon=30) == 0
    assert expected_uses([0], known=0, half_life=10, horizon=0) == 0


@pytest.mark.parametrize(
    ("ages", "more"),
    [
        ([-1], {}),
        ([1], {"half_life": 0}),
        ([1], {"horizon": -1}),
        ([1], {"known": -1}),
    ],
)
def test_it_refuses_times_that_are_none(ages, more):
    with pytest.raises(ValueError, match="0 days or more"):
        expected_uses(ages, **{"known": 10, "half_life": 10, "horizon": 30, **more})


def test_it_proposes_the_move_that_saves_most():
    assert proposed("text", COSTS, 100) == Move("text", "memory", 1000 - 115)
    assert proposed("text", COSTS, 100).promotes
    assert proposed("memory", COSTS, 2000) == Move("memory", "adapter", 1000)


def test_it_proposes_nothing_for_little_or_nothing():
    assert proposed("text", COSTS, 1.7) is None  # saves less than a tenth
    assert proposed("memory", COSTS, 0) is None
    assert proposed("adapter", COSTS, 5) is None
    assert proposed("text", {"text": Cost(0, 1)}, 5) is None
    with pytest.raises(ValueError, match="not known"):
        proposed("memory", {"text": Cost(0, 1)}, 5)


def test_it_proposes_to_go_back_where_reads_have_become_dearer():
    move = proposed("memory", {"text": Cost(0, 1), "memory": Cost(5, 3)}, 10)
    assert move == Move("memory", "text", 20)
    assert not move.promotes


def test_it_tells_what_a_move_saved_or_lost():
    assert realised([10, 12], [1, 2, 3], write=15) == 33 - 6 - 15
    assert realised([10], [], write=15) == -15
    with pytest.raises(ValueError, match="there is none"):
        realised([], [1], 1)


def test_it_goes_back_to_text_where_a_memory_is_written_again_and_hardly_read():
    costs = {"text": Cost(0, 10), "memory": Cost(10, 1)}
    assert proposed("memory", costs, 0.5, changes=2) == Move("memory", "text", 20.5 - 5)
    assert proposed("memory", costs, 0.5) is None  # its writing is spent
    assert proposed("text", costs, 2, changes=2) is None
    assert proposed("text", costs, 9, changes=2) == Move("text", "memory", 90 - 39)


def test_a_count_is_as_good_as_the_ages_that_it_was_counted_from():
    whole = expected_uses([0, 30], known=90, half_life=30, horizon=30)
    assert expected_of(1.5, known=90, half_life=30, horizon=30) == pytest.approx(whole)
    with pytest.raises(ValueError, match="0 days or more"):
        expected_of(-1, known=90, half_life=30, horizon=30)
