"""What is hashed: the canonical text of an event and of a changed row.

A leaf is JSON in the canonical form of RFC 8785. It holds what is public, and of what is private
only a salted hash, so that this can be erased later and every proof still holds. Numbers in leaves
are integers; all others are text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import rfc8785

PRIVATE_PREFIX: Final = b"\x02"
VERSION: Final = 1
_BEYOND_SURROGATES = re.compile("[\ue000-\U0010ffff]")
_LONG_NUMBER = re.compile("[0-9]{16}")  # beyond 2**53 a number of JSON is not exact


class EventRow(NamedTuple):
    """A row of audit_event; ``payload`` is its JSON text. ``after`` and ``until`` bound the numbers
    of its changes: after < number <= until, None where nothing bounds them."""

    id: int
    at: datetime
    action: str
    actor: int | None
    request: str
    subject_type: str
    subject_id: int | None
    transaction: int | None
    salt: bytes | None
    erased: bytes | None
    label: str
    payload: str
    after: int | None
    until: int | None


class ChangeRow(NamedTuple):
    """A row of audit_rowchange; the four parts are JSON texts or None."""

    id: int
    transaction: int
    table: str
    row: int
    op: str
    by: str
    before: str | None
    after: str | None
    private_before: str | None
    private_after: str | None
    salt: bytes | None
    erased: bytes | None


class NotHashable(ValueError):
    """What is stored is no event as it was written: a private part without salt or hash."""


def canonical(value: Any) -> bytes:
    """Return JSON values without floats in the canonical form of RFC 8785, in UTF-8."""
    return _canonical(value).encode()


def _canonical(value: Any) -> str:
    # The same form without floats, and four times as fast, unless names stand in another order by
    # UTF-16 than by their characters.
    plain = "".join(_encoded(value, 0))
    if plain.isascii() or not _BEYOND_SURROGATES.search(plain):
        return plain
    return rfc8785.dumps(value).decode()


def parsed(text: str | None) -> Any:
    """Return the values of a JSON text of the database, with text for each number that is no
    integer or has 16 digits or more; None for None."""
    if text is None:
        return None
    return (_LONG_DECODER if _LONG_NUMBER.search(text) else _DECODER).decode(text)


def _long(digits: str) -> int | str:
    return int(digits) if len(digits) < 16 else digits


_quoted = json.encoder.encode_basestring  # a text in quotation marks, as RFC 8785 escapes it
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
# What ``_ENCODER`` makes anew for each value, which takes as long as encoding it.
_encoded = json.encoder.c_make_encoder(  # type: ignore[attr-defined]
    None, _ENCODER.default, _quoted, None, ":", ",", True, False, True
)
_DECODER = json.JSONDecoder(parse_float=str)
_LONG_DECODER = json.JSONDecoder(parse_float=str, parse_int=_long)
_scan, _scan_long = _DECODER.scan_once, _LONG_DECODER.scan_once  # type: ignore[attr-defined]


def private_hash(salt: bytes, value: bytes) -> bytes:
    """Return the hash of a private value in canonical form."""
    return hashlib.sha256(PRIVATE_PREFIX + salt + value).digest()


def event_private(event: EventRow) -> bytes:
    """Return what is private of an event, in canonical form."""
    return f'{{"actor_label":{_quoted(event.label)},"payload":{_form(event.payload)}}}'.encode()


def change_private(change: ChangeRow) -> bytes:
    """Return what is private of a change, in canonical form."""
    before, after = _form(change.private_before), _form(change.private_after)
    return f'{{"after":{after},"before":{before}}}'.encode()


# A leaf's own names are known and in order; put together as text, it takes half of the time.


def event_leaf(event: EventRow, *, log: UUID | str, count: int, root: bytes) -> bytes:
    """Return the leaf of an event with so many changes, whose own tree has that root.

    Raises NotHashable.
    """
    subject = "null"
    if event.subject_type or event.subject_id is not None:
        row = _number(event.subject_id)
        subject = f'{{"row":{row},"table":{_quoted(event.subject_type)}}}'
    return (
        f'{{"action":{_quoted(event.action)},"actor":{_number(event.actor)},'
        f'"at":"{said_time(event.at)}","changes":{{"count":{count},"root":"{root.hex()}"}},'
        f'"id":{event.id},"log":"{log}","private":"{_hash_of(event, event_private).hex()}",'
        f'"request":{_quoted(event.request)},"subject":{subject},'
        f'"transaction":{_number(event.transaction)},"type":"event","v":{VERSION}}}'
    ).encode()


def change_leaf(change: ChangeRow) -> bytes:
    """Return the leaf of a changed row. Raises NotHashable."""
    return (
        f'{{"after":{_form(change.after)},"before":{_form(change.before)},'
        f'"by":{_quoted(change.by)},"id":{change.id},"op":{_quoted(change.op)},'
        f'"private":"{_hash_of(change, change_private).hex()}","row":{change.row},'
        f'"table":{_quoted(change.table)},"type":"change","v":{VERSION}}}'
    ).encode()


def _form(text: str | None) -> str:
    """Return a JSON text of the database in canonical form."""
    if text is None or text == "{}":
        return text or "null"
    scan = _scan_long if _LONG_NUMBER.search(text) else _scan
    return _canonical(scan(text, 0)[0])  # the database writes no blanks around it


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)


def said_time(at: datetime) -> str:
    """Return a time as leaves have it: 2026-11-27T00:20:31.123456Z."""
    said = at.isoformat(timespec="microseconds")
    if not said.endswith("+00:00"):
        said = at.astimezone(UTC).isoformat(timespec="microseconds")
    return said[:-6] + "Z"


def _hash_of(row: Any, private: Callable[[Any], bytes]) -> bytes:
    if row.erased is not None:
        return bytes(row.erased)
    if row.salt is None:
        raise NotHashable(f"number {row.id} has neither a salt nor the hash of what was erased")
    return private_hash(row.salt, private(row))
