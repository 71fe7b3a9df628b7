"""A space in which things happened as they do: by the services, each with its event."""

from __future__ import annotations

from dataclasses import dataclass

from apps.accounts.models import Role, Space, User
from apps.asking.models import Answer
from apps.asking.services import question_answer_here
from apps.curation.models import Candidate
from apps.curation.services import candidate_accept, candidate_reject, extraction_run
from apps.curation.services.documents import document_import
from apps.dashboard.services import role_grant, space_create
from apps.memory.models import Triple
from apps.sources.models import Document

TEXT = (
    "Ada Brook was born in Lindenau. Ben Stone was born in Arden.\n\n"
    "The Brook Institute was founded by Ada Brook. Cleo Marsh was born in Quill.\n"
)


@dataclass
class Lived:
    space: Space
    document: Document
    triple: Triple
    answer: Answer


def live(alice: User, bob: User, carol: User, dave: User) -> Lived:
    """Open a space, read a document, decide on what was found, and ask."""
    space = space_create(name="Archive", actor=alice)
    for user, role in ((bob, Role.REVIEWER), (carol, Role.ASKER), (dave, Role.AUDITOR)):
        role_grant(space=space, actor=alice, user=user, role=role)
    document = read(space, alice, TEXT)
    waiting = list(Candidate.objects.filter(space=space).order_by("pk"))
    for candidate in waiting[:-1]:
        candidate_accept(candidate=candidate, actor=bob, version=candidate.version)
    last = waiting[-1]
    candidate_reject(candidate=last, actor=bob, version=last.version, reason="Not in the archive.")
    triple = Triple.objects.get(space=space, subject__name="Ada Brook", object__name="Lindenau")
    question = question_answer_here(space=space, actor=carol, text="Where was Ada Brook born?")
    return Lived(space, document, triple, question.answer)


def read(space: Space, actor: User, text: str, name: str = "a.txt") -> Document:
    """Add a document and run its extraction."""
    imported = document_import(
        space=space, actor=actor, data=text.encode(), filename=name, ring=False
    )
    assert imported.extraction is not None
    extraction_run(extraction_id=imported.extraction.pk)
    return imported.document
