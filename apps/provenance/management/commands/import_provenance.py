"""``manage.py import_provenance``: the bundle of a whole space into an empty space."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_slug

from apps.accounts.models import User
from apps.common.commands import ServedCommand
from apps.provenance.notes import NoteError, parse_verify_key
from apps.provenance.services.imports import ImportRefused, space_import


class Command(ServedCommand):
    help = "Import the bundle of a whole space into a space that is empty or not there yet."
    refusals = (ImportRefused,)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.zip")
        parser.add_argument("--space", required=True, help="the short name of the space to fill")
        parser.add_argument("--owner", required=True, help="the user who owns the space then")
        parser.add_argument(
            "--key", action="append", default=[], metavar="VKEY",
            help="trust this public key alone, and none that the bundle brings",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["space"]
        try:
            validate_slug(slug)
        except ValidationError:
            raise CommandError(
                f"{slug!r} is no short name: letters, digits, - and _ alone."
            ) from None
        owner = User.objects.filter(username__iexact=options["owner"], is_active=True).first()
        if owner is None:
            raise CommandError(f"There is no user {options['owner']!r}.")
        for key in options["key"]:
            try:
                parse_verify_key(key)
            except NoteError as error:
                raise CommandError(str(error)) from None
        done = space_import(path=options["file"], slug=slug, owner=owner, keys=options["key"])
        if options["json"]:
            found = {"space": slug, "origin": done.origin.name, "key": done.origin.key,
                     "facts": done.facts, "events": done.events, "rows": done.rows}  # fmt: skip
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
            return
        self.stdout.write(
            f"Imported {done.facts:,} facts and {done.events:,} events of {done.origin.name} into "
            f"the space {slug!r}, signed by {done.origin.key}."
        )
        if not done.origin.key_given:
            self.stdout.write("The key came with the bundle: compare it with the origin's.")
