"""The canonical text of leaves: that of RFC 8785, whichever way it was made."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from apps.provenance.canonical import (
    ChangeRow,
    EventRow,
    NotHashable,
    canonical,
    change_leaf,
    change_private,
    event_leaf,
    parsed,
    private_hash,
    said_time,
)

SALT = UUID(int=7).bytes
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)
EVENT = EventRow(
    5, datetime(2026, 11, 27, 1, 2, 3, 4, tzinfo=UTC), "space.changed", 3, "", "", None, 4, SALT,
    None, "alice", '{"name": "Ä"}', None, None,
)  # fmt: skip
CHANGE = ChangeRow(
    4, 4, "memory_triple", 9, "insert", "memweb", None, '{"id": 9}', None, '{"a": 1}', SALT, None
)


@given(JSON)
def test_it_is_the_form_of_the_standard(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)
    assert json.loads(canonical(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (None, None),
        ("1.0", "1.0"),
        ("[0.1, 2e300, -5]", ["0.1", "2e300", -5]),
        ('{"n": 9007199254740993}', {"n": "9007199254740993"}),
        ("123456789012345", 123456789012345),
        ('"9007199254740993 apples"', "9007199254740993 apples"),
    ],
)
def test_what_is_no_integer_of_json_is_text(text: str | None, value: Any) -> None:
    assert parsed(text) == value
    assert canonical(parsed(text)) == rfc8785.dumps(value)


def test_a_time_is_said_in_utc_to_the_microsecond() -> None:
    at = datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert said_time(at) == "2025-12-31T23:30:00.000000Z"


def test_a_leaf_holds_nothing_private() -> None:
    leaf = event_leaf(EVENT, log=UUID(int=1), count=0, root=b"\0" * 32)
    assert b"alice" not in leaf
    assert json.loads(leaf)["subject"] is None
    kept = json.loads(change_leaf(CHANGE))
    assert kept["after"] == {"id": 9}
    assert kept["private"] == private_hash(SALT, b'{"after":{"a":1},"before":null}').hex()


@pytest.mark.parametrize(
    "other",
    [
        {"transaction": 5},
        {"transaction": None},
        {"subject_id": 1},
        {"subject_type": "memory.triple"},
    ],
)
def test_every_column_of_an_event_is_in_its_leaf(other: dict[str, Any]) -> None:
    leaf = event_leaf(EVENT, log=UUID(int=1), count=0, root=b"\0" * 32)
    assert event_leaf(EVENT._replace(**other), log=UUID(int=1), count=0, root=b"\0" * 32) != leaf


@pytest.mark.parametrize("names", [("\ue000", "\U00010000"), ("\ud7ff", "\uffff"), ("ä", "z")])
def test_names_stand_in_the_order_of_utf_16(names: tuple[str, str]) -> None:
    value = dict.fromkeys(names, names[0])
    assert canonical(value) == rfc8785.dumps(value)


def test_what_was_erased_leaves_the_leaf_as_it_was() -> None:
    hash_ = private_hash(SALT, change_private(CHANGE))
    erased = CHANGE._replace(private_after=None, salt=None, erased=hash_)
    assert change_leaf(erased) == change_leaf(CHANGE)


def test_without_salt_and_hash_there_is_no_leaf() -> None:
    with pytest.raises(NotHashable, match="number 4 "):
        change_leaf(CHANGE._replace(salt=None))
