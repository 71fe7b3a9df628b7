"""Which state of a row a form was filled in on, and what others changed since.

The page of such a form holds ``version_of`` the row; the service calls ``check_version`` with it
once it holds the row's lock. A program that sends no version is not held up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Max

from apps.audit.models import Event

FIELD = "version"  # of the form


@dataclass(frozen=True)
class Change:
    """A field that somebody changed, as the event tells of it."""

    field: str
    before: Any
    after: Any
    by: str
    at: datetime


class ChangedMeanwhile(Exception):
    """Somebody changed this while you were writing. Nothing of yours was saved."""

    def __init__(self, changes: tuple[Change, ...]) -> None:
        self.changes = changes
        super().__init__(self.__doc__)

    def merged(self, mine: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was written, with what others changed where the writer had left it."""
        first: dict[str, Change] = {}
        last: dict[str, Change] = {}
        for change in self.changes:
            first.setdefault(change.field, change)
            last[change.field] = change
        left = [name for name, one in first.items() if _plain(mine.get(name)) == one.before]
        return dict(mine) | {name: last[name].after for name in left if name in mine}

    def shown(self, mine: Mapping[str, Any], labels: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return the changes as a page lists them; ``kept``: the writer says otherwise."""
        merged = self.merged(mine)
        return [
            {
                "label": labels.get(one.field) or one.field.replace("_", " "),
                "before": _in_words(one.before),
                "after": _in_words(one.after),
                "by": one.by,
                "at": one.at,
                "kept": one.field in mine and _plain(merged[one.field]) != one.after,
            }
            for one in self.changes
        ]


def version_of(row: models.Model, shown: Mapping[str, Any]) -> str:
    """Return what a form says of the state that it was filled in on: the newest event about the
    row, and a digest of the values that it shows."""
    newest = _about(row).aggregate(newest=Max("pk"))["newest"]
    return f"{newest or 0}-{_digest(shown)}"


def check_version(row: models.Model, shown: Mapping[str, Any], version: str | None) -> None:
    """Raise ChangedMeanwhile if a form of that version shows other values than the row has now.

    The values decide, and not the events: what changes without an event counts too.
    """
    if version is None:
        return
    seen, _, digest = version.partition("-")
    if digest == _digest(shown):
        return
    known = seen.isdecimal() and len(seen) < 19
    raise ChangedMeanwhile(tuple(_changes(row, int(seen))) if known else ())


def _about(row: models.Model) -> models.QuerySet[Event]:
    return Event.objects.filter(subject_type=row._meta.label_lower, subject_id=row.pk)


def _changes(row: models.Model, seen: int) -> Iterator[Change]:
    for event in _about(row).filter(pk__gt=seen).order_by("pk"):
        for name, (before, after) in _fields(event.payload):
            yield Change(name, before, after, event.by, event.created_at)


def _fields(payload: dict[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Yield what an event says that changed, in either of the two forms that there are."""
    for name, pair in (payload.get("changed") or {}).items():
        yield name, (pair[0], pair[1])
    before, after = payload.get("before"), payload.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        for name in after:
            if before.get(name) != after[name]:
                yield name, (before.get(name), after[name])


def _digest(shown: Mapping[str, Any]) -> str:
    values = json.dumps({name: _plain(value) for name, value in shown.items()}, sort_keys=True)
    return hashlib.sha256(values.encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """Return a value as events and digests hold it."""
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return value.pk if isinstance(value, models.Model) else value


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)
