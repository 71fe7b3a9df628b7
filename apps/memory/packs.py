"""The relations that the product ships, in packs: what each is and what it holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).resolve().parent / "data"
STANDARD = _DATA / "relations.json"
PACKS = _DATA / "packs.json"


class UnknownPack(LookupError):
    """There is no pack of this name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        near = get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        super().__init__(f"There is no pack {name!r}. {hint}There are: {', '.join(known)}.")


@dataclass(frozen=True)
class Pack:
    """Relations that are switched on and off together, as their file has them."""

    name: str
    title: str
    description: str
    relations: tuple[Mapping[str, Any], ...]

    @property
    def examples(self) -> list[str]:
        """The names of its first relations."""
        return [item["name"] for item in self.relations[:4]]


def key_of(item: Mapping[str, Any]) -> str:
    """Return by what a shipped relation is known, whatever an owner calls it."""
    return str(item.get("wikidata_property") or item["name"])


@cache
def packs() -> tuple[Pack, ...]:
    """Return the packs, the standard one first."""
    standard = Pack(
        "standard",
        "Standard",
        "Every space starts with it: people, places, organisations, works and events, as "
        "an encyclopaedia tells of them.",
        tuple(json.loads(STANDARD.read_text(encoding="utf-8"))),
    )
    rows = json.loads(PACKS.read_text(encoding="utf-8"))
    return (standard, *(Pack(**row | {"relations": tuple(row["relations"])}) for row in rows))


def extra_packs() -> tuple[Pack, ...]:
    """Return the packs that a space does not start with."""
    return packs()[1:]


def pack_named(name: str) -> Pack:
    """Return the pack of that name. Raises UnknownPack."""
    by_name = {pack.name: pack for pack in packs()}
    if name not in by_name:
        raise UnknownPack(name, tuple(by_name))
    return by_name[name]
