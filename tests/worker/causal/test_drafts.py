"""What is guessed of a call, and that it changes nothing but the passes."""

from __future__ import annotations

import json

import pytest

from tests.worker.causal.test_perplexity import (
    BASE,
    COMPOSER,
    GOLD,
    OTHER,
    POOL,
    TEXT,
    Counted,
)
from worker.training.causal.perplexity.asking import ConstrainedAsks
from worker.training.causal.perplexity.documents import DocumentScorer, Models
from worker.training.causal.perplexity.drafts import Drafts
from worker.training.causal.perplexity.passes import Passes
from worker.types import MemoryQuery

BORN = MemoryQuery("place of birth", subject="Ada Lovelace")
DIED = MemoryQuery("date of birth", subject="Ben Stone")
WHO = MemoryQuery("place of birth", object="London")


def ids(*queries: MemoryQuery) -> list[int]:
    return COMPOSER.query_ids(queries)


@pytest.fixture
def drafts() -> Drafts:
    made = Drafts(BASE.ids)
    made.add(ids(BORN), at=4)
    made.add(ids(DIED), at=9)
    made.add(ids(WHO))
    return made


def test_the_call_of_a_place_is_its_first_guess(drafts):
    assert list(drafts.at(4)(())) == ids(BORN)[1:]
    assert list(drafts.at(9)(())) == ids(DIED)[1:]
    assert list(drafts.at(9)(ids(DIED)[1:4])) == ids(DIED)[4:]
    assert list(drafts.at(7)(())) == ids(BORN)[1:]  # of none, the oldest


def test_another_call_that_begins_so_is_the_next_guess(drafts):
    assert list(drafts.at(4)(ids(DIED)[1:3])) == ids(DIED)[3:]
    assert list(drafts.at(4)(ids(WHO)[1:2])) == ids(WHO)[2:]
    drafts.add(ids(MemoryQuery("date of birth", subject="Ada Lovelace")), at=4)
    assert list(drafts.at(4)(())) == ids(MemoryQuery("date of birth", subject="Ada Lovelace"))[1:]


def test_a_name_with_another_relation_goes_on_as_that_relation_did():
    end = BASE.ids.separator
    name = ids(DIED)[1 : ids(DIED).index(end) + 1]
    asked = ids(BORN)[ids(BORN).index(end) + 1 :]
    other = Drafts(BASE.ids)
    other.add(ids(BORN))
    assert list(other.at(0)([*name, *asked[:1]])) == asked[1:]


def test_a_name_that_no_call_has_goes_on_to_its_end():
    made = Drafts(BASE.ids)
    made.add_name([70, 71, 72])
    assert list(made.at(0)([70])) == [71, 72, BASE.ids.separator]
    assert list(made.at(0)([])) == list(made.at(0)([99])) == []


def test_a_document_has_the_same_figures_with_guesses_and_without(monkeypatch):
    relations = ["place of birth", "date of birth"]
    models = Models(
        Passes(OTHER.model), Passes(BASE.model), COMPOSER, ConstrainedAsks(COMPOSER, relations), 400
    )

    def scored():
        counted = Counted(BASE.model)
        try:
            memories = {"gold": GOLD.read, "none": None}
            row = DocumentScorer(models, memories, POOL, 7).document(TEXT)
        finally:
            counted.hook.remove()
        return row, counted.passes

    guessed, few = scored()
    monkeypatch.setattr(Drafts, "at", lambda self, place: lambda made: ())
    plain, many = scored()
    assert few < many
    assert guessed["memories"]["gold"]["calls"] == plain["memories"]["gold"]["calls"]
    for one, other in zip(numbers(guessed), numbers(plain), strict=True):
        assert one == pytest.approx(other, abs=1e-3)


def numbers(row) -> list[float]:
    found: list[float] = []
    json.loads(json.dumps(row), parse_float=lambda text: found.append(float(text)))
    return found
