"""Edits tried on the space's own memory, and what questions come to before and after. Each is made
in a transaction that is taken back, so that nothing of it stays and nobody else sees it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db import OperationalError, connection, transaction

from apps.accounts.models import Space
from apps.evaluation.editing.before_and_after import Outcome as Said
from apps.evaluation.editing.before_and_after import outcome_of
from apps.evaluation.editing.cases import TEXTS, EditCase, case_of
from apps.evaluation.editing.editor import Edited, Editor
from apps.evaluation.models import Case, Result, Run
from apps.evaluation.services.answering.diagnosis import Found, diagnosed, refused
from apps.evaluation.services.answering.from_memory import MemoryAsker
from apps.evaluation.services.answering.given import Given, NotReadyYet, made_of
from apps.evaluation.services.answering.judging import result_of
from apps.evaluation.services.answering.trying import tried
from worker import registry
from worker.setups import HeadSetup

# PostgreSQL's lock_not_available, and deadlock_detected: two that wait for each other.
LOCKED: Final = ("55P03", "40P01")
MOST_WAITING: Final = "2s"  # for somebody who is changing the same fact
NUMBERS: Final = ("taken", "alone", "rephrased", "left")
COLUMNS: Final = ("Asked", "Answered", "As it should be")
Outcome = Result.Outcome


class EditsTried:
    """The mode ``memory`` for edits."""

    def __init__(self, space: Space, setup: HeadSetup, known_at: datetime) -> None:
        """Raises UnknownBackend and CannotLoad."""
        self._space, self._setup = space, setup
        head = MemoryAsker(space, setup, None).head
        self.made_of: dict[str, Any] = made_of(head, registry.hashes_of(head))

    def answer(self, case: Case) -> Given:
        """Ask the unrelated question, make the edit, ask all three questions, and take it back."""
        edit = edit_of(case)
        before, took = self._asked(edit.unrelated)
        try:
            with transaction.atomic():
                given = self._with_edit(edit, before, took)
                transaction.set_rollback(True)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") not in LOCKED:
                raise
            raise NotReadyYet from error  # a person is changing this; the next slice tries again
        return given

    def _with_edit(self, edit: EditCase, before: Said, took: float) -> Given:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [MOST_WAITING])
        asker = MemoryAsker(self._space, self._setup, None)
        made = tried(
            "The read head", edit.question, lambda: Editor(self._space, asker.head).edit(edit)
        )
        if made.value is None or made.value.how == "refused":
            why = made.refused or (made.value.refusal if made.value else "")
            return Given(seconds=took + made.seconds, refused=f"The edit was refused: {why}")
        asked = [self._asked(text) for text in (edit.question, edit.rephrasing, edit.unrelated)]
        seconds = took + made.seconds + sum(one for _, one in asked)
        question, rephrasing, after = (said for said, _ in asked)
        return _given(edit, made.value, (question, rephrasing, before, after), seconds)

    def _asked(self, text: str) -> tuple[Said, float]:
        """Return what a question comes to now, and how long it took."""
        reply = MemoryAsker(self._space, self._setup, None).ask(text)
        return outcome_of(self._space, reply), reply.seconds


def edit_of(case: Case) -> EditCase:
    """Return a case as an edit."""
    texts = {"src": case.text, "alt": case.expected[0][0], "answers": []}
    return case_of(case.number, {**dict.fromkeys(TEXTS, ""), **case.given, **texts})


def _given(
    edit: EditCase, edited: Edited, said: tuple[Said, Said, Said, Said], seconds: float
) -> Given:
    question, rephrasing, before, after = said
    taken, rephrased, left = (
        question.gives(edit.answer), rephrasing.gives(edit.answer), before.same(after),
    )  # fmt: skip
    rows = [
        (edit.question, question.text, taken),
        (edit.rephrasing, rephrasing.text, rephrased),
        (f"{edit.unrelated} (before the edit)", before.text, None),
        (edit.unrelated, after.text, left),
    ]
    relation = edited.relation.name if edited.relation else ""
    return Given(
        text=question.text,
        answers=tuple(question.given),
        abstained=question.abstained,
        seconds=seconds,
        kept={
            "taken": int(taken),
            "alone": int(taken and len(question.given) == 1),
            "rephrased": int(rephrased),
            "left": int(left),
            "relation": relation,
            "table": {"columns": COLUMNS, "rows": [[a, b or "–", _MARKS[c]] for a, b, c in rows]},
        },
    )


_MARKS: Final = {True: "yes", False: "no", None: ""}


def judge_edit(run: Run, case: Case, given: Given) -> Result:
    """Compare what the questions came to with what the edit says: right where the question and its
    rephrasing have the new answer and the unrelated question has the one that it had."""
    taken, rephrased, left = (given.kept.get(name, 0) for name in ("taken", "rephrased", "left"))
    outcome = Outcome.PARTLY
    if given.refused:
        outcome = Outcome.REFUSED
    elif taken and rephrased and left:
        outcome = Outcome.RIGHT
    elif not taken:
        outcome = Outcome.ABSTAINED if given.abstained else Outcome.WRONG
    part = 0.0 if given.refused else (taken + rephrased + left) / 3
    result = result_of(run, case, given, outcome, part, gold=1, gold_cited=taken, supporting=0)
    return diagnosed(result, _diagnose(given))


def _diagnose(given: Given) -> Found:
    """Return why an edit went wrong; nothing of one that did not."""
    if given.refused:
        return refused(given)
    relation = given.kept["relation"]
    if not given.kept["taken"]:
        return Found(
            "misread", f"The edit was written as “{relation}”, and its question read otherwise."
        )
    if not given.kept["rephrased"]:
        return Found("misread", f"The rephrasing was not read as “{relation}”.")
    if not given.kept["left"]:
        return Found("wrong-fact", "The edit changed what the unrelated question is answered with.")
    return Found()
