"""Signed notes and checkpoints in the public formats of transparency logs.

C2SP signed-note (https://c2sp.org/signed-note): a text, a blank line, and lines of signatures, each
with the name of a key. C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint): such a text, which
says how large a log is and which head its Merkle tree has. Whoever reads these formats reads ours.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from apps.provenance.merkle import HASH_BYTES

ED25519: Final = b"\x01"  # the kind of a key, in its hash and in its text
KEY_BYTES: Final = 32
MOST_BYTES: Final = 64 * 1024
MOST_SIGNATURES: Final = 100
MOST_ENTRIES: Final = 2**63 - 1
_SIGNATURE_LINE = "\N{EM DASH} "


class NoteError(Exception):
    """A note, a checkpoint or a key is not what it has to be; the message says why."""


class UnknownKey(NoteError):
    """None of the known keys has signed this note."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Forged(NoteError):
    """A note says that a known key signed it, and that key did not."""


@dataclass(frozen=True)
class VerifyKey:
    """A public key, and the name under which it signs."""

    name: str
    public: bytes

    @property
    def hash(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        """Return the key as tools for transparency logs take it: ``name+hash+key``."""
        return f"{self.name}+{self.hash.hex()}+{_base64(ED25519 + self.public)}"


@dataclass(frozen=True)
class Signature:
    """A line of a note: who signed, with which key, and what."""

    name: str
    key_hash: bytes
    value: bytes

    def __str__(self) -> str:
        return f"{_SIGNATURE_LINE}{self.name} {_base64(self.key_hash + self.value)}\n"


@dataclass(frozen=True)
class Note:
    """A text with its signatures, of which nobody has said yet that they hold."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))


@dataclass(frozen=True)
class Head:
    """What a checkpoint says: the log, how many entries it has, and the head of their tree."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the text that is signed."""
        lines = (self.origin, str(self.size), _base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse_verify_key(text: str) -> VerifyKey:
    """Return the key that ``name+hash+key`` stands for. Raises NoteError."""
    name, _, rest = text.strip().partition("+")
    digits, _, encoded = rest.partition("+")
    data = _from_base64(encoded)
    if not _is_name(name) or not re.fullmatch("[0-9a-f]{8}", digits) or data is None:
        raise NoteError("This is no public key of the form name+hash+key.")
    if data[:1] != ED25519 or len(data) != 1 + KEY_BYTES:
        raise NoteError("This public key is of another kind than Ed25519.")
    key = VerifyKey(name, data[1:])
    if key.hash.hex() != digits:
        raise NoteError("The hash in this public key is not that of its name and key.")
    return key


def sign(text: str, name: str, private: Ed25519PrivateKey) -> Signature:
    """Sign a note's text, which ends with a line break. Raises NoteError."""
    if not _is_name(name):
        raise NoteError(f"A key cannot have the name {name!r}: no blanks and no plus signs.")
    if not text.endswith("\n") or _has_control_characters(text):
        raise NoteError("A note's text must end with a line break and have no control characters.")
    key = VerifyKey(name, private.public_key().public_bytes_raw())
    return Signature(name, key.hash, private.sign(text.encode()))


def parse_note(message: bytes | str) -> Note:
    """Return a note as it stands, its signatures unchecked. Raises NoteError."""
    text, split, signatures = _decoded(message).rpartition("\n\n")
    if not split or not text:
        raise NoteError("This is no signed note: a blank line must part its text and signatures.")
    if not signatures.endswith("\n"):
        raise NoteError("This note breaks off: no line break follows its last signature.")
    lines = signatures[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise NoteError(f"This note has more than {MOST_SIGNATURES} signatures.")
    return Note(text + "\n", tuple(map(_signature, lines)))


def open_note(message: bytes | str, keys: Iterable[VerifyKey]) -> Note:
    """Return a note that one of the keys signed. Raises UnknownKey, Forged and other NoteErrors.

    Signatures by keys that are not given, such as those of witnesses, are kept and say nothing; one
    that is said to be by a given key and is not spoils the note.
    """
    note = parse_note(message)
    known = {(key.name, key.hash): key for key in keys}
    found = False
    for one in note.signatures:
        if key := known.get((one.name, one.key_hash)):
            _verify(key, note.text, one)
            found = True
    if not found:
        raise UnknownKey
    return note


def parse_head(text: str) -> Head:
    """Return what the text of a note says, if it is that of a checkpoint. Raises NoteError."""
    if not text.endswith("\n"):
        raise NoteError("This checkpoint breaks off within a line.")
    lines = text[:-1].split("\n")
    if len(lines) < 3:
        raise NoteError("A checkpoint has three lines: its log, a number of entries, and a hash.")
    origin, size, encoded, *extensions = lines
    if not origin or not all(extensions):
        raise NoteError("This checkpoint has an empty line.")
    if not re.fullmatch("0|[1-9][0-9]{0,18}", size) or int(size) > MOST_ENTRIES:
        raise NoteError("The second line of this checkpoint is no number of entries.")
    root = _from_base64(encoded)
    if root is None or len(root) != HASH_BYTES:
        raise NoteError("The third line of this checkpoint is no hash.")
    return Head(origin, int(size), root, tuple(extensions))


def _verify(key: VerifyKey, text: str, signature: Signature) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature.value, text.encode())
    except (InvalidSignature, ValueError):
        raise Forged(f"The signature of {key.name} does not hold: the note is forged.") from None


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_SIGNATURE_LINE).partition(" ")
    data = _from_base64(encoded)
    if not line.startswith(_SIGNATURE_LINE) or not _is_name(name) or not data or len(data) < 5:
        raise NoteError("A line below the blank line of this note is no signature.")
    return Signature(name, data[:4], data[4:])


def _decoded(message: bytes | str) -> str:
    try:
        data = message.encode() if isinstance(message, str) else message
        text = data.decode()
    except UnicodeError:
        raise NoteError("This note is no text in UTF-8.") from None
    if len(data) > MOST_BYTES:
        raise NoteError(f"This note is longer than {MOST_BYTES // 1024} KB.")
    if _has_control_characters(text):
        raise NoteError("This note has control characters.")
    return text


def _has_control_characters(text: str) -> bool:
    return any(character < " " and character != "\n" for character in text)


def _is_name(text: str) -> bool:
    return bool(text) and text.isprintable() and not set(text) & {" ", "+"}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _from_base64(text: str) -> bytes | None:
    """Return the bytes, if this is the one text that stands for them."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if _base64(data) == text else None
