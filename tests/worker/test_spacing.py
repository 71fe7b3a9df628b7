"""When facts are looked at again: FSRS on what goes out of date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fsrs import Card, Scheduler, State
from hypothesis import given
from hypothesis import strategies as st

from worker import spacing
from worker.spacing import Held

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def test_nine_in_ten_hold_after_the_stability() -> None:
    assert spacing.strength(0, 100) == 1
    assert spacing.strength(100, 100) == pytest.approx(0.9)
    assert spacing.strength(200, 100) < 0.9
    assert spacing.strength(-5, 100) == 1  # a clock that was set back


@given(stability=st.floats(1, 3000), days=st.integers(0, 3000))
def test_its_curve_is_that_of_the_package(stability, days) -> None:
    card = Card(state=State.Review, stability=stability, difficulty=5.0, last_review=NOW)
    found = Scheduler().get_card_retrievability(card, NOW + timedelta(days=days))
    assert spacing.strength(days, stability) == pytest.approx(found)


def test_what_is_read_comes_up_sooner() -> None:
    days = [spacing.interval(100, uses) for uses in (0, 1, 5, 50)]
    assert days == sorted(days, reverse=True)
    assert spacing.strength(days[0], 100) == pytest.approx(spacing.LEAST)
    assert spacing.strength(spacing.interval(100, 1e9), 100) == pytest.approx(spacing.MOST)
    assert spacing.interval(1e6, 0) == spacing.LONGEST


def test_a_relation_whose_facts_change_is_less_stable() -> None:
    lasting, fixed = (spacing.first_stability(lasts=one) for one in (True, False))
    assert lasting == pytest.approx(256.6, abs=0.1)
    assert fixed == spacing.LONGEST
    seen = spacing.first_stability(lasts=True, changes=10, years=5)
    assert seen < lasting / 5
    assert spacing.first_stability(lasts=True, years=100) > lasting
    with pytest.raises(ValueError, match="0 or more"):
        spacing.first_stability(lasts=True, changes=-1)


def test_a_confirmation_makes_it_more_stable_the_more_so_the_longer_ago_the_last_one_is() -> None:
    held = Held(100.0, 5.0, NOW)
    soon, late = (spacing.confirmed(held, NOW + timedelta(days=days)) for days in (2, 150))
    assert 100 < soon.stability < late.stability
    assert late.at == NOW + timedelta(days=150)
    before = spacing.confirmed(held, NOW - timedelta(days=3))  # a clock that was set back
    assert before.at == NOW
