"""One event as it was sealed: its leaf, the leaves of its changes, and the proof that a checkpoint
holds it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from apps.audit.models import Event, RowChange
from apps.provenance.canonical import (
    ChangeRow,
    EventRow,
    NotHashable,
    change_leaf,
    change_private,
    event_leaf,
    event_private,
)
from apps.provenance.merkle import ProofError, leaf_hash, root_of, verify_inclusion
from apps.provenance.models import Checkpoint, Entry, Log
from apps.provenance.rows import EVENT_COLUMNS, fetch_events, with_changes
from apps.provenance.services.sequencer import tree_of
from apps.provenance.tiles import TileError, Tree

# An event with more changes is not computed anew for a page: verifying the space does that.
MOST_CHANGES: Final = 5_000
_EVENT: Final = f"SELECT {EVENT_COLUMNS} FROM audit_event e WHERE e.id = %s"  # noqa: S608 all ours


@dataclass(frozen=True)
class Leaf:
    """A leaf in canonical form and its hash; ``private`` is what it holds only as a hash: the salt
    and the value in canonical form, empty where it was erased."""

    text: str
    hash: str
    salt: str = ""
    private: str = ""


@dataclass(frozen=True)
class Proof:
    """The hashes that lead from a leaf to the root of the log's first ``size`` leaves.

    ``checkpoint`` signed that root; None where none holds the event yet: then it is today's root.
    """

    size: int
    root: str
    hashes: tuple[str, ...]
    checkpoint: Checkpoint | None


@dataclass(frozen=True)
class SealedForm:
    """An event in its log. ``problem`` says in a sentence what does not fit; ``leaf`` is None where
    there are too many changes, or no leaf can be made of what is stored."""

    log: Log | None
    index: int | None
    sealed_hash: str = ""
    leaf: Leaf | None = None
    changes: tuple[Leaf, ...] = ()
    proof: Proof | None = None
    problem: str = ""

    @property
    def holds(self) -> bool:
        """Tell whether the event is sealed, unchanged, and proved by its hashes."""
        return self.leaf is not None and self.proof is not None and not self.problem


@dataclass(frozen=True)
class Recorded:
    """An event and the first of its row changes, of which there are ``count``."""

    event: EventRow
    changes: tuple[ChangeRow, ...]
    count: int

    @property
    def is_whole(self) -> bool:
        return len(self.changes) == self.count


def recorded(event: Event) -> Recorded:
    """Return an event with its row changes; where there are more than ``MOST_CHANGES``, with the
    first of them."""
    (row,) = fetch_events(_EVENT, [event.pk])
    count = _changes_of(row, event.space_id)
    changes: list[ChangeRow] = []
    for _, own in with_changes([row], event.space_id):
        for change in own:
            changes.append(change)
            if len(changes) > MOST_CHANGES:
                return Recorded(row, tuple(changes[:MOST_CHANGES]), count)
    return Recorded(row, tuple(changes), count)


def _changes_of(row: EventRow, space: int | None) -> int:
    if row.transaction is None:
        return 0
    found = RowChange.objects.filter(transaction=row.transaction, space=space)
    if row.after is not None:
        found = found.filter(pk__gt=row.after)
    if row.until is not None:
        found = found.filter(pk__lte=row.until)
    return found.count()


def sealed_form(event: Event, known: Recorded) -> SealedForm:
    """Return how an event stands in its log, and whether it is as it was sealed."""
    entry = Entry.objects.filter(event=event).select_related("log").first()
    if entry is None:
        return SealedForm(None, None)
    log, index = entry.log, entry.index
    tree = tree_of(log)
    try:
        sealed = tree.leaf(index)
        proof = _proof(log, tree, index)
    except (TileError, ValueError) as error:
        return SealedForm(log, index, problem=f"The tree of the log is damaged: {error}")
    hashes = SealedForm(log, index, sealed.hex(), proof=proof)
    if not known.is_whole:
        return replace(hashes, problem=_proved(sealed, index, proof))
    try:
        changes = tuple(_change_leaf(change) for change in known.changes)
        leaf = _event_leaf(known.event, log, changes)
    except NotHashable as error:
        return replace(hashes, problem=f"It cannot be hashed: {error}.")
    problem = _proved(sealed, index, proof)
    if leaf.hash != sealed.hex():
        problem = "What is stored is not what was sealed: its hash is another one."
    return replace(hashes, leaf=leaf, changes=changes, problem=problem)


def _proof(log: Log, tree: Tree, index: int) -> Proof:
    newest = Checkpoint.objects.filter(log=log, size__gt=index).order_by("-size").first()
    size = newest.size if newest else tree.size
    root = bytes(newest.root) if newest else tree.root()
    hashes = tuple(one.hex() for one in tree.inclusion(index, size))
    return Proof(size, root.hex(), hashes, newest)


def _proved(sealed: bytes, index: int, proof: Proof) -> str:
    """Return what is wrong with a proof, or nothing."""
    try:
        verify_inclusion(
            sealed,
            index,
            proof.size,
            [bytes.fromhex(one) for one in proof.hashes],
            bytes.fromhex(proof.root),
        )
    except ProofError as error:
        return f"The log does not lead to the root of its checkpoint: {error}"
    return ""


def _event_leaf(row: EventRow, log: Log, changes: tuple[Leaf, ...]) -> Leaf:
    root = root_of(bytes.fromhex(one.hash) for one in changes)
    text = event_leaf(row, log=log.identity, count=len(changes), root=root)
    private = "" if row.erased is not None else event_private(row).decode()
    return _leaf(text, row, private)


def _change_leaf(row: ChangeRow) -> Leaf:
    private = "" if row.erased is not None else change_private(row).decode()
    return _leaf(change_leaf(row), row, private)


def _leaf(text: bytes, row: EventRow | ChangeRow, private: str) -> Leaf:
    salt = row.salt.hex() if row.salt is not None and private else ""
    return Leaf(text.decode(), leaf_hash(text).hex(), salt, private)
