"""Every call that the client knows, as a value for ``Client`` and ``AsyncClient``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import quote

from memweb_client import shapes
from memweb_client.curating import Curating
from memweb_client.evaluating import Evaluating
from memweb_client.setting_up import SettingUp
from memweb_client.values import AnswerStream, Call, Download, Listing, asked, said

EntityType = Literal["PER", "ORG", "LOC", "TIME", "NUM", "MISC"]


def me() -> Call[shapes.Me]:
    """Return the call that says whose token it is, and what it opens."""
    return Call("GET", "/me", shapes.Me)


def spaces() -> Listing[shapes.Space]:
    """Return the list of the spaces that the token opens."""
    return Listing("/spaces", shapes.Space)


@dataclass(frozen=True)
class InSpace(Curating, Evaluating, SettingUp):
    """The calls in one space.

    Dates count by day; a ``datetime`` needs a time zone. ``limit`` is how many items a page of a
    list has, not how many come in all.
    """

    def space(self) -> Call[shapes.Space]:
        return Call("GET", self._at(""), shapes.Space)

    def figures(self) -> Call[shapes.Figures]:
        """Return the call for how much there is, and how much waits for people."""
        return Call("GET", self._at("/figures"), shapes.Figures)

    # Documents and extractions

    def documents(
        self,
        *,
        q: str | None = None,
        state: str | None = None,
        format: str | None = None,
        limit: int | None = None,
    ) -> Listing[shapes.Document]:
        params = asked(q=q, state=state, format=format, limit=limit)
        return Listing(self._at("/documents"), shapes.Document, params)

    def document(self, pk: int) -> Call[shapes.Document]:
        return Call("GET", self._at(f"/documents/{pk:d}"), shapes.Document)

    def document_upload(
        self, content: bytes, *, filename: str, title: str | None = None
    ) -> Call[shapes.Document]:
        """Return the call that adds a file. One of the same content is added once."""
        return Call(
            "POST",
            self._at("/documents"),
            shapes.Document,
            data=asked(title=title),
            file=(filename, content),
        )

    def document_write(self, text: str, *, title: str | None = None) -> Call[shapes.Document]:
        """Return the call that adds a text."""
        body = said(text=text, title=title)
        return Call("POST", self._at("/documents"), shapes.Document, body=body)

    def passages(self, document: int, *, limit: int | None = None) -> Listing[shapes.Passage]:
        at = self._at(f"/documents/{document:d}/passages")
        return Listing(at, shapes.Passage, asked(limit=limit))

    def extractions(self, document: int) -> Listing[shapes.Extraction]:
        """Return the list of a document's extractions, the newest first."""
        return Listing(self._at(f"/documents/{document:d}/extractions"), shapes.Extraction)

    def extraction(self, pk: int) -> Call[shapes.Extraction]:
        return Call("GET", self._at(f"/extractions/{pk:d}"), shapes.Extraction)

    def extraction_start(self, document: int) -> Call[shapes.Extraction]:
        """Return the call that looks for facts in a document; ``wait`` waits for its end."""
        at = self._at(f"/documents/{document:d}/extractions")
        return Call("POST", at, shapes.Extraction, then=lambda one: self.extraction(one.id))

    def extraction_cancel(self, pk: int) -> Call[shapes.Extraction]:
        return Call("POST", self._at(f"/extractions/{pk:d}/cancel"), shapes.Extraction)

    def coverage(self, document: int) -> Call[shapes.Coverage]:
        """Return the call that tells why the last reading of a document gave much or little."""
        return Call("GET", self._at(f"/documents/{document:d}/coverage"), shapes.Coverage)

    def rows(self, document: int) -> Call[shapes.RowImport]:
        """Return the call that tells how far the rows of a file of facts are."""
        return Call("GET", self._at(f"/documents/{document:d}/rows"), shapes.RowImport)

    def rows_cancel(self, document: int) -> Call[shapes.RowImport]:
        return Call("POST", self._at(f"/documents/{document:d}/rows/cancel"), shapes.RowImport)

    def rows_retry(self, document: int) -> Call[shapes.RowImport]:
        return Call("POST", self._at(f"/documents/{document:d}/rows/retry"), shapes.RowImport)

    # Candidates

    def candidates(
        self,
        *,
        state: str | None = None,
        document: int | None = None,
        relation: int | None = None,
        score: str | None = None,
        q: str | None = None,
        order: str | None = None,
        limit: int | None = None,
    ) -> Listing[shapes.Candidate]:
        """Return the queue of review; ``state`` is pending where nothing is said."""
        params = asked(
            state=state, document=document, relation=relation, score=score, q=q, order=order,
            limit=limit,
        )  # fmt: skip
        return Listing(self._at("/candidates"), shapes.Candidate, params)

    def candidate(self, pk: int) -> Call[shapes.Candidate]:
        return Call("GET", self._at(f"/candidates/{pk:d}"), shapes.Candidate)

    def candidate_hold(self, pk: int, *, over: bool = False) -> Call[shapes.Hold]:
        """Return the call that claims a candidate, so that nobody else is shown it."""
        body = {"over": True} if over else {}
        return Call("POST", self._at(f"/candidates/{pk:d}/hold"), shapes.Hold, body=body)

    def _decide(self, of: shapes.Candidate, action: str, **more: Any) -> Call[shapes.Decision]:
        body = said(action=action, version=of.version, **more)
        at = self._at(f"/candidates/{of.id:d}/decisions")
        return Call("POST", at, shapes.Decision, body=body)

    def candidate_accept(
        self,
        candidate: shapes.Candidate,
        *,
        subject_entity: int | None = None,
        object_entity: int | None = None,
        another_subject: str | None = None,
        another_object: str | None = None,
        despite_conflicts: bool | None = None,
    ) -> Call[shapes.Decision]:
        """Return the call that accepts a candidate as it was read; ``..._entity`` picks what a
        name means, ``another_...`` says that it is a new thing, and how to tell it apart."""
        return self._decide(
            candidate,
            "accept",
            subject_entity=subject_entity,
            object_entity=object_entity,
            another_subject=another_subject,
            another_object=another_object,
            despite_conflicts=despite_conflicts,
        )

    def candidate_reject(
        self, candidate: shapes.Candidate, *, reason: str
    ) -> Call[shapes.Decision]:
        return self._decide(candidate, "reject", reason=reason)

    def candidate_defer(self, candidate: shapes.Candidate) -> Call[shapes.Decision]:
        return self._decide(candidate, "defer")

    def candidate_edit(
        self,
        candidate: shapes.Candidate,
        changes: Mapping[str, str],
        *,
        despite_conflicts: bool | None = None,
    ) -> Call[shapes.Decision]:
        return self._decide(
            candidate, "edit", changes=dict(changes), despite_conflicts=despite_conflicts
        )

    def candidate_merge(self, candidate: shapes.Candidate, *, triple: int) -> Call[shapes.Decision]:
        return self._decide(candidate, "merge", triple=triple)

    def candidate_supersede(
        self, candidate: shapes.Candidate, *, triple: int, valid_to: str | None = None
    ) -> Call[shapes.Decision]:
        """Return the call that puts a candidate in the place of a fact, which held until then."""
        return self._decide(candidate, "supersede", triple=triple, valid_to=valid_to)

    def dispute_keep(
        self, candidate: shapes.Candidate, *, reason: str | None = None
    ) -> Call[shapes.Decision]:
        """Return the call that keeps the fact that a sentence denies."""
        return self._decide(candidate, "keep", reason=reason)

    def dispute_retract(self, candidate: shapes.Candidate) -> Call[shapes.Decision]:
        return self._decide(candidate, "retract")

    def dispute_end(self, candidate: shapes.Candidate, *, valid_to: str) -> Call[shapes.Decision]:
        """Return the call that says until when the denied fact held."""
        return self._decide(candidate, "end", valid_to=valid_to)

    def decision_undo(self, pk: int) -> Call[shapes.Candidate]:
        return Call("POST", self._at(f"/decisions/{pk:d}/undo"), shapes.Candidate)

    def candidates_decide(
        self,
        candidates: Sequence[shapes.Candidate],
        action: Literal["accept", "reject", "defer"],
        *,
        reason: str | None = None,
    ) -> Call[shapes.Batch]:
        """Return the call that decides many candidates alike, each for itself."""
        pairs = [{"id": one.id, "version": one.version} for one in candidates]
        body = said(action=action, candidates=pairs, reason=reason)
        return Call("POST", self._at("/batches"), shapes.Batch, body=body)

    # The memory

    def triples(
        self,
        *,
        q: str | None = None,
        relation: int | None = None,
        entity: int | None = None,
        type: EntityType | None = None,
        status: Literal["active", "superseded", "retracted", "any"] | None = None,
        as_of: date | None = None,
        known_at: datetime | None = None,
        limit: int | None = None,
    ) -> Listing[shapes.Triple]:
        params = asked(
            q=q, relation=relation, entity=entity, type=type, status=status, as_of=as_of,
            known_at=known_at, limit=limit,
        )  # fmt: skip
        return Listing(self._at("/triples"), shapes.Triple, params)

    def triple(self, pk: int) -> Call[shapes.Triple]:
        return Call("GET", self._at(f"/triples/{pk:d}"), shapes.Triple)

    def evidence(self, triple: int) -> Listing[shapes.Evidence]:
        """Return the list of the sentences that bear a fact out."""
        return Listing(self._at(f"/triples/{triple:d}/evidence"), shapes.Evidence)

    def history(self, triple: int) -> Call[shapes.History]:
        return Call("GET", self._at(f"/triples/{triple:d}/history"), shapes.History)

    def triple_retract(self, pk: int, *, reason: str) -> Call[shapes.Triple]:
        at = self._at(f"/triples/{pk:d}/retract")
        return Call("POST", at, shapes.Triple, body={"reason": reason})

    def due(self, *, limit: int | None = None) -> Listing[shapes.Due]:
        """Return the list of the facts that are due, those first that long are."""
        return Listing(self._at("/due"), shapes.Due, asked(limit=limit))

    def due_hold(self, pk: int, *, over: bool = False) -> Call[shapes.DueHold]:
        """Claim the card of a fact that is due; ``over`` takes it from who has it open."""
        body = {"over": True} if over else {}
        return Call("POST", self._at(f"/triples/{pk:d}/hold"), shapes.DueHold, body=body)

    def triple_still_true(self, pk: int, *, version: str | None = None) -> Call[shapes.Triple]:
        body = said(version=version)
        return Call("POST", self._at(f"/triples/{pk:d}/still-true"), shapes.Triple, body=body)

    def triple_later(self, pk: int, *, version: str | None = None) -> Call[shapes.Triple]:
        body = said(version=version)
        return Call("POST", self._at(f"/triples/{pk:d}/later"), shapes.Triple, body=body)

    def triple_correct(
        self,
        pk: int,
        *,
        object: str,
        valid_from: date | None = None,
        version: str | None = None,
    ) -> Call[shapes.Candidate]:
        """Return the call that proposes what holds in place of a fact, for somebody else to decide;
        ``version`` is that of ``due``."""
        body = said(object=object, valid_from=valid_from, version=version)
        at = self._at(f"/triples/{pk:d}/correct")
        return Call("POST", at, shapes.Candidate, body=body)

    def triple_take_back(self, pk: int) -> Call[shapes.Triple]:
        """Take back what you last said of a fact that was due."""
        return Call("POST", self._at(f"/triples/{pk:d}/take-back"), shapes.Triple)

    def entity_split(
        self, pk: int, *, name: str, facts: Sequence[int], description: str = ""
    ) -> Call[shapes.Entity]:
        """Make another entity of some of an entity's facts."""
        body = {"name": name, "facts": list(facts), "description": description}
        return Call("POST", self._at(f"/entities/{pk:d}/split"), shapes.Entity, body=body)

    def entities(self, *, q: str | None = None, limit: int | None = None) -> Listing[shapes.Entity]:
        return Listing(self._at("/entities"), shapes.Entity, asked(q=q, limit=limit))

    def entity(self, pk: int) -> Call[shapes.Entity]:
        return Call("GET", self._at(f"/entities/{pk:d}"), shapes.Entity)

    def resolve(self, name: str) -> Listing[shapes.Entity]:
        """Return the list of the entities that a name stands for."""
        return Listing(self._at("/resolve"), shapes.Entity, {"name": name})

    def read(
        self,
        relation: str,
        *,
        subject: str | None = None,
        object: str | None = None,
        as_of: date | None = None,
        known_at: datetime | None = None,
        limit: int | None = None,
    ) -> Call[shapes.Read]:
        """Return MEM_READ of a partial triple: give the subject or the object, or neither."""
        body = said(
            relation=relation, subject=subject, object=object, as_of=as_of, known_at=known_at,
            limit=limit,
        )  # fmt: skip
        return Call("POST", self._at("/reads"), shapes.Read, body=body)

    def write(
        self, triples: Sequence[Mapping[str, str]], *, title: str | None = None
    ) -> Call[shapes.Write]:
        """Return MEM_WRITE: facts with ``subject``, ``relation`` and ``object``, which wait for
        people to decide them. All are taken or none."""
        body = said(triples=[dict(one) for one in triples], title=title)
        return Call("POST", self._at("/writes"), shapes.Write, body=body)

    # Conversations

    def messages_add(
        self,
        conversation: str,
        messages: Sequence[Mapping[str, str]],
        *,
        session: str | None = None,
    ) -> Call[shapes.Messages]:
        """Return the call that keeps messages with ``speaker``, ``time`` and ``text``."""
        body = said(messages=[dict(one) for one in messages], session=session)
        at = self._at(f"/conversations/{quote(conversation, safe='')}/messages")
        return Call("POST", at, shapes.Messages, body=body)

    def context(
        self,
        conversation: str,
        message: str,
        *,
        speaker: str | None = None,
        tokens: int | None = None,
        said_by: str | None = None,
        told: str | None = None,
    ) -> Call[shapes.Context]:
        """Return the facts that matter for the next message; ``said_by`` one speaker, or ``told``
        ``of_self`` or ``of_others``."""
        body = said(message=message, speaker=speaker, tokens=tokens, said_by=said_by, told=told)
        at = self._at(f"/conversations/{quote(conversation, safe='')}/context")
        return Call("POST", at, shapes.Context, body=body)

    def conversation_proposals(
        self,
        conversation: str,
        *,
        speaker: str | None = None,
        told: str | None = None,
        limit: int | None = None,
    ) -> Listing[shapes.SaidAgain]:
        """Return what a conversation proposes, each fact once with all its sayings."""
        at = self._at(f"/conversations/{quote(conversation, safe='')}/proposals")
        return Listing(at, shapes.SaidAgain, asked(speaker=speaker, told=told, limit=limit))

    # Questions

    def questions(self, *, limit: int | None = None) -> Listing[shapes.Question]:
        return Listing(self._at("/questions"), shapes.Question, asked(limit=limit))

    def question(self, pk: int) -> Call[shapes.Question]:
        return Call("GET", self._at(f"/questions/{pk:d}"), shapes.Question)

    def question_ask(
        self, text: str, *, as_of: date | None = None, conversation: int | None = None
    ) -> Call[shapes.Question]:
        """Return the call that asks; ``wait`` waits until there is an answer."""
        body = said(text=text, as_of=as_of, conversation=conversation)
        at = self._at("/questions")
        return Call("POST", at, shapes.Question, body=body, then=lambda one: self.question(one.id))

    def question_meant(self, question: int, number: int) -> Call[shapes.Question]:
        """Return the call that asks a question again by one of the readings that its abstention
        offers (``Answer.perhaps``); ``wait`` waits until there is an answer."""
        at = self._at(f"/questions/{question:d}/meant")
        body = {"number": number}
        return Call("POST", at, shapes.Question, body=body, then=lambda one: self.question(one.id))

    def question_cancel(self, pk: int) -> Call[shapes.Question]:
        return Call("POST", self._at(f"/questions/{pk:d}/cancel"), shapes.Question)

    def answer(self, question: int) -> Call[shapes.Answer]:
        """Return the call for an answer with its whole trace."""
        return Call("GET", self._at(f"/questions/{question:d}/answer"), shapes.Answer)

    def answer_stream(self, question: int) -> AnswerStream:
        return AnswerStream(self._at(f"/questions/{question:d}/stream"))

    # Exports

    def exports(self, *, limit: int | None = None) -> Listing[shapes.Export]:
        return Listing(self._at("/exports"), shapes.Export, asked(limit=limit))

    def export(self, pk: int) -> Call[shapes.Export]:
        return Call("GET", self._at(f"/exports/{pk:d}"), shapes.Export)

    def export_retry(self, pk: int) -> Call[shapes.Export]:
        """Return the call that writes an export again that failed or was cancelled."""
        return Call("POST", self._at(f"/exports/{pk:d}/retry"), shapes.Export)

    def export_start(
        self,
        *,
        format: str,
        scope: str = "space",
        since: date | None = None,
        until: date | None = None,
        document: str | None = None,
        entity: str | None = None,
        reviewer: str | None = None,
        version: str | None = None,
        question: str | None = None,
    ) -> Call[shapes.Export]:
        """Return the call that writes facts to a file; ``wait`` waits until it is there."""
        body = said(
            scope=scope, format=format, since=since, until=until, document=document, entity=entity,
            reviewer=reviewer, version=version, question=question,
        )  # fmt: skip
        at = self._at("/exports")
        return Call("POST", at, shapes.Export, body=body, then=lambda one: self.export(one.id))

    def export_file(self, pk: int) -> Download:
        return Download(self._at(f"/exports/{pk:d}/file"))
