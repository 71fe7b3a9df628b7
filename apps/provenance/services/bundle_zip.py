"""Writing the zip of a bundle: every file as a stream, a manifest of their hashes, and a seal.

The comment of the zip, its last 64 bytes, is the SHA-256 of all bytes before it, so that a change
of any byte of the zip is found, of those too that no file is made of.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from uuid import uuid4

from apps.provenance.canonical import canonical
from apps.provenance.standalone import verify

_SEAL_BYTES: Final = 64
_PIECE: Final = 2**20
_DAY: Final = (1980, 1, 1, 0, 0, 0)  # of a zip that says nothing of times


@dataclass(frozen=True)
class Written:
    """A finished bundle: where it lies, its SHA-256 in hexadecimal, its bytes, what it counts."""

    path: Path
    sha256: str
    size: int
    counts: dict[str, int]


class BundleZip:
    """A bundle that is being written, to a name of its own until it is finished.

    As a context: whatever goes wrong, nothing half-written stays.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.{uuid4().hex}.part")
        self._hashes: dict[str, str] = {}
        self._file = self._part.open("xb")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)

    def __enter__(self) -> BundleZip:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.fp = None  # else it would try to finish what is given up
        with suppress(OSError):
            self._file.close()
        self._part.unlink(missing_ok=True)

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """Add a file. Raises OSError, for example where the disk is full."""
        digest = hashlib.sha256()
        with self._zip.open(_member(name), "w", force_zip64=True) as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
        self._hashes[name] = digest.hexdigest()

    def finish(self, *, counts: dict[str, int], **said: Any) -> Written:
        """Write the manifest and the seal, and give the file its name."""
        manifest = {
            "format": verify.FORMAT,
            "version": verify.VERSION,
            "counts": counts,
            "files": self._hashes,
            **said,
        }
        manifest["digest"] = hashlib.sha256(canonical(manifest)).hexdigest()
        with self._zip.open(_member("manifest.json"), "w") as file:
            file.write(canonical(manifest) + b"\n")
        self._zip.comment = b"0" * _SEAL_BYTES
        self._zip.close()
        self._file.close()
        sha256, size = _seal(self._part)
        self._part.replace(self._path)
        return Written(self._path, sha256, size, counts)


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _DAY)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o100644 << 16
    return member


def _seal(path: Path) -> tuple[str, int]:
    """Put the hash of all before it into the comment; return the hash of all and the size."""
    size = path.stat().st_size
    digest = hashlib.sha256()
    with path.open("r+b") as file:
        left = size - _SEAL_BYTES
        while left:
            piece = file.read(min(left, _PIECE))
            digest.update(piece)
            left -= len(piece)
        seal = digest.hexdigest().encode()
        file.seek(size - _SEAL_BYTES)
        file.write(seal)
        file.flush()
        os.fsync(file.fileno())
    digest.update(seal)
    return digest.hexdigest(), size
