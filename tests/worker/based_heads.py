"""Heads that stand on a base, without a model: for choosing among bases and adapters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from worker import kept, registry
from worker.heads.scripted.read_head import ScriptedReadHead
from worker.heads.scripted.write_head import ScriptedWriteHead
from worker.setups import HeadSetup, HeadSide

INSTALL = "pip install --no-deps larch==1.2"
THERE = {"larch": True, "birch": True, "yew": False}


class _Based:
    loaded: list[tuple[str, str]] = []

    def __init__(self, base: str, folder: Path | None = None) -> None:
        if folder and folder.name.startswith("other"):
            raise ValueError(f"The adapter {folder} belongs to another base than {base!r}.")
        super().__init__()
        self.base, self.folder = base, folder
        self.version = f"1 on {base}"
        self.hashes = {"base": base * 8, "adapter": str(folder)}
        self.held_bytes = 100
        self.loaded.append((type(self).__name__, base))


class BasedWriteHead(_Based, ScriptedWriteHead):
    name = "causal"


class BasedReadHead(_Based, ScriptedReadHead):
    name = "causal"


def bases() -> list[tuple[str, str, str]]:
    return [
        (name, name.capitalize(), "" if there else f"Not installed: {INSTALL}")
        for name, there in THERE.items()
    ]


def adapters() -> list[tuple[str, str]]:
    return [("fine", "Fine"), ("other", "Of another base")]


def with_explicit() -> list[tuple[str, str]]:
    return []


def missing(side: HeadSide, setup: HeadSetup) -> str:
    if not setup.base:
        return "No base is chosen. Choose one under Settings, Heads."
    there = THERE.get(setup.base)
    return "" if there else f"The base {setup.base!r} is not installed: {INSTALL}"


def offer(monkeypatch: pytest.MonkeyPatch, most: int = 10**9) -> list[Any]:
    """Let the registry have these heads as its causal ones; return what is loaded from now on."""
    where = "tests.worker.based_heads"
    monkeypatch.setitem(registry.WRITE_HEADS, "causal", f"{where}:BasedWriteHead")
    monkeypatch.setitem(registry.READ_HEADS, "causal", f"{where}:BasedReadHead")
    monkeypatch.setitem(registry.MISSING, "causal", f"{where}:missing")
    monkeypatch.setattr(registry, "BASES", where)
    monkeypatch.setattr(registry, "_heads", kept.Kept(most))
    loaded: list[Any] = []
    monkeypatch.setattr(_Based, "loaded", loaded)
    return loaded
