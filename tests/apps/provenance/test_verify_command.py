"""``manage.py verify_provenance``: its verdict, its exit status, and what is no input for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import connection

from apps.memory.models import Triple
from apps.provenance.models import Checkpoint
from apps.provenance.notes import Head, Note, parse_head, parse_note, sign
from apps.provenance.services.checkpoints import checkpoint_now
from apps.provenance.services.sequencer import log_of
from apps.provenance.services.signing import signing_key
from tests.apps.provenance.recorded import Recorded, make_recorded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def recorded(var) -> Recorded:
    return make_recorded()


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Return the exit status and what was printed."""
    try:
        call_command("verify_provenance", *arguments)
    except SystemExit as ended:
        return int(ended.code or 0), capsys.readouterr().out
    return 0, capsys.readouterr().out


def _kept(tmp_path: Path, note: str) -> str:
    path = tmp_path / "kept.txt"
    path.write_text(note, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("scope", [("--space", "recorded"), ("--site",), ("--all",)])
def test_what_is_as_the_log_says_ends_with_0(recorded, capsys, scope) -> None:
    status, said = _run(capsys, *scope)
    assert status == 0, said
    assert "All holds: " in said


def test_a_change_behind_its_back_is_named(recorded, capsys) -> None:
    triple = Triple.objects.filter(space=recorded.space, status="active").first()
    assert triple is not None
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE memory_triple SET valid_to = '2001-01-01' WHERE id=%s", [triple.pk])
        cursor.execute("SET session_replication_role = DEFAULT")
    status, said = _run(capsys, "--space", "recorded", "--json")
    assert status == 1
    report = json.loads(said)
    assert report["counts"] == {"row": 1}
    (one,) = report["findings"]
    assert (one["table"], one["row"], one["field"]) == ("memory_triple", triple.pk, "valid_to")
    assert one["found"] == "“2001-01-01”"
    assert one["event"] is not None
    assert triple.subject.name in one["sentence"]
    status, said = _run(capsys, "--space", "recorded")
    assert status == 1
    assert one["sentence"] in said
    assert _run(capsys, "--site")[0] == 0


def test_a_checkpoint_that_was_kept(recorded, capsys, tmp_path) -> None:
    status, said = _run(
        capsys, "--space", "recorded", "--checkpoint", _kept(tmp_path, recorded.kept)
    )
    assert (status, "as new as the log" in said) == (0, True)
    older = Checkpoint.objects.filter(log=recorded.log).order_by("size").first()
    assert older is not None
    behind = recorded.log.size - older.size
    status, said = _run(capsys, "--all", "--checkpoint", _kept(tmp_path, older.note))
    assert (status, f"older by {behind} events" in said) == (0, True)
    head = parse_head(parse_note(older.note).text)
    other = Head(head.origin, head.size, b"\1" * 32)
    note = str(Note(str(other), (sign(str(other), other.origin, signing_key()),)))
    status, said = _run(capsys, "--all", "--checkpoint", _kept(tmp_path, note))
    assert status == 1
    assert "The checkpoint that was handed over: contradicts the log." in said
    longer = Head(head.origin, recorded.log.size + 5, b"\1" * 32)
    note = str(Note(str(longer), (sign(str(longer), longer.origin, signing_key()),)))
    status, said = _run(capsys, "--all", "--checkpoint", _kept(tmp_path, note))
    assert status == 1
    assert "the others were removed" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--space", "recordet"], "Did you mean 'recorded'"),
        (["--all", "--checkpoint", "/nowhere/at/all"], "/nowhere/at/all cannot be read"),
    ],
)
def test_bad_input_ends_with_2(recorded, arguments, said) -> None:
    with pytest.raises(CommandError, match=said) as raised:
        call_command("verify_provenance", *arguments)
    assert raised.value.returncode == 2


def test_what_is_no_checkpoint_of_this_site_ends_with_2(recorded, tmp_path) -> None:
    note = recorded.kept
    head = parse_head(parse_note(note).text)
    foreign = sign(str(head), head.origin, Ed25519PrivateKey.generate())
    bent = note[:-12] + ("A" if note[-12] != "A" else "B") + note[-11:]
    for message in ("", "no checkpoint", note[:-1] + "x\n", bent, str(Note(str(head), (foreign,)))):
        with pytest.raises(CommandError) as raised:
            call_command("verify_provenance", "--all", "--checkpoint", _kept(tmp_path, message))
        assert raised.value.returncode == 2
        assert "\n" not in str(raised.value)


def test_the_checkpoint_of_another_log_is_none_of_this_one(recorded, tmp_path) -> None:
    site = checkpoint_now(log_of(None))
    assert site is not None
    kept = _kept(tmp_path, site.note)
    with pytest.raises(CommandError, match="none of those that are verified"):
        call_command("verify_provenance", "--space", "recorded", "--checkpoint", kept)
    call_command("verify_provenance", "--site", "--checkpoint", kept)


def test_several_processes_say_the_same(recorded, capsys, monkeypatch) -> None:
    alone = _run(capsys, "--all", "--json")
    monkeypatch.setattr("apps.provenance.services.replay.verifying.WORTH_PROCESSES", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    together = _run(capsys, "--all", "--json")
    assert together[0] == alone[0] == 0
    assert json.loads(together[1])["logs"] == json.loads(alone[1])["logs"]
