"""The parts of a file that is being written: each goes on where it was last saved.

What a format says of facts goes to one or more parts, plain files that only grow. A slice of work
begins by cutting them to the sizes that the export has saved, so that a killed worker leaves
neither half a fact nor one twice. ``SEEN`` keeps what a format says once for all.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

SEEN: Final = "seen"


class Parts:
    """The open parts in a folder, which is made where there is none; open to its owner alone."""

    def __init__(self, folder: Path, names: Iterable[str], sizes: dict[str, int]) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._files: dict[str, BinaryIO] = {}
        self.sizes: dict[str, int] = {}
        for name in (*names, SEEN):
            self._files[name] = _opened(folder / name, sizes.get(name, 0))
            self.sizes[name] = sizes.get(name, 0)
        self._seen = set((folder / SEEN).read_text("utf-8").splitlines())

    def __enter__(self) -> Parts:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files.values():
            try:
                file.close()
            except OSError:
                if error is None:
                    raise

    def put(self, name: str, text: str) -> None:
        """Add text to a part. Raises OSError, as on a full disk."""
        data = text.encode()
        self._files[name].write(data)
        self.sizes[name] += len(data)

    def first(self, key: str) -> bool:
        """Tell whether this is asked for the first time of this key (a text of one line)."""
        if key in self._seen:
            return False
        self._seen.add(key)
        self.put(SEEN, f"{key}\n")
        return True

    def save(self) -> dict[str, int]:
        """Bring all to the disk and return the sizes to save. Raises OSError."""
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        return dict(self.sizes)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield what a part holds."""
        self._files[name].flush()
        with (self._folder / name).open("rb") as file:
            while piece := file.read(1 << 20):
                yield piece

    def path(self, name: str) -> Path:
        """Return where a part lies, with all that was put into it."""
        self._files[name].flush()
        return self._folder / name


def drop(folder: Path) -> None:
    """Remove the parts, if there are any."""
    shutil.rmtree(folder, ignore_errors=True)


def _opened(path: Path, size: int) -> BinaryIO:
    """Open a part to add to it, cut to its saved size. Raises Incomplete."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if os.fstat(descriptor).st_size < size:
        os.close(descriptor)
        raise Incomplete(path.name)
    os.ftruncate(descriptor, size)
    os.lseek(descriptor, 0, os.SEEK_END)
    return os.fdopen(descriptor, "ab")


class Incomplete(Exception):
    """A part is smaller than what was saved of it: somebody removed it, or a disk lost it."""
