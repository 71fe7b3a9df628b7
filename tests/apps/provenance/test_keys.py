"""The file with the signing key."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from apps.provenance.keys import KeyFileError, key_path, make_key, read_key, replace_key


@pytest.fixture
def path(tmp_path):
    return tmp_path / "provenance" / "signing_key.pem"


def raw(private):
    return private.private_bytes_raw()


def written(path, data, mode=0o600):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)


def test_a_key_is_made_for_its_owner_alone_and_read_back(path):
    private = make_key(path)
    assert raw(read_key(path)) == raw(private)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_of_two_processes_that_make_one_both_get_the_same(path, monkeypatch):
    first = make_key(path)
    assert raw(make_key(path)) == raw(first)


def test_a_key_is_replaced_whole(path):
    make_key(path)
    other = Ed25519PrivateKey.generate()
    replace_key(path, other)
    assert raw(read_key(path)) == raw(other)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_key_made_by_openssl_is_read(path):
    path.parent.mkdir()
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True)
    path.chmod(0o600)
    assert len(raw(read_key(path))) == 32


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644, 0o777])
def test_a_key_that_is_open_to_others_is_refused(path, mode):
    make_key(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match=r"is open to others than its owner: run `chmod 600 /"):
        read_key(path)
    with pytest.raises(KeyFileError, match="open to others"):
        make_key(path)


def of_another_kind():
    private = generate_private_key(SECP256R1())
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def with_a_password():
    private = Ed25519PrivateKey.generate()
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff" * 100,
        b"x" * 100_000,
        b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        of_another_kind(),
        with_a_password(),
    ],
)
def test_what_is_no_such_key_is_refused_in_one_sentence(path, data):
    written(path, data)
    with pytest.raises(KeyFileError, match="is no Ed25519 key in PEM format") as caught:
        read_key(path)
    assert str(caught.value).count(".") == str(path).count(".") + 1


def test_a_key_that_is_absent_or_a_folder_is_told_apart(path):
    with pytest.raises(FileNotFoundError):
        read_key(path)
    path.mkdir(parents=True)
    with pytest.raises(KeyFileError, match="cannot be read: Is a directory"):
        read_key(path)


def test_a_full_disk_leaves_no_key_behind(path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    for use in (make_key, lambda path: replace_key(path, Ed25519PrivateKey.generate())):
        with pytest.raises(KeyFileError, match="No space left on device"):
            use(path)
    assert os.listdir(path.parent) == []


def test_it_lies_below_the_data_or_where_the_setting_says(settings):
    assert key_path() == Path(settings.VAR_DIR) / "provenance" / "signing_key.pem"
    settings.PROVENANCE_KEY_FILE = "/run/secrets/provenance_key"
    assert key_path() == Path("/run/secrets/provenance_key")
