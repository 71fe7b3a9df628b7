"""Files of memories: what is read is what was written, or a named refusal."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from worker.blobs import Folder
from worker.explicit.encode import Memory, Scheme
from worker.explicit.store import (
    DamagedMemory,
    Maker,
    MemoryMissing,
    MemoryOfAnotherModel,
    Store,
    name_of,
)

MAKER = Maker("m" * 64, "a" * 64)
TEXT = "Ada Lovelace was born in London."


@pytest.fixture
def memory() -> Memory:
    torch.manual_seed(1)
    keys, values = (torch.randn(15, 3, 8, 64).to(torch.bfloat16) for _ in range(2))
    return Memory(tuple(range(15)), keys, values, torch.arange(8).expand(15, 3, -1))


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(Folder(tmp_path / "explicit"))


def test_it_gives_back_what_was_put(store, memory):
    stored = store.put(memory, TEXT, MAKER)
    back = store.get(stored, MAKER)
    assert back.layers == memory.layers
    assert torch.equal(back.keys, memory.keys)
    assert torch.equal(back.values, memory.values)
    assert torch.equal(back.places, memory.places)
    assert memory.bytes == 92_160
    assert stored.bytes < memory.bytes + 3_000
    assert store.put(memory, TEXT, MAKER) == stored  # the same again
    assert len(list(store.blobs.root.rglob("*"))) == 2  # its folder and itself, no draft


def test_names_tell_text_model_adapter_and_scheme_apart():
    makers = [MAKER, replace(MAKER, model="n" * 64), replace(MAKER, adapter=""),
              replace(MAKER, scheme=Scheme(kept=4))]  # fmt: skip
    names = {name_of(text, maker) for maker in makers for text in (TEXT, TEXT + " ")}
    assert len(names) == 8


def test_it_refuses_what_is_not_what_was_written(store, memory):
    stored = store.put(memory, TEXT, MAKER)
    path = store.blobs.path(stored.name)
    whole = path.read_bytes()
    with pytest.raises(MemoryOfAnotherModel, match="another model"):
        store.get(stored, replace(MAKER, model="n" * 64))
    with pytest.raises(MemoryOfAnotherModel, match="another adapter, scheme"):
        store.get(stored, replace(MAKER, adapter="", scheme=Scheme(kept=4)))
    for damaged in (whole[:-1], whole[:100], b"", whole[:-1] + bytes([whole[-1] ^ 1])):
        path.write_bytes(damaged)
        with pytest.raises(DamagedMemory, match="cut or altered"):
            store.get(stored, MAKER)
    path.write_bytes(b"nothing of the kind")
    other = replace(stored, bytes=19, sha256=_sha(b"nothing of the kind"))
    with pytest.raises(DamagedMemory, match="no safetensors"):
        store.get(other, MAKER)
    store.blobs.drop(stored.name)
    store.blobs.drop(stored.name)
    with pytest.raises(MemoryMissing):
        store.get(stored, MAKER)


def test_a_name_reaches_nothing_else(store):
    for name in ("../../etc/passwd", "", "A" * 64, "a" * 63):
        with pytest.raises(ValueError, match="not the name"):
            store.blobs.path(name)


def _sha(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()
