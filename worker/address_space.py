"""Whether a process has addresses enough for a large library, asked before it is loaded."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

TORCH = 512 * 2**20  # importing torch alone takes 572 MiB of addresses (2.13, x86-64)
_PAGES = Path("/proc/self/statm")  # the first number: how many pages of addresses are in use


def addresses_left() -> int | None:
    """Return how many bytes of addresses are left below the limit of this process (``ulimit -v``);
    None where there is no limit, or nothing says how many are in use."""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY or not _PAGES.exists():
        return None
    used = int(_PAGES.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    return limit - used


def check_torch_fits() -> None:
    """Raise MemoryError where torch is still to be imported and finds no room.

    Trying it would be worse than failing: torch ends the process, or leaves so little that CPython
    3.11 finds no memory for the number by which it goes on to a ``with`` or ``finally`` block, and
    then tries that again for ever, deaf to every signal.
    """
    left = addresses_left()
    if left is not None and left < TORCH and "torch" not in sys.modules:
        raise MemoryError(f"{left // 2**20} MiB of addresses are left, and torch needs more")
