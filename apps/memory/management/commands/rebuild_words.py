"""``manage.py rebuild_words``: make the words of names anew, by which misspelt ones are found."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Space
from apps.memory import services


class Command(BaseCommand):
    """Needed only where names came into the database past its triggers."""

    help = "Make the words of names and aliases anew, by which misspelt names are found."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--space", metavar="SLUG", help="only this space")

    def handle(self, *args: Any, space: str | None, **options: Any) -> None:
        """Raises CommandError for an unknown space."""
        spaces = Space.objects.filter(slug=space) if space else Space.objects.order_by("pk")
        if space and not spaces:
            raise CommandError(f"There is no space {space!r}.")
        for one in spaces:
            added, dropped = services.words_rebuild(space=one)
            self.stderr.write(f"{one.slug}: {added} words added, {dropped} dropped")
