"""``manage.py reembed``: give every name a vector of the current EMBEDDER."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Space
from apps.memory import services
from memweb.serving.roles import as_owner
from worker import registry


class Command(BaseCommand):
    """Embeds what has no vector of the current embedder; stopped, it goes on where it was."""

    help = (
        "Embed every entity and relation that has no vector of the current EMBEDDER. "
        "Stopped, it goes on where it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--space", metavar="SLUG", help="only this space")
        parser.add_argument(
            "--batch", type=int, default=256, help="names between two lines of progress"
        )

    def handle(self, *args: Any, space: str | None, batch: int, **options: Any) -> None:
        """Raises CommandError for an unknown space or embedder."""
        if batch < 1:
            raise CommandError("--batch must be at least 1.")
        only = Space.objects.filter(slug=space).first() if space else None
        if space and only is None:
            raise CommandError(f"There is no space {space!r}.")
        try:
            embedder = registry.embedder(settings.EMBEDDER)
        except registry.UnknownBackend as error:
            raise CommandError(str(error)) from error
        dimension = services.column_dimension()
        if dimension != embedder.dimension:
            if only is not None:
                raise CommandError(
                    f"{embedder.name} makes vectors of {embedder.dimension} numbers, the database "
                    f"holds {dimension}: this changes every space, so run it without --space."
                )
            self.stderr.write(f"changing the vectors from {dimension} to {embedder.dimension}")
            with as_owner():
                services.dimension_change(dimension=embedder.dimension)
        total = services.pending(embedder=embedder, space=only)
        done = 0
        while count := services.embed_pending(embedder=embedder, limit=batch, space=only):
            done += count
            self.stderr.write(f"{done} of {max(total, done)} embedded with {embedder.name}")
        self.stderr.write(f"every name has a vector of {embedder.name}")
