"""An edit: from a question and its new answer to a fact of the memory."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.db import transaction

from apps.accounts.models import Space, User
from apps.common.names import normalise_name
from apps.evaluation.editing.cases import EditCase
from apps.memory.controller import (
    ConflictError,
    EntityInput,
    MemoryController,
    MemoryRefusal,
    TripleInput,
)
from apps.memory.models import Relation
from apps.memory.services import RelationInput, relation_create, relation_learn
from worker.interfaces import Memory, ReadHead
from worker.types import EntityRef, MemoryQuery, QuestionContext, ReadResult, RelationSpec, Side

LONGEST_WORDING = 300
_NOBODY = "0"  # an id that no row has


@dataclass(frozen=True)
class Edited:
    """What became of an edit: the relation that it was read as, and the side of its subject.

    ``how``: ``schema`` for a relation that was there, ``new`` for one that came with the edit,
    ``superseded`` where it took the place of another fact, ``refused`` where there is no fact;
    ``refusal`` says why.
    """

    how: Literal["schema", "new", "superseded", "refused"]
    relation: Relation | None = None
    known: Side = "subject"
    refusal: str = ""


class Editor:
    """Makes edits in a throw-away space: what the memory holds once a reviewer accepted them."""

    def __init__(self, space: Space, head: ReadHead) -> None:
        self.space, self.head = space, head
        self.memory = MemoryController(space)
        self.actor = User.objects.create(username=f"editor-{uuid.uuid4().hex[:12]}")

    def edit(self, case: EditCase) -> Edited:
        """Write the fact that answers the case's question with its new answer.

        The relation, and the side of the subject, are those of the first read that the head makes
        for the question. Where it makes none, the question itself, with a blank in the place of
        the subject, becomes a relation. Either learns the question as a wording, as it does when
        a reviewer accepts a correction.
        """
        try:
            with transaction.atomic():
                meant = reading_of(self.head, self.memory, case.question, case.subject)
                if meant is None:
                    relation = self._question_as_relation(case)
                    self._write(case, relation, "subject")
                    return Edited("new", relation)
                relation = Relation.objects.defer("embedding").get(pk=int(meant.relation_id))
                superseded = self._write(case, relation, meant.known)
                if wording := _wording(case, "{" + meant.known + "}"):
                    relation_learn(relation=relation, actor=self.actor, wording=wording)
                return Edited("superseded" if superseded else "schema", relation, meant.known)
        except MemoryRefusal as refusal:
            return Edited("refused", refusal=str(refusal))

    def _question_as_relation(self, case: EditCase) -> Relation:
        wording = _wording(case, "{subject}")
        name = (wording or case.question).replace("{subject}", "this")[:120].rstrip(" ?.!")
        same = self.space.relations.filter(normalised=normalise_name(name))
        found = same.defer("embedding").first()
        return found or relation_create(
            space=self.space,
            actor=self.actor,
            given=RelationInput(name=name, questions=(wording,) if wording else ()),
        )

    def _write(self, case: EditCase, relation: Relation, known: Side) -> bool:
        """Write the fact; returns whether another one had to go for it."""
        given, answer = EntityInput(case.subject), EntityInput(case.answer)
        if known == "object":
            given, answer = answer, given
        triple = TripleInput(given, relation, answer)
        try:
            self.memory.write(triple, actor=self.actor)
        except ConflictError as conflict:
            old, *others = conflict.conflicts
            self.memory.supersede(old, triple, actor=self.actor, despite_conflicts=bool(others))
            return True
        return False


@dataclass(frozen=True)
class Meant:
    """The relation that a question asks for, and the side on which its subject stands."""

    relation_id: str
    known: Side


def reading_of(head: ReadHead, memory: Memory, question: str, subject: str) -> Meant | None:
    """Return what a head would read first, if the memory knew the subject; None for nothing.

    Works with every head: it is asked over a memory that has nothing but this name. What it only
    looks for to understand the question (whether the name is that of an office) is no read.
    """
    answer = head.answer(question, _NothingBut(memory, subject), QuestionContext())
    query = next((one.result.query for one in answer.reads), None)
    if query is None or query.relation_id is None:
        return None
    return Meant(query.relation_id, "subject" if query.subject is not None else "object")


class _NothingBut:
    """A memory with the relations of another one, one name and no fact."""

    def __init__(self, memory: Memory, name: str) -> None:
        self._memory, self._name = memory, name

    def find_entities(self, text: str) -> list[tuple[int, int, EntityRef]]:
        start, end = place_of(self._name, text)
        return [(start, end, EntityRef(_NOBODY, self._name))] if end else []

    def relations(self) -> Sequence[RelationSpec]:
        return self._memory.relations()

    def read(self, query: MemoryQuery) -> ReadResult:
        return ReadResult(query, (), ())


def _wording(case: EditCase, placeholder: str) -> str:
    """Return the question with a placeholder for its subject; empty where it has none."""
    text = " ".join(case.question.split())
    start, end = place_of(case.subject, text)
    wording = text[:start] + placeholder + text[end:]
    plain = end and not set("{}") & set(text) and len(wording) <= LONGEST_WORDING
    return wording if plain else ""


def place_of(name: str, text: str) -> tuple[int, int]:
    """Return where a name stands in a text, whatever its case; (0, 0) where it does not."""
    found = re.search(re.escape(name), text, re.IGNORECASE)
    return found.span() if found else (0, 0)
