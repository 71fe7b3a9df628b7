"""Check a memweb bundle: that its facts follow from a sealed log, and that the log was signed.

    python verify.py BUNDLE.zip          or, inside the unpacked folder:   python verify.py

Needs Python 3.8 or newer and nothing else: no network, no database, no memweb. Ends with 0 and
VALID, with 1 and what is wrong and where, or with 2 where it was given no bundle.

From top to bottom: strict JSON, the Merkle tree (RFC 9162), Ed25519 (RFC 8032), signed notes (C2SP
signed-note and tlog-checkpoint), the bundle's files, its events, and what follows from these: facts
and answers, which are compared with what the bundle says of them.
"""

# fmt: off
from __future__ import annotations

import sys

# Python looks for modules beside this file first, where a bundle could have put a false one.
if __name__ == "__main__" and not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
    del sys.path[0]

import argparse
import base64
import hashlib
import json
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Tuple  # noqa: UP035

FORMAT, VERSION = "memweb bundle", 1
LONGEST = 64 * 2**20  # bytes of a file that is read at once, and of a line of the others
LONGEST_TOTAL = 2**36  # bytes of all files together
MOST_TOLD = 20  # problems, and facts unless --all is given
NAME = re.compile(r"(?:README\.txt|verify\.py|checkpoint\.txt|keys\.json|answer\.json"
                  r"|(?:events|facts|consistency)\.jsonl|(?:documents|passages)/[1-9]\d{0,18}\.txt)")
NEEDED = ("README.txt", "checkpoint.txt", "events.jsonl", "facts.jsonl", "keys.json", "verify.py")
LEFT_BY_SYSTEMS = (".DS_Store", "Thumbs.db", "desktop.ini")  # lie about in unpacked folders
MAYBE = type(None)
# What zipfile raises of a damaged or false zip, besides OSError. It becomes a verdict, never VALID.
DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError,
           OverflowError, OSError)


class Wrong(Exception):
    """What is wrong, and where."""


class NoBundle(Exception):
    """Why what was given is no bundle at all."""


# ---------------------------------------------------------------------------------- strict JSON


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise Wrong("a key stands there twice")
    return dict(pairs)


def _whole(digits: str) -> int:
    if len(digits) > 20:
        raise Wrong("a number is too long")
    return int(digits)


def _refused(text: str) -> Any:
    raise Wrong(f"{text[:20]} is no whole number")


def parse(text: str, where: str, fractions: bool = False) -> Any:
    """Read JSON without double keys, NaN or endless numbers. Fractions stay text, if allowed."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_int=_whole, parse_constant=_refused,
                          parse_float=str if fractions else _refused)
    except Wrong as error:
        raise Wrong(f"{where}: {error}") from None
    except (ValueError, RecursionError):
        raise Wrong(f"{where}: this is no JSON") from None


def canonical(value: Any) -> str:
    """Return the one text that this value has as canonical JSON (RFC 8785; no fractions here)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def parse_canonical(text: str, where: str) -> Any:
    value = parse(text, where)
    if canonical(value) != text:
        raise Wrong(f"{where}: this is not canonical JSON")
    return value


def shaped(value: Any, where: str, /, **kinds: Any) -> dict[str, Any]:
    """Return the value if it is an object of exactly these keys, each of its kind or kinds."""
    if not isinstance(value, dict) or set(value) != set(kinds):
        raise Wrong(f"{where}: expected exactly {', '.join(sorted(kinds))}")
    for key, kind in kinds.items():
        # To Python, True and False are numbers too.
        if not isinstance(value[key], kind) or (kind is not bool and isinstance(value[key], bool)):
            raise Wrong(f"{where}: {key} is of the wrong kind")
    return value


def encoded(text: str, where: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:  # half of a character
        raise Wrong(f"{where}: this is no text") from None


def decoded(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Wrong(f"{where}: this is no UTF-8") from None


def unhex(text: Any, where: str, size: int = 32) -> bytes:
    if not isinstance(text, str) or not re.fullmatch(f"[0-9a-f]{{{2 * size}}}", text):
        raise Wrong(f"{where}: expected {2 * size} hexadecimal digits")
    return bytes.fromhex(text)


def unbase64(text: str, where: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Wrong(f"{where}: this is no base64") from None
    if base64.b64encode(data).decode() != text:  # bits that no byte needs
        raise Wrong(f"{where}: this is no base64")
    return data


# ------------------------------------------------------------------------- Merkle tree, RFC 9162


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\0" + leaf)


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right)


class Tree:
    """A tree that leaves are added to; of its nodes only those on the right edge are kept."""

    def __init__(self) -> None:
        self.size = 0
        self.edge: list[bytes] = []

    def add(self, hashed: bytes) -> None:
        self.size += 1
        bits = self.size
        while bits % 2 == 0:  # a full pair: one node stands for both
            hashed = node_hash(self.edge.pop(), hashed)
            bits //= 2
        self.edge.append(hashed)

    def root(self) -> bytes:
        if not self.edge:
            return sha256(b"")
        top = self.edge[-1]
        for left in reversed(self.edge[:-1]):
            top = node_hash(left, top)
        return top


def steps(position: int, last: int, path: list[bytes]) -> list[tuple[bool, bytes]] | None:
    """Return each hash of a proof with whether it stands on the left, as in 2.1.3.2 and 2.1.4.2;
    None where the proof is too long or too short."""
    found = []
    for other in path:
        if last == 0:
            return None
        on_left = position % 2 == 1 or position == last
        found.append((on_left, other))
        while on_left and position % 2 == 0 and position:
            position, last = position >> 1, last >> 1
        position, last = position >> 1, last >> 1
    return found if last == 0 else None


def root_by_path(hashed: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """Return the root that an inclusion proof leads to, None where it leads nowhere."""
    found = steps(index, size - 1, path) if 0 <= index < size else None
    if found is None:
        return None
    for on_left, other in found:
        hashed = node_hash(other, hashed) if on_left else node_hash(hashed, other)
    return hashed


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    """Whether the tree of the new size begins with the one of the old size."""
    if old == new:
        return not proof and old_root == new_root and (old > 0 or old_root == sha256(b""))
    if not 0 < old < new:
        return False
    if old & (old - 1) == 0:  # a full tree is a node of the new one
        proof = [old_root, *proof]
    position, last = old - 1, new - 1
    while position % 2:
        position, last = position >> 1, last >> 1
    found = steps(position, last, proof[1:])
    if not proof or found is None:
        return False
    first = second = proof[0]
    for on_left, other in found:
        if on_left:
            first, second = node_hash(other, first), node_hash(other, second)
        else:
            second = node_hash(second, other)
    return first == old_root and second == new_root


# ----------------------------------------------------------------------------- Ed25519, RFC 8032

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = Tuple[int, int, int, int]  # noqa: UP006 (Python 3.8). Extended: X, Y, Z, X * Y / Z
NOTHING = (0, 1, 1, 0)  # the point that adds nothing


def add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number: int, point: Point) -> Point:
    result = NOTHING
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def decode(data: bytes) -> Point | None:
    """Return the point that these 32 bytes stand for; None for no point, or one written oddly."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x % 2 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def encode(point: Point) -> bytes:
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = decode(b"\x58" + b"\x66" * 31)  # y = 4/5


def signed_plainly(key: bytes, message: bytes, signature: bytes) -> bool:
    """The check of RFC 8032, 5.1.7, in plain Python: whether R = S * BASE - H * KEY."""
    point = decode(key)
    if point is None or BASE is None:
        return False
    s = int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    minus = (P - point[0], point[1], point[2], P - point[3])
    return encode(add(times(s, BASE), times(h, minus))) == signature[:32]


def signed_by_library(key: bytes, message: bytes, signature: bytes) -> bool:
    """The same by the package "cryptography"; ImportError where it is not installed."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of the key signed the message. A signature has one form only, S < ORDER,
    and a key of small order, which anybody can sign for, is none."""
    if len(key) != 32 or len(signature) != 64:
        return False
    point = decode(key)
    if point is None or int.from_bytes(signature[32:], "little") >= ORDER:
        return False
    if encode(times(8, point)) == encode(NOTHING):
        return False
    try:
        return signed_by_library(key, message, signature)
    except ImportError:
        return signed_plainly(key, message, signature)


# ------------------------------------------------------------------------- signed notes of C2SP


class Key:
    """A public key as its owner publishes it: NAME+ID+BASE64, the ID being the start of a hash."""

    def __init__(self, text: str) -> None:
        parts = text.strip().split("+", 2)
        if len(parts) != 3 or not re.fullmatch(r"[^\s+]{1,200}", parts[0]):
            raise Wrong("a public key reads NAME+ID+BASE64")
        data = unbase64(parts[2], "the public key")
        if len(data) != 33 or data[0] != 1:
            raise Wrong("the public key is none of Ed25519")
        self.name, self.data, self.text = parts[0], data[1:], text.strip()
        self.id = sha256(encoded(self.name, "the public key") + b"\n" + data)[:4]
        if unhex(parts[1], "the public key", 4) != self.id:
            raise Wrong("the public key does not fit its ID")


class Checkpoint:
    """A signed note that says how long a log was and which root its tree had."""

    def __init__(self, note: str, where: str) -> None:
        text, gap, rest = note.rpartition("\n\n")
        lines = text.split("\n")
        if not gap or not rest.endswith("\n") or len(lines) < 3 or "" in lines:
            raise Wrong(f"{where}: this is no checkpoint (origin, size, root, signatures)")
        if not re.fullmatch("0|[1-9][0-9]{0,17}", lines[1]):
            raise Wrong(f"{where}: the size is no number")
        self.where, self.signed = where, encoded(text + "\n", where)
        self.origin, self.size, self.root = lines[0], int(lines[1]), unbase64(lines[2], where)
        if len(self.root) != 32:
            raise Wrong(f"{where}: the root is not 32 bytes long")
        self.signatures: list[tuple[str, bytes]] = []
        for line in rest[:-1].split("\n"):
            parts = line.split(" ")
            if len(parts) != 3 or parts[0] != "\u2014" or not parts[1]:
                raise Wrong(f"{where}: a line of signature reads: \u2014 NAME BASE64")
            self.signatures.append((parts[1], unbase64(parts[2], where)))

    def signer(self, keys: list[Key]) -> Key | None:
        """Return the first of the keys that signed; Wrong where the signature of one is false."""
        found = None
        for name, data in self.signatures[:20]:
            for key in keys:
                if (name, data[:4]) == (key.name, key.id):
                    if not is_signed(key.data, self.signed, data[4:]):
                        raise Wrong(f"{self.where}: the signature of {name} is false")
                    found = found or key
        return found


# ---------------------------------------------------------------------------- the bundle's files


class Bundle:
    """The files of a zip or of an unpacked folder, by their names."""

    def __init__(self, path: str) -> None:
        self.folder = path if os.path.isdir(path) else ""
        self.sizes: dict[str, int] = {}
        if self.folder:
            self._list_folder()
        else:
            self._list_zip(path)
        if "manifest.json" not in self.sizes:
            raise NoBundle(f"{path} holds no manifest.json, so it is no bundle.")
        if sum(self.sizes.values()) > LONGEST_TOTAL:
            raise Wrong("the files are too long to be those of a bundle")
        if not self.folder:
            self._check_seal(path)

    def _list_folder(self) -> None:
        for folder, folders, files in os.walk(self.folder):
            for path in (os.path.join(folder, name) for name in folders + files):
                name, mode = os.path.relpath(path, self.folder), os.lstat(path).st_mode
                if stat.S_ISREG(mode):
                    if os.path.basename(path) not in LEFT_BY_SYSTEMS:
                        self._add(name.replace(os.sep, "/"), os.path.getsize(path))
                elif not stat.S_ISDIR(mode):
                    raise Wrong(f"{name} is a link, or no file")

    def _list_zip(self, path: str) -> None:
        try:
            self.zip = zipfile.ZipFile(path)
        except OSError as error:
            raise NoBundle(f"{path} cannot be read: {error.strerror or error}.") from None
        except DAMAGED:
            raise NoBundle(f"{path} is no zip file, or a damaged one.") from None
        for item in self.zip.infolist():
            kind = stat.S_IFMT(item.external_attr >> 16)
            odd = kind not in (0, stat.S_IFREG) or item.compress_type not in (0, 8)
            if odd or item.flag_bits & 1:
                raise Wrong(f"{item.filename} is a link, encrypted or packed in an unknown way")
            if item.file_size > 1100 * item.compress_size + 1024:
                raise Wrong(f"{item.filename} is said to be longer than a zip can make it")
            self._add(item.filename, item.file_size)

    def _check_seal(self, path: str) -> None:
        """The comment at the end of the zip is the hash of all bytes before it."""
        digest, left = hashlib.sha256(), os.path.getsize(path) - 64
        with open(path, "rb") as file:
            while left > 0:
                data = file.read(min(left, 2**20))
                digest.update(data)
                left -= len(data) or left
            if file.read() != digest.hexdigest().encode():
                raise Wrong("\n".join(["the zip is not as it was made (if it was packed anew, check"
                                       " the unpacked folder)", *self._changed()]))

    def _changed(self) -> list[str]:
        """Say what of the zip was changed, as far as that can be told."""
        try:
            return check_files(self, read_manifest(self)["files"])
        except (NoBundle, Wrong, *DAMAGED) as error:
            return [str(error)]

    def _add(self, name: str, size: int) -> None:
        if name in self.sizes:
            raise Wrong(f"{name} is in the bundle twice")
        self.sizes[name] = size

    def open(self, name: str) -> BinaryIO:
        if self.folder:
            return open(os.path.join(self.folder, *name.split("/")), "rb")
        return self.zip.open(name)  # type: ignore[return-value]

    def digest(self, name: str) -> str:
        digest = hashlib.sha256()
        try:
            with self.open(name) as file:
                for data in iter(lambda: file.read(2**20), b""):
                    digest.update(data)
        except DAMAGED:
            return "none: it cannot be unpacked"
        return digest.hexdigest()

    def text(self, name: str) -> str:
        with self.open(name) as file:
            data = file.read(LONGEST + 1)
        if len(data) > LONGEST:
            raise Wrong(f"{name} is too long")
        return decoded(data, name)

    def lines(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield each line with where it stands."""
        with self.open(name) as file:
            for number, line in enumerate(iter(lambda: file.readline(LONGEST), b""), 1):
                where = f"{name}, line {number}"
                if not line.endswith(b"\n"):
                    raise Wrong(f"{where}: it is cut off, or too long")
                yield where, decoded(line[:-1], where)


def read_manifest(bundle: Bundle) -> dict[str, Any]:
    """Return the manifest, which protects itself by a digest against being damaged."""
    try:
        text = bundle.text("manifest.json")
        manifest = parse(text, "manifest.json")
    except Exception as error:
        raise NoBundle(f"This is no bundle: its manifest.json cannot be read ({error}).") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise NoBundle("This is no bundle: its manifest.json is that of something else.")
    if manifest.get("version") != VERSION:
        raise NoBundle(f"This is no bundle of version {VERSION}, which is all that I can check.")
    shaped(manifest, "manifest.json", format=str, version=int, log=str, origin=str, scope=dict,
           complete=bool, made_at=str, counts=dict, files=dict, digest=str)
    shaped(manifest["scope"], "manifest.json, scope", kind=str, id=(int, str))
    plain = canonical({key: value for key, value in manifest.items() if key != "digest"})
    if sha256(encoded(plain, "manifest.json")).hex() != manifest["digest"]:
        raise Wrong("manifest.json is not as it was made: its digest is another")
    if text != canonical(manifest) + "\n":
        raise Wrong("manifest.json is not as it was made: it is written otherwise")
    return manifest


def check_files(bundle: Bundle, files: dict[str, Any]) -> list[str]:
    """Return what is wrong with the files: absent, not named, or not of the hash that they had."""
    here = set(bundle.sizes) - {"manifest.json"}
    wrong = [f"{name} is missing" for name in sorted({*files, *NEEDED} - here)]
    wrong += [f"{name} is not named in manifest.json" for name in sorted(here - set(files))]
    for name in sorted(here.intersection(files)):
        if not NAME.fullmatch(name):
            wrong.append(f"{name} is no file of a bundle")
        elif bundle.digest(name) != files[name]:
            wrong.append(f"{name} is not as it was made: its SHA-256 is not that of manifest.json")
    return wrong


# ------------------------------------------------------------------------------- the sealed events


class Happened:
    """An event whose place in the log was checked: who did what, and when."""

    def __init__(self, leaf: dict[str, Any], private: Any) -> None:
        self.at, self.action, self.actor = leaf["at"], leaf["action"], leaf["actor"]
        self.who = private.get("actor_label") if isinstance(private, dict) else None
        # What it says of the explicit memories of an answer, of which no row is sealed.
        payload = private.get("payload") if isinstance(private, dict) else None
        told = payload.get("attended") if isinstance(payload, dict) else None
        self.attended = told if self.action == "question.answered" else None


class Row:
    """A row of the memory as the checked changes leave it."""

    def __init__(self, made: int) -> None:
        self.made = self.last = made  # the events that made it and that changed it last
        self.op = ""  # how its story begins here
        self.public: dict[str, Any] | None = None
        self.private: dict[str, Any] | None = None

    def image(self) -> dict[str, Any]:
        return {} if self.public is None else {**self.public, **(self.private or {})}


def side(private: Any, name: str) -> dict[str, Any] | None:
    value = private.get(name) if isinstance(private, dict) else None
    return value if isinstance(value, dict) else None


def differs(left: dict[str, Any] | None, right: dict[str, Any] | None) -> bool:
    """Whether two images of a row contradict each other; what is not known contradicts nothing."""
    if left is None or right is None:
        return False
    return any(left[key] != right[key] for key in left.keys() & right.keys())


def follow(row: Row, leaf: dict[str, Any], private: Any, index: int) -> str:
    """Take a change of a row in, and return what is wrong with it. What the row was before it must
    be what the change before it left; an adopted row is one that was there when recording began."""
    op, was, there = leaf["op"], row.public, row.public is not None
    before, after = side(private, "before"), side(private, "after")
    seen = (leaf["after"], after) if op == "adopt" else (leaf["before"], before)
    wrong = ""
    if not row.op and op not in ("insert", "adopt"):
        wrong = "how it came to be is missing"
    elif row.op and there != (op not in ("insert", "adopt")) and op != "adopt":
        wrong = f"event {index} cannot be, since it was {'there' if there else 'gone'} by then"
    elif differs(was, seen[0]) or differs(row.private, seen[1]):
        wrong = f"before event {index} it was not as event {row.last} left it: one is missing"
    row.op, row.last, row.public, row.private = row.op or op, index, leaf["after"], after
    return wrong


def opened(private: Any, digest: str, where: str) -> Any:
    """Return the private part after comparing it with its salted hash; None where it is erased."""
    if private is None:
        return None
    shaped(private, where, salt=str, value=str)
    data = b"\2" + unhex(private["salt"], where, 16) + encoded(private["value"], where)
    if sha256(data).hex() != digest:
        raise Wrong(f"{where}: the private part is not the one that was sealed")
    return parse(private["value"], where, fractions=True)


def hashes(values: list[Any], where: str) -> list[bytes]:
    if len(values) > 64:
        raise Wrong(f"{where}: this is no proof")
    return [unhex(value, where) for value in values]


class Story:
    """Events, and the rows as their changes leave them."""

    def __init__(self) -> None:
        self.events: dict[int, Happened] = {}
        self.rows: dict[tuple[str, int], Row] = {}


class Record(Story):
    """What the events of a bundle say, once each was found to stand in the signed log.

    events.jsonl holds a line for each event, and behind it one for each of its changes of rows. A
    complete bundle holds every event of its log with all changes, and the roots are computed anew;
    any other one holds for each event the path to the root of the log, and for each change the path
    to the root of its event's own tree.
    """

    def __init__(self, manifest: dict[str, Any], checkpoint: Checkpoint, old: int = -1) -> None:
        super().__init__()
        self.log, self.complete, self.checkpoint = manifest["log"], manifest["complete"], checkpoint
        self.ids: set[int] = set()  # of events and changes: none comes twice
        self.changes = self.erased = 0
        self.tree, self.old, self.old_root = Tree(), old, b""  # its root at an old size
        self.wrong: list[str] = []
        # The event that is being read: its index, the tree of its changes, and that tree as sealed.
        self.index, self.own, self.count, self.root, self.position = -1, Tree(), 0, sha256(b""), -1
        self.good = False  # whether the event holds, so that its changes are worth reading

    def read(self, lines: Iterator[tuple[str, str]]) -> None:
        for where, text in lines:
            try:
                line = parse_canonical(text, where)
                if isinstance(line, dict) and "position" in line:
                    if self.good or self.index < 0:
                        self.change(line, where)
                else:
                    self.close()
                    self.event(line, where)
                    self.good = True
            except Wrong as error:
                self.wrong.append(str(error))
        self.close()
        told = (self.tree.size, self.tree.root())
        if self.complete and told != (self.checkpoint.size, self.checkpoint.root):
            self.wrong.append(f"events.jsonl: its {told[0]} events are not the"
                              f" {self.checkpoint.size} of the signed log")

    def close(self) -> None:
        """See that all changes of the event were there."""
        own, self.own, good, self.good = self.own, Tree(), self.good, False
        if good and self.complete and (own.size, own.root()) != (self.count, self.root):
            self.wrong.append(f"event {self.index}: its changes are not those that were sealed with"
                              " it")

    def event(self, line: Any, where: str) -> None:
        line = shaped(line, where, index=int, leaf=str, proof=list, private=(dict, MAYBE))
        before, self.index, size = self.index, line["index"], self.checkpoint.size
        self.count, self.root, self.position = 0, sha256(b""), -1
        if not before < self.index < size or (self.complete and self.index != before + 1):
            raise Wrong(f"{where}: event {self.index} cannot follow event {before}")
        where = f"event {self.index}"
        hashed, path = leaf_hash(encoded(line["leaf"], where)), hashes(line["proof"], where)
        if self.complete and path:
            raise Wrong(f"{where}: a complete bundle has no proofs, so this is none")
        if self.complete:
            self.tree.add(hashed)
            self.old_root = self.tree.root() if self.tree.size == self.old else self.old_root
        elif root_by_path(hashed, self.index, size, path) != self.checkpoint.root:
            raise Wrong(f"{where} is not in the signed log: its proof leads elsewhere")
        leaf = shaped(parse_canonical(line["leaf"], where), where, type=str, v=int, log=str, id=int,
                      at=str, action=str, actor=(int, MAYBE), request=str, subject=(dict, MAYBE),
                      transaction=(int, MAYBE), private=str, changes=dict)
        if (leaf["type"], leaf["v"], leaf["log"]) != ("event", 1, self.log):
            raise Wrong(f"{where} belongs to another log, or is no event")
        self.once(leaf["id"], where)
        sealed = shaped(leaf["changes"], where, count=int, root=str)
        self.count, self.root = sealed["count"], unhex(sealed["root"], where)
        private = self.private(line["private"], leaf["private"], where)
        self.events[self.index] = Happened(leaf, private)

    def change(self, line: dict[str, Any], where: str) -> None:
        shaped(line, where, position=int, leaf=str, path=list, private=(dict, MAYBE))
        before, self.position = self.position, line["position"]
        due = before + 1 if self.complete else self.position
        if not before < self.position < self.count or self.position != due:
            raise Wrong(f"{where}: change {self.position} cannot follow change {before}")
        where = f"event {self.index}, change {self.position}"
        hashed, path = leaf_hash(encoded(line["leaf"], where)), hashes(line["path"], where)
        self.own.add(hashed)
        if self.complete and path:
            raise Wrong(f"{where}: a complete bundle has no paths, so this is none")
        if not self.complete and root_by_path(hashed, self.position, self.count, path) != self.root:
            raise Wrong(f"{where} is not in its event: its path leads elsewhere")
        image = (dict, MAYBE)
        leaf = shaped(parse_canonical(line["leaf"], where), where, type=str, v=int, id=int,
                      table=str, row=int, op=str, by=str, before=image, after=image, private=str)
        if (leaf["type"], leaf["v"]) != ("change", 1):
            raise Wrong(f"{where} is no change")
        self.once(leaf["id"], where)
        self.changes += 1
        private = self.private(line["private"], leaf["private"], where)
        row = self.rows.setdefault((leaf["table"], leaf["row"]), Row(self.index))
        wrong = follow(row, leaf, private, self.index)
        if wrong:
            raise Wrong(f"{leaf['table']} {leaf['row']}: {wrong}")

    def once(self, number: int, where: str) -> None:
        if number in self.ids:
            raise Wrong(f"{where}: number {number} comes twice")
        self.ids.add(number)

    def private(self, private: Any, digest: str, where: str) -> Any:
        self.erased += private is None
        return opened(private, digest, where)


# ----------------------------------------------------------------- what follows from the events

# Columns that name a row of another table, which has to be there as well.
NAMED = (("memory_triple", "subject_id", "memory_entity"),
         ("memory_triple", "object_id", "memory_entity"),
         ("memory_triple", "relation_id", "memory_relation"),
         ("memory_triple", "superseded_by_id", "memory_triple"),
         ("memory_evidence", "triple_id", "memory_triple"),
         ("memory_evidence", "passage_id", "sources_passage"),
         ("sources_passage", "document_id", "sources_document"),
         ("curation_decision", "candidate_id", "curation_candidate"),
         ("curation_decision", "triple_id", "memory_triple"),
         ("curation_decision", "replaced_id", "memory_triple"),
         ("curation_decision", "evidence_id", "memory_evidence"),
         ("curation_candidate", "extraction_id", "curation_extraction"),
         ("curation_candidate", "passage_id", "sources_passage"),
         ("asking_answer", "question_id", "asking_question"),
         ("asking_citation", "triple_id", "memory_triple"),
         ("asking_citation", "evidence_id", "memory_evidence"))
DECIDED = ("accepted", "merged", "superseding", "rejected", "heeded")  # states of a candidate
# Where a row names the person who made it, who must be the one who acted.
BY_PERSON = {"curation_decision": "actor_id", "memory_evidence": "approved_by_id"}
LINKS = (("memory_evidence", "triple_id"), ("curation_decision", "triple_id"),
         ("curation_decision", "replaced_id"), ("curation_decision", "candidate_id"),
         ("curation_decision", "evidence_id"), ("curation_candidate", "against_id"),
         ("curation_passageextraction", "passage_id"), ("asking_citation", "answer_id"),
         ("asking_readcall", "answer_id"))


class Memory:
    """Facts and answers as they follow from the checked events. ``text`` gives the text of a file
    of the bundle, or None where there is none."""

    def __init__(self, record: Story, text: Callable[[str], str | None]) -> None:
        self.record, self.text = record, text
        self.links: dict[tuple[str, str, int], list[int]] = {}
        columns: dict[str, list[str]] = {}
        for table, column in LINKS:
            columns.setdefault(table, []).append(column)
        for table, number in sorted(record.rows):
            for column in columns.get(table, ()):
                to = self.row(table, number).get(column)
                if to is not None:
                    self.links.setdefault((table, column, to), []).append(number)

    def row(self, table: str, number: Any) -> dict[str, Any]:
        row = self.record.rows.get((table, number))
        return row.image() if row else {}

    def linked(self, table: str, column: str, number: Any) -> list[int]:
        return self.links.get((table, column, number), [])

    def some(self, table: str, number: Any, names: str) -> dict[str, Any]:
        row = self.row(table, number)
        return {name: row.get(name) for name in names.split()}

    def made(self, table: str, number: int, person: int | None) -> dict[str, Any]:
        """Return when a row was made, in which event, and by whom; ``brought`` where it was made
        before this log tells of it, and the event is the one that took it over."""
        row = self.record.rows.get((table, number))
        event = self.record.events[row.made] if row else None
        return {"event": row.made if row else None, "at": event.at if event else None,
                "by": event.who if event and person in (None, event.actor) else None,
                "person": person, "brought": row is not None and self.brought(row)}

    def brought(self, row: Row) -> bool:
        """Whether a row is from before the log began, or from another place."""
        return row.op != "insert" or "import" in self.record.events[row.made].action

    def gaps(self) -> Iterator[str]:
        """Say what the rows show to be missing, and who is named for what somebody else did."""
        columns: dict[str, list[tuple[str, str]]] = {}
        for table, column, other in NAMED:
            columns.setdefault(table, []).append((column, other))
        for (table, number), row in sorted(self.record.rows.items()):
            image = row.image()
            for column, other in columns.get(table, ()):
                to = image.get(column)
                if to is not None and (other, to) not in self.record.rows:
                    yield f"{other} {to} is missing, which {table} {number} names"
            decided = table == "curation_candidate" and image.get("state") in DECIDED
            if decided and not self.linked("curation_decision", "candidate_id", number):
                yield f"the decision on candidate {number} is missing"
            person, event = image.get(BY_PERSON.get(table, "")), self.record.events[row.made]
            known_both = None not in (person, event.actor)
            if known_both and person != event.actor and not self.brought(row):
                yield (f"{table} {number} names person {person}, but event {row.made} was by person"
                       f" {event.actor}")

    def facts(self) -> list[int]:
        return sorted(number for (table, number), row in self.record.rows.items()
                      if table == "memory_triple" and row.public is not None)

    def fact(self, number: int) -> dict[str, Any]:
        own = self.row("memory_triple", number)
        found = {"id": number, **self.some(
            "memory_triple", number,
            "status valid_from valid_to recorded_at retracted_at superseded_by_id")}
        for name, table in (("subject", "entity"), ("relation", "relation"), ("object", "entity")):
            found[name] = self.row("memory_" + table, own.get(name + "_id")).get("name")
        found["written"] = self.made("memory_triple", number, None)
        found["evidence"] = [
            self.evidence(one) for one in self.linked("memory_evidence", "triple_id", number)]
        found["decisions"] = [self.decision(one) for one in self.decisions_on(number)]
        return found

    def decisions_on(self, number: int) -> list[int]:
        """Return all decisions on the candidates that became the fact or deny it, and those that
        put another one in its place."""
        found = set(self.linked("curation_decision", "triple_id", number))
        candidates = {self.row("curation_decision", one).get("candidate_id") for one in found}
        candidates.update(self.linked("curation_candidate", "against_id", number))
        for one in candidates:
            found.update(self.linked("curation_decision", "candidate_id", one))
        return sorted(found.union(self.linked("curation_decision", "replaced_id", number)))

    def decision(self, number: int) -> dict[str, Any]:
        own = self.some("curation_decision", number,
                        "action actor_id candidate_id triple_id replaced_id reason statement"
                        " undone_at undone_by_id")
        made = self.made("curation_decision", number, own.pop("actor_id"))
        return {"id": number, **own, "made": made}

    def evidence(self, number: int) -> dict[str, Any]:
        own = self.some("memory_evidence", number,
                        "approved_by_id approved_at passage_id sentence_start sentence_end"
                        " subject_start subject_end object_start object_end score retracted_at")
        passage = self.row("sources_passage", own["passage_id"])
        document = self.some("sources_document", passage.get("document_id"), "title content_sha256")
        decisions = self.linked("curation_decision", "evidence_id", number)
        candidates = [self.row("curation_decision", one).get("candidate_id") for one in decisions]
        return {"id": number, "document_id": passage.get("document_id"), **document,
                "sentence": self.sentence(own, passage),
                "approved": self.made("memory_evidence", number, own.pop("approved_by_id")),
                "proposed": self.proposed(candidates[0]) if candidates else None, **own}

    def sentence(self, evidence: dict[str, Any], passage: dict[str, Any]) -> str | None:
        text, start = self.text(f"passages/{evidence['passage_id']}.txt"), passage.get("start")
        if text is None:
            text, start = self.text(f"documents/{passage.get('document_id')}.txt"), 0
        if text is None or start is None:
            return None
        return text[evidence["sentence_start"] - start : evidence["sentence_end"] - start]

    def proposed(self, candidate: Any) -> dict[str, Any] | None:
        """Return which head proposed a candidate, in which call; None where a person did."""
        own = self.row("curation_candidate", candidate)
        number = own.get("extraction_id")
        if number is None:
            return None
        parts = [self.row("curation_passageextraction", one) for one in
                 self.linked("curation_passageextraction", "passage_id", own.get("passage_id"))]
        calls = [one.get("call") for one in parts if one.get("extraction_id") == number]
        return {"candidate": candidate, "extraction": number, "score": own.get("score"),
                **self.some("curation_extraction", number, "head head_version"),
                "call": calls[0] if calls else None}

    def answer(self, number: int) -> dict[str, Any]:
        own = self.some("asking_answer", number, "question_id text abstained reason calls"
                                                 " understood reading head_version")
        asked = self.some("asking_question", own["question_id"], "text asked_by_id as_of head")
        person = asked.pop("asked_by_id")
        asked["asked"] = self.made("asking_question", own["question_id"], person)
        found = {"id": number, **own, "question": asked,
                 "answered": self.made("asking_answer", number, None)}
        marked = self.row("asking_answer", number).get("unsupported")
        if marked:  # words that no read of the memory bears out
            found["unsupported"] = marked
        memories = self.attended(number)
        if memories:
            found["attended"] = memories
        for name, table in (("reads", "asking_readcall"), ("citations", "asking_citation")):
            found[name] = [{**self.row(table, one), "id": one}
                           for one in self.linked(table, "answer_id", number)]
        return found


    def attended(self, number: int) -> list[dict[str, Any]]:
        """Return the explicit memories that a model looked at for an answer, with the SHA-256 of
        their files, as the event says that answered."""
        row = self.record.rows.get(("asking_answer", number))
        event = self.record.events.get(row.made) if row else None
        told = event.attended if event else None
        found = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
        return [one for one in found if "sha256" in one]


# ------------------------------------------------------------------------------ the whole check


def difference(told: Any, found: Any, path: str = "") -> str:
    """Say where two values differ first."""
    if isinstance(told, dict) and isinstance(found, dict) and set(told) == set(found):
        pairs = [(key, told[key], found[key]) for key in sorted(told)]
    elif isinstance(told, list) and isinstance(found, list) and len(told) == len(found):
        pairs = [(str(number), one, found[number]) for number, one in enumerate(told)]
    else:
        short = [canonical(value) for value in (told, found)]
        return f"{path[1:] or 'it'} is {short[0][:80]}, but the events say {short[1][:80]}"
    key, one, other = next(pair for pair in pairs if pair[1] != pair[2])
    return difference(one, other, f"{path}.{key}")


class Check:
    """One bundle being checked. ``wrong`` gathers what is wrong, ``notes`` what one has to know."""

    def __init__(self, bundle: Bundle, keys: list[Key], old: Checkpoint | None) -> None:
        self.bundle, self.old, self.given = bundle, old, keys
        self.notes: list[str] = []
        self.manifest = read_manifest(bundle)
        self.wrong = check_files(bundle, self.manifest["files"])
        if self.wrong:  # what was altered is not read any further
            raise Wrong("\n".join(self.wrong))
        self.own_keys = self.read_keys()
        self.checkpoint = Checkpoint(bundle.text("checkpoint.txt"), "checkpoint.txt")
        self.signer = self.check_signature()
        self.record = Record(self.manifest, self.checkpoint, old.size if old else -1)
        self.memory: Memory
        self.told: list[dict[str, Any]] = []
        self.at_hand: tuple[str, str | None] = ("", None)  # the text that was read last

    def run(self) -> None:
        self.record.read(self.bundle.lines("events.jsonl"))
        self.wrong += self.record.wrong
        self.part(self.check_consistency)
        if self.wrong:  # from what does not hold nothing follows
            return
        self.memory = Memory(self.record, self.text)
        self.wrong += self.memory.gaps()
        self.part(self.check_texts)
        self.part(self.check_facts)
        self.part(self.check_answer)
        self.part(self.check_scope)

    def part(self, check: Callable[[], None]) -> None:
        try:
            check()
        except Wrong as error:
            self.wrong.append(str(error))

    def read_keys(self) -> list[Key]:
        told = parse_canonical(self.bundle.text("keys.json"), "keys.json")
        keys = shaped(told, "keys.json", keys=list)["keys"]
        if not keys or not all(isinstance(key, str) for key in keys):
            raise Wrong("keys.json: it holds no keys")
        return [Key(key) for key in keys]

    def check_signature(self) -> Key:
        if self.checkpoint.origin != self.manifest["origin"]:
            raise Wrong("checkpoint.txt is that of another log than manifest.json names")
        if not self.checkpoint.origin.endswith("/" + self.manifest["log"]):
            raise Wrong("manifest.json: log and origin do not fit")
        signer = self.checkpoint.signer(self.given or self.own_keys)
        if signer is None:
            raise Wrong("checkpoint.txt is not signed with "
                        + ("the key that you gave" if self.given else "a key of keys.json"))
        return signer

    def check_consistency(self) -> None:
        """Check every proof of consistency of the bundle, and the checkpoint that was kept."""
        roots = {self.checkpoint.size: self.checkpoint.root}
        name = "consistency.jsonl"
        for where, line in self.bundle.lines(name) if name in self.bundle.sizes else ():
            one = shaped(parse_canonical(line, where), where, size=int, root=str, proof=list)
            size, root = one["size"], unhex(one["root"], where)
            if not is_consistent(size, self.checkpoint.size, root, self.checkpoint.root,
                                 hashes(one["proof"], where)):
                raise Wrong(f"{where}: the proof leads not from {size} to {self.checkpoint.size}")
            roots[size] = root
        if self.record.complete and self.record.old_root:
            roots[self.record.old] = self.record.old_root
        if self.old is not None:
            self.compare(self.old, roots)

    def compare(self, old: Checkpoint, roots: dict[int, bytes]) -> None:
        if old.origin != self.checkpoint.origin:
            raise Wrong("the checkpoint that you kept is that of another log")
        if old.signer(self.own_keys + self.given) is None:
            self.notes.append("The checkpoint that you kept is signed with a key that is not here.")
        if old.size > self.checkpoint.size:
            raise Wrong(f"the checkpoint that you kept is newer ({old.size} events) than the bundle"
                        f" ({self.checkpoint.size}): have a bundle made now")
        roots.setdefault(0, sha256(b""))
        if old.size not in roots:
            raise Wrong("the bundle holds no proof that leads from the checkpoint that you kept"
                        f" ({old.size} events) to its own: have one made with that checkpoint")
        if roots[old.size] != old.root:
            raise Wrong(f"the log CONTRADICTS the checkpoint that you kept ({old.size} events):"
                        " it was rewritten, or it is another one")
        self.notes.append(f"The log still holds the {old.size} events of the checkpoint you kept.")

    def text(self, name: str) -> str | None:
        if name != self.at_hand[0]:
            found = self.bundle.text(name) if name in self.bundle.sizes else None
            self.at_hand = (name, found)
        return self.at_hand[1]

    def check_texts(self) -> None:
        """Compare each text with the hash that was sealed when it was stored."""
        for name in sorted(self.bundle.sizes):
            folder, slash, file = name.partition("/")
            if slash:
                row = self.record.rows.get(("sources_" + folder[:-1], int(file[:-4])))
                if row is None or row.image().get("text") != self.manifest["files"][name]:
                    self.wrong.append(f"{name} is not the text that was sealed")

    def check_facts(self) -> None:
        """Compare each fact of facts.jsonl with what follows from the events; all must be there."""
        due = self.memory.facts()
        for place, (where, line) in enumerate(self.bundle.lines("facts.jsonl")):
            told = parse_canonical(line, where)
            number = told.get("id") if isinstance(told, dict) else None
            if place >= len(due) or number != due[place]:
                raise Wrong(f"{where}: fact {number} stands there, where the events have "
                            + (f"fact {due[place]}" if place < len(due) else "no more"))
            found = self.memory.fact(due[place])
            if told != found:
                raise Wrong(f"{where}, fact {number}: {difference(told, found)}")
            if len(self.told) < len(due):
                self.told.append(found)
        if len(self.told) < len(due):
            raise Wrong(f"facts.jsonl: fact {due[len(self.told)]} is missing")

    def check_answer(self) -> None:
        if "answer.json" in self.bundle.sizes:
            told = parse_canonical(self.bundle.text("answer.json"), "answer.json")
            number = told.get("id") if isinstance(told, dict) else None
            if not isinstance(number, int) or ("asking_answer", number) not in self.record.rows:
                raise Wrong("answer.json: there is no such answer in the events")
            found = self.memory.answer(number)
            if told != found:
                raise Wrong(f"answer.json: {difference(told, found)}")

    def check_scope(self) -> None:
        """See that the bundle is about what it says, and holds as much as it says."""
        counts = {"events": len(self.record.events), "changes": self.record.changes,
                  "facts": len(self.memory.facts())}
        if self.manifest["counts"] != counts:
            raise Wrong(f"manifest.json: {difference(self.manifest['counts'], counts)}")
        kind, number = self.manifest["scope"]["kind"], self.manifest["scope"]["id"]
        table = {"answer": "asking_answer", "triple": "memory_triple",
                 "document": "sources_document"}.get(kind)
        if table and (table, number) not in self.record.rows:
            raise Wrong(f"the bundle says that it is about {kind} {number}, but no event is")
        if kind == "answer" and "answer.json" not in self.bundle.sizes:
            raise Wrong("answer.json is missing")
        if kind == "space" and not self.record.complete:
            raise Wrong("the bundle says that it is of a whole space, but it is not complete")


# --------------------------------------------------------------------------------- what is printed


def say(text: str) -> None:
    """Print, with what would steer the terminal or turn the text around made visible."""
    shown = "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
    sys.stdout.write(shown + "\n")


def by(made: dict[str, Any]) -> str:
    who = made["by"] or ("somebody" if made["person"] is None else f"person {made['person']}")
    at = f"{made['at'][:19].replace('T', ' ')} UTC"
    if made["brought"]:
        return f"{who}, before this log tells of it (taken over {at}, event {made['event']})"
    return f"{who}, {at} (event {made['event']})"


def known(text: str | None, otherwise: str = "(erased)") -> str:
    return text if text is not None else otherwise


def tell_fact(fact: dict[str, Any]) -> None:
    said = " / ".join(known(fact[side]) for side in ("subject", "relation", "object"))
    period = [f", {name[6:]} {fact[name]}" for name in ("valid_from", "valid_to") if fact[name]]
    say(f"\nFact {fact['id']}: {said} ({fact['status']}{''.join(period)})")
    for one in fact["evidence"]:
        tell_evidence(one)
    for one in fact["decisions"]:
        undone = f", undone {one['undone_at'][:19]}" if one["undone_at"] else ""
        why = f": {one['reason']}" if one["reason"] else ""
        say(f"  decision   {one['action']} by {by(one['made'])}{undone}{why}")
    if not fact["evidence"] and not fact["decisions"]:
        say(f"  written    by {by(fact['written'])}, without a sentence of a document")


def tell_evidence(one: dict[str, Any]) -> None:
    gone = " (retracted)" if one["retracted_at"] else ""
    say(f"  sentence   {known(one['sentence'], '(erased, or not in this bundle)')}{gone}")
    say(f"  document   {one['document_id']}: {known(one['title'])}")
    say(f"  its file   SHA-256 {known(one['content_sha256'])}")
    head = one["proposed"]
    if head:
        say(f"  read by    {head['head']}, {head['head_version']}, with score {head['score']}")
        say(f"  in call    {known(head['call'])[:200]}")
    say(f"  approved   by {by(one['approved'])}")


def unsupported(answer: dict[str, Any]) -> list[str]:
    """Return the stretches of an answer that no read of the memory bears out."""
    text, spans = answer["text"], answer.get("unsupported")
    if not isinstance(text, str) or not isinstance(spans, list):
        return []
    whole = [one for one in spans if isinstance(one, list) and list(map(type, one)) == [int, int]]
    return [text[max(0, start) : max(0, end)].strip() for start, end in whole]


def tell_answer(answer: dict[str, Any]) -> None:
    asked = answer["question"]
    say(f"\nQuestion {answer['question_id']}: {known(asked['text'])}")
    say(f"  asked      by {by(asked['asked'])}")
    say(f"Answer {answer['id']}: {known(answer['text'])}")
    say(f"  given by   read head {asked['head']}, {answer['head_version']}")
    say(f"  in calls   {known(answer['calls'])[:400]}")
    for words in unsupported(answer):
        say(f"  not from the memory  {words}")
    for one in answer.get("attended", []):
        tell_attended(one)
    for one in answer["citations"]:
        say(f"  cites [{one['number']}]  fact {one['triple_id']}: {known(one.get('statement'))}")


def tell_attended(one: dict[str, Any]) -> None:
    """Print an explicit memory: where a model looked, which is no proof of why it answered so."""
    shares = one.get("shares")
    drawn = [f"layers {part[0]} to {part[1]} {part[2] / 100:.1f} %"
             for part in (shares if isinstance(shares, list) else [])
             if isinstance(part, list) and list(map(type, part)) == [int, int, int]]
    seen = "left out" if one.get("left_out") else ", ".join(drawn) or "no share told"
    say(f"  looked at  explicit memory {one.get('memory')}, version {one.get('version')}: {seen}")
    say(f"             its file SHA-256 {one.get('sha256') or '(kept as text)'}")
    say(f"             its facts {one.get('facts')}")


def tell(check: Check, everything: bool) -> None:
    """Print what was checked, for people."""
    scope, record, key = check.manifest["scope"], check.record, check.signer
    say(f"Bundle of  {scope['kind']} {scope['id']}, made {check.manifest['made_at']}")
    say(f"Log        {check.checkpoint.origin}, {check.checkpoint.size} events, of which"
        f" {len(record.events)} are here with {record.changes} changed rows")
    say(f"Signed     {key.text}")
    say(f"           fingerprint (SHA-256 of the key): {hashlib.sha256(key.data).hexdigest()}")
    if scope["kind"] == "answer":
        tell_answer(check.memory.answer(scope["id"]))
    told = check.told if everything else check.told[:MOST_TOLD]
    for fact in told:
        tell_fact(fact)
    if len(told) < len(check.told):
        say(f"\n... and {len(check.told) - len(told)} facts more (--all shows them)")


def tell_limits(check: Check) -> None:
    say("\nWhat to know:")
    if check.given:
        say("- The signature is that of the key that you gave.")
    else:
        say("- The key came with the bundle. So this shows that the bundle agrees with itself, not"
            " whose it is: compare the fingerprint with the one that the organisation published.")
    if not check.record.complete:
        say("- The bundle holds what concerns its subject. That nothing else happened to it later"
            " can only be seen in a bundle of the whole space.")
    if check.record.erased:
        say(f"- The private part of {check.record.erased} entries is erased or was kept back.")
    for note in check.notes:
        say(f"- {note}")


def verdict(wrong: list[str]) -> int:
    for one in wrong[:MOST_TOLD]:
        say(f"WRONG: {one}")
    if len(wrong) > MOST_TOLD:
        say(f"... and {len(wrong) - MOST_TOLD} more")
    say("\nINVALID" if wrong else "\nVALID")
    return 1 if wrong else 0


def given_file(path: str) -> Checkpoint:
    try:
        with open(path, "rb") as file:
            return Checkpoint(decoded(file.read(2**16), path), path)
    except OSError as error:
        raise NoBundle(f"{path} cannot be read: {error.strerror or error}.") from None
    except Wrong as error:
        raise NoBundle(f"What you kept is no checkpoint: {error}.") from None


def given_key(text: str) -> Key:
    try:
        return Key(text)
    except Wrong as error:
        raise NoBundle(f"This is no key: {error}.") from None


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Check a memweb bundle without memweb.")
    parser.add_argument("bundle", nargs="?", help="the zip file, or the folder of its files")
    parser.add_argument("--key", action="append", default=[], metavar="VKEY",
                        help="trust this public key alone, and none that the bundle brings")
    parser.add_argument("--checkpoint", metavar="FILE", help="an older checkpoint that you kept")
    parser.add_argument("--all", action="store_true", help="show every fact")
    options = parser.parse_args(arguments)
    try:
        keys = [given_key(text) for text in options.key]
        old = given_file(options.checkpoint) if options.checkpoint else None
        bundle = Bundle(options.bundle or os.path.dirname(os.path.abspath(__file__)))
        check = Check(bundle, keys, old)
        check.run()
        if not check.wrong:
            tell(check, options.all)
            tell_limits(check)
        return verdict(check.wrong)
    except NoBundle as error:
        say(str(error))
        return 2
    except Wrong as error:
        return verdict(str(error).split("\n"))
    except Exception as error:  # what nobody thought of must not look like VALID
        return verdict([f"it is not built as memweb builds one ({type(error).__name__}: {error})"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
