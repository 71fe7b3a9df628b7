"""What follows from a fact by its relation, and what need not be asked about then."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.evaluation.measuring.schema import pack_relations
from apps.memory.packs import packs
from worker import implications
from worker.implications import Claim, Implications, Step, fold
from worker.types import RelationSpec

COUNTRY = RelationSpec("1", "country", implies=("located in",), wikidata_property="P17")
LOCATED = RelationSpec("2", "located in", inverse_id="3", wikidata_property="P131")
CONTAINS = RelationSpec("3", "contains", inverse_id="2", wikidata_property="P150")
MOTHER = RelationSpec("4", "mother", implies_back=("P40",), wikidata_property="P25")
CHILD = RelationSpec("5", "child", inverse_id="4", wikidata_property="P40")
SPOUSE = RelationSpec("6", "spouse", inverse_id="6")
SHIPPED = pack_relations(packs())
IMPLYING = [one for one in SHIPPED if one.implies or one.implies_back]
RULES = Implications([COUNTRY, LOCATED, CONTAINS, MOTHER, CHILD, SPOUSE])


def test_the_example_holds():
    assert doctest.testmod(implications).failed == 0


def test_rules_are_followed_to_their_end_and_turned_round():
    assert RULES.of("1") == (Step("2", turned=False), Step("3", turned=True))
    assert set(RULES.to("3")) == {Step("1", turned=True), Step("2", turned=True)}
    assert RULES.of("4") == (Step("5", turned=True),)
    assert RULES.of("6") == (Step("6", turned=True),)


def test_an_inverse_that_does_not_name_the_relation_back_says_nothing():
    assert RULES.of("5") == ()


def test_unknown_names_and_relations_imply_nothing():
    odd = Implications([RelationSpec("1", "a", implies=("b", "")), RelationSpec("2", "c")])
    assert odd.of("1") == odd.to("2") == odd.of("9") == odd.to("9") == ()


def test_one_statement_leaves_one_claim():
    claims = [
        Claim("oslo", "2", "norway", 0.9),
        Claim("norway", "3", "oslo", 0.8),
        Claim("oslo", "1", "norway", 0.75),
        Claim("turku", "2", "finland", 0.9),
    ]
    assert fold(claims, RULES) == {0: 2, 1: 2}


def test_of_two_that_follow_from_each_other_the_likelier_stays():
    claims = [Claim("a", "6", "b", 0.6), Claim("b", "6", "a", 0.9)]
    assert fold(claims, RULES) == {0: 1}
    assert fold(claims[::-1], RULES) == {1: 0}


def test_of_two_that_follow_from_each_other_the_one_in_the_order_of_the_text_stays():
    claims = [Claim("a", "6", "b", 0.9, forward=False), Claim("b", "6", "a", 0.7)]
    assert fold(claims, RULES) == {0: 1}
    assert fold(claims[::-1], RULES) == {1: 0}


def test_the_order_of_the_text_counts_less_than_a_much_higher_score():
    claims = [Claim("a", "6", "b", 0.9, forward=False), Claim("b", "6", "a", 0.6)]
    assert fold(claims, RULES) == {1: 0}


def test_a_stronger_statement_stays_whatever_the_order_of_the_text():
    claims = [Claim("oslo", "2", "norway", 0.9), Claim("oslo", "1", "norway", 0.8, forward=False)]
    assert fold(claims, RULES) == {0: 1}


def test_a_doubtful_stronger_claim_takes_in_nothing():
    claims = [Claim("oslo", "2", "norway", 0.9), Claim("oslo", "1", "norway", 0.4)]
    assert fold(claims, RULES) == {}


def test_what_is_asked_about_already_is_not_taken_in():
    claims = [Claim("oslo", "2", "norway", 0.5), Claim("oslo", "1", "norway", 0.9)]
    assert fold(claims, RULES, fixed=1) == {}
    assert fold(claims[::-1], RULES, fixed=1) == {1: 0}


def test_equal_claims_are_left_alone():
    claims = [Claim("oslo", "2", "norway"), Claim("oslo", "2", "norway")]
    assert fold(claims, RULES) == {}


def test_a_doubtful_claim_between_two_equal_ones_hides_neither():
    claims = [Claim("a", "2", "b", 0.0), Claim("b", "3", "a", 0.0), Claim("b", "3", "a", 1.0)]
    assert fold(claims, RULES) == {0: 2}


names = st.sampled_from("abc")
claims_made = st.lists(
    st.builds(Claim, names, st.sampled_from("123456"), names, st.floats(0, 1), st.booleans()),
    max_size=12,
)


@given(claims_made, st.integers(0, 4))
def test_what_is_taken_in_follows_from_something_that_stays(claims, fixed):
    taken = fold(claims, RULES, fixed=fixed)
    for at, root in taken.items():
        assert at >= fixed
        assert root not in taken
        one, other = claims[at], claims[root]
        reached = {other.by(step) for step in RULES.of(other.relation_id)}
        assert (one.subject, one.relation_id, one.object) in reached


@pytest.mark.parametrize("spec", IMPLYING, ids=lambda spec: spec.key)
def test_every_implication_of_the_schema_names_a_relation_that_takes_its_types(spec):
    by_name = {one.name: one for one in SHIPPED}
    for name in spec.implies:
        assert set(by_name[name].object_types) & set(spec.object_types)
        assert set(by_name[name].subject_types) & set(spec.subject_types)
    for name in spec.implies_back:
        assert set(by_name[name].object_types) & set(spec.subject_types)
        assert set(by_name[name].subject_types) & set(spec.object_types)
