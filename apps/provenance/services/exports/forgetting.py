"""Files of exports that hold what is erased: they are removed with it, and those that are being
written begin anew.

A file is taken to hold it where its scope has a fact that rests on what is erased. A bundle, which
brings whole texts and what else concerns its facts, is taken to hold a document or a person as soon
as both were in the space; so is any file of a space in which entities were merged or split
meanwhile, since its facts may have stood elsewhere then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.asking.models import Question
from apps.common import jobs
from apps.curation.models import Candidate
from apps.memory.models import EntityMerge
from apps.provenance.models import Export
from apps.provenance.services.exports.jobs import EXPORTS
from apps.provenance.services.exports.keeping import remove, told
from apps.provenance.services.exports.scopes import DECISIONS, chosen_of, where
from apps.sources.models import Document

# Of the fact ``t``: whether anything of it was read in a document, or done by a person.
_OF_DOCUMENT: Final = f"""(EXISTS (SELECT FROM memory_evidence e
        JOIN sources_passage p ON p.id = e.passage_id
        WHERE e.triple_id = t.id AND p.document_id = %(erased)s)
    OR EXISTS (SELECT FROM ({DECISIONS.format("t.id")}) own
        JOIN curation_decision d ON d.id = own.id JOIN curation_candidate c ON c.id = d.candidate_id
        LEFT JOIN sources_passage p ON p.id = c.passage_id
        LEFT JOIN curation_extraction x ON x.id = c.extraction_id
        WHERE p.document_id = %(erased)s OR x.document_id = %(erased)s))"""  # noqa: S608 all is ours
_OF_PERSON: Final = f"""(EXISTS (SELECT FROM memory_evidence e
        WHERE e.triple_id = t.id AND e.approved_by_id = %(erased)s)
    OR EXISTS (SELECT FROM ({DECISIONS.format("t.id")}) own
        JOIN curation_decision d ON d.id = own.id JOIN curation_candidate c ON c.id = d.candidate_id
        WHERE %(erased)s IN (d.actor_id, d.undone_by_id, c.proposed_by_id, c.reworded_by_id)))"""  # noqa: S608


@dataclass(frozen=True)
class _Gone:
    """What is erased: in which ``spaces``, by whom, and what the pages of exports say of it.
    ``fact`` is a condition that a fact ``t`` rests on it, with ``erased`` as its number."""

    because: str
    actor: User | None
    actor_label: str
    spaces: Collection[int]
    fact: str = ""
    erased: int = 0
    since: datetime | None = None
    questions: Collection[int] = field(default_factory=tuple)


def document_forget(*, document: Document, actor: User) -> None:
    """Forget the files that a document may be in. Call it in the transaction that erases it."""
    _forget(
        _Gone(
            f"document {document.pk} was erased", actor, "", [document.space_id],
            fact=_OF_DOCUMENT, erased=document.pk, since=document.created_at,
        )
    )  # fmt: skip


def person_forget(
    *, person: User, spaces: Iterable[int], actor: User | None, actor_label: str = ""
) -> None:
    """Forget the files that the name of a person may be in. Call it in the transaction that erases
    the person."""
    _forget(
        _Gone(
            f"the data of person {person.pk} were erased", actor, actor_label, set(spaces),
            fact=_OF_PERSON, erased=person.pk,
        )
    )  # fmt: skip


def questions_forget(
    *, numbers: Collection[int], actor: User | None, actor_label: str = ""
) -> None:
    """Forget the bundles that questions may be in; other files hold no question. Call it in the
    transaction that erases them."""
    asked = Question.objects.filter(pk__in=numbers)
    _forget(
        _Gone(
            "questions were erased", actor, actor_label,
            set(asked.values_list("space", flat=True)),
            questions={*numbers, *asked.exclude(meant=None).values_list(
                "meant__mark__answer__question", flat=True)},
        )
    )  # fmt: skip


def _forget(gone: _Gone) -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("files are forgotten in the transaction that erases what they hold")
    _look_through(gone)

    def again() -> None:
        with transaction.atomic():
            _look_through(gone)

    # Once more, for what a worker began to write before this was committed.
    transaction.on_commit(again)


def _look_through(gone: _Gone) -> None:
    for export in _kept(gone).select_for_update(of=("self",)):
        if not _holds(export, gone):
            continue
        if export.state == Export.State.DONE:
            remove(export, because=gone.because, actor=gone.actor, actor_label=gone.actor_label)
        else:
            _begin_anew(export, gone)


def _kept(gone: _Gone) -> QuerySet[Export]:
    """Return the exports that have a file, or a part of one."""
    begun = Q(state=Export.State.DONE, removed_at=None)
    begun |= Q(state__in=Export.OPEN, newest__isnull=False)
    found = Export.objects.filter(begun, space__in=gone.spaces).select_related("space")
    if gone.since is not None:
        found = found.filter(Q(finished_at=None) | Q(finished_at__gte=gone.since))
    return found.order_by("pk")


def _holds(export: Export, gone: _Gone) -> bool:
    """Tell whether an export may hold what is erased."""
    is_bundle = export.format == Export.Format.BUNDLE
    if gone.questions:
        return is_bundle and _brings_questions(export, gone.questions)
    return is_bundle or _was_merged(export) or _rests_on(export, gone)


def _brings_questions(export: Export, questions: Collection[int]) -> bool:
    if export.scope == Export.Scope.SPACE:
        return True
    if export.scope == Export.Scope.ANSWER and export.number in questions:
        return True
    # A fact that was proposed because of a question may bring its words.
    return Candidate.objects.filter(space=export.space_id, question__in=questions).exists()


def _was_merged(export: Export) -> bool:
    later = Q(created_at__gte=export.created_at) | Q(undone_at__gte=export.created_at)
    return EntityMerge.objects.filter(later, space=export.space_id).exists()


def _rests_on(export: Export, gone: _Gone) -> bool:
    condition, own = where(chosen_of(export))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM memory_triple t WHERE {condition} AND {gone.fact})",  # noqa: S608
            own | {"erased": gone.erased},
        )
        return bool(cursor.fetchone()[0])


def _begin_anew(export: Export, gone: _Gone) -> None:
    """Let an export that is being written begin again, by whichever worker is next."""
    Export.objects.filter(pk=export.pk).update(
        state=Export.State.QUEUED, attempts=0, lease_token=None, lease_until=None, rung_at=None,
        newest=None, last=0, done=0, parts={},
    )  # fmt: skip
    told(
        export, "export.begun_anew", actor=gone.actor, actor_label=gone.actor_label,
        reason=gone.because,
    )  # fmt: skip
    jobs.ring(EXPORTS, export)
