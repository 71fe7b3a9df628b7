"""Answers of a language model without the memory, with which those from the memory are compared.

What it says is free text. It is right where a right name stands in it, it abstains where it says
that it does not know, and every claim in it is uncited: it rests on no fact that somebody approved.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.conf import settings

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.evaluation.measuring import scoring
from apps.evaluation.measuring.scratch_memory import Names
from apps.evaluation.measuring.stated import stated
from apps.evaluation.models import Case
from apps.evaluation.services.answering.from_memory import right_answers
from apps.evaluation.services.answering.given import Given, made_of
from apps.evaluation.services.answering.passages import Passages
from apps.evaluation.services.answering.trying import tried
from apps.sources.models import Document, Passage
from worker import registry
from worker.english.abstaining import abstains
from worker.setups import HeadSetup
from worker.types import TextAnswer

NEAREST: Final = 4  # passages that are read for a question
_CLAIM = re.compile(r"[^.;!?]*\w[^.;!?]*")


class ClosedBook:
    """The mode ``closed-book``: the model answers from what it was trained on."""

    def __init__(self, space: Space, setup: HeadSetup, known_at: datetime) -> None:
        """Raises UnknownBackend and CannotLoad."""
        registry.keep_at_most(settings.HEADS_MB * 2**20)
        self._head = registry.text_head(setup)
        self.made_of: dict[str, Any] = made_of(self._head, registry.hashes_of(self._head))

    def answer(self, case: Case) -> Given:
        """Ask the model. Raises NotReadyYet where what it reads is not ready."""
        texts, passages = self._texts(case)
        one = tried(
            "The language model", case.text, lambda: self._head.answer_from(asked(case), texts)
        )
        if one.value is None:
            return Given(seconds=one.seconds, refused=one.refused)
        return given_in(case, one.value, one.seconds, passages)

    def _texts(self, case: Case) -> tuple[Sequence[str], Sequence[Passage]]:
        """Return what the model is given to read, and the passages that this is."""
        return (), ()


class Retrieval(ClosedBook):
    """The mode ``retrieval``: the passages nearest to the question are put before the model."""

    def __init__(self, space: Space, setup: HeadSetup, known_at: datetime) -> None:
        """Raises UnknownBackend and CannotLoad."""
        super().__init__(space, setup, known_at)
        self._passages = Passages(space, known_at, registry.embedder(settings.EMBEDDER))

    def _texts(self, case: Case) -> tuple[Sequence[str], Sequence[Passage]]:
        found = self._passages.nearest(asked(case), NEAREST)
        return [one.text for one in found], found


class WholeDocument(Retrieval):
    """The mode ``document``: a whole document is put before the model, as far as it fits. It is
    one that the case was made from, or the one with the passage nearest to the question."""

    def _texts(self, case: Case) -> tuple[Sequence[str], Sequence[Passage]]:
        own = case.rests_on.get("documents", ())
        rows = Document.objects.filter(erased_at=None).order_by("pk")
        document = rows.filter(pk__in=own, space=case.version.benchmark.space_id).first()
        if document is None:
            found = self._passages.nearest(asked(case), 1)
            document = rows.filter(pk=found[0].document_id).first() if found else None
        if document is None:
            return (), ()
        return [document.text], list(document.passages.order_by("index").only("pk")[:1])


def asked(case: Case) -> str:
    """Return the question as a model without memory is asked it: after those before it, and with
    the day that it is about."""
    day = case.given.get("as_of")
    text = " ".join([*case.given.get("turns", ()), case.text])
    return f"{text} (on {day})" if day else text


def given_in(
    case: Case, answer: TextAnswer, seconds: float, passages: Sequence[Passage] = ()
) -> Given:
    """Return what a free text answers: the right names that stand in it or, where none does, the
    text itself."""
    abstained = abstains(answer.text)
    right = right_answers(case)
    named = [] if abstained else _named(answer.text, right)
    answers = named or [frozenset({normalise_name(answer.text)})]
    return Given(
        text=answer.text,
        answers=() if abstained else tuple(answers),
        abstained=abstained,
        claims=0 if abstained else max(1, len(_CLAIM.findall(answer.text))),
        score=answer.score,
        seconds=seconds,
        passages=tuple(one.pk for one in passages),
    )


def _named(text: str, right: Sequence[Names]) -> list[Names]:
    """Return the right answers that stand in a text, by name or, of a single one, by value."""
    named = [names for names in right if scoring.named(names, text)]
    if named or len(right) != 1:
        return named
    values = stated(text if text.endswith((".", "!")) else f"{text}.")
    return [same for value in values if (same := value.among(right[0]))]
