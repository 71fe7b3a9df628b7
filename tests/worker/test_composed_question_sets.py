"""Questions about sets that are put together to train the ranking of readings."""

import random
from collections import Counter
from pathlib import Path

import pytest

from worker.reading.canonical import canonical
from worker.reading.question import AllOf, AnyOf, Without, inner
from worker.training.composed_sets import MOST_WRONG
from worker.training.reading_pairs import Composer

DATA = Path(__file__).parents[2] / "apps" / "memory" / "data"


@pytest.fixture(scope="module")
def made():
    composer = Composer.of(DATA / "relations.json", DATA / "packs.json")
    return [composer._sets.question(random.Random(seed)) for seed in range(400)]


def test_each_question_has_a_right_reading_and_wrong_ones(made):
    for one in made:
        right = {canonical(it, lambda thing: thing.name) for it in one.right}
        wrong = {canonical(it, lambda thing: thing.name) for it in one.wrong}
        assert right, one.text
        assert 2 <= len(wrong) <= MOST_WRONG, one.text
        assert right.isdisjoint(wrong), (one.text, right & wrong)


def test_the_words_of_the_question_hold_every_letter_of_its_readings(made):
    for one in made:
        said = one.text.casefold()
        for reading in one.right:
            letters = [it.name for node in (reading.target, reading.among) if node is not None
                       for it in inner(node) if hasattr(it, "name")]  # fmt: skip
            assert all(name.casefold() in said for name in letters), (one.text, letters)
        assert "{" not in one.text


def test_they_are_of_many_kinds(made):
    forms = Counter(one.right[0].form for one in made)
    assert set(forms) == {"which", "how many", "whether"}
    kinds = Counter(type(one.right[0].target).__name__ for one in made)
    assert kinds[Without.__name__] > 100
    assert kinds[AllOf.__name__] > 40
    assert kinds[AnyOf.__name__]


def test_the_same_numbers_give_the_same_question():
    composer = Composer.of(DATA / "relations.json", DATA / "packs.json")
    first, again = (composer._sets.question(random.Random(3)) for _ in range(2))
    assert first == again
    rng, other = random.Random(5), random.Random(5)
    assert first.pairs(first.right, rng) == again.pairs(again.right, other)
