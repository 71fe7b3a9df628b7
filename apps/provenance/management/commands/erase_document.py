"""``manage.py erase_document``: erase one document with all that was read and quoted of it."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from apps.accounts.commands import actor_named, space_named
from apps.accounts.selectors import ADMINISTER
from apps.common.commands import ServedCommand
from apps.provenance.services.also_kept import counted_above
from apps.provenance.services.document_erasure import DocumentErasure, document_erase
from apps.provenance.services.erasing import ErasureRefused

EVERY = 5.0  # seconds
NAMES = {
    "passages": "passages",
    "candidates": "proposed facts",
    "waiting": "of them not decided",
    "evidence": "pieces of evidence",
    "answers": "answers that quote it",
    "facts_alone": "facts that rest on it alone",
    "facts_shared": "facts that something else supports too",
}


class Command(ServedCommand):
    help = (
        "Erase a document, in the rows and in the log. Without --yes it only says what that takes."
    )
    refusals = (ErasureRefused,)
    _doing, _said = "", 0.0

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--space", required=True, help="the short name of the space")
        parser.add_argument("--document", required=True, type=int, help="its number")
        parser.add_argument("--reason", required=True, help="why; the log keeps it")
        parser.add_argument("--user", help="the owner who erases it (default: the first owner)")
        parser.add_argument(
            "--retract", action="store_true", help="also take out the facts that only it supports"
        )
        parser.add_argument("--yes", action="store_true", help="erase it; this cannot be undone")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stderr.style_func = None  # progress is no error
        space = space_named(options["space"])
        actor = actor_named(space, options["user"], allowed=ADMINISTER, action="erase documents of")
        document = space.documents.filter(pk=options["document"]).defer("text").first()
        if document is None:
            raise CommandError(f"The space {space.slug!r} has no document {options['document']}.")
        if document.erased_at is not None:
            raise CommandError("This document is erased already.")
        whole = DocumentErasure(document)
        for name, number in whole.numbers().items():
            self.stdout.write(f"{number:>9,}  {NAMES[name]}")
        for things, number in counted_above(whole.gone()).items():
            self.stdout.write(f"{number:>9,}  {things}")
        if not options["yes"]:
            self.stdout.write("Nothing was erased. Repeat it with --yes to erase this document.")
            return
        erased = document_erase(
            document=document, actor=actor, reason=options["reason"], retract=options["retract"],
            tell=self._told,
        )  # fmt: skip
        self.stdout.write(
            f"Erased, with the private part of {erased.changes:,} row changes and "
            f"{erased.events:,} events; {len(erased.retracted):,} facts left the memory."
        )

    def _told(self, what: str, done: int, of: int) -> None:
        """Say on standard error how far it is, each time that something else is done and now and
        then in between."""
        now = time.monotonic()
        if what != self._doing or now > self._said + EVERY:
            self.stderr.write(f"{what}: {done:,} of {of:,} ..." if of else f"{what} ...")
            self._doing, self._said = what, now
