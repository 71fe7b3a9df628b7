"""What a process keeps loaded: as much as fits, and of that what was used last."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path

from worker.freed import give_back

_STATM = Path("/proc/self/statm")


@dataclass(frozen=True)
class _Held:
    thing: object
    bytes: int


class Kept:
    """Loaded things by key, at most ``most`` bytes of them together, or one.

    What a thing takes is what the process grew by while it was loaded, or what the thing says of
    itself (``held_bytes``) where that is more: memory of a GPU is no memory of the process. Of
    more than fits, what was used longest ago is let go and its memory given back. Whoever is at
    work with it keeps it until that work is done.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._held: OrderedDict[Hashable, _Held] = OrderedDict()
        self._lock = threading.RLock()

    def get(self, key: Hashable, load: Callable[[], object]) -> object:
        """Return what is kept under a key, loading it where it is not there."""
        with self._lock:
            if key not in self._held:
                before = resident_bytes()
                thing = load()
                grown = resident_bytes() - before
                said = int(getattr(thing, "held_bytes", 0))
                self._held[key] = _Held(thing, max(grown, said, 0))
                out_of_sight()
            self._held.move_to_end(key)
            self._let_go()
            return self._held[key].thing

    def clear(self) -> None:
        """Let everything go."""
        with self._lock:
            self._held.clear()
            _freed()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._held

    def _let_go(self) -> None:
        crowded = False
        while len(self._held) > 1 and sum(one.bytes for one in self._held.values()) > self.most:
            self._held.popitem(last=False)
            crowded = True
        if crowded:
            _freed()


def resident_bytes() -> int:
    """Return how much memory the process has; 0 where the system does not say."""
    if not _STATM.exists():
        return 0
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def out_of_sight() -> None:
    """Take what was loaded out of the garbage collector's sight.

    A full collection walks through everything that torch and the weights brought, half a million
    objects or a quarter of a second, in the middle of somebody's question.
    """
    gc.collect()
    gc.freeze()


def _freed() -> None:
    gc.unfreeze()
    out_of_sight()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
    give_back()
