"""Watching what a piece of work changes: which writing functions ran, and whether each change that
the database kept has an event in its transaction and log."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

from django.db import connection

from apps.accounts.models import Role, Space
from apps.audit.models import RowChange
from apps.sources.models import Document
from tests import factories

_ORPHANS = """
SELECT c.id, c."table", c.op FROM audit_rowchange c
WHERE c.id > %s AND NOT EXISTS (
    SELECT FROM audit_event e
    WHERE e.transaction = c.transaction AND e.space_id IS NOT DISTINCT FROM c.space
) ORDER BY c.id
"""


class World:
    """A space with its people. What is ``given`` is made past the product, and needs no event."""

    def __init__(self) -> None:
        self.alice, self.bob, self.carol = map(factories.make_user, ("alice", "bob", "carol"))
        self.space: Space = factories.make_space("atlas")
        factories.grant(self.space, self.alice, Role.OWNER, Role.REVIEWER)
        factories.grant(self.space, self.bob, Role.REVIEWER)
        factories.grant(self.space, self.carol, Role.ASKER)
        self._given: list[tuple[int, int]] = []
        self.ran: set[CodeType] = set()
        self._since = _newest()

    @contextlib.contextmanager
    def given(self) -> Iterator[None]:
        """Make rows past the product, as tests do."""
        before, profile = _newest(), sys.getprofile()
        sys.setprofile(None)
        try:
            yield
        finally:
            sys.setprofile(profile)
            self._given.append((before, _newest()))

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Note which functions run."""

        def note(frame: FrameType, event: str, argument: Any) -> None:
            if event == "call":
                self.ran.add(frame.f_code)

        sys.setprofile(note)
        try:
            yield
        finally:
            sys.setprofile(None)

    def orphans(self) -> list[str]:
        """Return the changes that no event tells of."""
        with connection.cursor() as cursor:
            cursor.execute(_ORPHANS, [self._since])
            rows = cursor.fetchall()
        return [
            f"{op} of {table}"
            for number, table, op in rows
            if not any(before < number <= after for before, after in self._given)
        ]

    def changes(self) -> int:
        """Return how many changes the database kept of what was done."""
        numbers = RowChange.objects.filter(pk__gt=self._since).values_list("pk", flat=True)
        return sum(
            not any(before < number <= after for before, after in self._given) for number in numbers
        )

    def document(self, text: str = factories.TEXT, **fields: Any) -> Document:
        with self.given():
            return factories.make_document(self.space, self.alice, text, **fields)

    def make(self, name: str, *given: Any, **fields: Any) -> Any:
        """Call a factory: ``make("triple", space, ...)``."""
        with self.given():
            return getattr(factories, f"make_{name}")(*given, **fields)


def code_of(name: str) -> CodeType:
    """Return the code of a function by its full name, past its decorators."""
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        with contextlib.suppress(ModuleNotFoundError):
            found: Any = importlib.import_module(".".join(parts[:length]))
            for part in parts[length:]:
                found = inspect.getattr_static(found, part)
            function: Callable[..., Any] = inspect.unwrap(found)
            return function.__code__
    raise LookupError(name)


def _newest() -> int:
    """Return the newest number of the sequence that events and changes share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM audit_event_id_seq")
        return int(cursor.fetchone()[0])
