"""The model under training: a base, an adapter on it and, in the first run, the protocol's rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor, nn
from torch.nn import functional

from worker.heads.causal.base import TARGETS, Base
from worker.heads.causal.tokens import embedding_tables
from worker.heads.quiet import quiet
from worker.training.causal.sequences import TokenTree, seen


class Trainee(nn.Module):
    """A base with a new LoRA adapter (Hu et al. 2021); with ``rows``, those of the protocol's
    tokens are learnt as well. Layers before ``first_layer`` stay as they are, which spares a
    part of the way back."""

    def __init__(
        self,
        base: Base,
        *,
        rank: int,
        alpha: int,
        dropout: float = 0.0,
        rows: bool = False,
        first_layer: int = 0,
    ) -> None:
        super().__init__()
        self.base = base
        config = LoraConfig(
            r=rank,
            lora_alpha=alpha,
            lora_dropout=dropout,
            target_modules=list(TARGETS),
            layers_to_transform=list(range(first_layer, base.model.config.num_hidden_layers)),
        )
        with quiet(Warning):
            self.peft: PeftModel = get_peft_model(base.model, config)
        self.core = base.model.model
        self.own = torch.tensor(base.ids.own, device=base.placement.device)
        tables = embedding_tables(base.model)
        self.input_rows: nn.Parameter | None = None
        self.output_rows: nn.Parameter | None = None
        if rows:
            kept = [t.detach()[list(base.ids.own)].float().clone() for t in tables]
            self.input_rows = nn.Parameter(kept[0])
            self.output_rows = nn.Parameter(kept[1]) if len(kept) > 1 else self.input_rows

    def trainable(self) -> dict[str, nn.Parameter]:
        """Return what is learnt, by name."""
        return {n: p for n, p in self.named_parameters() if p.requires_grad}

    @torch.no_grad()
    def put(self, weights: Mapping[str, Tensor]) -> None:
        """Put weights into what is learnt; what they lack stays as it is."""
        for name, parameter in self.trainable().items():
            if name in weights:
                parameter.copy_(weights[name])

    def forward(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Return the logits (N, V) before those tokens of a batch that have a weight."""
        ids = batch["ids"]
        embeds = self.base.model.get_input_embeddings()(ids)
        if self.input_rows is not None:
            for number, id_ in enumerate(self.base.ids.own):
                here = (ids == id_).unsqueeze(-1)
                embeds = torch.where(here, self.input_rows[number].to(embeds), embeds)
        states = self.core(
            inputs_embeds=embeds, attention_mask=batch["mask"], position_ids=batch["positions"],
            use_cache=False, **self.more(batch),
        ).last_hidden_state  # fmt: skip
        learnt = states[:, :-1][batch["weights"][:, 1:] > 0]
        logits = self.base.model.get_output_embeddings()(learnt).float()
        if self.output_rows is not None:
            own = (learnt.float() @ self.output_rows.T).float()
            logits = logits.index_copy(1, self.own, own)
        return logits

    def more(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return what else the model is told of a batch: nothing."""
        return {}

    def collated(self, rows: Sequence[TokenTree], pad: int) -> dict[str, Any]:
        """Return a batch where the model is."""
        return dict(collate(rows, pad, self.base.placement.device))

    def loss(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Return the weighted mean of the losses of the tokens that have a weight."""
        return self.summed_loss(batch) / batch["weights"][:, 1:].sum()

    def summed_loss(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Return the sum of the losses of a batch's tokens, each times its weight."""
        learnt = batch["weights"][:, 1:] > 0
        wanted, weights = batch["ids"][:, 1:][learnt], batch["weights"][:, 1:][learnt]
        losses = functional.cross_entropy(self(batch), wanted, reduction="none")
        return (losses * weights).sum()

    def spare_memory(self) -> None:
        """Keep the states between layers alone on the way forward, and compute the rest again on
        the way back."""
        self.base.model.activation_checkpointing_enable({"use_reentrant": False})

    @torch.no_grad()
    def put_rows_back(self) -> None:
        """Write the learnt rows into the base."""
        learnt = [self.input_rows, self.output_rows]
        for table, rows in zip(embedding_tables(self.base.model), learnt, strict=False):
            if rows is not None:
                table[self.own] = rows.to(table)


def collate(rows: Sequence[TokenTree], pad: int, device: str = "cpu") -> dict[str, Tensor]:
    """Return a batch: ids, positions and weights (B, T), and the mask (B, 1, T, T), true where a
    token sees another one. Padding sees itself and is seen by nothing else."""

    def padded(values: Sequence[Sequence[float]], fill: float = 0) -> Tensor:
        whole = [[*row, *[fill] * (longest - len(row))] for row in values]
        return torch.tensor(whole).to(device)

    longest = max(map(len, rows))
    positions = padded([row.positions for row in rows])
    # A branch of its own that sees nothing of the trunk.
    branches = padded([row.branches for row in rows], -1)
    mask = seen(positions, branches, padded([row.left() for row in rows]))
    mask |= torch.eye(longest, dtype=torch.bool, device=device)
    return {
        "ids": padded([row.ids for row in rows], pad),
        "positions": positions,
        "weights": padded([row.weights for row in rows], 0.0),
        "mask": mask.unsqueeze(1),
    }
