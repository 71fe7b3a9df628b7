"""What apps above this one keep of documents, people and questions: they say here how it is erased
with them, in the same transaction, and what of it a person's copy of their own data holds.

>>> also_erase(Keeper("benchmark cases", count=cases_resting, erase=cases_erase))
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from django.db import connection

from apps.accounts.models import User

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Gone:
    """What is erased, by number, of which ``spaces``, and by whom; ``what`` is "document 12"."""

    what: str
    spaces: Collection[int]
    documents: Collection[int] = ()
    people: Collection[int] = ()
    questions: Collection[int] = ()
    actor: User | None = None
    actor_label: str = ""


@dataclass(frozen=True)
class Keeper:
    """Something of an app above that can rest on what is erased; ``things`` is what people call
    it. ``erase`` runs in the transaction of the erasure and records its own events."""

    things: str
    count: Callable[[Gone], int]
    erase: Callable[[Gone], None]


@dataclass(frozen=True)
class Section:
    """A list in a person's copy of their data: its ``name``, what it ``holds``, and its rows."""

    name: str
    holds: str
    rows: Callable[[User], Iterable[Row]]


_KEEPERS: Final[dict[str, Keeper]] = {}
_SECTIONS: Final[dict[str, Section]] = {}


def also_erase(keeper: Keeper) -> None:
    """Let ``keeper`` be asked at every erasure from now on."""
    _KEEPERS[keeper.things] = keeper


def also_export(section: Section) -> None:
    """Let a person's copy of their data hold ``section`` from now on."""
    _SECTIONS[section.name] = section


def erase_above(gone: Gone) -> None:
    """Erase what apps above keep of what is erased. Call it in the transaction that does that."""
    if not connection.in_atomic_block:
        raise RuntimeError("what rests on what is erased is erased in one transaction")
    for keeper in _KEEPERS.values():
        keeper.erase(gone)


def counted_above(gone: Gone) -> dict[str, int]:
    """Return how much of each kind of thing an erasure would take with it, where it takes any."""
    counts = {things: keeper.count(gone) for things, keeper in _KEEPERS.items()}
    return {things: count for things, count in counts.items() if count}


def sections_above() -> Iterator[Section]:
    """Yield the lists that apps above add to a person's copy of their data."""
    yield from _SECTIONS.values()
