"""Calls for what people said of answers, proposed relations, sources and mapped imports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import NoneType
from typing import Any, Literal

from memweb_client import shapes
from memweb_client.place import Place
from memweb_client.values import Call, Listing, asked, said

Side = Literal["subject", "object"]


class Curating(Place):
    """What may come of an answer, of a source and of a file of another system."""

    def marks(self, *, limit: int | None = None) -> Listing[shapes.Mark]:
        """Return the list of the answers that people marked as wrong, the newest first."""
        return Listing(self._at("/marks"), shapes.Mark, asked(limit=limit))

    def mark(self, pk: int) -> Call[shapes.Mark]:
        return Call("GET", self._at(f"/marks/{pk:d}"), shapes.Mark)

    def answer_mark(
        self,
        question: int,
        *,
        expected: str | None = None,
        citation: int | None = None,
        beside: bool | None = None,
        since: date | None = None,
    ) -> Call[shapes.Mark]:
        """Return the call that says that an answer is wrong; ``expected`` becomes a candidate."""
        body = said(expected=expected, citation=citation, beside=beside, since=since)
        return Call("POST", self._at(f"/questions/{question:d}/marks"), shapes.Mark, body=body)

    def parts(self, question: int) -> Listing[shapes.Part]:
        """Return the list of the parts of how a question was read."""
        return Listing(self._at(f"/questions/{question:d}/parts"), shapes.Part)

    def answer_misread(
        self,
        question: int,
        corrections: Sequence[Mapping[str, Any]] = (),
        *,
        left_out: str | None = None,
    ) -> Call[shapes.Mark]:
        """Return the call that says how a question was meant; each correction has ``number`` and
        ``path`` of a part, and ``name``, or ``relation`` and ``known``."""
        body = said(corrections=[dict(one) for one in corrections], left_out=left_out)
        return Call("POST", self._at(f"/questions/{question:d}/misread"), shapes.Mark, body=body)

    def question_again(self, question: int) -> Call[shapes.Question]:
        """Return the call that asks a question of the memory as it is now; ``wait`` waits."""
        return self._question(f"/questions/{question:d}/again", None)

    def question_about(self, question: int, *, entity: int) -> Call[shapes.Question]:
        """Return the call that asks a question of one's own about another of the things that it
        could mean (``others`` of its answer's ``topic``); ``wait`` waits."""
        return self._question(f"/questions/{question:d}/about", {"entity": entity})

    def mark_meant(
        self,
        mark: int,
        *,
        entity: str,
        relation: int,
        known: Side,
        entity_id: int | None = None,
    ) -> Call[shapes.Question]:
        """Return the call that asks a marked question again, read as it was meant."""
        body = said(entity=entity, entity_id=entity_id, relation=relation, known=known)
        return self._question(f"/marks/{mark:d}/meant", body)

    def _question(self, rest: str, body: Any) -> Call[shapes.Question]:
        def look(one: shapes.Question) -> Call[shapes.Question]:
            return Call("GET", self._at(f"/questions/{one.id:d}"), shapes.Question)

        return Call("POST", self._at(rest), shapes.Question, body=body, then=look)

    def mark_propose(self, mark: int) -> Call[shapes.Mark]:
        """Return the call that proposes what a mark says is right."""
        return Call("POST", self._at(f"/marks/{mark:d}/propose"), shapes.Mark)

    def misreading_teach(self, pk: int) -> Call[shapes.Taught]:
        """Return the call that lets a relation learn how a misread question asked for it."""
        return Call("POST", self._at(f"/misreadings/{pk:d}/teach"), shapes.Taught)

    # Proposed relations

    def relation_proposals(self, *, limit: int | None = None) -> Listing[shapes.RelationProposal]:
        """Return the list of the relations that questions asked for."""
        return Listing(self._at("/relation-proposals"), shapes.RelationProposal, asked(limit=limit))

    def relation_proposal(self, pk: int) -> Call[shapes.RelationProposal]:
        at = self._at(f"/relation-proposals/{pk:d}")
        return Call("GET", at, shapes.RelationProposal)

    def _proposal(self, pk: int, how: str, body: Any) -> Call[shapes.RelationProposal]:
        at = self._at(f"/relation-proposals/{pk:d}/{how}")
        return Call("POST", at, shapes.RelationProposal, body=body)

    def relation_proposal_accept(
        self, pk: int, *, name: str, template: str, **more: Any
    ) -> Call[shapes.RelationProposal]:
        """Return the call that adds a proposed relation; ``more`` are further fields of it."""
        return self._proposal(pk, "accept", said(name=name, template=template, **more))

    def relation_proposal_use(self, pk: int, *, relation: int) -> Call[shapes.RelationProposal]:
        """Return the call that puts the fact to review with a relation that is there."""
        return self._proposal(pk, "use", {"relation": relation})

    def relation_proposal_decline(self, pk: int, *, reason: str) -> Call[shapes.RelationProposal]:
        return self._proposal(pk, "decline", {"reason": reason})

    # Sources

    def resting(self, source: str) -> Call[shapes.Resting]:
        """Return the dry run of a withdrawal: ``document:7``, ``import:7``, ``reviewer:7`` or
        ``head:NAME:VERSION``."""
        return Call("GET", self._at("/resting"), shapes.Resting, params={"source": source})

    def withdrawals(self, *, limit: int | None = None) -> Listing[shapes.Withdrawal]:
        return Listing(self._at("/withdrawals"), shapes.Withdrawal, asked(limit=limit))

    def withdrawal(self, pk: int) -> Call[shapes.Withdrawal]:
        return Call("GET", self._at(f"/withdrawals/{pk:d}"), shapes.Withdrawal)

    def source_withdraw(
        self, source: str, *, reason: str, seen_at: datetime
    ) -> Call[shapes.Withdrawn]:
        """Return the call that withdraws a source as its dry run (``seen_at``) showed it."""
        body = said(source=source, reason=reason, seen_at=seen_at)
        return Call("POST", self._at("/withdrawals"), shapes.Withdrawn, body=body)

    def withdrawal_undo(self, pk: int) -> Call[shapes.Withdrawn]:
        return Call("POST", self._at(f"/withdrawals/{pk:d}/undo"), shapes.Withdrawn)

    # Imports

    def import_read(self, content: bytes, *, filename: str) -> Call[shapes.Import]:
        """Return the call that reads a file of another system; nothing is in the space yet."""
        at = self._at("/imports")
        return Call("POST", at, shapes.Import, file=(filename, content))

    def import_shown(self, pk: int) -> Call[shapes.Import]:
        return Call("GET", self._at(f"/imports/{pk:d}"), shapes.Import)

    def import_columns(
        self, pk: int, columns: Mapping[str, int], *, one_relation: str | None = None
    ) -> Call[shapes.Import]:
        """Return the call that says which column of a table is what, by its place from 0."""
        body = said(**columns, one_relation=one_relation)
        return Call("POST", self._at(f"/imports/{pk:d}/columns"), shapes.Import, body=body)

    def import_commit(
        self, pk: int, relations: Mapping[str, int], *, texts: bool | None = None
    ) -> Call[shapes.Imported]:
        """Return the call that puts the facts of a file to review; ``relations`` has the number of
        the space's relation for each of the file's."""
        body = said(relations=dict(relations), texts=texts)
        return Call("POST", self._at(f"/imports/{pk:d}/commit"), shapes.Imported, body=body)

    def import_give_up(self, pk: int) -> Call[None]:
        return Call("DELETE", self._at(f"/imports/{pk:d}"), NoneType)
