"""A space with one of everything that an export tells of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.accounts.models import Space, User
from apps.asking.models import Answer, Question
from apps.curation.models import Candidate, Extraction, PassageExtraction
from apps.curation.services import candidate_accept, candidate_reject
from apps.memory.models import Triple
from apps.memory.services import triple_retract
from apps.provenance.models import Export
from apps.provenance.services.exports import Chosen, export_request, export_run
from apps.provenance.services.exports.facts import Fact, newest, some_facts
from apps.provenance.services.exports.files import path_of
from apps.sources.models import Document
from tests import factories

# As docs/provenance.md has it.
GUARDED = re.compile(r"^'+[=+\-@\t\r\n＝＋－＠]")
ADDRESS = "https://memory.example.org"
# What a name may hold at its worst: quotes, brackets, line ends, a formula, right to left marks,
# a control character, and what is escaped elsewhere.
HOSTILE = '=cmd|"<b>\\n&amp;\'"\n\t\u202eגבריאל\u202c \x01\x7f {x} ${y} é😀\u2028'


@dataclass
class World:
    """What there is: the facts are about ``ada`` (born in Lindenau, retracted later: no) and the
    institute."""

    space: Space
    document: Document
    extraction: Extraction
    facts: list[Triple]
    rejected: Candidate
    question: Question


def make_world(space: Space, alice: User, bob: User) -> World:
    document = factories.make_document(space, alice, title=HOSTILE[:200])
    extraction = factories.make_extraction(
        document, alice, head="encoder", head_version="185873aab25f/ä"
    )
    PassageExtraction.objects.create(
        extraction=extraction, passage=document.passages.get(), call="({MEM_WRITE--> a>>b>>c})",
        proposals=3, seconds=0.5,
    )  # fmt: skip
    said = [
        ("Ada Brook", "place of birth", "Lindenau"),
        ("Brook Institute", "headquarters", "Lindenau"),
    ]
    candidates = [factories.make_candidate(document, alice, *one, extraction=extraction)
                  for one in said[:2]]  # fmt: skip
    other = factories.make_document(space, alice, text="Carl Winter lives in Oberau.", title="-1+2")
    candidates.append(factories.make_candidate(other, alice, "Carl Winter", "residence", "Oberau"))
    for candidate in candidates:
        candidate_accept(candidate=candidate, actor=bob, version=candidate.version)
    facts = list(Triple.objects.filter(space=space).order_by("pk"))
    rejected = factories.make_candidate(other, alice, "Carl", "owner", "Oberau")
    candidate_reject(candidate=rejected, actor=bob, version=rejected.version, reason="not said")
    triple_retract(triple=facts[2], actor=bob, reason="wrong")
    question = factories.make_question(space, alice)
    answer = Answer.objects.create(
        question=question, text="Lindenau [1]", abstained=False, head_version="v", seconds=0.1
    )
    answer.citations.create(
        number=1, triple=facts[0], evidence=facts[0].evidence.get(), statement="x", sentence="y",
        approved_by_label="bob", approved_at=facts[0].recorded_at,
    )  # fmt: skip
    return World(space, document, extraction, facts, rejected, question)


def exported(space: Space, actor: User, format: str, scope: str = "space", **chosen: Any) -> Path:
    """Return the file of an export, made at once."""
    export = export_of(space, actor, format, scope, **chosen)
    assert export.state == Export.State.DONE, export.error
    return path_of(export)


def export_of(
    space: Space, actor: User, format: str = "jsonl", scope: str = "space", **chosen: Any
) -> Export:
    """Return an export that was worked on at once."""
    export = export_request(
        space=space,
        actor=actor,
        chosen=Chosen(space.pk, scope, **chosen),
        format=format,
        address=ADDRESS,
    )
    return export_run(export_id=export.pk)


def facts_of(chosen: Chosen) -> Iterator[Fact]:
    """Yield every fact that an export of this holds, as its slices read them."""
    last, end = 0, newest(chosen)
    while facts := some_facts(chosen, last=last, newest=end):
        yield from facts
        last = facts[-1]["fact"]


def unguarded(cell: str) -> str:
    """Return the text that stands in a cell of a CSV file, as docs/provenance.md says."""
    return cell[1:] if GUARDED.match(cell) else cell
