"""The bundle of a whole space, imported into an empty one: the same facts, or nothing."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.asking.models import Answer, ReadCall
from apps.audit.models import Event, RowChange
from apps.curation.models import Candidate, Decision, PassageExtraction
from apps.memory.models import Entity, EntityMerge, Triple
from apps.memory.services import entities_merge, triple_retract
from apps.provenance.merkle import leaf_hash, root_of
from apps.provenance.models import Origin, PastEvent
from apps.provenance.services.bundle_scope import Scope
from apps.provenance.services.bundles import bundle_write
from apps.provenance.services.document_erasure import document_erase
from apps.provenance.services.exports import Chosen
from apps.provenance.services.imports import ImportRefused, space_import
from apps.provenance.services.retention import questions_over_erase
from apps.provenance.services.sequencer import seal
from apps.provenance.standalone import verify
from apps.sources.models import Document
from tests.apps.provenance.exported import facts_of
from tests.apps.provenance.lived import Lived, live, read

pytestmark = pytest.mark.django_db(transaction=True)
MORE = "Dora Finch was born in Oberau. Ben Stone was born in Arden.\n"


@pytest.fixture
def lived(alice: User, bob: User, carol: User, dave: User, var: Path) -> Lived:
    made = live(alice, bob, carol, dave)
    read(made.space, alice, MORE, "b.txt")
    triple_retract(triple=made.triple, actor=bob, reason="wrong")
    return made


@pytest.fixture
def bundle(lived: Lived, tmp_path: Path) -> Path:
    path = tmp_path / "space.zip"
    bundle_write(scope=Scope(lived.space, "space", lived.space.slug), path=path)
    return path


def told(space: Space) -> list[dict[str, Any]]:
    """Return what an export tells of each fact, without the numbers of rows."""
    return [_plain(fact) for fact in facts_of(Chosen(space.pk, "space"))]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        numbers = {"fact", "id", "passage", "evidence", "extraction", "batch", "document"}
        return {
            key: _plain(one)
            for key, one in value.items()
            if not (key in numbers and isinstance(one, int))
        }
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.removesuffix(" (memweb.local)") if isinstance(value, str) else value


def test_it_gives_the_same_facts_evidence_and_decisions(
    lived: Lived, bundle: Path, alice: User
) -> None:
    done = space_import(path=bundle, slug="copy", owner=alice)
    assert told(done.space) == told(lived.space)
    assert done.facts == len(told(lived.space)) > 2
    for model in (Triple, Entity, Candidate, Decision, PassageExtraction, Answer):
        name = {"Decision": "candidate__space", "PassageExtraction": "extraction__space",
                "Answer": "question__space"}.get(model.__name__, "space")  # fmt: skip
        rows = model._default_manager
        assert (
            rows.filter(**{name: done.space}).count()
            == rows.filter(**{name: lived.space}).count()
            > 0
        )
    texts = [set(s.documents.values_list("text", "title")) for s in (done.space, lived.space)]
    assert texts[0] == texts[1]
    answer = Answer.objects.get(question__space=done.space)
    assert answer.citations.get().triple.space == done.space
    assert answer.text == lived.answer.text
    reads = ReadCall.objects.filter(answer=answer)
    for found in [one for row in reads for one in row.candidates]:
        assert isinstance(found["distance"], float)
        assert Entity.objects.filter(space=done.space, pk=found["id"]).exists() or (
            found["role"] == "relation"
        )
    assert {one["triple"] for row in reads for one in row.results} <= set(
        Triple.objects.filter(space=done.space).values_list("pk", flat=True)
    )


def test_a_bundle_of_the_import_gives_them_once_more(
    lived: Lived, bundle: Path, alice: User, tmp_path: Path
) -> None:
    copy = space_import(path=bundle, slug="copy", owner=alice).space
    again = tmp_path / "again.zip"
    bundle_write(scope=Scope(copy, "space", copy.slug), path=again)
    assert verify.main([str(again)]) == 0
    third = space_import(path=again, slug="third", owner=alice).space
    assert told(third) == told(lived.space)


def test_it_records_where_it_came_from(lived: Lived, bundle: Path, alice: User) -> None:
    done = space_import(path=bundle, slug="copy", owner=alice)
    origin = Origin.objects.get(space=done.space)
    assert origin.identity == lived.space.log.identity
    checkpoint = lived.space.log.checkpoints.first()
    assert checkpoint is not None
    assert origin.checkpoint == checkpoint.note
    past = PastEvent.objects.filter(origin=origin)
    assert past.count() == done.events == checkpoint.size
    assert root_of(leaf_hash(one.leaf.encode()) for one in past) == bytes(checkpoint.root)
    then = list(
        Event.objects.filter(space=lived.space, entry__index__lt=checkpoint.size)
        .order_by("entry__index")
        .values_list("action", "actor_label", "created_at")
    )
    assert list(past.values_list("action", "actor_label", "at")) == then
    event = Event.objects.get(space=done.space, action="space.imported")
    assert event.payload["checkpoint"] == origin.checkpoint
    assert event.payload["sha256"] == origin.sha256
    assert event.payload["key_given"] is False
    seal()
    assert not RowChange.objects.filter(space=done.space.pk, transaction=None).exists()


def test_people_come_as_accounts_that_nobody_can_use(
    lived: Lived, bundle: Path, alice: User, bob: User
) -> None:
    done = space_import(path=bundle, slug="copy", owner=alice)
    decided = Decision.objects.filter(candidate__space=done.space)
    (person,) = set(User.objects.filter(decisions__in=decided))
    assert person != bob
    assert person.label == "bob (memweb.local)"
    assert not person.is_active
    assert not person.has_usable_password()
    assert set(done.space.members.all()) == {alice}
    count = User.objects.count()
    space_import(path=bundle, slug="twice", owner=alice)
    assert User.objects.count() == count


def test_merges_keep_what_they_moved(lived: Lived, alice: User, bob: User, tmp_path: Path) -> None:
    source = Entity.objects.get(space=lived.space, name="Arden")
    target = Entity.objects.get(space=lived.space, name="Lindenau")
    entities_merge(source=source, target=target, actor=alice)
    path = tmp_path / "merged.zip"
    bundle_write(scope=Scope(lived.space, "space", lived.space.slug), path=path)
    copy = space_import(path=path, slug="copy", owner=alice).space
    merge = EntityMerge.objects.get(space=copy)
    own = set(Triple.objects.filter(space=copy).values_list("pk", flat=True))
    assert {int(key) for key in merge.moved} <= own
    assert merge.moved
    assert merge.source.merged_into == merge.target


def test_a_changed_bundle_is_refused_with_what_is_wrong(
    lived: Lived, bundle: Path, alice: User, tmp_path: Path
) -> None:
    data = bytearray(bundle.read_bytes())
    before = (Space.objects.count(), User.objects.count(), Event.objects.count())
    for place in (30, len(data) // 3, len(data) // 2, len(data) - 10):
        changed = bytearray(data)
        changed[place] ^= 1
        path = tmp_path / "changed.zip"
        path.write_bytes(changed)
        with pytest.raises(ImportRefused) as refused:
            space_import(path=path, slug="copy", owner=alice)
        assert "not as it was made" in str(refused.value) or "no bundle" in str(refused.value)
    assert before == (Space.objects.count(), User.objects.count(), Event.objects.count())


def test_it_is_all_or_nothing(
    lived: Lived, bundle: Path, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (Space.objects.count(), User.objects.count(), Triple.objects.count())

    def fails(*args: object) -> int:
        raise ImportRefused("stopped at the end")

    monkeypatch.setattr("apps.provenance.services.imports.spaces._history", fails)
    with pytest.raises(ImportRefused, match="stopped"):
        space_import(path=bundle, slug="copy", owner=alice)
    assert before == (Space.objects.count(), User.objects.count(), Triple.objects.count())


def test_it_takes_only_whole_spaces_into_empty_ones(
    lived: Lived, bundle: Path, alice: User, tmp_path: Path
) -> None:
    with pytest.raises(ImportRefused, match="is not empty: it has documents"):
        space_import(path=bundle, slug=lived.space.slug, owner=alice)
    part = tmp_path / "part.zip"
    bundle_write(scope=Scope(lived.space, "triple", lived.triple.pk), path=part)
    with pytest.raises(ImportRefused, match="holds a part of a space"):
        space_import(path=part, slug="copy", owner=alice)
    text = tmp_path / "text.zip"
    text.write_text("no zip at all")
    with pytest.raises(ImportRefused):
        space_import(path=text, slug="copy", owner=alice)
    with pytest.raises(ImportRefused, match="cannot be read"):
        space_import(path=tmp_path / "missing.zip", slug="copy", owner=alice)
    Space.objects.create(slug="empty", name="Empty")
    assert space_import(path=bundle, slug="empty", owner=alice).facts


def test_another_key_is_not_trusted(
    lived: Lived, bundle: Path, alice: User, tmp_path: Path
) -> None:
    with pytest.raises(ImportRefused, match="no public key"):
        space_import(path=bundle, slug="copy", owner=alice, keys=["rubbish"])
    own = verify.Check(verify.Bundle(str(bundle)), [], None).signer.text
    done = space_import(path=bundle, slug="copy", owner=alice, keys=[own])
    assert done.origin.key_given


def test_the_command_says_what_it_did(lived: Lived, bundle: Path, alice: User) -> None:
    out = io.StringIO()
    call_command("import_provenance", str(bundle), space="copy", owner="alice", json=True,
                 stdout=out)  # fmt: skip
    told = json.loads(out.getvalue())
    assert told["facts"] == Triple.objects.filter(space__slug="copy").count()
    with pytest.raises(CommandError, match="not empty"):
        call_command("import_provenance", str(bundle), space="copy", owner="alice")
    with pytest.raises(CommandError, match="no user"):
        call_command("import_provenance", str(bundle), space="other", owner="nobody")
    with pytest.raises(CommandError, match="no short name"):
        call_command("import_provenance", str(bundle), space="a b/c", owner="alice")


def test_erasing_a_document_erases_what_its_origin_told(
    lived: Lived, bundle: Path, alice: User
) -> None:
    done = space_import(path=bundle, slug="copy", owner=alice)
    past = PastEvent.objects.filter(origin__space=done.space)
    leaves = list(past.values_list("leaf", flat=True))
    assert past.exclude(payload=None).exists()
    document = Document.objects.filter(space=done.space).first()
    assert document is not None
    document_erase(document=document, actor=alice, reason="asked to")
    assert not past.exclude(payload=None, actor_label="").exists()
    assert list(past.values_list("leaf", flat=True)) == leaves


def test_retention_erases_what_the_origin_told_of_questions(
    lived: Lived, bundle: Path, alice: User
) -> None:
    done = space_import(path=bundle, slug="copy", owner=alice)
    past = PastEvent.objects.filter(origin__space=done.space)
    asked = past.filter(action__startswith="question.")
    assert asked.exclude(payload=None).exists()
    Space.objects.filter(pk=done.space.pk).update(question_days=1)
    space = Space.objects.get(pk=done.space.pk)
    questions_over_erase(space)
    assert asked.exclude(payload=None).exists()  # of today
    past.update(at=timezone.now() - timedelta(days=2))
    questions_over_erase(space)
    assert not asked.exclude(payload=None).exists()
    assert past.exclude(payload=None).exists()
