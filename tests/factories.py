"""Rows for tests. Every function saves what it returns."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from django.utils import timezone

from apps.accounts.models import Membership, Space, User
from apps.asking.models import Conversation, Question
from apps.audit.actions import ACTIONS
from apps.curation.models import Candidate, Extraction
from apps.memory.models import Entity, Evidence, Relation, Triple
from apps.sources.models import Document, Passage

TEXT = (
    "Ada Brook was born in Lindenau. She founded the Brook Institute in 1921. "
    "The Brook Institute is located in Lindenau."
)


def recorded(action: str, **given: Any) -> dict[str, Any]:
    """Return a payload that the action allows: examples of what it has to record, and what is
    given."""
    keys = ACTIONS[action].keys
    return {name: key.example for name, key in keys.items() if key.required} | given


def make_user(username: str, **fields: Any) -> User:
    return User.objects.create_user(username, f"{username}@example.org", "correct-horse", **fields)


def make_space(slug: str, **fields: Any) -> Space:
    return Space.objects.create(slug=slug, **{"name": slug.title(), **fields})


def grant(space: Space, user: User, *roles: str) -> None:
    for role in roles:
        Membership.objects.get_or_create(space=space, user=user, role=role)


def make_document(space: Space, added_by: User, text: str = TEXT, **fields: Any) -> Document:
    """Return a document with one passage whose sentences end at full stops."""
    data = text.encode()
    document = Document.objects.create(
        space=space,
        added_by=added_by,
        text=text,
        size=len(data),
        content_sha256=hashlib.sha256(data).hexdigest(),
        **{"title": "A document", "format": Document.Format.TEXT, **fields},
    )
    flat = [edge for m in re.finditer(r"\S[^.]*\.?", text) for edge in m.span()]
    Passage.objects.create(
        document=document, index=0, start=0, end=len(text), text=text, sentences=flat
    )
    return document


def make_relation(space: Space, name: str = "place of birth", **fields: Any) -> Relation:
    return Relation.objects.get_or_create(
        space=space,
        name=name,
        defaults={"template": "{subject} was born in {object}.", **fields},
    )[0]


def make_entity(space: Space, name: str, **fields: Any) -> Entity:
    found = Entity.objects.filter(space=space, name=name, merged_into=None).first()
    return found or Entity.objects.create(space=space, name=name, **fields)


def make_triple(
    space: Space, subject: str, relation: str | Relation, object: str, **fields: Any
) -> Triple:
    if isinstance(relation, str):
        relation = make_relation(space, relation)
    return Triple.objects.create(
        space=space,
        subject=make_entity(space, subject),
        relation=relation,
        object=make_entity(space, object),
        **fields,
    )


def spans_in(passage: Passage, subject: str, object: str) -> dict[str, int]:
    """Return the span fields of evidence for the first mention of both names."""
    text = passage.document.text
    subject_start = text.index(subject, passage.start)
    object_start = text.index(object, passage.start)
    inside = [
        (start, end)
        for start, end in passage.sentence_spans()
        if start <= max(subject_start, object_start) and end > min(subject_start, object_start)
    ]
    return {
        "sentence_start": inside[0][0],
        "sentence_end": inside[-1][1],
        "subject_start": subject_start,
        "subject_end": subject_start + len(subject),
        "object_start": object_start,
        "object_end": object_start + len(object),
    }


def make_evidence(triple: Triple, document: Document, approved_by: User) -> Evidence:
    passage = document.passages.get()
    return Evidence.objects.create(
        space=triple.space,
        triple=triple,
        passage=passage,
        approved_by=approved_by,
        score=0.9,
        **spans_in(passage, triple.subject.name, triple.object.name),
    )


def make_extraction(document: Document, requested_by: User, **fields: Any) -> Extraction:
    return Extraction.objects.create(
        space=document.space,
        document=document,
        requested_by=requested_by,
        **{"head": "scripted", "state": "done", "finished_at": timezone.now(), **fields},
    )


def make_question(
    space: Space, asked_by: User, text: str = "Where was Ada Brook born?", **fields: Any
) -> Question:
    talk = Conversation.objects.create(space=space, user=asked_by, title=text)
    row = {"head": "scripted", "text": text, **fields}
    return Question.objects.create(space=space, conversation=talk, asked_by=asked_by, **row)


def make_candidate(
    document: Document,
    requested_by: User,
    subject: str = "Ada Brook",
    relation: str = "place of birth",
    object: str = "Lindenau",
    **fields: Any,
) -> Candidate:
    """Return a pending candidate that a write head proposed from the document's only passage."""
    extraction = document.extractions.first() or make_extraction(document, requested_by)
    passage = document.passages.get()
    return Candidate.objects.create(
        space=document.space,
        passage=passage,
        subject_text=subject,
        relation=make_relation(document.space, relation),
        object_text=object,
        **{
            "origin": Candidate.Origin.HEAD,
            "extraction": extraction,
            "subject_type": "PER",
            "object_type": "LOC",
            "score": 0.8,
            **spans_in(passage, subject, object),
            **fields,
        },
    )
