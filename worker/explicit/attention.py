"""Attending to memories: an attention of transformers that sees key-values left of the context.

It is registered under ATTENTION with the mask builder of ``sdpa``: without one, transformers makes
no mask and padding is attended to. What is attended to travels as the keyword ``explicit`` of the
model's call to each of its layers.

>>> use(model)
>>> model(input_ids=ids, position_ids=positions, explicit=Bank({0: (keys, values)}))

Without the keyword, and in layers that the bank does not name, the model computes what it does with
``sdpa``, bit for bit. A sliding window limits what is seen of the context, not of the memories.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from worker.heads.causal.rows import KeyValues, windows

ATTENTION = "memweb_explicit"


class UnfitModel(ValueError):
    """A model has no attention key-values by head that a memory could be made of."""


@dataclass(frozen=True)
class Bank:
    """What a batch attends to beside its context.

    ``layers`` holds, of each layer that attends, keys (after their positions were put in) and
    values, (B, H, M, D), or (1, H, M, D) for all rows. ``seen`` (B, M) tells which of them a row
    sees; None for all. ``begins`` is the position of the first token of a context. Where ``shares``
    is a dict it gets, by layer, the mean share of attention that the queries of the last call gave
    to each of them, (B, H, Q, M) averaged over H: (B, Q, M).
    """

    layers: Mapping[int, KeyValues]
    seen: Tensor | None = None
    begins: int = 0
    shares: dict[int, Tensor] | None = field(default=None, compare=False)

    def of(self, rows: Sequence[int]) -> Bank:
        """Return the bank of some of the rows, in their order."""
        if self.seen is None and all(len(keys) == 1 for keys, _ in self.layers.values()):
            return self
        at = torch.tensor(rows)
        layers = {
            layer: (keys, values) if len(keys) == 1 else (keys[at], values[at])
            for layer, (keys, values) in self.layers.items()
        }
        seen = None if self.seen is None else self.seen[at]
        return Bank(layers, seen, self.begins, self.shares)


class SeenEnough(Exception):
    """The layers that a watch names are computed."""


@dataclass
class Watch:
    """Given in place of a bank it notes, by layer, how much attention each token of a sequence
    draws from each query: ``mass`` (B, Hkv, T), the softmax summed over the queries of a
    key-value head's group. The first layer after all of these ends the pass: SeenEnough."""

    layers: Sequence[int]
    queries: Tensor | None = None  # (B, T), what the query of each token counts; None for all alike
    mass: dict[int, Tensor] = field(default_factory=dict)


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    explicit: Bank | Watch | None = None,
    **more: Any,
) -> tuple[Tensor, Tensor | None]:
    """Attend to the memories of a layer and to its context; the interface is transformers' own.

    ``query`` (B, Hq, Q, D), ``key`` and ``value`` (B, H, T, D), ``attention_mask`` (B, 1, Q, T).
    Raises SeenEnough, for a Watch.
    """
    own = explicit.layers.get(module.layer_idx) if isinstance(explicit, Bank) else None
    if isinstance(explicit, Watch):
        if module.layer_idx > max(explicit.layers):
            raise SeenEnough
        if module.layer_idx in explicit.layers:
            _note_mass(explicit, module.layer_idx, query, key, attention_mask, scaling)
    if own is None:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **more
        )
    assert isinstance(explicit, Bank)
    keys, values = (tensor.expand(len(query), -1, -1, -1).to(key) for tensor in own)
    mask = _mask(explicit.seen, attention_mask, query, key, keys.shape[2])
    key, value = torch.cat((keys, key), 2), torch.cat((values, value), 2)
    if explicit.shares is not None:
        shares = _softmax(query, key, mask, scaling)[..., : keys.shape[2]]
        explicit.shares[module.layer_idx] = shares.mean(1).detach()
    return sdpa_attention_forward(
        module, query, key, value, mask, dropout=dropout, scaling=scaling,
        **{**more, "is_causal": False},
    )  # fmt: skip


def _mask(
    seen: Tensor | None, mask: Tensor | None, query: Tensor, key: Tensor, memories: int
) -> Tensor | None:
    """Return what queries see of memories and context (B, 1, Q, M + T); None where it is all."""
    rows, width, length = len(query), query.shape[2], key.shape[2]
    if mask is None and seen is None and width == 1:
        return None
    if mask is None:
        whole = torch.ones(width, length, dtype=torch.bool, device=query.device)
        mask = whole.tril(length - width)[None, None]
    if seen is None:
        left = torch.ones(1, 1, 1, memories, dtype=torch.bool, device=query.device)
    else:
        left = seen[:, None, None].to(query.device)
    if mask.dtype != torch.bool:  # one that is added
        left = torch.zeros_like(left, dtype=mask.dtype).masked_fill(
            ~left, torch.finfo(mask.dtype).min
        )
    left = left.expand(rows, 1, width, memories)
    return torch.cat((left, mask[..., :length].expand(rows, 1, width, length)), -1)


def _softmax(query: Tensor, key: Tensor, mask: Tensor | None, scaling: float | None) -> Tensor:
    """Return the shares of attention (B, Hq, Q, T) that queries give to keys."""
    groups = query.shape[1] // key.shape[1]
    scores = query @ key.repeat_interleave(groups, 1).transpose(-1, -2)
    scores = scores * (query.shape[-1] ** -0.5 if scaling is None else scaling)
    if mask is not None and mask.dtype == torch.bool:
        scores = scores.masked_fill(~mask, -torch.inf)
    elif mask is not None:
        scores = scores + mask
    return scores.float().softmax(-1)


@torch.no_grad()
def _note_mass(
    watch: Watch,
    layer: int,
    query: Tensor,
    key: Tensor,
    mask: Tensor | None,
    scaling: float | None,
) -> None:
    shares = _softmax(query, key, _mask(None, mask, query, key, 0), scaling)
    if watch.queries is not None:
        shares = shares * watch.queries[:, None, :, None]
    shares = shares.sum(2)
    watch.mass[layer] = shares.unflatten(1, (key.shape[1], -1)).sum(2)


def use(model: Any) -> None:
    """Let a model, or one under a PeftModel, attend to memories. Raises UnfitModel."""
    check(model)
    model.set_attn_implementation(ATTENTION)


def check(model: Any) -> None:
    """Raise UnfitModel unless a model has what memories are made of: keys and values by head, in
    layers that see all of their context or a window of it."""
    config = model.config.get_text_config(decoder=True)
    if getattr(config, "num_key_value_heads", None) is None:
        raise UnfitModel(f"A {config.model_type} model tells no key-value heads.")
    for layer, module in _attentions(model).items():
        if not all(hasattr(module, name) for name in ("q_proj", "k_proj", "v_proj")):
            raise UnfitModel(
                f"Layer {layer} of a {config.model_type} model computes queries, keys and values "
                "in one, or has none: there is nothing to keep of it."
            )
    if len(_attentions(model)) != config.num_hidden_layers:
        raise UnfitModel(f"Not every layer of a {config.model_type} model has an attention.")
    windows(config)


def _attentions(model: Any) -> dict[int, Any]:
    return {
        module.layer_idx: module
        for name, module in model.named_modules()
        if name.endswith("self_attn") and hasattr(module, "layer_idx")
    }


AttentionInterface.register(ATTENTION, attend)
AttentionMaskInterface.register(ATTENTION, sdpa_mask)
