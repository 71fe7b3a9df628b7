"""Packs of relations in a space: switching them on and off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.common.names import normalise_name
from apps.memory.models import Relation
from apps.memory.packs import Pack, key_of, pack_named
from apps.memory.services.relations import SYSTEM, pair_inverse
from worker.types import RelationSpec


@dataclass(frozen=True)
class PackSwitched:
    """What switching a pack on did: relations that came, that are back in use, and the names of
    those that the space has of its own, which stay in the place of the pack's."""

    added: tuple[Relation, ...] = ()
    restored: tuple[Relation, ...] = ()
    own: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return bool(self.added or self.restored)


def relations_load(*, space: Space, actor: User | None) -> int:
    """Give the space the standard relations that it lacks; returns how many came.

    Relations are known by their Wikidata property, then by name, so that one that an owner has
    renamed, changed or retired stays as it is.
    """
    with transaction.atomic():
        made = _add_missing(space, pack_named("standard")).added
        if made:
            record(
                space=space,
                action="relation.created",
                actor=actor,
                actor_label=SYSTEM,
                payload={"relations": _listed(made)},
            )
    return len(made)


def pack_switch_on(*, space: Space, actor: User | None, pack: Pack) -> PackSwitched:
    """Bring all relations of the pack into use: those that the space lacks are added, retired ones
    restored. One that the owner added under the same name stays, and none is made beside it."""
    with transaction.atomic():
        found = _add_missing(space, pack)
        back = [row for row in _rows(space, pack).values() if row.retired_at is not None]
        Relation.objects.filter(pk__in=[row.pk for row in back]).update(retired_at=None)
        switched = PackSwitched(found.added, tuple(back), found.own)
        if switched.changed:
            record(
                space=space,
                action="pack.switched_on",
                actor=actor,
                actor_label=SYSTEM if actor is None else "",
                payload={
                    "pack": pack.title,
                    "relations": _listed(switched.added),
                    "restored": _listed(switched.restored),
                    "own": list(switched.own),
                },
            )
    return switched


def pack_switch_off(*, space: Space, actor: User, pack: Pack) -> tuple[Relation, ...]:
    """Retire the relations of the pack that are in use: their facts stay, and nothing new is found
    for them. Returns those that it retired."""
    with transaction.atomic():
        _lock(space)
        used = tuple(row for row in _rows(space, pack).values() if row.retired_at is None)
        Relation.objects.filter(pk__in=[row.pk for row in used]).update(retired_at=timezone.now())
        if used:
            record(
                space=space,
                action="pack.switched_off",
                actor=actor,
                payload={"pack": pack.title, "relations": _listed(used)},
            )
    return used


def _lock(space: Space) -> None:
    Space.objects.select_for_update(no_key=True).get(pk=space.pk)


def _rows(space: Space, pack: Pack) -> dict[str, Relation]:
    """Return the space's relations that came with the pack, by key."""
    keys = set(map(key_of, pack.relations))
    rows = space.relations.defer("embedding").order_by("pk")
    return {row.key: row for row in rows if row.key in keys}


def _add_missing(space: Space, pack: Pack) -> PackSwitched:
    """Add the relations that the space has neither by key nor by name."""
    _lock(space)
    known = _rows(space, pack)
    names = set(space.relations.values_list("normalised", flat=True))
    added, own = [], []
    for item in pack.relations:
        if key_of(item) in known:
            continue
        if normalise_name(item["name"]) in names:
            own.append(item["name"])
            continue
        known[key_of(item)] = row = Relation.objects.create(space=space, **_columns(item))
        added.append(row)
    _pair_inverses(pack.relations, {row.pk for row in added}, known)
    return PackSwitched(added=tuple(added), own=tuple(own))


def _columns(item: Mapping[str, Any]) -> dict[str, Any]:
    columns = {name: value for name, value in item.items() if name != "inverse_property"}
    return columns if "wikidata_property" in item else columns | {"name_in_pack": item["name"]}


def _pair_inverses(
    items: Iterable[Mapping[str, Any]], new: set[int], known: Mapping[str, Relation]
) -> None:
    for item in items:
        row, inverse = known.get(key_of(item)), known.get(item.get("inverse_property") or "")
        if row is not None and row.pk in new and inverse is not None:
            pair_inverse(row, inverse)


def shipped_spec(item: Mapping[str, Any]) -> RelationSpec:
    """Return a relation of a pack as heads see it, without a row; its key is its id."""
    columns: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in _columns(item).items()
    }
    return RelationSpec(key_of(item), **columns)


def _listed(rows: Iterable[Relation]) -> list[dict[str, Any]]:
    return [{"id": row.pk, "name": row.name} for row in rows]
