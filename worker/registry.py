"""Backends by name. A value is ``"module:Class"``, imported on first use, so that asking for a
name costs no torch import.

>>> from worker import registry
>>> head = registry.write_head("encoder")
"""

from __future__ import annotations

import difflib
import importlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import cast

from worker import kept
from worker.address_space import check_torch_fits
from worker.errors import CannotLoad
from worker.interfaces import (
    Embedder,
    Foreseer,
    ReadHead,
    ReferenceMaker,
    TextHead,
    WriteHead,
)
from worker.learned.correction import Correction, made_of
from worker.learned.head import LearnedWriteHead
from worker.setups import HeadSetup, HeadSide

EMBEDDERS = {
    "minilm": "worker.heads.encoder.embedder:MiniLMEmbedder",
    "scripted": "worker.heads.scripted.embedder:ScriptedEmbedder",
}
WRITE_HEADS = {
    "causal": "worker.heads.causal.write_head:CausalWriteHead",
    "encoder": "worker.heads.encoder.write_head:EncoderWriteHead",
    "remote": "worker.heads.remote.write_head:RemoteWriteHead",
    "scripted": "worker.heads.scripted.write_head:ScriptedWriteHead",
}
READ_HEADS = {
    "causal": "worker.heads.causal.read_head:CausalReadHead",
    "encoder": "worker.heads.encoder.read_head:EncoderReadHead",
    "explicit": "worker.heads.causal.explicit_head:ExplicitReadHead",
    "remote": "worker.heads.remote.read_head:RemoteReadHead",
    "scripted": "worker.heads.scripted.read_head:ScriptedReadHead",
    "scripted-streaming": "worker.heads.scripted.streaming:ScriptedStreamingHead",
}
# Heads that answer without the memory, to compare it with.
TEXT_HEADS = {
    "causal": "worker.heads.causal.text_head:CausalTextHead",
    "remote": "worker.heads.remote.text_head:RemoteTextHead",
    "scripted": "worker.heads.scripted.text_head:ScriptedTextHead",
}
# Heads that are made of two: the class, and the names of both.
PAIRS: dict[HeadSide, dict[str, tuple[str, str, str]]] = {
    "write": {
        "causal-encoder": (
            "worker.heads.combined.write_head:CheckedWriteHead", "causal", "encoder",
        ),
        "remote-encoder": (
            "worker.heads.combined.write_head:CheckedWriteHead", "remote", "encoder",
        ),
    },
    "read": {
        "encoder-causal": ("worker.heads.combined.read_head:OneThenOther", "encoder", "causal"),
        "encoder-remote": ("worker.heads.combined.read_head:OneThenOther", "encoder", "remote"),
    },
}  # fmt: skip
# Backends that stand on a language model, which is chosen with them: their classes take ``base``, a
# name, and ``folder``, that of another adapter than the one that comes with the base, or None.
ON_BASE = frozenset({"causal", "explicit"})
BASES = "worker.heads.causal.installed"
# What says, without loading anything, what a backend lacks: a function of the side and the setup
# that returns a sentence with the remedy, or nothing.
MISSING = {
    "causal": "worker.heads.causal.installed:missing",
    "explicit": "worker.heads.causal.installed:missing_explicit",
    "remote": "worker.heads.remote.configured:missing",
}
# Modules that torch comes with.
WITH_TORCH = ("worker.heads.encoder.", "worker.heads.causal.", "worker.heads.remote.read_head")
TEXT_MISSING = {  # the same of a head without the memory, by the setup alone
    "causal": "worker.heads.causal.installed:missing_base",
    "remote": "worker.heads.remote.configured:missing_model",
}
REFERENCE_MAKER = "worker.explicit.making:ReferenceMaker"  # what makes explicit memories
FORESEER = "worker.training.causal.perplexity.foreseer:Foreseer"
MOST_BYTES = 3000 * 2**20
_loaded_embedders: dict[str, Embedder] = {}
_heads = kept.Kept(MOST_BYTES)
_learned: list[Callable[[str], Correction | None]] = []
logger = logging.getLogger(__name__)


class UnknownBackend(LookupError):
    """There is no backend of that name."""

    def __init__(self, kind: str, name: str, known: Mapping[str, object]) -> None:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        super().__init__(f"no {kind} {name!r}.{hint} There are: {', '.join(sorted(known))}")


def _load(kind: str, name: str, known: dict[str, str], **options: object) -> object:
    if name not in known:
        raise UnknownBackend(kind, name, known)
    module, _, attribute = known[name].partition(":")
    if module.startswith(WITH_TORCH):
        check_torch_fits()
    return getattr(importlib.import_module(module), attribute)(**options)


def known(side: HeadSide) -> Mapping[str, object]:
    """Return the heads that there are by name; of those made of two, where both are there."""
    single = WRITE_HEADS if side == "write" else READ_HEADS
    pairs = PAIRS[side].items()
    return single | {name: one for name, one in pairs if set(one[1:]) <= set(single)}


def check(side: HeadSide, name: str) -> None:
    """Raise UnknownBackend where there is no such head."""
    if name not in (there := known(side)):
        raise UnknownBackend(f"{side} head", name, there)


def parts(side: HeadSide, name: str) -> tuple[str, ...]:
    """Return the names of the heads that a head is made of: most often its own. Raises
    UnknownBackend."""
    check(side, name)
    pair = PAIRS[side].get(name)
    return pair[1:] if pair else (name,)


def on_base(name: str) -> bool:
    """Tell whether a backend of this version stands on a language model that is chosen with it."""
    return name in ON_BASE and (name in WRITE_HEADS or name in READ_HEADS)


def missing_for(side: HeadSide, name: str, setup: HeadSetup) -> str:
    """Say what a single head lacks on this machine, and how to get it; empty where nothing."""
    if name not in MISSING:
        return ""
    look = cast(Callable[[HeadSide, HeadSetup], str], _named(MISSING[name]))
    return look(side, setup)


def text_missing(setup: HeadSetup) -> str:
    """Say what a head without the memory lacks on this machine, and how to get it; empty where
    nothing. Imports no model."""
    if setup.backend not in TEXT_HEADS:
        return f"There is {UnknownBackend('head without memory', setup.backend, TEXT_HEADS)}."
    if setup.backend not in TEXT_MISSING:
        return ""
    return cast(Callable[[HeadSetup], str], _named(TEXT_MISSING[setup.backend]))(setup)


def keep_at_most(most: int) -> None:
    """Let the process keep so many bytes of heads, those that were used last."""
    _heads.most = most


def hashes_of(head: object) -> dict[str, str]:
    """Return the SHA-256 of what a head is made of, by what it is; empty where it says none."""
    return dict(getattr(head, "hashes", {}))


def learned_from(find: Callable[[str], Correction | None]) -> None:
    """Let ``find`` say what was learned under a SHA-256; None where it knows nothing of it."""
    _learned[:] = [find]


def _with_learned(head: object, setup: HeadSetup) -> object:
    """Return a write head with what its space's decisions taught it. What was learned of other
    weights than these counts for nothing. Raises CannotLoad where nobody knows of it."""
    found = next(filter(None, (find(setup.learned) for find in _learned)), None)
    if found is None:
        raise CannotLoad(
            "The learned weights of this space are not here. Switch back to the shipped ones under "
            "Evaluation, Learning."
        )
    if found.base != made_of(head):
        logger.warning("learned weights %s are of another head", setup.learned[:8])
        return head
    return LearnedWriteHead(cast(WriteHead, head), found)


def _named(target: str) -> object:
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _head(side: HeadSide, which: str | HeadSetup) -> object:
    setup = which if isinstance(which, HeadSetup) else HeadSetup(which)
    names = parts(side, setup.backend)
    if len(names) > 1:  # made anew each time, so that it holds nothing that was let go
        both = [_head(side, replace(setup, backend=one, learned="")) for one in names]
        return cast(Callable[..., object], _named(PAIRS[side][setup.backend][0]))(
            setup.backend, *both
        )
    stands_on = (setup.base, setup.adapter) if on_base(setup.backend) else ()
    key = (side, setup.backend, *stands_on)
    head = _heads.get(key, lambda: _load_head(side, setup))
    return _with_learned(head, setup) if setup.learned and side == "write" else head


def _load_head(side: HeadSide, setup: HeadSetup) -> object:
    """Load a single head. Raises CannotLoad with the remedy."""
    name, heads = setup.backend, WRITE_HEADS if side == "write" else READ_HEADS
    if why := missing_for(side, name, setup):
        raise CannotLoad(why)
    if not on_base(name):
        with _said_why(f"{side} head", "Put back what is missing, or choose another head"):
            return _load(f"{side} head", name, heads)
    folder = Path(setup.adapter) if setup.adapter else None
    with _said_why(f"{side} head"):
        return _load(f"{side} head", name, heads, base=setup.base, folder=folder)


@contextmanager
def _said_why(what: str, remedy: str = "Choose another base or adapter") -> Iterator[None]:
    """Say what is wrong with weights, a base or an adapter that do not load. Raises CannotLoad."""
    try:
        yield
    except (FileNotFoundError, ImportError, ValueError, RuntimeError) as error:
        # Ours say that a base or an adapter is missing, damaged or of another base; torch says by
        # a RuntimeError, too, that there is no memory, which may pass.
        if isinstance(error, RuntimeError) and not type(error).__module__.startswith("worker."):
            raise
        raise CannotLoad(
            f"The {what} could not be loaded: {str(error).rstrip('.')}. {remedy} under Settings, "
            "Heads."
        ) from error


@cache
def embedder(name: str) -> Embedder:
    """Return the embedder of that name, one instance a process. Raises UnknownBackend."""
    _loaded_embedders[name] = cast(Embedder, _load("embedder", name, EMBEDDERS))
    kept.out_of_sight()
    return _loaded_embedders[name]


def embedder_if_loaded(name: str) -> Embedder | None:
    """Return the embedder of that name where this process has loaded it; load nothing."""
    return _loaded_embedders.get(name)


def write_head(which: str | HeadSetup) -> WriteHead:
    """Return the write head of a name or a setup, the same one as long as the process keeps it.
    Raises UnknownBackend and CannotLoad."""
    return cast(WriteHead, _head("write", which))


def write_head_in(name: str, folder: Path) -> WriteHead:
    """Return a new write head with the weights in a folder. Raises UnknownBackend, and TypeError
    for a head that has no weights."""
    return cast(WriteHead, _load("write head", name, WRITE_HEADS, folder=folder))


def read_head(which: str | HeadSetup) -> ReadHead:
    """Return the read head of a name or a setup, the same one as long as the process keeps it.
    Raises UnknownBackend and CannotLoad."""
    return cast(ReadHead, _head("read", which))


def read_head_in(name: str, folder: Path) -> ReadHead:
    """Return a new read head with the weights in a folder. Raises UnknownBackend, and TypeError
    for a head that has no weights."""
    return cast(ReadHead, _load("read head", name, READ_HEADS, folder=folder))


def text_head(setup: HeadSetup) -> TextHead:
    """Return the head that answers without the memory, the same one as long as the process keeps
    it. Raises CannotLoad."""
    if why := text_missing(setup):
        raise CannotLoad(why)
    made_of = {"base": setup.base} if on_base(setup.backend) else {}

    def load() -> object:
        with _said_why("language model"):
            return _load("head without memory", setup.backend, TEXT_HEADS, **made_of)

    return cast(TextHead, _heads.get(("text", setup.backend, *made_of.values()), load))


def reference_maker(base: str, adapter: str = "") -> ReferenceMaker:
    """Return what makes explicit memories with a base and an adapter, by default the one that
    comes with it; the same one as long as the process keeps it. Raises CannotLoad."""
    setup = HeadSetup("explicit", base=base, adapter=adapter)
    if why := missing_for("read", "explicit", setup):
        raise CannotLoad(why)

    def load() -> object:
        check_torch_fits()
        with _said_why("language model"):
            make = cast(Callable[..., object], _named(REFERENCE_MAKER))
            return make(base, Path(adapter) if adapter else None)

    return cast(ReferenceMaker, _heads.get(("reference maker", base, adapter), load))


def foreseer(setup: HeadSetup) -> Foreseer:
    """Return what tells how well a base with its reading adapter foresees a document, the same one
    as long as the process keeps it. Raises CannotLoad."""
    if why := foreseer_missing(setup):
        raise CannotLoad(why)
    folder = Path(setup.adapter) if setup.adapter else None

    def load() -> object:
        check_torch_fits()
        with _said_why("language model"):
            return cast(Callable[..., object], _named(FORESEER))(setup.base, folder)

    return cast(Foreseer, _heads.get(("foreseer", setup.base, setup.adapter), load))


def foreseer_missing(setup: HeadSetup) -> str:
    """Say what a setup lacks on this machine to foresee texts, and how to get it; empty where
    nothing. Imports no model."""
    if setup.backend != "causal":
        return "Only a language model on this machine says how likely a text is to it."
    return missing_for("read", "causal", setup)
