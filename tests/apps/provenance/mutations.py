"""What somebody with the rights of the database's superuser can do to what is recorded.

Every attack takes random numbers and a cursor past triggers and foreign keys, changes something,
and returns the rows of which at least one has to be named.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import IntegrityError, transaction
from psycopg import sql

from apps.audit.rows import SEALED
from apps.provenance.models import Checkpoint, Log, Tile
from apps.provenance.notes import Head, Note, sign
from apps.provenance.rows import entries
from apps.provenance.services.checkpoints import origin_of
from apps.provenance.services.sequencer import TileStore, hashes_of
from apps.provenance.tiles import Tree

Touched = list[tuple[str, int | None]]
Attack = Callable[[Random, Any], Touched]
# Columns that say nothing: keys of their own that nothing refers to, and when a row was made of
# which the time is nowhere signed.
SAYS_NOTHING = {
    "provenance_entry": {"id"},
    "provenance_tile": {"id"},
    "provenance_checkpoint": {"id", "created_at"},
}
SEALED_BY_TABLE = {one.table: one for one in SEALED}


class NothingToDo(Exception):
    """The record holds nothing of the kind."""


def rows_of(cursor: Any, table: str) -> list[int]:
    cursor.execute(sql.SQL("SELECT id FROM {} ORDER BY id").format(sql.Identifier(table)))
    return [row for (row,) in cursor.fetchall()]


def a_row(rng: Random, cursor: Any, table: str) -> int:
    rows = rows_of(cursor, table)
    if not rows:
        raise NothingToDo
    return rng.choice(rows)


def columns_of(cursor: Any, table: str) -> dict[str, str]:
    cursor.execute(
        "SELECT column_name, udt_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position",
        [table],
    )
    kinds = dict(cursor.fetchall())
    sealed = SEALED_BY_TABLE.get(table)
    without = {*(sealed.omitted if sealed else ()), *SAYS_NOTHING.get(table, ())}
    return {name: kind for name, kind in kinds.items() if name not in without}


def flip_in(*tables: str) -> Attack:
    """Change one value of one row of one of the tables as little as its type lets."""

    def attack(rng: Random, cursor: Any) -> Touched:
        for _ in range(50):
            table = rng.choice(tables)
            rows = rows_of(cursor, table)
            if not rows:
                continue
            row = rng.choice(rows)
            column, kind = rng.choice(list(columns_of(cursor, table).items()))
            cursor.execute(
                sql.SQL("SELECT {}{} FROM {} WHERE id = %s").format(
                    sql.Identifier(column), _as_text(kind), sql.Identifier(table)
                ),
                [row],
            )
            changed = bent(rng, cursor.fetchone()[0], kind)
            try:
                with transaction.atomic():
                    put(cursor, table, row, column, changed, kind)
            except IntegrityError:
                continue
            return [(table, row), (table, changed if column == "id" else row)]
        raise NothingToDo

    return attack


def _as_text(kind: str) -> sql.SQL:
    return sql.SQL("::text" if kind in ("jsonb", "timestamptz", "uuid", "date") else "")


def put(cursor: Any, table: str, row: int, column: str, value: Any, kind: str) -> None:
    cursor.execute(
        sql.SQL("UPDATE {} SET {} = %s::{} WHERE id = %s").format(
            sql.Identifier(table), sql.Identifier(column), sql.SQL(kind)
        ),
        [value, row],
    )


def bent(rng: Random, value: Any, kind: str) -> Any:
    """Return another value of the same type."""
    if kind.startswith("_"):
        return [*(value or []), 1 if kind.startswith("_int") else "x"]
    return BENDERS[kind](rng, value)


def _bent_text(rng: Random, value: str | None) -> str:
    if not value:
        return "x"
    at = rng.randrange(len(value))
    other = chr(ord(value[at]) ^ (1 << rng.randrange(4)))
    other = other if other.isprintable() and other != value[at] else "~"
    return value[:at] + other + value[at + 1 :]


def _bent_number(rng: Random, value: int | None) -> int:
    return 1 if value is None else value ^ (1 << rng.randrange(6)) or 77


def _bent_json(rng: Random, text: str | None) -> str:
    if text is None:
        return json.dumps({"forged": 1})
    return json.dumps(_bent_value(rng, json.loads(text)))


def _bent_value(rng: Random, value: Any) -> Any:
    if isinstance(value, dict) and value:
        key = rng.choice(sorted(value))
        return value | {key: _bent_value(rng, value[key])}
    if isinstance(value, list) and value:
        at = rng.randrange(len(value))
        return [*value[:at], _bent_value(rng, value[at]), *value[at + 1 :]]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + rng.choice((-1, 1))
    if isinstance(value, float):
        return value / 2 + 0.25
    return _bent_text(rng, value) if isinstance(value, str) else 1


def _bent_bytes(rng: Random, value: bytes | None) -> bytes:
    if not value:
        return rng.randbytes(32)
    bent_ = bytearray(value)
    bent_[rng.randrange(len(bent_))] ^= 1 << rng.randrange(8)
    return bytes(bent_)


def _bent_time(rng: Random, value: str | None) -> str:
    if value is None:
        return "2020-01-01 00:00:00+00"
    digits = [at for at in range(5, 19) if value[at].isdigit()]
    for at in rng.sample(digits, len(digits)):
        other = value[:at] + str((int(value[at]) + 1) % 10) + value[at + 1 :]
        if is_time(other):
            return other
    return "2020-01-01 00:00:00+00"


def is_time(text: str) -> bool:
    try:
        return bool(datetime.fromisoformat(text[:19]))
    except ValueError:
        return False


def _bent_uuid(rng: Random, value: str | None) -> str:
    if value is None:
        return "00000000-0000-4000-8000-000000000001"
    return value[:-1] + "0123456789abcdef"[(int(value[-1], 16) + rng.randrange(1, 16)) % 16]


BENDERS: dict[str, Callable[[Random, Any], Any]] = {
    "text": _bent_text,
    "varchar": _bent_text,
    "int2": _bent_number,
    "int4": _bent_number,
    "int8": _bent_number,
    "float8": lambda rng, value: 0.5 if value is None else value / 2 + 0.25,
    "bool": lambda rng, value: not value,
    "jsonb": _bent_json,
    "bytea": _bent_bytes,
    "timestamptz": _bent_time,
    "date": lambda rng, value: "1999-01-01",
    "uuid": _bent_uuid,
}


def delete_from(*tables: str) -> Attack:
    """Remove one row."""

    def attack(rng: Random, cursor: Any) -> Touched:
        table = rng.choice([one for one in tables if rows_of(cursor, one)])
        row = a_row(rng, cursor, table)
        also = _gone(cursor, table, row)
        cursor.execute(sql.SQL("DELETE FROM {} WHERE id = %s").format(sql.Identifier(table)), [row])
        return [(table, row), *also]

    return attack


def _gone(cursor: Any, table: str, row: int) -> Touched:
    """Return by what a row can be named that is gone: what it told of, or where it was missing."""
    if table == "provenance_tile":
        return [(table, None)]
    if table == "provenance_entry":
        cursor.execute("SELECT 'audit_event', event_id FROM provenance_entry WHERE id = %s", [row])
    elif table == "audit_rowchange":
        cursor.execute('SELECT "table", row FROM audit_rowchange WHERE id = %s', [row])
    else:
        return []
    return [cursor.fetchone()]


def delete_event_and_entry(rng: Random, cursor: Any) -> Touched:
    event = a_row(rng, cursor, "audit_event")
    cursor.execute("DELETE FROM provenance_entry WHERE event_id = %s", [event])
    cursor.execute("DELETE FROM audit_event WHERE id = %s", [event])
    return [("provenance_entry", None)]


def swap_events(rng: Random, cursor: Any) -> Touched:
    """Let two events of a log change places."""
    one, other = _two_entries(rng, cursor)
    cursor.execute("UPDATE provenance_entry SET event_id = -1 WHERE id = %s", [one[0]])
    cursor.execute("UPDATE provenance_entry SET event_id = %s WHERE id = %s", [one[1], other[0]])
    cursor.execute("UPDATE provenance_entry SET event_id = %s WHERE id = %s", [other[1], one[0]])
    return [("audit_event", one[1])]


def swap_numbers(rng: Random, cursor: Any) -> Touched:
    """Let two events of a log change their numbers, and so what follows from them."""
    one, other = _two_entries(rng, cursor)
    for old, new in ((one[1], -1), (other[1], one[1]), (-1, other[1])):
        cursor.execute("UPDATE audit_event SET id = %s WHERE id = %s", [new, old])
    return [("audit_event", one[1])]


def _two_entries(rng: Random, cursor: Any) -> list[tuple[int, int]]:
    cursor.execute("SELECT log_id FROM provenance_entry GROUP BY 1 HAVING count(*) > 5 ORDER BY 1")
    log = rng.choice([log for (log,) in cursor.fetchall()])
    cursor.execute("SELECT id, event_id FROM provenance_entry WHERE log_id = %s ORDER BY id", [log])
    return rng.sample(cursor.fetchall(), 2)


def forge_row_of(*tables: str) -> Attack:
    """Put in a copy of a row under a number of its own."""

    def attack(rng: Random, cursor: Any) -> Touched:
        for _ in range(30):
            table = rng.choice(tables)
            if not rows_of(cursor, table):
                continue
            row, forged = a_row(rng, cursor, table), 900_000_000 + rng.randrange(10**6)
            try:
                with transaction.atomic():
                    _copy(cursor, table, row, forged, rng)
            except IntegrityError:
                continue
            return [(table, forged)]
        raise NothingToDo

    return attack


def _copy(cursor: Any, table: str, row: int, forged: int, rng: Random) -> None:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
        [table],
    )
    names = [name for (name,) in cursor.fetchall()]
    unlike = {
        "name": "'forged ' || name", "normalised": "'forged ' || normalised",
        "slug": "'forged-' || slug", "username": "'forged' || username",
        "content_sha256": "repeat('0', 64)", "undone_at": "now()", "undone_by_id": "actor_id",
        "role": "'owner'", "subject_start": "subject_start + 1",
        "valid_from": "'1700-01-01'::date", "name_in_pack": "''",
        "transaction": "transaction", "index": f"index + {rng.randrange(1000, 2000)}",
        "state": "CASE WHEN state IN ('queued', 'running') THEN 'done' ELSE state END",
    }  # fmt: skip
    values = [str(forged) if name == "id" else unlike.get(name, f'"{name}"') for name in names]
    quoted = ", ".join(f'"{name}"' for name in names)
    cursor.execute(
        f'INSERT INTO "{table}" ({quoted}) SELECT {", ".join(values)} FROM "{table}" WHERE id = %s',
        [row],
    )


def forge_event(rng: Random, cursor: Any) -> Touched:
    """Put in an event of before, without a place in its log."""
    row = a_row(rng, cursor, "audit_event")
    cursor.execute("SELECT min(id) FROM audit_event")
    forged = cursor.fetchone()[0] - 1 - rng.randrange(5)
    _copy(cursor, "audit_event", row, forged, rng)
    return [("audit_event", forged)]


def forge_event_with_place(rng: Random, cursor: Any) -> Touched:
    """Put in an event, and give it the next place in its log."""
    row = a_row(rng, cursor, "audit_event")
    forged = 900_000_000 + rng.randrange(10**6)
    _copy(cursor, "audit_event", row, forged, rng)
    cursor.execute(
        "UPDATE provenance_log SET size = size + 1 WHERE id ="
        " (SELECT log_id FROM provenance_entry WHERE event_id = %s) RETURNING id, size - 1",
        [row],
    )
    log, index = cursor.fetchone()
    cursor.execute(
        "INSERT INTO provenance_entry (log_id, index, event_id) VALUES (%s, %s, %s)",
        [log, index, forged],
    )
    return [("audit_event", forged)]


def backdate(rng: Random, cursor: Any) -> Touched:
    event = a_row(rng, cursor, "audit_event")
    cursor.execute(
        "UPDATE audit_event SET created_at = created_at - %s * interval '1 minute' WHERE id = %s",
        [rng.randrange(1, 10**6), event],
    )
    return [("audit_event", event)]


def truncate(rng: Random, cursor: Any) -> Touched:
    """Cut off the last events of the log of a space, and as much of what tells of them."""
    log = _kept_log()
    left = rng.randrange(1, log.size)
    gone = "SELECT event_id FROM provenance_entry WHERE log_id = %s AND index >= %s"
    cursor.execute(gone, [log.pk, left])
    events = [event for (event,) in cursor.fetchall()]
    cursor.execute("DELETE FROM provenance_entry WHERE log_id = %s AND index >= %s", [log.pk, left])
    cursor.execute("DELETE FROM audit_event WHERE id = ANY (%s)", [events])
    named: Touched = [("provenance_log", log.pk), ("provenance_entry", None)]
    if rng.random() < 0.7:
        cursor.execute("UPDATE provenance_log SET size = %s WHERE id = %s", [left, log.pk])
        if rng.random() < 0.7:
            log.size = left
            rebuild(log)
            if rng.random() < 0.5:
                _drop_checkpoints(cursor, log, left)
                if rng.random() < 0.5:
                    cursor.execute(
                        "DELETE FROM audit_rowchange c WHERE NOT EXISTS"
                        " (SELECT FROM audit_event e WHERE e.transaction = c.transaction)"
                    )
    return [*named, ("provenance_checkpoint", None), *_checkpoints(log)]


def _drop_checkpoints(cursor: Any, log: Log, beyond: int) -> None:
    rows = "SELECT id FROM provenance_checkpoint WHERE log_id = %s AND size > %s"
    cursor.execute(
        f"DELETE FROM provenance_delivery WHERE checkpoint_id IN ({rows})", [log.pk, beyond]
    )
    cursor.execute(f"DELETE FROM provenance_checkpoint WHERE id IN ({rows})", [log.pk, beyond])


def _checkpoints(log: Log) -> Touched:
    rows = Checkpoint.objects.filter(log=log).values_list("pk", flat=True)
    return [("provenance_checkpoint", row) for row in rows]


def _kept_log() -> Log:
    """Return the log of which somebody keeps a checkpoint outside."""
    log = Log.objects.filter(space__isnull=False).order_by("pk").last()
    assert log is not None
    return log


def rebuild(log: Log) -> None:
    """Hash a log anew from what stands there, and keep the hashes in the place of the old ones."""
    Tile.objects.filter(log=log).delete()
    rows = [event for _, event in entries(log, 0, log.size)]
    Tree(TileStore(log), 0).append(hashes_of(log, rows))


def rewrite(rng: Random, cursor: Any) -> Touched:
    """Change an event or what was kept of a change, and hash the whole log anew; sign its
    checkpoints with a key of one's own, or leave them out."""
    log = _kept_log()
    cursor.execute(
        "SELECT n.event_id FROM provenance_entry n WHERE n.log_id = %s ORDER BY n.index", [log.pk]
    )
    event = rng.choice([one for (one,) in cursor.fetchall()])
    cursor.execute(
        "UPDATE audit_event SET payload = payload || %s WHERE id = %s",
        [json.dumps({"forged": rng.random()}), event],
    )
    rebuild(log)
    own = Ed25519PrivateKey.generate()
    how = rng.randrange(3)
    if how == 0:  # the newest that somebody keeps outside tells
        _drop_checkpoints(cursor, log, 0)
    if how == 1:
        tree = Tree(TileStore(log), log.size)
        for one in Checkpoint.objects.filter(log=log):
            head = Head(origin_of(log), one.size, tree.root(one.size))
            note = str(Note(str(head), (sign(str(head), head.origin, own),)))
            Checkpoint.objects.filter(pk=one.pk).update(root=head.root, note=note)
    return [("audit_event", event)] if how != 1 else [("audit_event", event), *_checkpoints(log)]


def old_checkpoint(rng: Random, cursor: Any) -> Touched:
    """Put an older checkpoint in the place of the newest one."""
    log = _kept_log()
    old, new = Checkpoint.objects.filter(log=log).order_by("size").only("pk", "note", "root")[:2]
    fields: dict[str, Any] = {"note": old.note}
    if rng.random() < 0.5:
        fields["root"] = bytes(old.root)
    Checkpoint.objects.filter(pk=new.pk).update(**fields)
    return [("provenance_checkpoint", new.pk)]


def half_erase(rng: Random, cursor: Any) -> Touched:
    """Say that what is private was erased, and put something else in its place."""
    table = rng.choice(("audit_event", "audit_rowchange"))
    row = a_row(rng, cursor, table)
    cursor.execute(f"UPDATE {table} SET erased = %s WHERE id = %s", [rng.randbytes(32), row])
    return [(table, row)]


FACTS = ("memory_triple", "memory_evidence", "memory_entity", "memory_relation",
         "curation_decision", "curation_candidate")  # fmt: skip
RECORD = ("audit_event", "audit_rowchange", "provenance_entry")
WATCHED = tuple(one.table for one in SEALED)
ATTACKS: dict[str, Attack] = {
    "flip in an event": flip_in("audit_event"),
    "flip in a change": flip_in("audit_rowchange"),
    "flip in an entry": flip_in("provenance_entry"),
    "flip in a tile": flip_in("provenance_tile"),
    "flip in a checkpoint": flip_in("provenance_checkpoint"),
    "flip in a fact": flip_in(*FACTS),
    "flip in a row": flip_in(*WATCHED),
    "delete of the record": delete_from(*RECORD),
    "delete of a tile": delete_from("provenance_tile"),
    "delete of an event with its place": delete_event_and_entry,
    "delete of a row": delete_from(*WATCHED),
    "swap of places": swap_events,
    "swap of numbers": swap_numbers,
    "forged row": forge_row_of(*WATCHED),
    "forged decision or fact": forge_row_of(*FACTS, "accounts_membership"),
    "forged change": forge_row_of("audit_rowchange"),
    "forged event": forge_event,
    "forged event with a place": forge_event_with_place,
    "backdated": backdate,
    "truncated": truncate,
    "rewritten": rewrite,
    "old checkpoint": old_checkpoint,
    "half erased": half_erase,
}
