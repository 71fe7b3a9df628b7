"""Checkpoints: when they are signed, and what one that was kept says of the log."""

from __future__ import annotations

import io
import logging
import random
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import call_command
from django.utils import timezone

from apps.provenance import tasks
from apps.provenance.keys import KeyFileError, key_path, public_bytes
from apps.provenance.merkle import EMPTY_ROOT, leaf_hash, verify_consistency
from apps.provenance.models import Checkpoint, Delivery, Entry, Key, Tile
from apps.provenance.notes import Head, Note, Signature, open_note, parse_head, sign
from apps.provenance.services.checkpoints import (
    LogContradicted,
    Verdict,
    checkpoint_all,
    checkpoint_due,
    checkpoint_now,
    compare,
    origin_of,
)
from apps.provenance.services.remembered import remembered_path
from apps.provenance.services.sequencer import log_of, seal, tree_of
from apps.provenance.services.signing import rotate, signing_key, verify_keys
from apps.provenance.tiles import Tree

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(space):
    return log_of(space)


def forged(log, size, root, private=None):
    """A note as the operator could sign it of a log that never was."""
    head = Head(origin_of(log), size, root)
    return str(Note(str(head), (sign(str(head), head.origin, private or signing_key()),)))


def test_a_checkpoint_says_how_the_log_stands_and_is_signed(var, log, happen):
    happen(3)
    made = checkpoint_now(log)
    note = open_note(made.note, verify_keys(origin_of(log)))
    log.refresh_from_db()
    assert parse_head(note.text) == Head(origin_of(log), log.size, tree_of(log).root())
    assert (made.size, bytes(made.root)) == (log.size, tree_of(log).root())
    assert log.size == Entry.objects.filter(log=log).count() > 0


def test_none_is_made_of_an_empty_log_or_one_that_has_not_grown(var, log, happen):
    assert checkpoint_now(log) is None
    happen()
    made = checkpoint_now(log)
    assert checkpoint_now(log) == made
    assert checkpoint_all() == list(Checkpoint.objects.filter(log__space=None))
    happen()
    assert checkpoint_now(log).size == made.size + 1
    assert Checkpoint.objects.filter(log=log).count() == 2


def test_the_clock_signs_what_has_grown_and_waits_in_between(var, log, happen, settings):
    settings.CHECKPOINT_SECONDS, settings.SWEEP_SECONDS = 60, 5
    happen()
    seal()
    assert {one.log for one in checkpoint_due()} >= {log}
    happen()
    seal()
    assert [one for one in checkpoint_due() if one.log == log] == []
    back_date(log, 49)
    assert [one for one in checkpoint_due() if one.log == log] == []
    back_date(log, 51)
    assert len([one for one in checkpoint_due() if one.log == log]) == 1
    assert checkpoint_due() == []
    happen()
    seal()
    back_date(log, -3600)  # the clock was set back
    assert len([one for one in checkpoint_due() if one.log == log]) == 1


def back_date(log, seconds):
    Checkpoint.objects.update(created_at=timezone.now() - timedelta(seconds=seconds))


def test_the_first_start_makes_the_key_though_nothing_happened(var):
    tasks.checkpoint()
    assert key_path().is_file()


def test_the_clock_says_once_why_it_signs_nothing(var, log, happen, caplog, monkeypatch):
    monkeypatch.setattr(tasks._Said, "text", "")
    happen()
    tasks.checkpoint_all()
    happen()
    key_path().chmod(0o644)
    with caplog.at_level(logging.ERROR):
        tasks.checkpoint_all()
        tasks.checkpoint_all()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "No checkpoint was signed: The signing key" in caplog.text
    key_path().chmod(0o600)
    tasks.checkpoint_all()
    assert log.checkpoints.count() == 2


def test_a_log_that_was_changed_gets_no_further_checkpoint_and_others_do(var, log, happen):
    happen(2)
    checkpoint_all()
    happen(1)
    happen(1, where=None)
    seal()
    rewrite(log)
    with pytest.raises(LogContradicted, match="does not begin with what the last checkpoint in"):
        checkpoint_all()
    assert log.checkpoints.count() == 1
    site = log_of(None)
    assert site.checkpoints.first().size == site.size
    Tile.objects.filter(log=log).delete()
    with pytest.raises(LogContradicted, match=r"are damaged\. Tile 0 of level 0"):
        checkpoint_all()


def test_a_superuser_who_removes_or_forges_checkpoints_gets_no_new_one(var, log, happen):
    happen(3)
    made = checkpoint_now(log)
    rewrite(log)
    Delivery.objects.all().delete()
    Checkpoint.objects.all().delete()
    with pytest.raises(LogContradicted, match="the last one that was signed here"):
        checkpoint_all()
    log.refresh_from_db()
    root = tree_of(log).root()
    stranger = Ed25519PrivateKey.generate()
    row = {"log": log, "size": log.size, "root": root}
    for note, says in [
        (forged(log, log.size, root, stranger), "is none of this site"),
        (checkpoint_of_site(happen), "It is of another log"),
        (made.note, "the last checkpoint in the database"),
        ("nonsense", "is none of this site"),
    ]:
        Checkpoint.objects.filter(log=log).delete()
        Checkpoint.objects.create(**row, note=note)
        happen(1)
        with pytest.raises(LogContradicted, match=says):
            checkpoint_now(log)
    Key.objects.create(public=public_bytes(stranger))  # the file still holds the first one
    with pytest.raises(KeyFileError, match="is not the one that this site signs with"):
        checkpoint_now(log)


def checkpoint_of_site(happen):
    happen(1, where=None)
    return checkpoint_now(log_of(None)).note


def test_a_cut_log_is_found_by_the_clock(var, log, happen):
    happen(3)
    checkpoint_all()
    type(log).objects.filter(pk=log.pk).update(size=2)
    back_date(log, 100)
    with pytest.raises(LogContradicted):
        checkpoint_due()


def test_an_operator_can_go_on_after_a_restored_database(var, log, happen):
    happen(3)
    checkpoint_now(log)
    Delivery.objects.all().delete()
    Checkpoint.objects.filter(log=log).delete()  # as in a copy from before
    rewrite(log)
    with pytest.raises(LogContradicted, match="or an older database was restored"):
        checkpoint_now(log)
    remembered_path(log).unlink()
    assert checkpoint_now(log).size == 3


def test_what_was_signed_is_remembered_beside_the_key(var, log, happen, monkeypatch):
    happen(1)
    made = checkpoint_now(log)
    path = remembered_path(log)
    assert path.read_text(encoding="utf-8") == made.note
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    happen(1)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(KeyFileError, match="cannot be written: No space left on device"):
            checkpoint_now(log)
    assert log.checkpoints.count() == 1
    assert checkpoint_now(log).size == 2
    path.unlink()
    path.mkdir()
    happen(1)
    with pytest.raises(KeyFileError, match="cannot be read: Is a directory"):
        checkpoint_now(log)


def test_another_name_of_the_site_goes_on_with_the_same_log(var, log, happen, settings):
    happen(1)
    checkpoint_now(log)
    settings.PROVENANCE_ORIGIN = "log.example.org"
    happen(1)
    assert checkpoint_now(log).note.startswith(f"log.example.org/{log.identity}\n2\n")


def rewrite(log, at=0):
    """Do what a superuser of the database can: put other hashes in the place of the log's."""
    log.refresh_from_db()
    tree = tree_of(log)
    hashes = [tree.leaf(index) for index in range(log.size)]
    hashes[at] = leaf_hash(b"another history")
    Tile.objects.filter(log=log).delete()
    Tree(tree.store, 0).append(hashes)


def test_the_same_checkpoint_is_the_same_and_an_older_one_is_proved(var, log, happen):
    happen(3)
    kept = checkpoint_now(log)
    same = compare(log, kept.note)
    assert (same.verdict, same.holds, same.behind, same.proof) == (Verdict.SAME, True, 0, ())
    happen(300)
    checkpoint_now(log)
    older = compare(log, kept.note.encode())
    assert (older.verdict, older.holds, older.behind) == (Verdict.OLDER, True, 300)
    assert older.sentence.startswith("This checkpoint is older by 300 events, and consistent")
    verify_consistency(kept.size, older.size, bytes(kept.root), older.root, older.proof)


def test_an_older_one_by_an_older_key_still_counts(var, log, happen):
    happen(1)
    kept = checkpoint_now(log)
    rotate(actor_label="somebody")
    happen(1)
    checkpoint_now(log)
    assert compare(log, kept.note).verdict == Verdict.OLDER


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("\n", "\r\n"),
        lambda note: "\n  \n" + note + "\n\n",
        lambda note: note.rstrip(),
        lambda note: note.replace("\n", "\r\n").encode(),
    ],
)
def test_what_a_form_does_to_line_ends_does_no_harm(var, log, happen, change):
    happen(1)
    assert compare(log, change(checkpoint_now(log).note)).verdict == Verdict.SAME


def test_one_of_the_empty_log_is_older_and_one_that_lies_about_it_is_not(var, log, happen):
    happen(2)
    checkpoint_now(log)
    assert compare(log, forged(log, 0, EMPTY_ROOT)).verdict == Verdict.OLDER
    assert compare(log, forged(log, 0, b"x" * 32)).verdict == Verdict.CONTRADICTS


def test_a_log_that_was_changed_after_a_checkpoint_is_contradicted_by_it(var, log, happen):
    happen(3)
    kept = checkpoint_now(log)
    happen(2)
    seal()
    rewrite(log, at=4)  # behind what the checkpoint stands for
    assert compare(log, kept.note).verdict == Verdict.OLDER
    rewrite(log, at=1)
    found = compare(log, kept.note)
    assert (found.verdict, found.holds) == (Verdict.CONTRADICTS, False)
    assert "does not begin with the 3 events" in found.sentence


def test_a_log_whose_end_was_cut_off_is_contradicted(var, log, happen):
    happen(3)
    kept = checkpoint_now(log)
    type(log).objects.filter(pk=log.pk).update(size=2)
    found = compare(log, kept.note)
    assert found.verdict == Verdict.CONTRADICTS
    assert "stands for 3 events, and today's log has 2 events" in found.sentence


def test_a_log_with_damaged_hashes_is_contradicted_and_says_where(var, log, happen):
    happen(3)
    kept = checkpoint_now(log)
    happen(1)
    seal()
    Tile.objects.filter(log=log).update(hashes=b"\x00" * 33)
    found = compare(log, kept.note)
    assert (found.verdict, "Tile 0 of level 0" in found.sentence) == (Verdict.CONTRADICTS, True)


def test_a_note_of_another_log_or_by_another_key_is_told_apart(var, log, happen):
    happen(2)
    happen(1, where=None)
    checkpoint_now(log)
    other = checkpoint_now(log_of(None))
    foreign = compare(log, other.note)
    assert (foreign.verdict, origin_of(log) in foreign.sentence) == (Verdict.FOREIGN, True)
    stranger = compare(log, forged(log, 2, b"x" * 32, Ed25519PrivateKey.generate()))
    assert stranger.verdict == Verdict.UNKNOWN_KEY
    note = checkpoint_now(log).note
    assert compare(log, note.replace("\n2\n", "\n1\n")).verdict == Verdict.FORGED
    witness = Signature("witness.example", b"abcd", b"signature")
    assert compare(log, note + str(witness)).verdict == Verdict.SAME


def test_anything_else_is_malformed_in_one_sentence(var, log, happen):
    happen(1)
    note = checkpoint_now(log).note
    for text in ("", "\n", "hello", note.partition("\n\n")[0], note * 2000, "\x00" + note, b"\xff"):
        found = compare(log, text)
        assert (found.verdict, found.holds) == (Verdict.MALFORMED, False)
        assert found.sentence.startswith("This is no checkpoint. ")


def test_a_thousand_spoilt_checkpoints_never_count_for_another_log(var, log, happen):
    happen(5)
    note = checkpoint_now(log).note
    chance = random.Random(5)
    for _ in range(1_000):
        data = bytearray(note.encode())
        for _ in range(chance.choice((1, 1, 2, 8))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        found = compare(log, bytes(data))
        assert not found.holds or bytes(data) == note.encode()


def test_the_command_prints_the_note_of_a_space_or_of_the_site(var, space, log, happen):
    happen(2)
    out = io.StringIO()
    call_command("checkpoint", "--space", space.slug, stdout=out)
    assert out.getvalue() == log.checkpoints.get().note
    out = io.StringIO()
    call_command("checkpoint", stdout=out)
    assert out.getvalue() == log_of(None).checkpoints.get().note


def test_each_checkpoint_is_planned_for_every_destination(var, log, happen, settings):
    settings.PROVENANCE_DESTINATIONS = ["folder", "http"]
    settings.PROVENANCE_URL = "https://keep.example.org/in"
    happen(1)
    made = checkpoint_now(log)
    labels = Delivery.objects.filter(checkpoint=made).values_list("destination", flat=True)
    assert set(labels) == {f"folder {var / 'checkpoints'}", "https://keep.example.org/in"}
