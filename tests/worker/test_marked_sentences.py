"""Example sentences of a relation, with their names marked."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker import marked_sentences
from worker.marked_sentences import (
    UnmarkedSentence,
    mark_sentence,
    marked_sentence,
    sentence_problem,
)
from worker.types import Span


def test_its_examples_hold():
    assert doctest.testmod(marked_sentences).failed == 0


@pytest.mark.parametrize(
    ("line", "text", "subject", "object_"),
    [
        ("[Ada Brook] joined [Halden FC].", "Ada Brook joined Halden FC.", "Ada Brook",
         "Halden FC"),
        ("[object: Halden FC] signed [Ada].", "Halden FC signed Ada.", "Ada", "Halden FC"),
        ("[Halden FC] signed [Subject:Ada].", "Halden FC signed Ada.", "Ada", "Halden FC"),
        ("[subject: Ada]'s club: [object: HFC]", "Ada's club: HFC", "Ada", "HFC"),
        ("In 2019, [ Ada ] – [Øre FK, Ltd.]!", "In 2019, Ada – Øre FK, Ltd.!", "Ada",
         "Øre FK, Ltd."),
    ],
)  # fmt: skip
def test_it_reads_which_name_is_which(line, text, subject, object_):
    found = marked_sentence(line)
    assert found.text == text
    assert (found.subject.of(text), found.object.of(text)) == (subject, object_)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "Mark two names"),
        ("Ada joined Halden.", "Mark two names"),
        ("[Ada] joined Halden.", "Mark two names"),
        ("[Ada] joined [Halden] and [Oakham].", "Mark two names"),
        ("[Ada] joined [].", "Mark two names"),
        ("[Ada] joined [object:].", "Mark two names"),
        ("[Ada] joined [Halden.", "Mark two names"),
        ("[[Ada]] joined [Halden].", "Mark two names"),
        ("[subject: Ada] joined [subject: Halden].", "One of the two names is the subject"),
        ("[Ada] met [ADA].", "differ from each other"),
        ("[Nor]way lies in [Europe].", "around “Nor” stands inside one"),
        ("x[Ada] saw [Ben].", "around “Ada” stands inside one"),
        ("[A] " + "x" * 300 + " [B]", "at most 300 characters"),
    ],
)
def test_it_says_what_to_write_instead(line, why):
    assert why in sentence_problem(line)
    with pytest.raises(UnmarkedSentence):
        marked_sentence(line)


@given(st.text(st.sampled_from("[]ab :subject"), max_size=40))
def test_whatever_is_written_is_read_or_refused(line):
    if not sentence_problem(line):
        found = marked_sentence(line)
        assert found.subject.of(found.text)
        assert found.object.of(found.text) != found.subject.of(found.text)
        assert not set("[]") & set(found.text)


@pytest.mark.parametrize(
    ("text", "subject", "object_", "line"),
    [
        ("Ada met Ben.", "Ada", "Ben", "[Ada] met [Ben]."),
        ("Ada met Ben.", "Ben", "Ada", "[object: Ada] met [subject: Ben]."),
        ("Ada\n[once]  met Ben.", "Ada", "Ben", "[Ada] (once) met [Ben]."),
        ("Ada Brook", "Ada", "Brook", "[Ada] [Brook]"),
        ("Ada Brook", "Ada Brook", "Brook", ""),
        ("Ada and Ada", "Ada", "Ada", ""),
        ("Ada " + "so " * 110 + "Ben", "Ada", "Ben", ""),
    ],
)
def test_it_marks_the_names_of_a_sentence(text: str, subject: str, object_: str, line: str) -> None:
    one, other = text.index(subject), text.index(object_)
    made = mark_sentence(text, Span(one, one + len(subject)), Span(other, other + len(object_)))
    assert made == line


def test_it_keeps_what_stands_around_the_names_of_a_long_sentence() -> None:
    text = "so " * 100 + "Ada met Ben" + " so" * 100
    at = text.index("Ada")
    line = mark_sentence(text, Span(at, at + 3), Span(at + 8, at + 11))
    found = marked_sentence(line)
    assert (found.subject.of(found.text), found.object.of(found.text)) == ("Ada", "Ben")
    assert len(line) < 200
