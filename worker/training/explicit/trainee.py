"""The model under training that attends to memories, which its own adapter encodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from worker.explicit.attention import use
from worker.explicit.encode import POSITIONS, Memory, Scheme, bank_of, encode
from worker.heads.causal.base import Base
from worker.training.causal.model import Trainee
from worker.training.causal.sequences import TokenTree
from worker.training.explicit.told import ROOM

NARROWING = 0.6  # of a run
# References that are encoded together, and to a multiple of how many tokens they are filled up for
# it, on a CPU and on a GPU, where each pass costs the same time whatever it computes.
TOGETHER = {"cpu": (16, 1), "cuda": (256, 64)}


def narrowed(begin: Scheme, end: Scheme, done: float) -> Scheme:
    """Return what is kept after ``done`` (0 to 1) of a run that narrows from one scheme to another:
    tokens by equal factors, layers by equal steps, both over the first NARROWING of it."""
    at = min(1.0, done / NARROWING)
    first, last = begin.kept or ROOM, end.kept or ROOM
    kept = round(first ** (1 - at) * last**at)
    return Scheme(kept, begin.share + (end.share - begin.share) * at, end.choice)


class MemoryTrainee(Trainee):
    """A base with a new adapter; rows that have ``references`` attend to them as memories.

    With ``through``, the gradient goes on into the encoding of what is kept; without, memories are
    what they are. ``scheme`` says what is kept, None for references that stand in the text; where
    it is a function, it is asked at each batch. What is attended to is what ``restored`` makes of
    a memory, where it is set: what is left of it by a way of storing it.
    """

    def __init__(
        self,
        base: Base,
        scheme: Scheme | Callable[[], Scheme] | None,
        *,
        through: bool = False,
        **numbers: Any,
    ) -> None:
        super().__init__(base, **numbers)
        use(base.model)
        self.scheme, self.through = scheme, through
        self.restored: Callable[[Memory], Memory] | None = None

    def collated(self, rows: Sequence[TokenTree], pad: int) -> dict[str, Any]:
        """Return a batch as every head has it, with the bank of its references as ``explicit``."""
        batch: dict[str, Any] = super().collated(rows, pad)
        if self.scheme is None:
            return batch
        own = [getattr(row, "references", ()) for row in rows]
        flat = [reference for row in own for reference in row]
        marked = [places for row in rows for places in getattr(row, "marked", ())]
        made = self.encoded(flat, marked, self.scheme() if callable(self.scheme) else self.scheme)
        memories = iter(made if self.restored is None else map(self.restored, made))
        batch["explicit"] = bank_of([[next(memories) for _ in row] for row in own])
        batch["positions"] = batch["positions"] + POSITIONS
        return batch

    def encoded(
        self, references: Sequence[Sequence[int]], marked: Sequence[Sequence[int]], scheme: Scheme
    ) -> list[Memory]:
        """Return the memories of references, of each of which ``marked`` has the places of names.

        Raises UnfitReference.
        """
        begin = self.base.tokenizer.bos_token_id
        batch, padded = TOGETHER[self.base.placement.device.partition(":")[0]]
        return encode(
            self.base.model, references, scheme, begin=0 if begin is None else begin,
            batch=batch, padded=padded, gradient=self.through, marked=marked,
        )  # fmt: skip

    def more(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return what else the model is told of a batch: its memories."""
        return {} if batch.get("explicit") is None else {"explicit": batch["explicit"]}
