"""The demo: an invented small world, and a reviewer who decides by a written answer key.

The heads do all the finding and answering; only the review is played, by accepting exactly the
candidates that ``data/demo_facts.json`` holds to be stated in the document.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

from apps.accounts.models import Role, Space, User
from apps.accounts.services import person_add
from apps.common.names import normalise_name
from apps.curation.models import Candidate, Extraction
from apps.curation.services import (
    candidate_accept,
    candidate_reject,
    extraction_request,
    extraction_run,
)
from apps.dashboard.services import role_grant, space_create
from apps.memory.controller import ConflictError
from apps.sources.models import Document
from apps.sources.services import document_add

DATA = Path(__file__).parent / "data"
PASSWORD = "memweb-demo"  # noqa: S105 - shown to everybody on purpose
# (user name, password, what the person may do in the demo space)
ACCOUNTS = (
    ("alice", PASSWORD, "owner, reviewer and asker"),
    ("bob", PASSWORD, "reviewer and asker"),
    ("carol", PASSWORD, "asker"),
    ("dave", PASSWORD, "auditor"),
)
ROLES = {"bob": (Role.REVIEWER, Role.ASKER), "carol": (Role.ASKER,), "dave": (Role.AUDITOR,)}


@dataclass(frozen=True)
class DemoQuestion:
    question: str
    expects: tuple[str, ...]


@dataclass(frozen=True)
class Reviewed:
    accepted: int
    rejected: int
    left: int


def document_paths() -> list[Path]:
    """Return the demo document, then the samples."""
    return [DATA / "demo_document.md", *sorted(DATA.glob("sample_*.md"))]


def questions() -> list[DemoQuestion]:
    rows = json.loads((DATA / "demo_questions.json").read_text(encoding="utf-8"))
    return [DemoQuestion(row["question"], tuple(row["expects"])) for row in rows]


@cache
def _answer_key() -> tuple[dict[str, str], frozenset[tuple[str, str, str]]]:
    key: dict[str, Any] = json.loads((DATA / "demo_facts.json").read_text(encoding="utf-8"))
    names = {normalise_name(short): normalise_name(full) for short, full in key["names"].items()}
    facts = frozenset((normalise_name(s), r, normalise_name(o)) for s, r, o in key["facts"])
    return names, facts


def is_stated(candidate: Candidate) -> bool:
    """Tell whether the answer key holds the candidate to be stated in the demo document."""
    names, facts = _answer_key()
    subject, object_ = (
        names.get(normalised, normalised)
        for normalised in map(normalise_name, (candidate.subject_text, candidate.object_text))
    )
    return (subject, candidate.relation.name, object_) in facts


@transaction.atomic
def people_and_space(*, name: str, description: str) -> Space:
    """Open a space with the four demo people; accounts that exist are kept as they are."""
    people = {}
    for username, password, _ in ACCOUNTS:
        user = User.objects.filter(username__iexact=username).first()
        if user is None:
            user = User(username=username)
            user.set_password(password)
            person_add(user=user, actor_label="demo", how="the demo")
        people[username] = user
    space = space_create(actor=people["alice"], name=name, description=description)
    for username, roles in ROLES.items():
        for role in roles:
            role_grant(space=space, actor=people["alice"], user=people[username], role=role)
    return space


def review_by_key(*, space: Space, reviewer: User) -> Reviewed:
    """Decide the space's pending candidates as a careful reviewer with the answer key would.

    A candidate that conflicts with an accepted fact is left for a person.
    """
    accepted = rejected = left = 0
    proposed = space.candidates.filter(against=None)
    pending = proposed.filter(state=Candidate.State.PENDING).select_related("relation")
    for candidate in pending.order_by("pk"):
        if not is_stated(candidate):
            candidate_reject(
                candidate=candidate,
                version=candidate.version,
                actor=reviewer,
                reason="not what the document states",
            )
            rejected += 1
            continue
        try:
            candidate_accept(candidate=candidate, version=candidate.version, actor=reviewer)
            accepted += 1
        except ConflictError:
            left += 1
    return Reviewed(accepted, rejected, left)


def document_ingest(*, space: Space, actor: User, path: Path) -> tuple[Document, Extraction]:
    """Add one of the demo's documents and run the write head over it in this process."""
    document, _ = document_add(space=space, actor=actor, data=path.read_bytes(), filename=path.name)
    extraction = extraction_request(document=document, actor=actor, ring=False)
    return document, extraction_run(extraction_id=extraction.pk)
