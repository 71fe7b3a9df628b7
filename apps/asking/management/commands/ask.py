"""``manage.py ask``: one question, answered in this process, with its trace."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import CommandError

from apps.accounts.commands import actor_named, space_named
from apps.accounts.selectors import ASK
from apps.asking.models import Question
from apps.asking.selectors import answer_as_dict
from apps.asking.services import question_answer_here
from apps.asking.services.errors import AskingError
from apps.asking.terminal import answer_as_text
from apps.common.commands import ServedCommand
from worker.registry import UnknownBackend


class Command(ServedCommand):
    help = "Ask a question and print the answer with everything that it rests on."
    refusals = (AskingError, UnknownBackend)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("question", help="the question, in quotes")
        parser.add_argument("--space", required=True, help="the short name of the space")
        parser.add_argument("--user", help="who asks (default: the space's first owner)")
        parser.add_argument("--as-of", metavar="YYYY-MM-DD", help="ask what held on that day")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        space = space_named(options["space"])
        question = question_answer_here(
            space=space,
            actor=actor_named(space, options["user"], allowed=ASK, action="ask questions in"),
            text=options["question"],
            as_of=_day(options["as_of"]),
        )
        if question.state != Question.State.DONE:
            raise CommandError(f"The question could not be answered. {question.error}")
        found = answer_as_dict(question)
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(answer_as_text(found))


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--as-of takes a day such as 1998-05-31, not {text!r}.") from None
