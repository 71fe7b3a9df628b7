"""The file with the key that signs checkpoints. It stays out of the database and of the web server:
only what signs (a worker, a command) reads it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings

from apps.provenance.files import write_whole
from apps.provenance.notes import KEY_BYTES

MOST_BYTES = 16 * 1024


class KeyFileError(Exception):
    """The file with the signing key cannot be used; the message says why and what to do."""


def key_path() -> Path:
    """Return where the key lies: PROVENANCE_KEY_FILE, or a file below MEMWEB_VAR."""
    given: str = settings.PROVENANCE_KEY_FILE
    return Path(given) if given else Path(settings.VAR_DIR) / "provenance" / "signing_key.pem"


def read_key(path: Path) -> Ed25519PrivateKey:
    """Return the key in a file. Raises FileNotFoundError and KeyFileError."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise KeyFileError(f"The signing key {path} cannot be read: {error.strerror}.") from None
    if mode & 0o077:
        raise KeyFileError(
            f"The signing key {path} is open to others than its owner: run `chmod 600 {path}`."
        )
    return _parsed(path, text)


def make_key(path: Path) -> Ed25519PrivateKey:
    """Make a key, keep it in a file that only its owner can read, and return it.

    The file appears whole or not at all. Where another process was first, its key is returned.
    Raises KeyFileError.
    """
    private = Ed25519PrivateKey.generate()
    own = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            write_whole(own, _pem(private))
            os.link(own, path)
        finally:
            own.unlink(missing_ok=True)
    except FileExistsError:
        return read_key(path)
    except OSError as error:
        raise KeyFileError(f"No signing key can be kept in {path}: {error.strerror}.") from None
    return private


def replace_key(path: Path, private: Ed25519PrivateKey) -> None:
    """Put another key in the place of the one in the file. Raises KeyFileError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, _pem(private))
    except OSError as error:
        raise KeyFileError(f"No signing key can be kept in {path}: {error.strerror}.") from None


def public_bytes(private: Ed25519PrivateKey) -> bytes:
    """Return the 32 bytes of the public key."""
    public = private.public_key().public_bytes_raw()
    assert len(public) == KEY_BYTES
    return public


def _parsed(path: Path, text: bytes) -> Ed25519PrivateKey:
    with suppress(ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it has a password
        private = load_pem_private_key(text, password=None)
        if isinstance(private, Ed25519PrivateKey):
            return private
    raise KeyFileError(f"The signing key {path} is no Ed25519 key in PEM format without password.")


def _pem(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
