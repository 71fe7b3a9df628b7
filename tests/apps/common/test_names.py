from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.names import normalise_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Marie Curie", "  marie\n CURIE "),
        ("“Dune”", "Dune"),
        ("Straße", "STRASSE"),
        ("ﬁne", "fine"),
        ("Washington, D.C.", "washington, d.c"),
    ],
)
def test_it_equates_spellings_of_one_name(one: str, other: str) -> None:
    assert normalise_name(one) == normalise_name(other)


@pytest.mark.parametrize(("one", "other"), [("Apollo 11", "Apollo 13"), ("C", "C++")])
def test_it_keeps_different_names_apart(one: str, other: str) -> None:
    assert normalise_name(one) != normalise_name(other)


def test_it_keeps_a_name_of_punctuation() -> None:
    assert normalise_name("!!!") == "!!!"


@given(st.text())
def test_it_is_idempotent(text: str) -> None:
    assert normalise_name(normalise_name(text)) == normalise_name(text)
