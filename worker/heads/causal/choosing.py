"""Which token comes next: the best one, or one by chance; of all, or of those that a constraint
allows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


class Constraint(Protocol):
    """What one row may generate: allowed ids, state by state."""

    @property
    def done(self) -> bool:
        """Whether the row is at its end."""
        ...

    def allowed(self) -> Tensor | Sequence[int]:
        """Return the ids of which the next one must be."""
        ...

    def advance(self, token: int) -> None:
        """Go on by one token."""
        ...


class NothingAllowed(RuntimeError):
    """A constraint allows no token, though it is not done."""


@dataclass(frozen=True)
class Chance:
    """The temperature and the generator of one row."""

    temperature: float
    generator: torch.Generator

    def draw(self, logits: Tensor) -> int:
        """Return the index of one of some logits (N,)."""
        shares = (logits.float().cpu() / self.temperature).softmax(-1)
        return int(torch.multinomial(shares, 1, generator=self.generator))


@dataclass(frozen=True)
class Sampling:
    """Choosing by chance. Each row has a generator of its own, so that it does not matter with
    which others it stands in a batch."""

    temperature: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise ValueError("the temperature is above 0; to take the best token, do not sample")

    def chance(self, row: int = 0) -> Chance:
        """Return the chance of a row."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + row)
        return Chance(self.temperature, generator)


def chosen(
    logits: Tensor,
    constraint: Constraint | None = None,
    chance: Chance | None = None,
    banned: Collection[int] = (),
) -> int:
    """Return the next id by logits (V,). What is ``banned`` is not taken even if it is allowed.

    Only the logits of allowed ids are looked at. Raises NothingAllowed.
    """
    if constraint is None:
        if banned:
            logits = logits.clone()
            logits[list(banned)] = -torch.inf
        return chance.draw(logits) if chance else int(logits.argmax())
    allowed = constraint.allowed()
    ids = allowed if isinstance(allowed, Tensor) else torch.tensor(allowed, dtype=torch.long)
    if banned:
        ids = ids[~torch.isin(ids, torch.tensor(list(banned), device=ids.device))]
    if len(ids) == 0:
        raise NothingAllowed("the constraint allows no token")
    if len(ids) == 1:
        return int(ids[0])
    of_these = logits[ids.to(logits.device)]
    return int(ids[chance.draw(of_these) if chance else int(of_these.argmax())])


def log_shares(logits: Tensor, ids: Sequence[int]) -> list[float]:
    """Return the log-probability of one id in each row of logits (B, V), over all ids."""
    rows = torch.arange(len(ids), device=logits.device)
    own = logits[rows, torch.tensor(ids, device=logits.device)].float()
    shares: list[float] = (own - logits.float().logsumexp(-1)).tolist()
    return shares
