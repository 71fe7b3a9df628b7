"""Bundles of a space in which things happened, checked by verify.py alone."""

from __future__ import annotations

import errno
import hashlib
import json
import zipfile
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.urls import reverse

from apps.asking.services import question_answer_here
from apps.audit.models import Event
from apps.curation.models import Candidate, Decision
from apps.curation.services import candidate_accept, candidate_supersede, decision_undo
from apps.dashboard.services import head_choose
from apps.memory.models import Entity, EntityMerge, Evidence, Relation, Triple
from apps.memory.services import entities_merge, entities_unmerge, triple_retract
from apps.provenance.services import bundles
from apps.provenance.services.bundle_scope import Scope
from apps.provenance.services.bundle_zip import BundleZip
from apps.provenance.services.bundles import BundleRefused, bundle_write
from apps.provenance.services.checkpoints import checkpoint_now
from apps.provenance.services.sequencer import log_of
from apps.provenance.standalone import verify
from tests.apps.provenance.lived import Lived, live, read
from tests.apps.provenance.test_verify_file import alone
from worker.heads.scripted.streaming import REMARK
from worker.setups import HeadSetup

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lived(alice, bob, carol, dave, var) -> Lived:
    return live(alice, bob, carol, dave)


def scopes(lived: Lived) -> list[Scope]:
    return [
        Scope(lived.space, "answer", lived.answer.pk),
        Scope(lived.space, "document", lived.document.pk),
        Scope.whole(lived.space),
        Scope(lived.space, "selection", "all", tuple(Triple.objects.values_list("pk", flat=True))),
        *(Scope(lived.space, "triple", pk) for pk in Triple.objects.values_list("pk", flat=True)),
    ]


def as_superuser(statement: str, *parameters: object) -> None:
    """Change what is recorded as somebody who owns the database, past its triggers."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)


def made(scope: Scope, tmp_path, capsys) -> tuple[int, str, zipfile.ZipFile]:
    path = tmp_path / f"{scope.kind}.zip"
    bundle_write(scope=scope, path=path)
    code = verify.main([str(path), "--all"])
    return code, capsys.readouterr().out, zipfile.ZipFile(path)


def test_every_scope_is_valid_without_memweb(lived, tmp_path):
    for scope in scopes(lived):
        path = tmp_path / "b.zip"
        written = bundle_write(scope=scope, path=path)
        code, out = alone(tmp_path / "empty", str(path))
        assert (code, out.splitlines()[-1]) == (0, "VALID"), out
        assert "Fact" in out
        assert hashlib.sha256(path.read_bytes()).hexdigest() == written.sha256
        assert [one.name for one in tmp_path.iterdir() if one.name.endswith(".part")] == []


def test_it_tells_what_happened(lived, tmp_path, capsys):
    code, out, files = made(scopes(lived)[0], tmp_path, capsys)
    assert code == 0
    for line in (
        "Where was Ada Brook born?",
        "by carol, ",
        "cites [1]  fact",
        "Ada Brook / place of birth / Lindenau (active)",
        "sentence   Ada Brook was born in Lindenau.",
        f"its file   SHA-256 {lived.document.content_sha256}",
        "read by    scripted, 1, with score 0.9",
        "in call    ({MEM_WRITE--> Ada Brook>>place of birth>>Lindenau;",
        "approved   by bob, ",
        "decision   accept by bob, ",
    ):
        assert line in out, line
    assert "Cleo Marsh / " not in out
    names = files.namelist()
    assert [name for name in names if name.startswith("documents/")] == []
    text = files.read("README.txt").decode()
    assert f"answer {lived.answer.pk}" in text
    assert "Archive" in text
    assert "{" not in text
    assert json.loads(files.read("answer.json"))["citations"][0]["triple_id"] == lived.triple.pk


def test_words_that_no_read_bears_out_are_told(lived, alice, carol, tmp_path, capsys, settings):
    code, out, files = made(scopes(lived)[0], tmp_path, capsys)
    assert "not from the memory" not in out
    assert "unsupported" not in json.loads(files.read("answer.json"))
    settings.READ_HEAD = "scripted-streaming"
    shown = HeadSetup("scripted-streaming", cut=False)
    head_choose(space=lived.space, actor=alice, side="read", setup=shown)
    lived.space.refresh_from_db()
    question = question_answer_here(
        space=lived.space, actor=carol, text="Where was Ada Brook born?"
    )
    assert question.answer.unsupported
    code, out, _ = made(Scope(lived.space, "answer", question.answer.pk), tmp_path, capsys)
    assert code == 0, out
    assert f"  not from the memory  {REMARK}\n" in out
    told = {"text": "Oslo is large."}
    for spans, words in (
        ([[0, 4], [8, 99]], ["Oslo", "large."]),
        ([["a", 1], [1], 3], []),
        (7, []),
    ):
        assert verify.unsupported({**told, "unsupported": spans}) == words
    assert verify.unsupported({"text": None, "unsupported": [[0, 4]]}) == []


def test_what_happened_later_is_told_and_still_valid(lived, alice, bob, tmp_path, capsys):
    space = lived.space
    triple_retract(triple=lived.triple, actor=bob, reason="A slip.")
    second = Decision.objects.get(triple__subject__name="Ben Stone")
    decision_undo(decision=second, actor=bob)
    candidate = Candidate.objects.get(pk=second.candidate_id)
    candidate_accept(candidate=candidate, actor=bob, version=candidate.version)
    read(space, alice, "Ben Stone was born in Oakham.", "b.txt")
    other = Candidate.objects.get(space=space, object_text="Oakham")
    old = Triple.objects.get(space=space, subject__name="Ben Stone", status="active")
    candidate_supersede(candidate=other, actor=bob, replaced=old, version=other.version)
    read(space, alice, "Bennet Stone was born in Oakham.", "c.txt")
    third = Candidate.objects.get(space=space, subject_text="Bennet Stone")
    candidate_accept(candidate=third, actor=bob, version=third.version, despite_conflicts=True)
    source = Entity.objects.get(space=space, name="Bennet Stone")
    target = Entity.objects.get(space=space, name="Ben Stone")
    entities_merge(source=source, target=target, actor=alice)
    for scope in scopes(lived):
        code, out, _ = made(scope, tmp_path, capsys)
        assert code == 0, out
    assert "(retracted)" in out
    assert "undone 20" in out
    assert "decision   supersede by bob" in out
    entities_unmerge(merge=EntityMerge.objects.get(), actor=alice)
    for scope in scopes(lived):
        code, out, _ = made(scope, tmp_path, capsys)
        assert code == 0, out


def test_a_fact_changed_behind_its_back_is_told_as_the_log_has_it(lived, tmp_path, capsys):
    as_superuser(
        "UPDATE memory_triple SET valid_from = '1900-01-01' WHERE id = %s", lived.triple.pk
    )
    for scope in scopes(lived):
        code, out, files = made(scope, tmp_path, capsys)
        assert code == 0, out
        assert b"1900-01-01" not in files.read("facts.jsonl")


MUTATIONS = [
    """UPDATE audit_rowchange SET after = after || '{"status": "retracted"}'
       WHERE "table" = 'memory_triple'""",
    """UPDATE audit_rowchange SET private_after = private_after || '{"name": "Mallory"}'
       WHERE "table" = 'memory_entity'""",
    "UPDATE audit_rowchange SET by = 'mallory' WHERE \"table\" = 'curation_decision'",
    """UPDATE audit_rowchange SET salt = gen_random_uuid() WHERE "table" = 'memory_evidence'""",
    "UPDATE audit_event SET created_at = '2001-01-01' WHERE action = 'candidate.accepted'",
    "UPDATE audit_event SET actor_label = 'Mallory' WHERE action = 'candidate.accepted'",
    "UPDATE audit_event SET payload = payload || '{\"x\": 1}' WHERE action = 'document.added'",
    "DELETE FROM audit_rowchange WHERE \"table\" = 'curation_decision'",
    "DELETE FROM audit_rowchange WHERE \"table\" = 'curation_candidate' AND op = 'update'",
    "UPDATE provenance_tile SET hashes = set_byte(hashes, 4, get_byte(hashes, 4) # 1)",
    "UPDATE provenance_entry SET index = index + 1000 WHERE index > 10",
    "UPDATE provenance_checkpoint SET note = replace(note, 'memweb', 'mewmeb')",
    "UPDATE sources_passage SET text = upper(text)",
]


@pytest.mark.parametrize("statement", MUTATIONS)
def test_a_changed_record_is_found_in_a_bundle_or_none_is_made(statement, lived, tmp_path, capsys):
    checkpoint_now(log_of(lived.space))
    scope = scopes(lived)[-3]
    assert made(scope, tmp_path, capsys)[0] == 0
    as_superuser(statement)
    assert is_found(scope, tmp_path, capsys)
    # A whole space brings documents instead of passages, and needs no proofs.
    if "sources_passage" not in statement and "provenance_tile" not in statement:
        assert is_found(scopes(lived)[2], tmp_path, capsys)


def is_found(scope: Scope, tmp_path, capsys) -> bool:
    """Tell whether no bundle is made, or one that verify.py says is wrong."""
    try:
        code, out, _ = made(scope, tmp_path, capsys)
    except BundleRefused as error:
        return bool(str(error))
    return code == 1 and "WRONG: " in out


def test_a_row_that_no_event_tells_of_is_refused(lived, tmp_path):
    Triple.objects.filter(pk=lived.triple.pk).update(valid_from="1900-01-01")
    scope = Scope(lived.space, "triple", lived.triple.pk)
    with pytest.raises(BundleRefused, match=r"update of memory_triple .* belongs to no event"):
        bundle_write(scope=scope, path=tmp_path / "b.zip")
    assert list(tmp_path.glob("*b.zip*")) == []


def test_erased_words_leave_a_bundle_valid(lived, tmp_path, capsys):
    with connection.cursor() as cursor:
        cursor.execute('SELECT id FROM audit_rowchange WHERE "table" LIKE %s', ["sources_%"])
        numbers = [row[0] for row in cursor.fetchall()]
        leaves = {}
        for scope in scopes(lived)[:1]:
            code, out, files = made(scope, tmp_path, capsys)
            for line in files.read("events.jsonl").splitlines():
                leaf = json.loads(json.loads(line)["leaf"])
                leaves[leaf["id"]] = bytes.fromhex(leaf["private"])
        known = [number for number in numbers if number in leaves]
        assert len(known) == 2
        cursor.execute(
            "SELECT audit_erase_changes(%s, %s)", [known, [leaves[one] for one in known]]
        )
    for scope in scopes(lived):
        code, out, files = made(scope, tmp_path, capsys)
        assert code == 0, out
        assert "(erased, or not in this bundle)" in out
        assert "The private part of 2 entries is erased" in out
        assert [name for name in files.namelist() if "/" in name] == []


def test_a_kept_checkpoint_is_proved_to_be_held(lived, alice, tmp_path, capsys):
    kept = tmp_path / "kept.txt"
    note = checkpoint_now(log_of(lived.space)).note
    kept.write_text(note, encoding="utf-8")
    read(lived.space, alice, "Dora Pike was born in Arden.", "d.txt")
    checkpoint_now(log_of(lived.space))
    read(lived.space, alice, "Emil Roth was born in Arden.", "e.txt")
    scope = Scope(lived.space, "triple", lived.triple.pk)
    path = tmp_path / "b.zip"
    bundle_write(scope=scope, path=path)
    code = verify.main([str(path), "--checkpoint", str(kept)])
    assert (code, "holds no proof that leads" in capsys.readouterr().out) == (1, True)
    bundle_write(scope=scope, path=path, since=note)
    code = verify.main([str(path), "--checkpoint", str(kept)])
    assert (code, "still holds the" in capsys.readouterr().out) == (0, True)
    with pytest.raises(BundleRefused, match="no checkpoint"):
        bundle_write(scope=scope, path=path, since="nonsense")


@pytest.mark.parametrize("at", ["events.jsonl", "facts.jsonl", "verify.py"])
def test_a_full_disk_leaves_nothing_behind(at, lived, tmp_path, monkeypatch):
    add = BundleZip.add

    def full(self, name, pieces):
        if name == at:
            raise OSError(errno.ENOSPC, "No space left on device")
        add(self, name, pieces)

    monkeypatch.setattr(BundleZip, "add", full)
    scope = Scope(lived.space, "triple", lived.triple.pk)
    (tmp_path / "b.zip").write_text("An older one.")
    with pytest.raises(BundleRefused, match=r"^The disk is full. No bundle was written.$"):
        bundle_write(scope=scope, path=tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_text() == "An older one."
    assert list(tmp_path.glob(".b.zip*")) == []


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("export_provenance", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_command_writes_a_bundle_and_an_event(lived, tmp_path, capsys):
    path = tmp_path / "b.zip"
    for option, value in (
        ("--answer", lived.answer.pk),
        ("--triple", lived.triple.pk),
        ("--document", lived.document.pk),
        ("--space", lived.space.slug),
    ):
        found = json.loads(run(option, value, "--out", path, "--json"))
        assert verify.main([str(path)]) == 0, capsys.readouterr().out
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        assert (found["sha256"], found["bytes"]) == (sha256, path.stat().st_size)
        event = Event.objects.filter(action="export.made").first()
        assert event is not None
        assert (event.payload["sha256"], event.actor.username) == (sha256, "alice")
    assert "SHA-256" in run("--triple", lived.triple.pk, "--out", path, "--user", "dave")
    assert Event.objects.filter(action="export.made").first().actor.username == "dave"


def test_the_command_says_what_is_wrong_in_one_sentence(lived, tmp_path):
    path = tmp_path / "b.zip"
    (tmp_path / "text").write_bytes(b"\xff")
    pk = lived.triple.pk
    for arguments, says in (
        (["--triple", 999, "--out", path], "There is no fact 999."),
        (["--answer", 2**70, "--out", path], "There is no answer"),
        (["--document", -1, "--out", path], "There is no document -1."),
        (["--space", "nowhere", "--out", path], "There is no space 'nowhere'"),
        (["--triple", pk, "--out", tmp_path], "is a folder"),
        (["--triple", pk, "--out", tmp_path / "no" / "b.zip"], "cannot be written"),
        (["--triple", pk, "--out", path, "--since", tmp_path / "absent"], "cannot be read"),
        (["--triple", pk, "--out", path, "--since", tmp_path / "text"], "is no checkpoint"),
        (["--triple", pk, "--out", path, "--user", "carol"], "may not export from"),
        (["--triple", pk, "--out", path, "--user", "nobody"], "There is no user"),
    ):
        with pytest.raises(CommandError, match=says):
            run(*arguments)
    assert list(tmp_path.glob("*b.zip*")) == []
    with pytest.raises(CommandError, match="one of the arguments"):
        run("--out", path)


def test_auditors_and_owners_download_a_proof(lived, sign_in, dave, bob, carol, tmp_path, capsys):
    checkpoint_now(log_of(lived.space))
    for kind, row in (
        ("answer", lived.answer), ("triple", lived.triple), ("document", lived.document),
        ("space", lived.space),
    ):  # fmt: skip
        checkpoint_now(log_of(lived.space))
        url = reverse("provenance:export-proof", args=[lived.space.slug, kind, row.pk])
        response = sign_in(dave).post(url)
        assert response.status_code == 200
        about = "space" if kind == "space" else f"{kind}-{row.pk}"
        assert response["Content-Disposition"] == f'attachment; filename="archive-{about}.zip"'
        path = tmp_path / "b.zip"
        path.write_bytes(b"".join(response.streaming_content))
        assert verify.main([str(path)]) == 0, capsys.readouterr().out
        event = Event.objects.filter(action="export.made").first()
        told = json.loads(zipfile.ZipFile(path).read("manifest.json"))["scope"]
        assert told == {"kind": kind, "id": "archive" if kind == "space" else row.pk}
        assert (event.subject_type, event.subject_id) == (row._meta.label_lower, row.pk)
        assert event.payload["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert sign_in(dave).get(url).status_code == 405
        assert sign_in(bob).post(url).status_code == 403
        assert sign_in(carol).post(url).status_code == 403


def test_the_button_stands_where_it_may_be_used(lived, sign_in, dave, bob):
    for kind, pk, page in (
        ("triple", lived.triple.pk, reverse("facts:triple", args=["archive", lived.triple.pk])),
        ("answer", lived.answer.pk,
         reverse("asking:question", args=["archive", lived.answer.question_id])),
        ("document", lived.document.pk,
         reverse("sources:document", args=["archive", lived.document.pk])),
    ):  # fmt: skip
        action = f'action="{reverse("provenance:export-proof", args=["archive", kind, pk])}"'
        assert action in sign_in(dave).get(page).content.decode()
        assert action not in sign_in(bob).get(page).content.decode()


def test_foreign_and_absent_rows_are_not_found(lived, sign_in, dave, mallory):
    own = [lived.space.slug, "triple", lived.triple.pk]
    assert sign_in(mallory).post(reverse("provenance:export-proof", args=own)).status_code == 404
    for args in (["elsewhere", "triple", lived.triple.pk], ["elsewhere", "answer", 1]):
        url = reverse("provenance:export-proof", args=args)
        assert sign_in(mallory).post(url).status_code == 404
    for kind, pk in (("triple", 999), ("space", 999), ("x", 1), ("answer", 2**70)):
        url = reverse("provenance:export-proof", args=[lived.space.slug, kind, pk])
        assert sign_in(dave).post(url).status_code == 404


def test_what_takes_too_long_for_a_browser_is_told(lived, sign_in, dave, monkeypatch):
    monkeypatch.setattr("apps.provenance.views.bundles.LARGEST", 0)
    checkpoint_now(log_of(lived.space))
    for kind, pk in (("space", lived.space.pk), ("document", lived.document.pk)):
        url = reverse("provenance:export-proof", args=[lived.space.slug, kind, pk])
        response = sign_in(dave).post(url)
        assert response.status_code == 503
        assert "manage.py export_provenance" in response.content.decode()


def test_without_a_worker_a_page_says_so(lived, sign_in, dave, monkeypatch):
    monkeypatch.setattr(bundles, "TRIES", 2)
    monkeypatch.setattr(bundles, "REST_SECONDS", 0.0)
    url = reverse("provenance:export-proof", args=[lived.space.slug, "triple", lived.triple.pk])
    response = sign_in(dave).post(url)
    assert response.status_code == 503
    assert "The worker that signs checkpoints does not answer" in response.content.decode()
    assert not Event.objects.filter(action="export.made").exists()


def test_the_rows_it_follows_are_those_that_verify_follows(lived):
    """Every table that verify.py reads is one of ours, with the columns that it names."""
    tables = {model._meta.db_table: model for model in (Triple, Evidence, Entity, Relation)}
    for table, column, other in verify.NAMED:
        if table in tables:
            field = next(f for f in tables[table]._meta.fields if f.column == column)
            assert field.related_model._meta.db_table == other
