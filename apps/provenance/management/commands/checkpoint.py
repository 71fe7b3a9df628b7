"""``manage.py checkpoint``: sign how a log stands now, and print it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from apps.accounts.commands import space_named
from apps.common.commands import ServedCommand
from apps.provenance.keys import KeyFileError
from apps.provenance.services.checkpoints import LogContradicted, checkpoint_now
from apps.provenance.services.sequencer import log_of


class Command(ServedCommand):
    help = "Seal what was recorded, sign a checkpoint of a log, and print it."
    refusals = (KeyFileError, LogContradicted)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--space", help="the short name of the space (default: the site's own log)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        space = space_named(options["space"]) if options["space"] else None
        made = checkpoint_now(log_of(space))
        if made is None:
            self.stderr.write("Nothing is recorded in this log yet.")
            return
        self.stdout.write(made.note, ending="")
