"""Replay: what stands in a table against what the log says of it.

The kept changes of each row are a chain: one begins where the one before ended, and the last one
ends at the row as it stands. The database compares the chains itself, with the images that it makes
of rows here and not by a function of its own; only what differs is looked at more closely.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from apps.audit.rows import Sealed
from apps.provenance.services.replay.findings import Finding, Findings, short
from apps.provenance.services.replay.naming import kind_of, said, told_by
from apps.provenance.services.replay.scopes import Scope
from apps.provenance.services.replay.snapshot import Snapshot

ROWS_AT_ONCE: Final = 20_000
_LAST: Final = 2**63 - 1
_COLUMNS = """SELECT attname::text FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped"""
_BOUND = """SELECT c.row FROM audit_rowchange c
WHERE c."table" = %s AND c.row > %s ORDER BY c.row, c.id OFFSET %s LIMIT 1"""
_REPLAY = """
WITH told AS (
    SELECT c.row, c.id, c.op, c.before, c.after, c.private_before, c.private_after,
        c.erased IS NOT NULL AS erased,
        lag(c.id) OVER own AS p_id, lag(c.op) OVER own AS p_op, lag(c.after) OVER own AS p_after,
        lag(c.private_after) OVER own AS p_private, lag(c.erased IS NOT NULL) OVER own AS p_erased,
        CASE WHEN lead(c.id) OVER own IS NULL THEN c.row END AS last_row
    FROM audit_rowchange c
    WHERE c."table" = %(table)s AND c.row > %(low)s AND c.row <= %(high)s AND {of_scope}
    WINDOW own AS (PARTITION BY c.row ORDER BY c.id)
), standing AS (
    SELECT k.id, k.inside, k.kept - %(private)s::text[] {digits} AS shown, {hidden} AS hidden
    FROM (
        SELECT r.id, {inside} AS inside, {hashes}
            (SELECT to_jsonb(o) FROM (SELECT {columns}) o) AS kept
        FROM "{table}" r {joins} WHERE r.id > %(low)s AND r.id <= %(high)s
        OFFSET 0  -- so that each row is put together once
    ) k {concerned}
)
SELECT coalesce(t.row, s.id), t.id, t.op, t.before::text, t.after::text, t.private_before::text,
    t.private_after::text, t.erased, t.p_id, t.p_op, t.p_after::text, t.p_private::text,
    t.p_erased, t.last_row IS NOT NULL, s.id, s.shown::text, s.hidden::text
FROM told t FULL JOIN standing s ON s.id = t.last_row
WHERE t.row IS NULL AND s.inside OR t.row IS NOT NULL AND (
    t.op NOT IN ('insert', 'update', 'delete', 'adopt')
    OR t.p_id IS NULL AND t.op IN ('update', 'delete')
    OR t.p_id IS NOT NULL AND (
        (t.op = 'insert') <> (t.p_op = 'delete')
        OR t.op = 'adopt' AND (t.after IS DISTINCT FROM t.p_after
            OR NOT t.erased AND NOT t.p_erased AND t.private_after IS DISTINCT FROM t.p_private)
        OR t.op IN ('update', 'delete') AND (t.before IS DISTINCT FROM t.p_after
            OR NOT t.erased AND NOT t.p_erased AND t.private_before IS DISTINCT FROM t.p_private))
    OR t.last_row IS NOT NULL AND (
        (t.op = 'delete') <> (s.id IS NULL)
        OR t.op <> 'delete' AND (t.after IS DISTINCT FROM s.shown
            OR NOT t.erased AND t.private_after IS DISTINCT FROM s.hidden))
)
ORDER BY 1, 2"""


@dataclass(frozen=True)
class Link:
    """A change that does not fit what comes before or after it, or a row without any."""

    row: int
    id: int | None
    op: str | None
    before: Any
    after: Any
    private_before: Any
    private_after: Any
    erased: bool
    p_id: int | None
    p_op: str | None
    p_after: Any
    p_private: Any
    p_erased: bool
    is_last: bool
    standing: int | None
    shown: Any
    hidden: Any


class TableReplay:
    """The replay of one table within a scope."""

    def __init__(self, view: Snapshot, sealed: Sealed, scope: Scope, findings: Findings) -> None:
        self._view, self._sealed, self._scope, self._findings = view, sealed, scope, findings
        self._columns = [name for (name,) in view.all(_COLUMNS, [sealed.table])]
        self._newer: set[str] = set()

    def run(self) -> int:
        """Compare every row with the log; return how many rows the log tells of."""
        query, low, rows = self._query(), -1, 0
        while True:
            bound = self._view.value(_BOUND, [self._sealed.table, low, ROWS_AT_ONCE])
            high = _LAST if bound is None else bound
            for link in self._links(query, low, high):
                self._look_at(link)
            if bound is None:
                break
            low = high
        rows = self._view.value(
            'SELECT count(DISTINCT c.row) FROM audit_rowchange c WHERE c."table" = %s AND '
            + self._scope.holds("c.space"),
            [self._sealed.table],
        )
        for name in sorted(self._newer):
            self._findings.notes.append(
                f"The log does not tell of the column {name} of {self._sealed.table} everywhere: "
                "it was added or removed later."
            )
        return int(rows)

    def _query(self) -> str:
        own, joins, inside, concerned = self._sealed, "", "TRUE", ""
        if not self._scope.everything:
            joins, space = _space_of(own.space)
            concerned = "WHERE k.inside OR k.id IN (SELECT t.row FROM told t)"
            inside = (
                f"({self._scope.holds(space)})" if own.space else str(self._scope.space is None)
            )
        skipped = {*own.omitted, *own.hashed}
        kept = [f'r."{name}"' for name in self._columns if name not in skipped]
        hidden = [f"'{one}', k.kept -> '{one}'" for one in own.private]
        hidden += [f"'{one}', k.hash_{one}" for one in own.hashed]
        return _REPLAY.format(
            table=own.table,
            columns=", ".join(kept),
            of_scope=self._scope.holds("c.space"),
            inside=inside,
            joins=joins,
            concerned=concerned,
            digits="".join(
                f" || jsonb_build_object('{one}', k.kept ->> '{one}')" for one in own.digits
            ),
            hidden=f"jsonb_build_object({', '.join(hidden)})",
            hashes="".join(
                f"encode(sha256(convert_to(r.\"{one}\", 'UTF8')), 'hex') AS hash_{one}, "
                for one in own.hashed
            ),
        )

    def _links(self, query: str, low: int, high: int) -> Iterator[Link]:
        own = self._sealed
        given = {"table": own.table, "low": low, "high": high, "private": list(own.private)}
        for row in self._view.stream(query, given):
            yield Link(
                *(json.loads(one) if at in _JSON and one else one for at, one in enumerate(row))
            )

    def _look_at(self, link: Link) -> None:
        if link.id is None:
            self._untold(link)
            return
        if link.p_id is None:
            if link.op not in ("insert", "adopt"):
                self._chain(link, "", "", "", "is told of without its beginning")
        elif (link.op == "insert") != (link.p_op == "delete"):
            self._chain(link, "op", "", str(link.op), f"is told of by {link.op} after {link.p_op}")
        else:
            self._compare_links(link)
        if link.is_last:
            self._compare_row(link)

    def _compare_links(self, link: Link) -> None:
        is_adopted = link.op == "adopt"
        public = link.after if is_adopted else link.before
        private = link.private_after if is_adopted else link.private_before
        differing = list(self._differing(link.p_after, public))
        if not link.erased and not link.p_erased:
            differing += self._differing(link.p_private, private)
        for name, expected, found in differing:
            self._chain(link, name, expected, found, "changed between two changes that are told of")

    def _compare_row(self, link: Link) -> None:
        if link.op == "delete":
            if link.standing is not None:
                self._row(link, "", "deleted", "there", "stands there, and the log says it is gone")
            return
        if link.standing is None:
            self._missing(link)
            return
        differing = list(self._differing(link.after, link.shown))
        if not link.erased:
            differing += self._differing(link.private_after, link.hidden)
        for name, expected, found in differing:
            self._row(link, name, expected, found, "is not as the log says")

    def _differing(self, expected: Any, found: Any) -> Iterator[tuple[str, str, str]]:
        expected, found = expected or {}, found or {}
        for name in sorted(expected.keys() | found.keys()):
            if name not in expected or name not in found:
                self._newer.add(name)
            elif expected[name] != found[name]:
                yield name, _text(expected[name]), _text(found[name])

    def _untold(self, link: Link) -> None:
        table, row = self._sealed.table, link.row
        sentence = f"{self._said('untold', row)} is in the database, and no event tells of it."
        self._findings.add(Finding("untold", sentence, table, row))

    def _missing(self, link: Link) -> None:
        event, told = self._told("missing", link.id)
        name = _name_in(link.private_after)
        what = f"The {kind_of(self._sealed.table)} {name}".rstrip() if name else "A row"
        sentence = (
            f"{what} ({self._sealed.table} {link.row}) is gone, and the log tells of no end: "
            f"{told} told of it last."
        )
        self._findings.add(
            Finding("missing", sentence, self._sealed.table, link.row, event=event, name=name)
        )

    def _row(self, link: Link, name: str, expected: str, found: str, what: str) -> None:
        event, told = self._told("row", link.id)
        of = f": {name} is {found} and has to be {expected}" if name else ""
        sentence = f"{self._said('row', link.row)} {what}{of} ({told})."
        self._findings.add(
            Finding("row", sentence, self._sealed.table, link.row, name, expected, found, event)
        )

    def _chain(self, link: Link, name: str, expected: str, found: str, what: str) -> None:
        event, told = self._told("chain", link.id)
        before = "" if link.p_id is None else f" and {link.p_id}"
        of = f": {name} was {expected} and became {found}" if name else ""
        sentence = (
            f"{self._said('chain', link.row)} {what}{of} ({told}; audit_rowchange {link.id}"
            f"{before})."
        )
        also = [("audit_rowchange", one) for one in (link.id, link.p_id) if one is not None]
        self._findings.add(
            Finding(
                "chain", sentence, self._sealed.table, link.row, name, expected, found, event,
                also=tuple(also),
            )
        )  # fmt: skip

    def _said(self, kind: str, row: int) -> str:
        table = self._sealed.table
        return said(self._view, table, row) if self._findings.has_room(kind) else f"{table} {row}"

    def _told(self, kind: str, change: int | None) -> tuple[int | None, str]:
        if change is None or not self._findings.has_room(kind):
            return None, ""
        return told_by(self._view, change)


_JSON: Final = {3, 4, 5, 6, 10, 11, 15, 16}


def _space_of(path: str) -> tuple[str, str]:
    """Return the joins that lead to the space of a row ``r``, and the column that holds it."""
    first, _, rest = path.partition(">")
    alias, column, joins = "r", first, ""
    for number, step in enumerate(rest.split(">") if rest else []):
        table, _, following = step.partition(".")
        joins += f' LEFT JOIN "{table}" j{number} ON j{number}.id = {alias}."{column}"'
        alias, column = f"j{number}", following
    return joins, f'{alias}."{column}"'


def _text(value: Any) -> str:
    if isinstance(value, str):
        return short(f"“{value}”")
    return short(json.dumps(value, ensure_ascii=False)) if value is not None else "nothing"


def _name_in(private: Any) -> str:
    names = (private or {}).get
    return short(names("name") or names("title") or names("username") or names("text") or "")
