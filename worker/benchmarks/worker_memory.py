"""Print the peak memory, in bytes, of a process that has used the embedder and both heads.

``python -m worker.benchmarks.worker_memory THREADS PASSAGES``
"""

from __future__ import annotations

import sys

import torch

from worker import registry
from worker.benchmarks.extraction import asked
from worker.benchmarks.machine import peak_memory
from worker.benchmarks.texts import made_passages
from worker.heads.encoder.write_head import EncoderWriteHead
from worker.heads.scripted.memory import InMemoryMemory
from worker.types import QuestionContext


def used(count: int) -> int:
    """Load and use all three once, extraction on ``count`` passages; return the peak in bytes."""
    embedder, reader = registry.embedder("minilm"), registry.read_head("encoder")
    writer = registry.write_head("encoder")
    assert isinstance(writer, EncoderWriteHead)
    relations, passages = asked(writer), made_passages(count, 7)
    embedder.embed([passage.text for passage in passages])
    writer.extract(passages, relations)
    memory = InMemoryMemory(relations)
    memory.add("Belcor Danel", relations[0].id, "Falgar")
    reader.answer(f"What is the {relations[0].name} of Belcor Danel?", memory, QuestionContext())
    return peak_memory()


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]))
    sys.stdout.write(f"{used(int(sys.argv[2]))}\n")
