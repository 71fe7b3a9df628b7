"""Passes of a model in which several texts are read at once, each with what it has read before.

On a processor a pass over few tokens takes nearly as long as one over many, since all weights go
through its memory either way. So whoever scores several documents side by side, each in a thread,
waits until all of them have something to read. Only attention is computed text by text: it is
registered with transformers under ATTENTION.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

ATTENTION = "memweb_side_by_side"
ROOM = 128  # tokens that there is room for beyond those that are there


class KeyValues:
    """The keys and values of all layers of a text: a room (L, 2, H, T, D) with space for more.

    A fork looks at the same room. Whoever writes where another looks takes a room of its own.
    """

    def __init__(self, model: Any) -> None:
        config = model.config.get_text_config(decoder=True)
        heads = config.num_attention_heads
        size = getattr(config, "head_dim", None) or config.hidden_size // heads
        shape = (config.num_hidden_layers, 2, config.num_key_value_heads, 0, size)
        self._room = torch.empty(shape, dtype=model.dtype, device=model.device)
        self._own = True
        self._looked_at = 0  # up to where others look at this room
        self.length = 0

    def fork(self, length: int) -> KeyValues:
        """Return the first ``length`` tokens of these."""
        made = copy.copy(self)
        made._own, made.length = False, length
        self._looked_at = max(self._looked_at, length)
        return made

    def grow(self, count: int) -> None:
        """Make room for more tokens, whose keys and values are put there layer by layer."""
        before, self.length = self.length, self.length + count
        if self._own and before >= self._looked_at and self.length <= self._room.shape[3]:
            return
        *first, _, size = self._room.shape
        room = self._room.new_empty((*first, self.length + ROOM, size))
        room[:, :, :, :before] = self._room[:, :, :, :before]
        self._room, self._own, self._looked_at = room, True, 0

    def put(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Take the last keys and values (1, H, N, D) of a layer; return all of its."""
        begin = self.length - keys.shape[2]
        room = self._room[layer]
        room[0, :, begin : self.length], room[1, :, begin : self.length] = keys[0], values[0]
        return self.of(layer)

    def of(self, layer: int) -> tuple[Tensor, Tensor]:
        """Return the keys and values (1, H, T, D) of a layer."""
        found = self._room[layer, :, None, :, : self.length]
        return found[0], found[1]


@dataclass
class Reading:
    """Tokens that go on from a text: one after the other, or, with ``places`` (N,) and ``sees``
    (N, T + N), in branches that are forgotten afterwards.

    ``headed`` are states (M, D) that are known already. With ``heads`` the logits of these and of
    the new states from that one on are wanted.
    """

    before: KeyValues
    ids: Sequence[int]
    places: Tensor | None = None
    sees: Tensor | None = None
    headed: Tensor | None = None
    heads: int | None = None
    states: Tensor = field(default_factory=lambda: torch.empty(0))  # (N, D), once it is read
    logits: Tensor | None = None
    error: Exception | None = None
    done: bool = False
    _masks: dict[int | None, Tensor | None] = field(default_factory=dict)

    def positions(self) -> Tensor:
        """Return the positions (N,) of the tokens."""
        length = self.before.length
        return torch.arange(length, length + len(self.ids)) if self.places is None else self.places

    def attend(self, module: Any, query: Tensor, key: Tensor, value: Tensor, **how: Any) -> Tensor:
        """Attend to the text before and to the tokens themselves; all (1, H, N, D)."""
        if self.sees is None:
            keys, values = self.before.put(module.layer_idx, key, value)
        else:
            old = self.before.of(module.layer_idx)
            keys, values = (torch.cat(p, 2) for p in zip(old, (key, value), strict=True))
        mask = self._mask(how["sliding_window"], query)
        whole = mask is None and query.shape[2] > 1
        out: Tensor = scaled_dot_product_attention(
            query, keys, values, attn_mask=mask, is_causal=whole, scale=how["scaling"],
            enable_gqa=query.shape[1] != keys.shape[1],
        )  # fmt: skip
        return out

    def _mask(self, window: int | None, query: Tensor) -> Tensor | None:
        """Return what is added to scores (N, T), None where it is nothing or plainly causal. The
        tokens of the text have room already."""
        if window not in self._masks:
            self._masks[window] = self._made_mask(window, query)
        return self._masks[window]

    def _made_mask(self, window: int | None, query: Tensor) -> Tensor | None:
        count = len(self.ids)
        own = self.positions() if self.sees is not None else torch.empty(0, dtype=torch.long)
        places = torch.cat([torch.arange(self.before.length), own])
        wide = window is None or len(places) <= window
        if self.sees is None and wide and (count == 1 or count == self.before.length):
            return None
        at = own if self.sees is not None else places[-count:]
        sees = places[None] <= at[:, None] if self.sees is None else self.sees
        if window is not None:
            sees = sees & (places[None] > at[:, None] - window)
        mask = torch.zeros(sees.shape, dtype=query.dtype).masked_fill_(~sees, -torch.inf)
        return mask.to(query.device)


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    sliding_window: int | None = None,
    readings: Sequence[Reading] = (),
    **more: Any,
) -> tuple[Tensor, Tensor | None]:
    """Attend of each reading to its own text; the interface is transformers' own. ``query``
    (1, Hq, N, D), ``key`` and ``value`` (1, H, N, D), of all readings one after the other."""
    if not readings:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **more
        )
    lengths = [len(one.ids) for one in readings]
    parts = zip(*(tensor.split(lengths, 2) for tensor in (query, key, value)), strict=True)
    found = [
        one.attend(module, *those, scaling=scaling, sliding_window=sliding_window)
        for one, those in zip(readings, parts, strict=True)
    ]
    return torch.cat(found, 2).transpose(1, 2), None


AttentionInterface.register(ATTENTION, attend)


class Passes:
    """Reads what those who score documents have to read, in passes of one model."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self._all = threading.Condition()
        self._members = 0
        self._waiting: list[Reading] = []

    @contextmanager
    def member(self) -> Iterator[None]:
        """Be one of those who wait for each other, from several threads."""
        with self._all:
            self._members += 1
        try:
            yield
        finally:
            with self._all:
                self._members -= 1
                self._read_if_all()

    def read(self, reading: Reading) -> None:
        """Give a reading its states and its logits. Raises what the pass raises."""
        with self._all:
            self._waiting.append(reading)
            self._read_if_all()
            self._all.wait_for(lambda: reading.done)
        if reading.error:
            raise reading.error

    @torch.inference_mode()
    def logits_of(self, states: Tensor) -> Tensor:
        """Return the logits (N, V) of states (N, D)."""
        logits: Tensor = self.model.get_output_embeddings()(states)
        return logits

    def _read_if_all(self) -> None:
        if not self._waiting or len(self._waiting) < self._members:
            return
        readings, self._waiting = self._waiting, []
        try:
            self._read(readings)
        except Exception as error:  # raised again by everybody who waited for it
            for one in readings:
                one.error = error
        for one in readings:
            one.done = True
        self._all.notify_all()

    @torch.inference_mode()
    def _read(self, readings: Sequence[Reading]) -> None:
        model, device = self.model, self.model.device
        places = torch.cat([one.positions() for one in readings])
        for one in readings:
            if one.sees is None:
                one.before.grow(len(one.ids))
        with _attending(model):
            states: Tensor = model.model(
                input_ids=torch.tensor([[i for one in readings for i in one.ids]], device=device),
                position_ids=places[None].to(device),
                # What has four dimensions is taken as it is, so that none is made.
                attention_mask=torch.zeros(1, 1, 1, 1, dtype=model.dtype, device=device),
                use_cache=False,
                readings=readings,
            ).last_hidden_state[0]
        for one, its in zip(readings, states.split([len(r.ids) for r in readings]), strict=True):
            one.states = its
        self._logits(readings)

    def _logits(self, readings: Sequence[Reading]) -> None:
        wanted = [one for one in readings if one.heads is not None]
        if not wanted:
            return
        heads = [torch.cat([_known(one), one.states[one.heads :]]) for one in wanted]
        logits = self.logits_of(torch.cat(heads)).split([len(some) for some in heads])
        for one, its in zip(wanted, logits, strict=True):
            one.logits = its


def _known(reading: Reading) -> Tensor:
    return reading.states[:0] if reading.headed is None else reading.headed


@contextmanager
def _attending(model: Any) -> Iterator[None]:
    """Let a model attend text by text, and as it did afterwards."""
    config = model.config
    before = config._attn_implementation
    config._attn_implementation = ATTENTION
    try:
        yield
    finally:
        config._attn_implementation = before
