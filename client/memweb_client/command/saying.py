"""What the command says, and to where: results to the output, all else beside it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import date
from typing import Any

from memweb_client.calls import InSpace
from memweb_client.decoding import encode
from memweb_client.transports import Client


class Ended(Exception):
    """The command cannot go on; the message says why."""


@dataclass(frozen=True)
class Speaker:
    """Says results as text or as JSON."""

    is_json: bool

    def say(self, text: str) -> None:
        """Say a line of a result, where it is not said as JSON."""
        if not self.is_json:
            sys.stdout.write(plain(text) + "\n")

    def give(self, value: Any) -> None:
        """Say a result as JSON, where that was asked for."""
        if self.is_json:
            text = json.dumps(encode(value), ensure_ascii=False, indent=2)
            sys.stdout.write(text + "\n")

    def complain(self, text: str) -> None:
        sys.stderr.write(f"memweb: {plain(text)}\n")

    def show(self, text: str) -> None:
        """Show how far something is, in place of what was shown before, to who looks."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{plain(' '.join(text.split()))[-100:]}")
            sys.stderr.flush()

    def shown(self) -> None:
        """Take away what was shown."""
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


@dataclass(frozen=True)
class Session:
    """What every part of the command works with."""

    client: Client
    space: InSpace
    speaker: Speaker


def plain(text: str) -> str:
    """Return a text without what a terminal would obey."""
    return "".join(one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}"
                   for one in text)  # fmt: skip


def day_of(text: str | None) -> date | None:
    """Return a day that was typed. Raises Ended."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Ended(f"{text} is no day; write it as 2026-11-21.") from None


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {one if number == 1 else many}"
