"""``manage.py migrate``, as the role that owns the tables."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate

from memweb.serving.between import refuse_if_between
from memweb.serving.roles import as_owner


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate while nobody else does; grant the application's role what it needs of new
        tables. Raises EmbeddedError for a database that stands between migrations which are no
        longer there."""
        with as_owner(alone=True):
            refuse_if_between()
            super().handle(*args, **options)
