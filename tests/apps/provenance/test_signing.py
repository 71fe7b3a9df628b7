"""The key that signs checkpoints: made once, guarded, rotated."""

from __future__ import annotations

import io
import os

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command

from apps.audit.models import Event
from apps.provenance.keys import KeyFileError, key_path, make_key, public_bytes, replace_key
from apps.provenance.models import Checkpoint, Key
from apps.provenance.notes import VerifyKey, open_note, parse_head
from apps.provenance.services.checkpoints import checkpoint_all, checkpoint_now, origin_of
from apps.provenance.services.sequencer import log_of
from apps.provenance.services.signing import current_key, rotate, signing_key, verify_keys

pytestmark = pytest.mark.django_db


def public():
    return bytes(current_key().public)


def test_the_first_use_makes_a_key_outside_of_the_database(var):
    assert current_key() is None
    private = signing_key()
    assert public() == public_bytes(private)
    assert key_path().stat().st_mode & 0o777 == 0o600
    assert signing_key().private_bytes_raw() == private.private_bytes_raw()
    event = Event.objects.get(action="key.made")
    assert (event.space, event.payload) == (None, {"after": public().hex()})
    assert Key.objects.count() == 1


def test_a_key_file_that_lies_there_is_taken(var, settings, tmp_path):
    settings.PROVENANCE_KEY_FILE = str(tmp_path / "own.pem")
    with pytest.raises(KeyFileError, match="is missing"):
        signing_key()
    private = make_key(tmp_path / "own.pem")
    assert signing_key().private_bytes_raw() == private.private_bytes_raw()


def test_another_key_in_the_file_is_not_signed_with(var):
    signing_key()
    replace_key(key_path(), Ed25519PrivateKey.generate())
    with pytest.raises(KeyFileError, match="is not the one that this site signs with"):
        signing_key()


def test_a_lost_key_is_said_and_no_new_one_made_in_silence(var):
    signing_key()
    key_path().unlink()
    with pytest.raises(KeyFileError, match="is missing: bring it back"):
        signing_key()
    assert Key.objects.count() == 1


def test_rotating_makes_a_key_for_which_the_old_one_vouches(var):
    old = public_bytes(signing_key())
    key = rotate(actor_label="somebody")
    assert public() == public_bytes(signing_key()) != old
    note = open_note(key.vouched, [VerifyKey("memweb.local", old)])
    assert note.text.splitlines()[-1] == str(VerifyKey("memweb.local", public()))
    event = Event.objects.get(action="key.rotated")
    assert event.payload == {"before": old.hex(), "after": public().hex(), "vouched": key.vouched}
    assert event.actor_label == "somebody"
    assert [one.public for one in verify_keys("x")] == [public(), old]


def test_rotating_goes_over_to_a_key_that_was_put_into_the_file(var, settings, tmp_path):
    settings.PROVENANCE_KEY_FILE = str(tmp_path / "own.pem")
    make_key(tmp_path / "own.pem")
    old = signing_key()
    with pytest.raises(KeyFileError, match="Put the new key into"):
        rotate(actor_label="somebody")
    new = Ed25519PrivateKey.generate()
    replace_key(tmp_path / "own.pem", new)
    assert rotate(actor_label="somebody").vouched == ""
    assert public() == public_bytes(new)
    replace_key(tmp_path / "own.pem", old)
    with pytest.raises(KeyFileError, match="signed with that key before"):
        rotate(actor_label="somebody")


def test_rotating_takes_the_place_of_a_lost_key(var):
    signing_key()
    key_path().unlink()
    assert rotate(actor_label="somebody").vouched == ""
    assert public() == public_bytes(signing_key())


def test_a_full_disk_leaves_the_old_key_in_use(var, monkeypatch):
    old = signing_key()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(KeyFileError, match="No space left"):
            rotate(actor_label="somebody")
    assert signing_key().private_bytes_raw() == old.private_bytes_raw()
    assert os.listdir(key_path().parent) == [key_path().name]


def test_the_command_signs_with_both_keys_and_old_checkpoints_still_verify(var, space, happen):
    happen()
    first = checkpoint_now(log_of(space))
    happen()
    out = io.StringIO()
    call_command("rotate_provenance_key", stdout=out)
    assert public().hex() in out.getvalue()
    last, site = log_of(space).checkpoints.first(), log_of(None).checkpoints.first()
    assert last.size == first.size + 1
    new = VerifyKey(origin_of(log_of(None)), public())
    assert parse_head(open_note(site.note, [new]).text).size == site.size
    old = Key.objects.last()
    by_old = VerifyKey(origin_of(log_of(space)), bytes(old.public))
    assert parse_head(open_note(last.note, [by_old]).text).size == last.size
    for checkpoint in Checkpoint.objects.all():
        open_note(checkpoint.note, verify_keys(origin_of(checkpoint.log)))
    assert checkpoint_all() == []


def test_the_command_says_in_one_sentence_what_is_wrong(var):
    signing_key()
    key_path().chmod(0o644)
    with pytest.raises(CommandError, match="open to others"):
        call_command("rotate_provenance_key", stderr=io.StringIO())
    assert Key.objects.count() == 1
