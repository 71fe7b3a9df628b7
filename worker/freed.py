"""Giving back to the system what a process has freed.

Texts of many lengths make tensors of many sizes. The C library keeps what was freed between two
things that are still in use, and what it keeps fits the next text less and less, so a worker grows
with every document although it holds no more than before.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any


@cache
def _libc() -> Any:
    """Return the C library if it is one that can give memory back, else None."""
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") else None


def give_back() -> None:
    """Give back the pages that hold nothing any more; takes some milliseconds."""
    if (library := _libc()) is not None:
        library.malloc_trim(0)
