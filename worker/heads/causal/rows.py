"""Rows of a batch in the key-value cache of a causal model, each with what it sees of it.

All rows write to the same slots of the cache. A row does not see slots that pad it or lie beyond
its part of a shared text, and its positions go on from what it sees. The room for key-values
grows ahead of what is in it, so that a step copies one slot and not the whole. A row that ended
leaves: the last one takes its place, and another may join.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, DynamicLayer

from worker.heads.causal.base import UnfitBase
from worker.heads.causal.limits import memory

KeyValues = tuple[Tensor, Tensor]  # of one layer, each (B, H, T, D)
FULL, SLIDING = "full_attention", "sliding_attention"


@dataclass(frozen=True)
class Past:
    """Key-values from outside that come before every text: of each layer keys and values,
    (1, H, N, D), and the position at which texts begin."""

    layers: Sequence[KeyValues]
    next: int

    def __len__(self) -> int:
        return self.layers[0][0].shape[-2]


class GrowingLayer(DynamicLayer):
    """The key-values of one layer, in a room with space for more."""

    room: KeyValues | None = None

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> KeyValues:
        """Append key-values (B, H, T, D) and return all that there are."""
        length = self.get_seq_length()
        end = length + key_states.shape[-2]
        if self.room is None or end > self.room[0].shape[-2]:
            self._grow(key_states, value_states, end + max(64, length // 2))
        assert self.room is not None
        for room, new in zip(self.room, (key_states, value_states), strict=True):
            room[: len(new), :, length:end] = new
        return self.look(len(key_states), end)

    def _grow(self, keys: Tensor, values: Tensor, size: int) -> None:
        grown = []
        for number, like in enumerate((keys, values)):
            old = self.room[number] if self.room else like[:, :, :0]
            length = self.get_seq_length()
            # of zeros: what is masked counts nothing, unless it is not a number
            room = like.new_zeros(len(old), like.shape[1], size, like.shape[3])
            room[:, :, :length] = old[:, :, :length]
            grown.append(room)
        self.room = (grown[0], grown[1])
        self.dtype, self.device, self.is_initialized = keys.dtype, keys.device, True

    def begin(self, shared: KeyValues, rows: int, length: int) -> None:
        """Give so many rows the first ``length`` slots of key-values (1, H, T, D)."""
        cut = [tensor[:, :, :length].expand(rows, -1, -1, -1) for tensor in shared]
        self._grow(cut[0], cut[1], length + 64)
        self.update(cut[0], cut[1])

    def get_seq_length(self) -> int:
        """Return the number of slots."""
        return 0 if self.keys is None else self.keys.shape[-2]

    def now(self) -> KeyValues:
        """Return all that there are."""
        assert self.keys is not None
        assert self.values is not None
        return self.keys, self.values

    def look(self, rows: int, length: int) -> KeyValues:
        """Let only so many rows and slots be there."""
        assert self.room is not None
        self.keys, self.values = (room[:rows, :, :length] for room in self.room)
        return self.now()

    def move(self, source: int, target: int) -> None:
        """Put one row in the place of another."""
        for tensor in self.now():
            tensor[target] = tensor[source]


class Rows:
    """A batch in a model's cache.

    ``shared`` are key-values (1, H, T, D) by layer that come first, of which row r sees the first
    ``visible[r]``; ``first`` is the position of the first of them. ``reach`` is what a row may see
    that comes later.
    """

    def __init__(
        self,
        model: Any,
        visible: Sequence[int],
        shared: Sequence[KeyValues] = (),
        first: int = 0,
        reach: int = 0,
    ) -> None:
        self.model = model
        self.first = first
        config = model.config.get_text_config(decoder=True)
        self.layers = [GrowingLayer() for _ in range(config.num_hidden_layers)]
        self.cache = Cache(layers=list(self.layers))
        self.windows = windows(config)
        self.eager = config._attn_implementation == "eager"
        self.device = model.device
        self.length, count = max(*visible, reach), len(visible)
        if self.length:
            with memory():
                for layer, own in zip(self.layers, shared, strict=True):
                    layer.begin(own, count, self.length)
        slots = torch.arange(self.length, device=self.device)
        seen = torch.tensor(visible, device=self.device)
        self.next = seen + first  # (B,) the position of what comes next
        self.seen = slots < seen.unsqueeze(1)  # (B, T)
        self.places = (slots + first).expand(count, -1)  # (B, T) positions
        self.even = min(visible) == self.length  # whether every row sees every slot

    def __len__(self) -> int:
        return len(self.next)

    def feed(self, tokens: Sequence[Sequence[int]], **more: Any) -> Tensor:
        """Append tokens to every row, padding the shorter ones in front; return the logits (B, V)
        that follow the last ones."""
        width = max(map(len, tokens))
        ids = torch.tensor([[0] * (width - len(row)) + [*row] for row in tokens])
        real = torch.tensor([[False] * (width - len(row)) + [True] * len(row) for row in tokens])
        ids, real = ids.to(self.device), real.to(self.device)
        positions = self.next.unsqueeze(1) + (real.cumsum(1) - 1).clamp(min=0)  # (B, Q)
        self.even = self.even and min(map(len, tokens)) == width
        seen = torch.cat((self.seen, real), 1)
        places = torch.cat((self.places, positions), 1)
        with memory():
            logits: Tensor = self.model(
                input_ids=ids, attention_mask=self._masks(seen, places, width),
                position_ids=positions, past_key_values=self.cache, use_cache=True,
                logits_to_keep=1, **more,
            ).logits[:, -1]  # fmt: skip
        self.seen, self.places, self.length = seen, places, self.length + width
        self.next = self.next + real.sum(1)
        return logits

    def _masks(self, seen: Tensor, places: Tensor, width: int) -> Any:
        """Return the mask of each kind of layer, or the one of all, or None where a model that
        is left alone sees the same."""
        made = {kind: self._mask(seen, places, width, size) for kind, size in self.windows.items()}
        return made if len(made) > 1 else next(iter(made.values()))

    def _mask(self, seen: Tensor, places: Tensor, width: int, size: int | None) -> Tensor | None:
        total = self.length + width
        fits = size is None or total <= size
        if self.even and fits and (width == 1 or not (self.length or self.eager)):
            return None
        slots = torch.arange(total, device=self.device)
        own = slots[self.length :].unsqueeze(1)
        mask = seen.unsqueeze(1) & (slots <= own)  # (B, Q, K)
        if size is not None:
            mask &= places.unsqueeze(1) > places[:, self.length :].unsqueeze(2) - size
        mask |= slots == own  # padding sees itself: rows that see nothing are not defined
        mask = mask.unsqueeze(1)
        if self.eager:  # adds what it is given
            least = torch.finfo(self.model.dtype).min
            return torch.zeros_like(mask, dtype=self.model.dtype).masked_fill_(~mask, least)
        return mask

    def leave(self, row: int) -> None:
        """Take a row out; the last one gets its number."""
        last = len(self) - 1
        for layer in self.layers:
            if row != last:
                layer.move(last, row)
            layer.look(last, self.length)
        order = [last if at == row else at for at in range(last)]
        self.seen, self.places, self.next = (
            table[order] for table in (self.seen, self.places, self.next)
        )

    def join(self, visible: int) -> None:
        """Let a row follow that sees so much of what is shared, in the place of one that left.

        What is shared is there already, since all rows began with it.
        """
        for layer in self.layers:
            layer.look(len(self) + 1, self.length)
        slots = torch.arange(self.length, device=self.device).unsqueeze(0)
        self.seen = torch.cat((self.seen, slots < visible))
        self.places = torch.cat((self.places, slots + self.first))
        self.next = torch.cat((self.next, self.next.new_tensor([visible + self.first])))
        self.even = False

    def rewind(self, length: int) -> None:
        """Forget all slots from ``length`` on, of a batch in which no row is padded."""
        assert self.even
        self.next = self.next - (self.length - length)
        for layer in self.layers:
            layer.look(len(self), length)
        self.length = length
        self.seen, self.places = self.seen[:, :length], self.places[:, :length]


def windows(config: Any) -> dict[str, int | None]:
    """Return how far each kind of layer sees, by its name in transformers. Raises UnfitBase."""
    kinds = set(getattr(config, "layer_types", None) or ())
    size = getattr(config, "sliding_window", None)
    if not kinds:
        return {FULL if size is None else SLIDING: size}
    if not kinds <= {FULL, SLIDING}:
        raise UnfitBase(f"Layers of the kind {min(kinds - {FULL, SLIDING})!r} are not known here.")
    return {kind: size if kind == SLIDING else None for kind in sorted(kinds)}
