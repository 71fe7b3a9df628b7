"""What every benchmark asks of its command line and says of its machine."""

from __future__ import annotations

import os
import platform
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any


def number(low: int, high: int, what: str) -> Callable[[str], int]:
    """Return what reads a number of ``what`` for argparse; it raises ArgumentTypeError."""

    def read(text: str) -> int:
        try:
            given = int(text)
        except ValueError:
            raise ArgumentTypeError(f"{text.strip()!r} is no number of {what}") from None
        if not low <= given <= high:
            raise ArgumentTypeError(f"between {low:,} and {high:,} {what}, not {given:,}")
        return given

    return read


def machine() -> dict[str, Any]:
    """Return the machine of a measurement and its load now."""
    torch: Any = sys.modules.get("torch")  # None where the head computes without it
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads() if torch else 1,
        "load_after": round(os.getloadavg()[0], 2),
    }
