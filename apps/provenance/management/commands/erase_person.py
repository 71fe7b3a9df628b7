"""``manage.py erase_person``: erase the data of one person."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from apps.accounts.commands import person_named
from apps.common.commands import ServedCommand
from apps.provenance.services.also_kept import counted_above
from apps.provenance.services.erasing import ErasureRefused
from apps.provenance.services.person_erasure import PersonErasure, person_erase

NAMES = {
    "spaces": "spaces that the person leaves",
    "sessions": "sessions that end",
    "questions": "questions, with their answers, that go",
    "questions_kept": "questions that their spaces keep",
    "events": "events that lose their words",
    "documents": "documents that the person added; they stay",
    "decisions": "decisions; they stay",
}


class Command(ServedCommand):
    help = "Erase the data of a person. Without --yes it only says what that takes."
    refusals = (ErasureRefused,)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--reason", required=True, help="why; the log keeps it")
        parser.add_argument("--yes", action="store_true", help="erase; this cannot be undone")

    def handle(self, *args: Any, **options: Any) -> None:
        person = person_named(options["username"])
        whole = PersonErasure(person)
        for name, number in whole.numbers().items():
            self.stdout.write(f"{number:>9,}  {NAMES[name]}")
        for things, number in counted_above(whole.gone()).items():
            self.stdout.write(f"{number:>9,}  {things}")
        if not options["yes"]:
            self.stdout.write("Nothing was erased. Repeat it with --yes to erase these data.")
            return
        changes, events = person_erase(
            person=person, reason=options["reason"], actor=None, actor_label="command line"
        )
        self.stdout.write(
            f"Erased, with the private part of {changes:,} row changes and {events:,} events. "
            f"The account is now {whole.label!r}."
        )
