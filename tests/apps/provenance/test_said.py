"""Whatever was recorded can be shown: no value of a payload or a row breaks a page."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from apps.provenance.changed_rows import _said
from apps.provenance.details import details_of

NAMES = st.sampled_from(
    ("valid_from", "valid_to", "as_of", "created_at", "sentence", "subject", "object", "fact",
     "relation", "changed", "before", "after", "candidates", "calls", "bytes", "type", "name")
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=4), inner),
    max_leaves=12,
)


@given(NAMES, VALUES)
def test_a_value_of_a_row_is_said(name: str, value: Any) -> None:
    assert isinstance(_said(name, value), str)


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_what_an_event_records_is_said(payload: dict[str, Any]) -> None:
    for line in details_of(payload, "atlas"):
        assert all(isinstance(piece.text, str) for piece in line.after)


def test_days_that_are_not_known_are_left_out() -> None:
    found = [{"name": "Ada", "valid_from": None, "valid_to": "1951-01-02"}, None]
    assert (
        _said("results", found)
        == "Name: Ada; First day on which it no longer holds: 2 January 1951"
    )
