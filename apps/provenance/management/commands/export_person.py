"""``manage.py export_person``: a copy of what is kept of one person."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from apps.accounts.commands import person_named
from apps.common.commands import ServedCommand
from apps.provenance.services.person_data import person_export


class Command(ServedCommand):
    help = "Write what memweb keeps of a person to a zip of one JSON file."
    refusals = (OSError,)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--out", required=True, type=Path, help="the file to write")

    def handle(self, *args: Any, **options: Any) -> None:
        person, out = person_named(options["username"]), options["out"]
        if out.exists():
            raise CommandError(f"{out} is there already; name another file.")
        part = out.with_name(out.name + ".part")
        try:
            # Nobody else may read it, and a copy that broke off is none.
            made = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(made, "wb") as file:
                person_export(person=person, actor=None, actor_label="command line", out=file)
            part.rename(out)
        except FileExistsError:
            raise CommandError(f"{part} is there already; remove it first.") from None
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        self.stdout.write(f"Wrote {out}, {out.stat().st_size:,} bytes.")
