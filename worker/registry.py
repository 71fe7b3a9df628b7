"""Backends by name. A value is ``"module:Class"``, imported on first use, so that asking for a
name costs no torch import.

>>> from worker import registry
>>> head = registry.write_head("encoder")
"""

from __future__ import annotations

import difflib
import gc
import importlib
from functools import cache
from pathlib import Path
from typing import cast

from worker.address_space import check_torch_fits
from worker.interfaces import Embedder, ReadHead, WriteHead

EMBEDDERS = {
    "minilm": "worker.heads.encoder.embedder:MiniLMEmbedder",
    "scripted": "worker.heads.scripted.embedder:ScriptedEmbedder",
}
WRITE_HEADS = {
    "encoder": "worker.heads.encoder.write_head:EncoderWriteHead",
    "remote": "worker.heads.remote.write_head:RemoteWriteHead",
    "scripted": "worker.heads.scripted.write_head:ScriptedWriteHead",
}
READ_HEADS = {
    "encoder": "worker.heads.encoder.read_head:EncoderReadHead",
    "remote": "worker.heads.remote.read_head:RemoteReadHead",
    "scripted": "worker.heads.scripted.read_head:ScriptedReadHead",
}
_loaded_embedders: dict[str, Embedder] = {}


class UnknownBackend(LookupError):
    """There is no backend of that name."""

    def __init__(self, kind: str, name: str, known: dict[str, str]) -> None:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        super().__init__(f"no {kind} {name!r}.{hint} There are: {', '.join(sorted(known))}")


def _load(kind: str, name: str, known: dict[str, str], **options: object) -> object:
    if name not in known:
        raise UnknownBackend(kind, name, known)
    module, _, attribute = known[name].partition(":")
    if module.startswith("worker.heads.encoder."):
        check_torch_fits()
    return getattr(importlib.import_module(module), attribute)(**options)


def _kept(backend: object) -> object:
    """Return a backend that stays as long as the process, out of the garbage collector's sight.

    A full collection walks through everything that torch and the weights brought, half a million
    objects or a quarter of a second, in the middle of somebody's question.
    """
    gc.collect()
    gc.freeze()
    return backend


@cache
def embedder(name: str) -> Embedder:
    """Return the embedder of that name, one instance a process. Raises UnknownBackend."""
    _loaded_embedders[name] = cast(Embedder, _kept(_load("embedder", name, EMBEDDERS)))
    return _loaded_embedders[name]


def embedder_if_loaded(name: str) -> Embedder | None:
    """Return the embedder of that name where this process has loaded it; load nothing."""
    return _loaded_embedders.get(name)


@cache
def write_head(name: str) -> WriteHead:
    """Return the write head of that name, one instance a process. Raises UnknownBackend."""
    return cast(WriteHead, _kept(_load("write head", name, WRITE_HEADS)))


def write_head_in(name: str, folder: Path) -> WriteHead:
    """Return a new write head with the weights in a folder. Raises UnknownBackend, and TypeError
    for a head that has no weights."""
    return cast(WriteHead, _load("write head", name, WRITE_HEADS, folder=folder))


@cache
def read_head(name: str) -> ReadHead:
    """Return the read head of that name, one instance a process. Raises UnknownBackend."""
    return cast(ReadHead, _kept(_load("read head", name, READ_HEADS)))


def read_head_in(name: str, folder: Path) -> ReadHead:
    """Return a new read head with the weights in a folder. Raises UnknownBackend, and TypeError
    for a head that has no weights."""
    return cast(ReadHead, _load("read head", name, READ_HEADS, folder=folder))
