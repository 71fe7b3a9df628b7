"""The key that signs checkpoints: made once, read where something is signed, replaced by command.

Only a worker and commands call what reads the private key. The database knows the public ones.
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction

from apps.audit.services import record
from apps.provenance.keys import (
    KeyFileError,
    key_path,
    make_key,
    public_bytes,
    read_key,
    replace_key,
)
from apps.provenance.models import Key
from apps.provenance.notes import Note, VerifyKey, sign

_LOCK: Final = 0x6B6579  # of PostgreSQL, for whoever adds a key
SYSTEM: Final = "memweb"


def current_key() -> Key | None:
    """Return the key that signs; None before the first one is made."""
    return Key.objects.first()


def verify_keys(name: str) -> list[VerifyKey]:
    """Return the keys that sign or signed, the newest first, under the name of a log."""
    return [VerifyKey(name, bytes(key.public)) for key in Key.objects.all()]


def signing_key() -> Ed25519PrivateKey:
    """Return the private key, made if there has never been one. Raises KeyFileError.

    A key that is another one than the site is known by is not used: whoever can change the file
    could else sign in its name.
    """
    path, known = key_path(), current_key()
    try:
        private = read_key(path)
    except FileNotFoundError:
        if known is not None or settings.PROVENANCE_KEY_FILE:
            raise KeyFileError(
                f"The signing key {path} is missing: bring it back, or, if it is lost, run "
                "`manage.py rotate_provenance_key`."
            ) from None
        private = make_key(path)
    public = public_bytes(private)
    if known is None:
        known = _first(public)
    if bytes(known.public) != public:
        raise KeyFileError(
            f"The key in {path} is not the one that this site signs with: bring that one back, or "
            "run `manage.py rotate_provenance_key` to go over to this one."
        )
    return private


def rotate(*, actor_label: str) -> Key:
    """Go over to another key, and return it. Raises KeyFileError.

    That is the key in the file, if it is another one than the site is known by; else one is made
    and replaces it, and the old one vouches for it. A file named by PROVENANCE_KEY_FILE is never
    written.
    """
    path = key_path()
    with transaction.atomic():
        _lock()
        known = current_key()
        try:
            found = read_key(path)
        except FileNotFoundError:
            found = None
        is_new = found is not None and (known is None or public_bytes(found) != bytes(known.public))
        if settings.PROVENANCE_KEY_FILE and not is_new:
            raise KeyFileError(
                f"Put the new key into {path} first: memweb does not write the file of "
                "PROVENANCE_KEY_FILE."
            )
        private = found if found is not None and is_new else Ed25519PrivateKey.generate()
        vouched = _vouched(found, private) if found is not None and not is_new else ""
        key = _add(private, known, vouched, actor_label)
        if not is_new:
            replace_key(path, private)
    return key


def _first(public: bytes) -> Key:
    with transaction.atomic():
        _lock()
        if (known := current_key()) is not None:
            return known
        key = Key.objects.create(public=public)
        record(
            space=None, action="key.made", actor=None, actor_label=SYSTEM, subject=key,
            payload={"after": public.hex()},
        )  # fmt: skip
        return key


def _add(private: Ed25519PrivateKey, known: Key | None, vouched: str, actor_label: str) -> Key:
    public = public_bytes(private)
    if Key.objects.filter(public=public).exists():
        raise KeyFileError("This site signed with that key before; take another one.")
    key = Key.objects.create(public=public, vouched=vouched)
    payload = {"after": public.hex(), "vouched": vouched}
    if known is not None:
        payload["before"] = bytes(known.public).hex()
    record(
        space=None, action="key.rotated", actor=None, actor_label=actor_label, subject=key,
        payload=payload,
    )  # fmt: skip
    return key


def _vouched(old: Ed25519PrivateKey, new: Ed25519PrivateKey) -> str:
    """Return a note by which the old key says which one comes after it."""
    name: str = settings.PROVENANCE_ORIGIN
    text = f"{name}\nThe next key that signs checkpoints is\n{VerifyKey(name, public_bytes(new))}\n"
    return str(Note(text, (sign(text, name, old),)))


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
