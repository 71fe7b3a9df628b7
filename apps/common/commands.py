"""The base of the commands that work on the memory from a terminal."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, OperationalError, ProgrammingError

from memweb.embedded import EmbeddedError
from memweb.serving import servers

NOT_SET_UP = "The database is not set up yet: run `manage.py migrate` or `make run` once."


class ServedCommand(BaseCommand):
    """A command that starts the embedded servers when they do not run, and answers every error
    that a user can meet with one sentence on stderr and exit status 1.

    ``refusals`` names the product's own exceptions; the text of each is that sentence.
    """

    requires_system_checks: list[str] = []
    refusals: ClassVar[tuple[type[Exception], ...]] = ()

    def needs_servers(self, options: dict[str, Any]) -> bool:
        """Tell whether the command works on the database with these options."""
        return True

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command. Raises CommandError."""
        refused: tuple[type[Exception], ...] = (EmbeddedError, *self.refusals)
        try:
            if self.needs_servers(options):
                servers.start()
            return super().execute(*args, **options)
        except refused as error:
            raise CommandError(_sentence(error)) from error
        except OperationalError as error:
            raise CommandError(f"The database cannot be used: {_sentence(error)}") from error
        except ProgrammingError as error:
            raise CommandError(_missing_tables(error)) from error


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split())


def _missing_tables(error: DatabaseError) -> str:
    missing = getattr(error.__cause__, "sqlstate", "") in ("42P01", "42703")
    if missing:
        return NOT_SET_UP
    raise error
