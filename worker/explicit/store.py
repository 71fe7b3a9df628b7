"""Memories in files: safetensors, named by the hash of what they were made of, checked when read;
in a folder or wherever else ``worker.blobs`` has a way to.

A file holds keys and values in bfloat16 and the places of their tokens, and says of which model,
adapter and scheme they are. What is missing, cut, altered, or of another model is refused by name,
so that an answer can go on without it and say so.
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import asdict, dataclass, field

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from worker.blobs import Blobs
from worker.explicit.encode import Memory, Scheme

FORMAT = "1"  # of the files; others are not read
_SAID = "memory"


class MemoryMissing(FileNotFoundError):
    """The file of a memory is not there."""


class DamagedMemory(ValueError):
    """A file is not what was written for a memory."""


class MemoryOfAnotherModel(ValueError):
    """A memory was encoded by another model, adapter or scheme than the one that would read it."""


@dataclass(frozen=True)
class Maker:
    """What encodes: the hash of a model, that of an adapter ("" for none), and how."""

    model: str
    adapter: str = ""
    scheme: Scheme = field(default_factory=Scheme)

    @property
    def said(self) -> dict[str, str]:
        """It as strings, as files keep it."""
        return {
            "format": FORMAT,
            "model": self.model,
            "adapter": self.adapter,
            "scheme": json.dumps(asdict(self.scheme), sort_keys=True),
        }


@dataclass(frozen=True)
class Stored:
    """A file: its name, the SHA-256 of its bytes and their number."""

    name: str
    sha256: str
    bytes: int


class Store:
    """Memories in a place for files."""

    def __init__(self, blobs: Blobs) -> None:
        self.blobs = blobs

    def put(self, memory: Memory, text: str, maker: Maker) -> Stored:
        """Write a memory, whole or not at all. Raises OSError."""
        name = name_of(text, maker)
        data = save(
            {
                "keys": memory.keys.to(torch.bfloat16).contiguous(),
                "values": memory.values.to(torch.bfloat16).contiguous(),
                "places": memory.places.to(torch.int16).contiguous(),
                "layers": torch.tensor(memory.layers, dtype=torch.int16),
            },
            metadata={_SAID: json.dumps(maker.said)},  # one entry: more have no order
        )
        self.blobs.write(name, data)
        return Stored(name, hashlib.sha256(data).hexdigest(), len(data))

    def get(self, stored: Stored, maker: Maker) -> Memory:
        """Read a memory. Raises MemoryMissing, DamagedMemory, MemoryOfAnotherModel, and OSError
        where the place of the files cannot be reached."""
        try:
            data = self.blobs.read(stored.name)
        except FileNotFoundError as error:
            raise MemoryMissing(f"The memory {stored.name[:12]} has no file.") from error
        if len(data) != stored.bytes or hashlib.sha256(data).hexdigest() != stored.sha256:
            raise DamagedMemory(f"The file of the memory {stored.name[:12]} was cut or altered.")
        if (of := _metadata(data, stored.name)) != maker.said:
            other = [name for name, value in maker.said.items() if of.get(name) != value]
            raise MemoryOfAnotherModel(
                f"The memory {stored.name[:12]} is of another {', '.join(other)}."
            )
        try:
            held = load(data)
            layers = tuple(held["layers"].tolist())
            memory = Memory(layers, held["keys"], held["values"], held["places"].long())
        except (SafetensorError, KeyError) as error:
            raise DamagedMemory(
                f"The file of the memory {stored.name[:12]} holds something else: {error}."
            ) from error
        return memory


def name_of(text: str, maker: Maker) -> str:
    """Return the name of the memory of a text: 64 hexadecimal digits."""
    told = json.dumps([maker.said, text], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def _metadata(data: bytes, name: str) -> dict[str, str]:
    """Return what a file of safetensors says of itself."""
    try:
        (length,) = struct.unpack("<Q", data[:8])
        said = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][_SAID])
    except (struct.error, ValueError, KeyError, TypeError) as error:
        raise DamagedMemory(f"The file of the memory {name[:12]} is no safetensors.") from error
    return dict(said)
