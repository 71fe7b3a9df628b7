"""Texts in capitals are read in the letter case of English, and quoted as they stand."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.english import capitals
from worker.english.capitals import in_small_letters, is_in_capitals
from worker.heads.as_written import as_written, readable
from worker.protocol import parse_write, serialise_write
from worker.types import Argument, PassageExtraction, PassageText, Proposal, Span

TEXT = "ANNA HOLT WAS BORN IN OSLO. HOLT WORKS FOR THE SOLVANG MUSEUM. SHE IS A NORWEGIAN PAINTER."


def passage(text: str) -> PassageText:
    return PassageText("1", text, (Span(0, len(text)),) if text else ())


def test_the_examples_hold():
    assert doctest.testmod(capitals).failed == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DR. J. R. O'ROURKE LED IT IN MAY.", "Dr. J. R. O'Rourke led it in may."),
        ("A BANK OF THE CITY MAY OPEN ON 3 MARCH.", "A bank of the city may open on 3 March."),
        ("SHE JOINED THE UNIVERSITY OF TURKU", "She joined the University of Turku"),
        ("THE CEO OF BBC WORKS FOR A FIRM", "The CEO of BBC works for a firm"),
        ("ROSE LINDQVIST AROSE, AND A ROSE ROSE", "Rose Lindqvist arose, and a rose rose"),
        ("İZMİR, STRASSE", "İzmİr, Strasse"),  # "İ" has no small letter of one character
        ("", ""),
        ("12 % ... 3", "12 % ... 3"),
    ],
)
def test_common_words_are_small_and_others_names(text, expected):
    assert in_small_letters(text, [Span(0, len(text))] if text else []) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "IBM",
        "FOR IMMEDIATE RELEASE",
        "12345 " * 20,
        "Anna Holt was born in OSLO. " * 9,
        "東京" * 60,
    ],
)
def test_other_texts_are_read_as_they_stand(text):
    assert not is_in_capitals(text)
    assert readable(passage(text)) == passage(text)


@given(st.text(max_size=200))
def test_every_character_keeps_its_place(text):
    made = in_small_letters(text, [])
    assert len(made) == len(text)
    assert all(a == b or a.lower() == b for a, b in zip(text, made, strict=True))


def found_in(read: PassageText) -> PassageExtraction:
    """Return what a head might find in the copy: each side short for a name that stands there."""
    names = {"Holt": "Anna Holt", "Solvang Museum": "", "Norwegian": "Norway"}

    def side(own: str, kind: str) -> Argument:
        start = read.text.index(own, 20 if own == "Holt" else 0)
        return Argument(own, Span(start, start + len(own)), kind, name=names[own])

    rows = [("Holt", "employer", "Solvang Museum"), ("Holt", "citizenship", "Norwegian")]
    made = tuple(
        Proposal(side(s, "PER"), r, side(o, "MISC"), Span(0, len(read.text)), 0.9)
        for s, r, o in rows
    )
    call = [(p.subject.called, p.relation_id, p.object.called) for p in made]
    return PassageExtraction("1", made, serialise_write(call), unstated=made[:1])


def test_what_was_read_in_the_copy_is_told_as_the_text_has_it():
    own = passage(TEXT)
    copy = readable(own)
    assert copy.text.startswith("Anna Holt was born in Oslo. Holt works for the Solvang Museum.")
    read = as_written(found_in(copy), copy.text, TEXT)
    assert [(p.subject.text, p.subject.called, p.object.called) for p in read.proposals] == [
        ("HOLT", "ANNA HOLT", "SOLVANG MUSEUM"),
        ("HOLT", "ANNA HOLT", "Norway"),  # it stands in neither
    ]
    assert parse_write(read.call) == [
        ("ANNA HOLT", "employer", "SOLVANG MUSEUM"),
        ("ANNA HOLT", "citizenship", "Norway"),
    ]
    for one in (*read.proposals, *read.unstated):
        for side in (one.subject, one.object):
            assert side.span.of(TEXT) == side.text


def test_a_text_that_was_read_itself_is_left_alone():
    read = found_in(readable(passage(TEXT)))
    assert as_written(read, TEXT, TEXT) is read
