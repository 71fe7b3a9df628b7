"""Where the files of explicit memories lie: one interface, whatever stands behind it.

A file is named by 64 hexadecimal digits. ``Folder`` keeps them on a disk; a bucket is of whoever
knows where it is and how to sign in (``apps.explicit.services.bucket``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

_FOLDERS: Final = 2  # letters of a name that name its folder
_DIGITS: Final = frozenset("0123456789abcdef")
ENDING: Final = ".safetensors"


class Blobs(Protocol):
    """Files by name. What cannot be reached, or refuses, raises OSError with a sentence."""

    @property
    def label(self) -> str:
        """What tells this place from others, without secrets."""
        ...

    def read(self, name: str) -> bytes:
        """Return a file. Raises FileNotFoundError where there is none, and OSError."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Keep a file, whole or not at all; in place of what was there. Raises OSError."""
        ...

    def drop(self, name: str) -> None:
        """Delete a file, if it is there. Raises OSError."""
        ...

    def names(self) -> Iterator[str]:
        """Yield the names of all files. Raises OSError."""
        ...


def below(name: str) -> str:
    """Return where a file lies below its place. Raises ValueError for what is no name of one.

    >>> below("ab" * 32)[:6]
    'ab/aba'
    """
    if not is_name(name):
        raise ValueError(f"{name!r} is not the name of a memory")
    return f"{name[:_FOLDERS]}/{name}{ENDING}"


def is_name(name: str) -> bool:
    """Tell whether this may be the name of a file."""
    return len(name) == 64 and set(name) <= _DIGITS


@dataclass(frozen=True)
class Folder:
    """Files in a folder."""

    root: Path

    @property
    def label(self) -> str:
        return str(self.root)

    def path(self, name: str) -> Path:
        """Return where a file lies. Raises ValueError for what is no name of one."""
        return self.root / below(name)

    def read(self, name: str) -> bytes:
        return self.path(name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.draft")
        try:
            with draft.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def drop(self, name: str) -> None:
        """Delete a file, if it is there, and what a process that was killed left of it."""
        path = self.path(name)
        for one in [path, *path.parent.glob(f"{name}.*.draft")]:
            one.unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        found = {path.name.partition(".")[0] for path in self.root.glob("*/*")}
        yield from sorted(filter(is_name, found))
