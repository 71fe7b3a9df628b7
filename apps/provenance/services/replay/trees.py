"""A log's tree, from its leaves up: the tiles that are kept of it, and what was signed of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.conf import settings

from apps.provenance.merkle import HASH_BYTES, Frontier, root_of_full
from apps.provenance.notes import Head, NoteError, VerifyKey, open_note, parse_head, parse_note
from apps.provenance.services.replay.findings import Finding, Findings
from apps.provenance.services.replay.hashing import NOTHING, Hashed
from apps.provenance.services.replay.snapshot import Snapshot
from apps.provenance.tiles import TILE_BYTES, TILE_HASHES, TILE_HEIGHT

MOST_FORGED: Final = 2_000
MOST_NAMED: Final = 1_000
RANGE: Final = 16 * TILE_HASHES
_TILES = """SELECT index, id, hashes FROM provenance_tile
WHERE log_id = %s AND level = %s AND index >= %s AND index < %s ORDER BY index, id"""
_SIGNED = """SELECT id, size, root, note FROM provenance_checkpoint
WHERE log_id = %s ORDER BY size, id"""
_BETWEEN = """SELECT event_id FROM provenance_entry
WHERE log_id = %s AND index >= %s AND index <= %s ORDER BY index LIMIT %s"""
_NEWEST = """SELECT id, size, root, note FROM provenance_checkpoint
WHERE log_id = %s AND size <= %s ORDER BY size DESC, id"""


@dataclass(frozen=True)
class LogRow:
    """A row of provenance_log."""

    id: int
    identity: UUID
    space: int | None
    size: int

    @property
    def origin(self) -> str:
        """Its name in checkpoints."""
        return f"{settings.PROVENANCE_ORIGIN}/{self.identity}"


@dataclass(frozen=True)
class Signed:
    """What a checkpoint says of a log; ``row`` is None for one that is kept outside."""

    row: int | None
    size: int
    root: bytes
    what: str = "A signed checkpoint"


@dataclass(frozen=True)
class Differing:
    """A leaf that is not the one that was sealed, if one was."""

    index: int
    made: bytes
    sealed: bytes


@dataclass
class Leaves:
    """What was found of the leaves of one log. ``forged`` are those whose event is not as sealed;
    ``rewritten`` the places between two checkpoints of which the later one does not hold."""

    forged: list[Differing] = field(default_factory=list)
    forged_count: int = 0
    rewritten: tuple[int, int] | None = None
    size: int = 0
    root: str = ""
    checkpoints: int = 0
    changes: int = 0
    backwards: int = 0

    def add(self, one: Differing) -> None:
        """Count a leaf that differs, and keep it while there is room."""
        self.forged_count += 1
        if len(self.forged) < MOST_FORGED:
            self.forged.append(one)


class TreeCheck:
    """Takes the leaves of a log in order, compares them with its tiles, and its heads with what was
    signed of it.

    Where a leaf and its tile differ, the tile above says which of the two was changed; the tree is
    then gone on with as it was sealed, so that one change is not found all the way up.
    """

    def __init__(
        self,
        view: Snapshot,
        log: LogRow,
        *,
        size: int,
        signed: Iterator[Signed],
        last: Signed | None,
        findings: Findings,
        leaves: Leaves,
    ) -> None:
        """``signed`` are the checkpoints by size; ``last`` the largest of them within ``size``."""
        self._view, self._log, self._size = view, log, size
        self._signed, self._last = signed, last
        self._next = next(signed, None)
        self._findings, self._leaves = findings, leaves
        self._frontier = Frontier()
        self._above: list[bytearray] = []  # what of each level above the lowest is not yet a tile
        self._held_at = 0
        self._told: list[Signed] = []  # of the checkpoints that are contradicted
        self._contradicted = 0

    def take(self, made: Hashed) -> None:
        """Take the next range of leaves, which begins where the last one ended."""
        tiles = self._tiles(0, made.start // TILE_HASHES, len(made.hashes))
        for at in range(0, len(made.hashes), TILE_HASHES):
            index = (made.start + at) // TILE_HASHES
            row, kept = tiles.get(index, (None, b""))
            self._take_tile(index, made.hashes[at : at + TILE_HASHES], row, kept)

    def end(self) -> None:
        """Compare what is left when all leaves were taken."""
        for level, held in enumerate(self._above, start=1):
            if held:
                index = (self._size >> (8 * level)) // TILE_HASHES
                self._compare_above(level, index, bytes(held))
        self._spare_tiles()
        while self._next is not None:
            self._contradict(self._next)
            self._next = next(self._signed, None)
        for one in self._told:
            self._findings.add(self._contradiction(one, self._contradicted - len(self._told)))
        self._leaves.root = self._frontier.root().hex()

    def _tiles(self, level: int, first: int, leaves: int) -> dict[int, tuple[int, bytes]]:
        last = first + -(-leaves // TILE_HASHES)
        rows = self._view.all(_TILES, [self._log.id, level, first, last])
        return {index: (row, bytes(kept)) for index, row, kept in rows}

    def _take_tile(self, index: int, made: list[bytes], row: int | None, kept: bytes) -> None:
        sealed = made
        if kept != b"".join(made):
            sealed = self._settle(index, made, row, kept)
        is_full = len(sealed) == TILE_HASHES
        root = root_of_full(sealed) if is_full else b""
        end = self._frontier.size + len(sealed)
        if is_full and (self._next is None or self._next.size >= end):
            self._frontier.add_subtree(root, TILE_HEIGHT)
            self._compare_signed()
        else:  # a checkpoint stands for a part of it
            for hash_ in sealed:
                self._frontier.add(hash_)
                self._compare_signed()
        if is_full:
            self._grow(1, index, root)

    def _settle(self, index: int, made: list[bytes], row: int | None, kept: bytes) -> list[bytes]:
        """Say where a tile differs from the leaves below it, and return what was sealed."""
        if len(kept) != len(made) * HASH_BYTES:
            self._tile_finding(0, index, row, made, kept)
            self._say_unsealed(index * TILE_HASHES, made, kept)
            return made
        stored = [kept[at : at + HASH_BYTES] for at in range(0, len(kept), HASH_BYTES)]
        differing = [
            Differing(index * TILE_HASHES + at, ours, theirs)
            for at, (ours, theirs) in enumerate(zip(made, stored, strict=True))
            if ours != theirs
        ]
        of_leaves = any(one.made == NOTHING for one in differing)
        if not of_leaves and self._agrees(index, made) and not self._agrees(index, stored):
            self._tile_finding(0, index, row, made, kept)
            return made
        for one in differing:
            if one.made != NOTHING:
                self._leaves.add(one)
        return stored

    def _say_unsealed(self, start: int, made: list[bytes], kept: bytes) -> None:
        """Say which leaves stand behind the end of their tile, unless one of them was signed: then
        it is the tile that was cut."""
        signed = self._last.size if self._last is not None else 0
        for at in range(len(kept) // HASH_BYTES, len(made)):
            if start + at >= signed and made[at] != NOTHING:
                self._leaves.add(Differing(start + at, made[at], b""))

    def _agrees(self, index: int, hashes: list[bytes]) -> bool:
        """Tell whether what stands above a tile of the lowest level fits these hashes of it."""
        if len(hashes) == TILE_HASHES:
            above, at = divmod(index, TILE_HASHES)
            row = self._view.one(_TILES, [self._log.id, 1, above, above + 1])
            place = slice(at * HASH_BYTES, (at + 1) * HASH_BYTES)
            return row is not None and bytes(row[2])[place] == root_of_full(hashes)
        start = index * TILE_HASHES
        if self._last is None or self._last.size <= start:
            return False
        frontier = self._frontier.copy()
        for hash_ in hashes[: self._last.size - start]:
            frontier.add(hash_)
        return frontier.root() == self._last.root

    def _grow(self, level: int, count: int, hash_: bytes) -> None:
        """Put the hash of a full tile into the level above, at position ``count``."""
        while len(self._above) < level:
            self._above.append(bytearray())
        held = self._above[level - 1]
        held += hash_
        if len(held) == TILE_BYTES:
            index = count // TILE_HASHES
            self._compare_above(level, index, bytes(held))
            full = [bytes(held[at : at + HASH_BYTES]) for at in range(0, TILE_BYTES, HASH_BYTES)]
            held.clear()
            self._grow(level + 1, index, root_of_full(full))

    def _compare_above(self, level: int, index: int, made: bytes) -> None:
        row = self._view.one(_TILES, [self._log.id, level, index, index + 1])
        kept = bytes(row[2]) if row else b""
        if kept != made:
            hashes = [made[at : at + HASH_BYTES] for at in range(0, len(made), HASH_BYTES)]
            self._tile_finding(level, index, row[1] if row else None, hashes, kept)

    def _tile_finding(
        self, level: int, index: int, row: int | None, made: list[bytes], kept: bytes
    ) -> None:
        what = f"Tile {index} of level {level} of the log {self._log.origin}"
        expected, found = "", ""
        if row is None:
            sentence = f"{what} is gone."
        elif len(kept) != len(made) * HASH_BYTES:
            sentence = f"{what} holds {len(kept):,} bytes instead of {len(made) * HASH_BYTES:,}."
        else:
            stored = [kept[at : at + HASH_BYTES] for at in range(0, len(kept), HASH_BYTES)]
            at = next(i for i, (a, b) in enumerate(zip(made, stored, strict=True)) if a != b)
            first = (index * TILE_HASHES + at) << (8 * level)
            last = first + (1 << (8 * level)) - 1
            of = f"entry {first:,}" if level == 0 else f"the entries {first:,} to {last:,}"
            sentence = f"{what} has another hash for {of} than the events give."
            expected, found = made[at].hex(), stored[at].hex()
        self._findings.add(
            Finding("tile", sentence, "provenance_tile", row, "hashes", expected, found)
        )

    def _spare_tiles(self) -> None:
        query = """SELECT id, level, index FROM provenance_tile WHERE log_id = %s
            AND (level > 7 OR index * 256 >= %s::bigint >> (8 * least(level, 7)))"""
        for row, level, index in self._view.stream(query, [self._log.id, self._size]):
            sentence = (
                f"Tile {index} of level {level} is kept of the log {self._log.origin}, whose tree "
                f"of {self._size:,} entries has no such tile."
            )
            self._findings.add(Finding("tile", sentence, "provenance_tile", row, "index"))

    def _compare_signed(self) -> None:
        size = self._frontier.size
        while self._next is not None and self._next.size <= size:
            if self._frontier.root() != self._next.root:
                self._contradict(self._next)
            elif not self._contradicted:
                self._held_at = size
            self._next = next(self._signed, None)

    def _contradict(self, one: Signed) -> None:
        """One change contradicts every later checkpoint: the first one is told of, and that which
        is kept outside."""
        self._contradicted += 1
        if self._leaves.rewritten is None:
            self._leaves.rewritten = (self._held_at, min(one.size, self._size))
        if one.row is None or all(told.row is None for told in self._told):
            self._told.append(one)

    def _contradiction(self, one: Signed, others: int) -> Finding:
        of = f"{one.size:,} {'entry' if one.size == 1 else 'entries'}"
        also: list[tuple[str, int]] = []
        if one.size > self._size:
            why = f"today's log has {self._size:,}: the others were removed"
        else:
            first, last = self._held_at, one.size - 1
            events = self._events(first, last)
            also = [("audit_event", event) for event in events]
            among = f"events {events[0]} to {events[-1]}" if events else "no events"
            why = (
                f"today's log does not begin with them: at the places {first:,} to {last:,} "
                f"({among}) something was changed, and the hashes with it"
            )
        more = "" if not others else f" Nor do {others:,} further ones hold."
        return Finding(
            "contradiction", f"{one.what} stands for {of}, and {why}.{more}",
            "provenance_checkpoint", one.row, "root", one.root.hex(), also=tuple(also),
        )  # fmt: skip

    def _events(self, first: int, last: int) -> list[int]:
        rows = self._view.all(_BETWEEN, [self._log.id, first, last, MOST_NAMED])
        return [event for (event,) in rows]


class Checkpoints:
    """The checkpoints of a log that are kept in the database."""

    def __init__(self, view: Snapshot, log: LogRow, findings: Findings) -> None:
        self._view, self._log, self._findings = view, log, findings
        keys = view.all("SELECT public FROM provenance_key")
        self._keys = [bytes(public) for (public,) in keys]
        self.count = 0
        self._renamed = False

    def by_size(self) -> Iterator[Signed]:
        """Yield what those say that are as they were signed, by size; the others are findings."""
        for row, size, root, note in self._view.stream(_SIGNED, [self._log.id]):
            self.count += 1
            try:
                head = self._opened(note)
            except NoteError as error:
                sentence = f"A checkpoint at {size:,} entries does not hold. {error}"
                self._add(row, "note", sentence)
                continue
            if head.origin != self._log.origin:
                self._of_another_log(row, head)
                continue
            for name, expected, found in _columns_wrong(head, size, bytes(root)):
                sentence = f"The {name} of a checkpoint is not the one that was signed."
                self._add(row, name, sentence, expected, found)
            yield Signed(row, head.size, head.root)

    def last_within(self, size: int) -> Signed | None:
        """Return the largest one that holds, of those of at most ``size`` entries."""
        for row, _, _, note in self._view.stream(_NEWEST, [self._log.id, size]):
            try:
                head = self._opened(note)
            except NoteError:
                continue
            if head.origin == self._log.origin and head.size <= size:
                return Signed(row, head.size, head.root)
        return None

    def _opened(self, note: str) -> Head:
        head = parse_head(parse_note(note).text)
        open_note(note, [VerifyKey(head.origin, public) for public in self._keys])
        return head

    def _of_another_log(self, row: int, head: Head) -> None:
        """Either the checkpoint was moved to this log, or the log got another identity."""
        identity = head.origin.rpartition("/")[2]
        there_is = self._view.one(
            "SELECT FROM provenance_log WHERE identity::text = %s", [identity]
        )
        if there_is is not None:
            sentence = f"A checkpoint of {head.origin} is kept as one of {self._log.origin}."
            self._add(row, "log_id", sentence, head.origin, self._log.origin)
        elif not self._renamed:
            self._renamed = True
            self._findings.add(
                Finding(
                    "log",
                    f"The log {self._log.origin} signed as {head.origin} before.",
                    "provenance_log", self._log.id, "identity", head.origin, self._log.origin,
                    also=(("provenance_checkpoint", row),),
                )
            )  # fmt: skip

    def _add(self, row: int, name: str, sentence: str, expected: str = "", found: str = "") -> None:
        self._findings.add(
            Finding("checkpoint", sentence, "provenance_checkpoint", row, name, expected, found)
        )


def _columns_wrong(head: Head, size: int, root: bytes) -> list[tuple[str, str, str]]:
    columns = [("size", str(head.size), str(size)), ("root", head.root.hex(), root.hex())]
    return [one for one in columns if one[1] != one[2]]
