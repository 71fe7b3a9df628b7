"""A fact as a sentence, and which templates can state one."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker import sentences
from worker.sentences import (
    cited,
    fill,
    marks,
    pieces,
    sentence,
    template_problem,
    unexplained_marks,
)

NAMES = st.text(st.sampled_from("{}[]019 aÖ\\.subjecto"), min_size=1, max_size=20)


def test_its_examples_hold():
    assert doctest.testmod(sentences).failed == 0


def test_it_fills_a_template_whatever_the_names_hold():
    found = fill("{subject} of {object}", subject="{object}", object="\\1 {subject}")
    assert found == "{object} of \\1 {subject}"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{subject} saw {object}.", "Ada saw Ben."),
        (" the eye of {object} is {subject} ", "The eye of Ben is ada"),
        ("", "Ada: is (7): Ben."),
        ("{subject} alone", "Ada: is (7): Ben."),
        ("{subject} is [7] of {object}", "Ada: is (7): Ben."),
        ("{subject} {object} {when}", "Ada: is (7): Ben."),
    ],
)
def test_it_says_a_fact_plainly_where_its_template_cannot(template, said):
    assert sentence(template, "is [7]", subject="ada", object="Ben") == said


@pytest.mark.parametrize(
    ("template", "right"),
    [
        ("{subject}'s father is {object}.", True),
        ("{subject} ({object})", True),
        ("{subject} [last] {object}", True),
        ("{subject} 的父亲是{object}。", True),
        ("{subject} [1] {object}", False),
        ("{subject} [{object}]", False),
        ("[{subject}] is {object}", False),
        ("{subject}{object}", False),
        ("{subject} is {object} [12].", False),
        ("{subject} is {subject} {object}", False),
        ("{subject} is {{object}}", False),
        ("{subject} " + "x" * 300 + " {object}", False),
    ],
)
def test_it_tries_a_template_as_answers_use_it(template, right):
    assert (template_problem(template) == "") == right


@given(st.sampled_from(["{subject} saw {object}.", "{object}'s x: {subject}", "bad"]), NAMES, NAMES)
def test_its_citation_is_read_back_whatever_the_names_hold(template, subject, object_):
    said = cited(sentence(template, "likes", subject=subject, object=object_), 3)
    assert marks(said)[-1] == 3
    assert unexplained_marks(said, (subject, object_)) <= {3}
    cut = pieces(template, "likes", subject=subject, object=object_)
    assert [piece.text for piece in cut if piece.side == "subject"] == [subject]
    assert [piece.text for piece in cut if piece.side == "object"] == [object_]
