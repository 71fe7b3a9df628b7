"""The life of one fact: from its documents over extraction, candidate and decisions into the
memory, through the questions that used it, to its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Final

from django.db.models import Q, QuerySet

from apps.accounts.models import Space, User
from apps.asking.models import Citation
from apps.asking.selectors import visible_questions
from apps.asking.traces import Quote
from apps.asking.triple_selectors import ShownDecision, ShownEvidence, decisions_on, evidence_of
from apps.audit.actions import sentence_of
from apps.audit.models import Event
from apps.audit.selectors import AT_ONCE, changed_at_once, events_shown
from apps.curation.models import Candidate, Decision, Extraction, PassageExtraction
from apps.memory.models import Triple
from apps.memory.services import stands_for
from apps.sources.models import Document

MOST_QUESTIONS: Final = 6
MOST_EVENTS: Final = 100


class Lane(IntEnum):
    """Where a step takes place, from left to right."""

    SOURCE = 0
    HEAD = 1
    PERSON = 2
    MEMORY = 3
    USE = 4


@dataclass(frozen=True)
class Step:
    """One step of a life. ``title`` reads after ``who``; ``page`` and ``number`` name the page of
    its row, ``notes`` are labels with values, ``event`` is the number of the event that tells of
    it. ``begins`` and ``ends`` say what the step means for whether the memory holds the fact."""

    lane: Lane
    icon: str
    at: datetime
    title: str
    who: str = ""
    tone: str = ""
    page: str = ""
    number: int | None = None
    anchor: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    call: str = ""
    quote: Quote | None = None
    event: int | None = None
    begins: bool = False
    ends: bool = False


@dataclass(frozen=True)
class Cell:
    """A lane beside a step: which lines of the picture run through it."""

    lane: Lane
    is_node: bool
    lines: tuple[str, ...]


@dataclass(frozen=True)
class ShownStep:
    """A step with its part of the picture, and whether the memory holds the fact after it."""

    step: Step
    cells: tuple[Cell, ...]
    alive: bool


@dataclass(frozen=True)
class Life:
    """All steps in order, and what is said above them."""

    steps: tuple[ShownStep, ...]
    documents: int
    people: int
    evidence: int
    answers: int
    hidden: int = field(default=0)  # answers that the reader may not open or that are not listed


def life_of(triple: Triple, *, user: User, roles: frozenset[str]) -> Life:
    """Return the life of a fact, as far as somebody with these roles may see it."""
    standing, facts = stands_for(triple)
    if standing.pk != triple.pk:
        facts = [triple.pk]
    decisions = [one for pk in facts for one in decisions_on(_fact(triple, pk))]
    evidence = [one for pk in facts for one in evidence_of(_fact(triple, pk))]
    candidates = {one.row.candidate_id: one.row.candidate for one in decisions}
    events = _events(triple.space, facts, list(candidates), roles)
    documents = _documents(triple.space, candidates.values(), evidence)
    citations, total = _uses(triple.space, facts, user, roles)
    steps = [
        *_document_steps(documents),
        *_proposal_steps(triple.space, list(candidates.values())),
        *_decision_steps(decisions, triple, events),
        *_evidence_steps(evidence),
        *_memory_steps(triple, events),
        *_use_steps(citations),
    ]
    ordered = sorted(steps, key=lambda one: (one.at.replace(microsecond=0), one.lane, one.at))
    return Life(
        steps=_drawn(ordered),
        documents=len(documents),
        people=len({one.row.actor_id for one in decisions if one.row.undone_at is None}),
        evidence=sum(one.row.retracted_at is None for one in evidence),
        answers=total,
        hidden=total - len(citations),
    )


def _fact(triple: Triple, pk: int) -> Triple:
    return triple if triple.pk == pk else Triple(pk=pk, space_id=triple.space_id)


def _events(
    space: Space, facts: list[int], candidates: list[int], roles: frozenset[str]
) -> list[Event]:
    """Return the events about the fact and its candidates that the roles may see, oldest first."""
    shown = events_shown(space=space, roles=roles)
    wanted = (
        Q(subject_type="memory.triple", subject_id__in=facts)
        | Q(subject_type="curation.candidate", subject_id__in=candidates)
        | changed_at_once("memory_triple", facts[0])
    )
    return list(shown.filter(wanted).order_by("pk")[:MOST_EVENTS])


def _documents(
    space: Space, candidates: Iterable[Candidate], evidence: Iterable[ShownEvidence]
) -> QuerySet[Document]:
    passages = {one.passage_id for one in candidates} | {one.row.passage_id for one in evidence}
    rows = Document.objects.filter(space=space, passages__in=[one for one in passages if one])
    return rows.select_related("added_by").defer("text").distinct().order_by("pk")


def _document_steps(documents: Iterable[Document]) -> Iterator[Step]:
    for row in documents:
        notes = (("Format", row.get_format_display()), ("SHA-256", row.content_sha256))
        yield Step(
            Lane.SOURCE,
            "file",
            row.created_at,
            f"added the document “{row.title}”",
            row.added_by.label,
            page="sources:document",
            number=row.pk,
            notes=notes,
        )


def _proposal_steps(space: Space, candidates: list[Candidate]) -> Iterator[Step]:
    read = {one.extraction_id for one in candidates if one.extraction_id}
    runs = Extraction.objects.filter(space=space, pk__in=read).select_related("requested_by")
    for run in runs.order_by("pk"):
        yield Step(
            Lane.HEAD,
            "search",
            run.started_at or run.created_at,
            f"read document {run.document_id}",
            f"write head {run.head}",
            page="sources:document",
            number=run.document_id,
            notes=(("Version", run.head_version), ("Asked for by", run.requested_by.label)),
        )
    calls = _calls(candidates)
    for one in candidates:
        by_head = one.extraction_id is not None
        call = calls.get((one.extraction_id, one.passage_id), "") if by_head else ""
        who = f"write head {one.extraction.head}" if one.extraction else _label(one.proposed_by)
        yield Step(
            Lane.HEAD if by_head else Lane.PERSON,
            "inbox",
            one.created_at,
            f"proposed {one.subject_text} · {one.relation} · {one.object_text}",
            who,
            page="curation:candidate-detail",
            number=one.pk,
            notes=(("Score", "" if one.score is None else f"{one.score:.2f}"),),
            call=call,
        )


def _calls(candidates: Iterable[Candidate]) -> dict[tuple[int | None, int | None], str]:
    wanted = Q(pk=None)
    for one in candidates:
        if one.extraction_id and one.passage_id:
            wanted |= Q(extraction=one.extraction_id, passage=one.passage_id)
    rows = PassageExtraction.objects.filter(wanted)
    return {(row.extraction_id, row.passage_id): row.call for row in rows}


def _label(user: User | None) -> str:
    return user.label if user else ""


# Action of a decision: icon, tone and words.
_DECIDED: Final = {
    Decision.Action.ACCEPT: ("check", "good", "accepted it"),
    Decision.Action.EDIT: ("edit", "good", "edited and accepted it"),
    Decision.Action.MERGE: ("merge", "good", "merged another finding into it"),
    Decision.Action.SUPERSEDE: ("supersede", "good", "accepted it in the place of an older fact"),
    Decision.Action.KEEP: ("check", "good", "kept it, although a sentence denies it"),
    Decision.Action.RETRACT: ("minus", "bad", "retracted it, because a sentence denies it"),
    Decision.Action.END: ("clock", "", "said until when it held, because of a sentence"),
}


def _decision_steps(
    decisions: Iterable[ShownDecision], triple: Triple, events: Iterable[Event]
) -> Iterator[Step]:
    numbers = {
        one.payload["decision"]: one.pk
        for one in events
        if one.action != "decision.undone" and "decision" in one.payload
    }
    undoings = {
        one.payload.get("decision"): one.pk for one in events if one.action == "decision.undone"
    }
    for shown in decisions:
        row = shown.row
        icon, tone, words = _DECIDED.get(
            Decision.Action(row.action), ("dot", "", f"decided: {row.get_action_display()}")
        )
        if row.replaced_id == triple.pk and row.action == Decision.Action.SUPERSEDE:
            icon, tone, words = "supersede", "", "put another fact in the place of this one"
        notes = (
            ("Reason", row.reason),
            ("In the words of", _label(row.candidate.reworded_by)),
            ("Proposed as", shown.proposed),
            ("What they saw", shown.approved_as),
            ("Batch", str(row.batch_id or "")),
            ("Note", "decided by its proposer" if row.own_proposal else ""),
        )
        yield Step(
            Lane.PERSON,
            icon,
            row.created_at,
            words,
            row.actor.label,
            tone,
            page="curation:candidate-detail",
            number=row.candidate_id,
            notes=notes,
            event=numbers.get(row.pk),
        )
        if row.undone_at and row.undone_by:
            yield Step(
                Lane.PERSON,
                "undo",
                row.undone_at,
                f"undid the decision of {row.actor.label}",
                row.undone_by.label,
                "bad",
                event=undoings.get(row.pk),
            )


def _evidence_steps(evidence: Iterable[ShownEvidence]) -> Iterator[Step]:
    for shown in evidence:
        row = shown.row
        yield Step(
            Lane.MEMORY,
            "quote",
            row.approved_at,
            f"Evidence from “{row.passage.document.title}”",
            page="sources:document",
            number=row.passage.document_id,
            anchor=shown.quote.place,
            notes=(("Approved by", row.approved_by.label),),
            quote=shown.quote,
        )
        if row.retracted_at:
            title = f"Its evidence from “{row.passage.document.title}” was taken back"
            yield Step(Lane.MEMORY, "minus", row.retracted_at, title, tone="bad")


# Actions that begin or end the time in which the memory holds a fact.
_BEGIN: Final = frozenset(
    {"triple.written", "triple.restored", "facts.loaded", "provenance.withdrawal_undone"}
)
_END: Final = frozenset(
    {"triple.superseded", "triple.retracted", "facts.retracted", "provenance.withdrawn"}
)
# What other steps say already.
_SAID: Final = frozenset({"evidence.added", "evidence.retracted", "evidence.moved"})


def _memory_steps(triple: Triple, events: Iterable[Event]) -> Iterator[Step]:
    """Yield what the log tells of the fact; from before there was an event, what its row says."""
    steps = [_event_step(one) for one in events if _is_of_memory(one)]
    if not any(one.begins for one in steps):
        yield Step(
            Lane.MEMORY, "book", triple.recorded_at, "Entered the memory", tone="good", begins=True
        )
    yield from steps
    turns = [one for one in steps if one.begins or one.ends]
    if triple.retracted_at and not (turns and turns[-1].ends):
        yield Step(
            Lane.MEMORY, "minus", triple.retracted_at, "Left the memory", tone="bad", ends=True
        )


def _is_of_memory(event: Event) -> bool:
    if event.action in AT_ONCE:
        return True
    return event.subject_type == "memory.triple" and event.action not in _SAID


def _event_step(event: Event) -> Step:
    begins, ends = event.action in _BEGIN, event.action in _END
    return Step(
        Lane.MEMORY,
        _icon(event.action, begins=begins),
        event.created_at,
        sentence_of(event.action, event.payload),
        event.by,
        "good" if begins else "bad" if ends else "",
        event=event.pk,
        begins=begins,
        ends=ends,
    )


def _icon(action: str, *, begins: bool) -> str:
    if begins:
        return "book"
    return {"triple.superseded": "supersede", "triple.moved": "merge", "triple.ended": "clock"}.get(
        action, "minus" if action in _END else "dot"
    )


def _uses(
    space: Space, facts: list[int], user: User, roles: frozenset[str]
) -> tuple[list[Citation], int]:
    """Return the first and the last answers that cite the fact, and how many there are."""
    citations = Citation.objects.filter(triple__in=facts, answer__abstained=False)
    visible = citations.filter(
        answer__question__in=visible_questions(user=user, space=space, roles=roles)
    ).select_related("answer__question__asked_by")
    half = MOST_QUESTIONS // 2
    found = {one.pk: one for one in visible.order_by("pk")[:half]}
    found |= {one.pk: one for one in visible.order_by("-pk")[:half]}
    return list(found.values()), citations.count()


def _use_steps(citations: Iterable[Citation]) -> Iterator[Step]:
    for one in citations:
        question = one.answer.question
        yield Step(
            Lane.USE,
            "ask",
            one.answer.created_at,
            f"asked “{question.text}” and was answered from it",
            question.asked_by.label,
            page="asking:question",
            number=question.pk,
        )


def _drawn(steps: list[Step]) -> tuple[ShownStep, ...]:
    """Return the steps with the lines that lead from each to the next, lane by lane, and a line of
    its own in the memory's lane for as long as it holds the fact."""
    shown = []
    alive = False
    for index, step in enumerate(steps):
        was_alive, alive = alive, (alive or step.begins) and not step.ends
        before = steps[index - 1].lane if index else None
        is_last = index == len(steps) - 1
        cells = tuple(
            Cell(lane, lane == step.lane, tuple(_lines(lane, step.lane, before, is_last)))
            for lane in Lane
        )
        memory = cells[Lane.MEMORY]
        held = (*(["held-up"] if was_alive else []), *(["held-down"] if alive else []))
        cells = (
            *cells[: Lane.MEMORY],
            Cell(Lane.MEMORY, memory.is_node, (*memory.lines, *held)),
            *cells[Lane.MEMORY + 1 :],
        )
        shown.append(ShownStep(step, cells, alive))
    return tuple(shown)


def _lines(lane: Lane, here: Lane, before: Lane | None, is_last: bool) -> Iterator[str]:
    """Yield the lines of one lane beside a step, which comes from the lane ``before``."""
    if lane == here and not is_last:
        yield "down"
    if before is None:
        return
    if lane == before:
        yield "up"
    left, right = min(before, here), max(before, here)
    if left < lane <= right:
        yield "left"
    if left <= lane < right:
        yield "right"
