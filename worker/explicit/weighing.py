"""What a reference costs in each form on the machine at hand, in seconds, and in FLOP from shapes.

As text it costs nothing to write, and is encoded whenever an answer needs it. As an explicit memory
it is encoded once and read from its file. In an adapter it is trained on, so many passes there and
back, and costs nothing to read; nothing here makes such an adapter, only its cost is told.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import torch

from worker.blobs import Folder
from worker.explicit.encode import POSITIONS
from worker.explicit.hierarchy import Cost, Form, Kept, Shape, Use, adapter_cost, memory_cost
from worker.explicit.making import ReferenceMaker
from worker.explicit.store import Store, Stored
from worker.references import MadeReference, TextReference, Weighed

ROUNDS: Final = 3  # of which the fastest counts: what else the machine does only makes it slower
# How often an adapter reads a fact until it answers with it: measured (docs/experiments.md).
PASSES: Final = 20


def weighed(maker: ReferenceMaker, rounds: int = ROUNDS, passes: int = PASSES) -> Weighed:
    """Measure what a reference of full length costs in each form. Takes some seconds."""
    tokenizer = maker.head.base.tokenizer
    ids = tuple(tokenizer.encode("the house by the river ") * POSITIONS)[: POSITIONS - 1]
    reference = TextReference("weighed", ids, ())
    with tempfile.TemporaryDirectory() as name:
        place = Folder(Path(name))
        made = maker.put(place, [reference], [()])[0]  # the first time is slower
        write = _least(rounds, lambda: maker.put(place, [reference], [()]))
        read = _least(rounds, lambda: _read(place, made, maker))
    seconds: dict[str, Cost] = {
        "text": Cost(0.0, write),
        "memory": Cost(write, read),
        "adapter": Cost(passes * _least(rounds, lambda: _pass(maker.head.model, ids)), 0.0),
    }
    return Weighed(
        {form: (cost.write, cost.read) for form, cost in seconds.items()},
        {form: (cost.write, cost.read) for form, cost in flop(maker, made, passes).items()},
        tokens=len(ids),
        bytes=made.bytes,
        passes=passes,
    )


def flop(maker: ReferenceMaker, made: MadeReference, passes: int) -> dict[Form, Cost]:
    """Return what a reference costs in FLOP, from the shape of the model."""
    config = maker.head.model.config.get_text_config(decoder=True)
    width, heads = config.hidden_size, config.num_attention_heads
    shape = Shape(
        layers=config.num_hidden_layers,
        width=width,
        inner=config.intermediate_size,
        heads=heads,
        key_heads=getattr(config, "num_key_value_heads", None) or heads,
        head=getattr(config, "head_dim", None) or width // heads,
    )
    use = Use()
    layers = len(maker.maker.scheme.layers(shape.layers))
    memory = memory_cost(shape, use, Kept(layers, min(made.tokens, use.reference)))
    return {
        "text": Cost(0.0, memory.write + memory.read),
        "memory": memory,
        "adapter": adapter_cost(shape, use, passes),
    }


def _least(rounds: int, work: Callable[[], object]) -> float:
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return min(found)


def _read(place: Folder, made: MadeReference, maker: ReferenceMaker) -> None:
    Store(place).get(Stored(made.name, made.sha256, made.bytes), maker.maker)


def _pass(model: Any, ids: tuple[int, ...]) -> None:
    """Go there and back once, as the training of an adapter does: through the activations."""
    tokens = torch.tensor([ids], device=model.device)
    with torch.enable_grad():
        embedded = model.get_input_embeddings()(tokens).detach().requires_grad_()
        loss = model(inputs_embeds=embedded, labels=tokens).loss
        torch.autograd.grad(loss, embedded)
