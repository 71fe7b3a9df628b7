"""Bundles stay valid whatever was done to facts: no way of the product leads to a false alarm."""

from __future__ import annotations

import zipfile
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from django.utils import timezone

from apps.asking.services import question_answer_here
from apps.asking.services.marks import answer_mark
from apps.curation.models import Batch, Candidate, Decision
from apps.curation.services import (
    batch_undo,
    candidate_accept,
    candidate_edit,
    candidates_decide_batch,
    decision_undo,
    dispute_end,
    dispute_keep,
    dispute_retract,
)
from apps.curation.services.documents import document_import
from apps.memory.models import Entity, Relation, Triple
from apps.memory.services import embed_pending
from apps.memory.services.bulk import Fact, facts_load
from apps.provenance.models import Withdrawal
from apps.provenance.selectors.resting import source_of
from apps.provenance.services.bundle_scope import Scope
from apps.provenance.services.bundles import bundle_write
from apps.provenance.services.document_erasure import document_erase
from apps.provenance.services.withdrawing import withdraw, withdrawal_undo
from apps.provenance.standalone import verify
from tests.apps.provenance.lived import Lived, live, read
from worker.heads.scripted.embedder import ScriptedEmbedder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lived(alice, bob, carol, dave, var) -> Lived:
    return live(alice, bob, carol, dave)


@pytest.fixture
def assert_valid(lived, tmp_path, capsys):
    """Return a check of bundles of the space, and of every fact, document and answer in it."""

    def check() -> None:
        space = lived.space
        wanted = [Scope.whole(space), Scope(space, "answer", lived.answer.pk)]
        wanted += [Scope(space, "document", one.pk) for one in space.documents.all()]
        wanted += [Scope(space, "triple", one.pk) for one in space.triples.all()]
        for scope in wanted:
            written = bundle_write(scope=scope, path=tmp_path / "b.zip")
            code = verify.main([str(written.path)])
            assert code == 0, f"{scope}: {capsys.readouterr().out}"

    return check


def test_disputes(lived, alice, bob, assert_valid):
    until = partial(dispute_end, valid_to=date(2001, 1, 1))
    for number, decide in enumerate((dispute_keep, dispute_retract, until)):
        document = read(lived.space, alice, f"No. {number}: Ada Brook was not born in Lindenau.")
        found = Candidate.objects.filter(passage__document=document, against__isnull=False).first()
        if found is None:  # an earlier one retracted it
            continue
        decision = decide(candidate=found, actor=bob, version=found.version)
        assert_valid()
        decision_undo(decision=decision, actor=bob)
        assert_valid()
    assert Decision.objects.filter(action="retract").exists()


def test_edits_batches_and_imports(lived, alice, bob, assert_valid):
    space = lived.space
    read(space, alice, "Dora Pike was born in Arden.", "d.txt")
    edited = Candidate.objects.get(space=space, state="pending")
    read(space, alice, "Emil Roth was born in Oakham.", "e.txt")
    other = Candidate.objects.get(space=space, subject_text="Emil Roth")
    candidate_edit(
        candidate=edited, actor=bob, version=edited.version, changes={"object_text": "Quill"}
    )
    edited.refresh_from_db()
    assert edited.reworded_by == bob
    candidate_accept(candidate=edited, actor=alice, version=edited.version)
    candidates_decide_batch(space=space, actor=bob, candidates=[(other.pk, other.version)])
    assert_valid()
    batch_undo(batch=Batch.objects.get(), actor=bob)
    assert_valid()
    rows = "subject,relation,object\nFay Lind,place of birth,Arden\nGus Orr,place of birth,Arden\n"
    document_import(space=space, actor=alice, data=rows.encode(), filename="f.csv")
    for row in Candidate.objects.filter(space=space, origin="import"):
        candidate_accept(candidate=row, actor=bob, version=row.version)
    assert Triple.objects.filter(subject__name="Fay Lind").exists()
    assert_valid()


def test_facts_without_review_and_a_marked_answer(lived, alice, bob, carol, assert_valid):
    space = lived.space
    born = Relation.objects.get(space=space, name="place of birth")
    facts_load(space=space, facts=[Fact("Hal Ives", born, "Arden")], actor=alice)
    facts_load(space=space, facts=[Fact("Ida Joss", born, "Arden")], actor=None)
    embed_pending(embedder=ScriptedEmbedder(), space=space)
    assert_valid()
    citation = lived.answer.citations.get()
    mark = answer_mark(answer=lived.answer, actor=carol, expected="Karsberg", citation=citation)
    assert mark.candidate is not None
    candidate_accept(candidate=mark.candidate, actor=bob, version=mark.candidate.version)
    lived.triple.refresh_from_db()
    assert lived.triple.status == "superseded"
    question_answer_here(space=space, actor=carol, text="Where was Ada Brook born?")
    assert_valid()
    assert Entity.objects.filter(space=space, name="Karsberg").exists()


def test_erasing_a_document(lived, alice, assert_valid, tmp_path):
    before = bundle_write(
        scope=Scope(lived.space, "triple", lived.triple.pk), path=tmp_path / "old.zip"
    )
    assert b"Lindenau" in contents(before.path)
    document_erase(document=lived.document, actor=alice, reason="asked for")
    assert_valid()
    for scope in (Scope(lived.space, "triple", lived.triple.pk), Scope.whole(lived.space)):
        path = tmp_path / "new.zip"
        bundle_write(scope=scope, path=path)
        names = zipfile.ZipFile(path).namelist()
        assert [name for name in names if "/" in name] == []
        assert b"was born in Lindenau. Ben" not in contents(path)
    assert verify.main([str(before.path)]) == 0  # what was handed out before still holds


def contents(path: Path) -> bytes:
    with zipfile.ZipFile(path) as files:
        return b"".join(map(files.read, files.namelist()))


def test_withdrawing_a_document(lived, alice, assert_valid):
    source = source_of(lived.space, f"document:{lived.document.pk}")
    withdraw(source=source, actor=alice, reason="It was forged.", seen_at=timezone.now())
    lived.triple.refresh_from_db()
    assert lived.triple.status == "retracted"
    assert_valid()
    withdrawal_undo(withdrawal=Withdrawal.objects.get(), actor=alice)
    assert_valid()
