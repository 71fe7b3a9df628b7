"""Which heads a space can choose among, and what is missing for each. Imports no model.

>>> [one.name for one in offers("read")]
['encoder']
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Final

from worker import registry
from worker.setups import HeadSetup, HeadSide


@dataclass(frozen=True)
class Offer:
    """A backend for people: ``title`` names it, ``note`` says what it does and costs."""

    name: str
    title: str
    note: str
    on_base: bool  # whether it stands on a language model that is chosen beside it


@dataclass(frozen=True)
class Choosable:
    """A base or an adapter: ``trouble`` says what is missing, and how to get it; empty where
    nothing is."""

    name: str
    title: str
    trouble: str = ""


_ENCODER: Final = "The built-in head: quick, on any machine, in English."
_CAUSAL: Final = "A language model on this machine. Slower, and freer in what it understands."
_REMOTE: Final = "A language model on a server. Texts and questions are sent there."
EXPLICIT: Final = "explicit"  # offered where some adapter for it is there
TEXTS: Final[dict[HeadSide, dict[str, tuple[str, str]]]] = {
    "write": {
        "encoder": ("Built-in", _ENCODER),
        "causal": ("Language model", _CAUSAL),
        "remote": ("Remote model", _REMOTE),
        "causal-encoder": (
            "Language model, checked by the built-in head",
            "The language model proposes. What the built-in head finds too is put first, and what "
            "that reads as denied or doubtful is not proposed.",
        ),
        "remote-encoder": (
            "Remote model, checked by the built-in head",
            "The remote model proposes, and the built-in head checks. Texts are sent to the "
            "server.",
        ),
    },
    "read": {
        "encoder": ("Built-in", _ENCODER),
        "causal": ("Language model", _CAUSAL),
        "remote": ("Remote model", _REMOTE),
        "explicit": (
            "Language model with explicit memories",
            "A language model on this machine attends to what was encoded of approved facts. It "
            "answers only what one of these facts states.",
        ),
        "encoder-causal": (
            "Built-in, then language model",
            "The built-in head answers; what it does not understand goes to the language model.",
        ),
        "encoder-remote": (
            "Built-in, then remote model",
            "The built-in head answers; what it does not understand is sent to the server.",
        ),
    },
}


def offers(side: HeadSide) -> list[Offer]:
    """Return the backends that this version has for one of the heads, the built-in one first."""
    known = registry.known(side)
    return [
        Offer(name, title, note, any(registry.on_base(one) for one in registry.parts(side, name)))
        for name, (title, note) in TEXTS[side].items()
        if name in known and (name != EXPLICIT or bases_with_explicit())
    ]


def bases_with_explicit() -> list[Choosable]:
    """Return the language models that can attend to explicit memories on this machine."""
    if not registry.on_base(EXPLICIT):
        return []
    found = importlib.import_module(registry.BASES).with_explicit()
    return [Choosable(*one) for one in found]


def title_of(side: HeadSide, backend: str) -> str:
    """Return what people call a backend; its name where it is not offered."""
    title, _ = TEXTS[side].get(backend, (backend, ""))
    return title


def trouble_of(side: HeadSide, setup: HeadSetup) -> str:
    """Say in one sentence what is missing for a head, and how to get it; empty where nothing is.

    A head that stands nowhere in the registry is missing too.
    """
    try:
        names = registry.parts(side, setup.backend)
    except registry.UnknownBackend as error:
        return f"There is {error}."
    return next(filter(None, (registry.missing_for(side, name, setup) for name in names)), "")


def bases() -> list[Choosable]:
    """Return the language models that can be chosen, with those that are yet to be installed."""
    return _of_causal("bases")


def adapters() -> list[Choosable]:
    """Return the adapters beside those that come with the bases."""
    return _of_causal("adapters")


def _of_causal(what: str) -> list[Choosable]:
    """Ask the module that looks for bases, which is there with the heads that need them."""
    if not any(map(registry.on_base, registry.ON_BASE)):
        return []
    found = getattr(importlib.import_module(registry.BASES), what)()
    return [Choosable(*one) for one in found]
