"""Reading memories from files that may be away: within a time, and what fails is named.

What was read is held by least recent use. A file is named by the hash of its text and model, so
what is held is never another text's; whether it may be attended to is for the caller to know.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass, field

from worker.blobs import Blobs
from worker.explicit.encode import Memory
from worker.explicit.retrieve import Holding
from worker.explicit.store import Maker, Store, Stored
from worker.references import KeptReference

SECONDS = 2.0  # for all memories of an answer together
AT_ONCE = 4
AWAY = "The store of explicit memories did not answer within {seconds:g} seconds."


@dataclass(frozen=True)
class Unread:
    """Why a memory was not read, and whether its file is missing or not what was written."""

    why: str
    damaged: bool = False


@dataclass
class Reader:
    """Reads the memories of one maker, within ``seconds`` a time."""

    maker: Maker
    limit: int = 256 * 2**20
    seconds: float = SECONDS
    _held: Holding = field(init=False)
    _threads: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self._held = Holding(self.limit)
        self._threads = ThreadPoolExecutor(AT_ONCE, "explicit")

    def read(
        self, blobs: Blobs, references: Sequence[KeptReference]
    ) -> tuple[dict[str, Memory], dict[str, Unread]]:
        """Return the memories by id, and for those that could not be read why."""
        found: dict[str, Memory] = {}
        failed: dict[str, Unread] = {}
        waiting: dict[str, Future[Memory]] = {}
        for one in references:
            if (held := self._held.find(_key(blobs, one))) is not None:
                found[one.id] = held
            else:
                waiting[one.id] = self._threads.submit(self._from_file, blobs, one)
        deadline = time.monotonic() + self.seconds
        for one in references:
            if one.id not in waiting:
                continue
            try:
                left = max(0.0, deadline - time.monotonic())
                found[one.id] = waiting[one.id].result(timeout=left)
            except NotInTime:
                waiting[one.id].cancel()
                failed[one.id] = Unread(AWAY.format(seconds=self.seconds))
            except (FileNotFoundError, ValueError) as error:  # missing, or not as it was
                failed[one.id] = Unread(str(error), damaged=True)
            except OSError as error:
                failed[one.id] = Unread(str(error))
            else:
                self._held.put(_key(blobs, one), found[one.id])
        return found, failed

    def _from_file(self, blobs: Blobs, one: KeptReference) -> Memory:
        return Store(blobs).get(Stored(one.name, one.sha256, one.bytes), self.maker)


def _key(blobs: Blobs, one: KeptReference) -> str:
    return f"{blobs.label}/{one.name} {one.sha256}"
