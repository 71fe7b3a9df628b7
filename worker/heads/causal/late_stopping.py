"""Late stopping as in MemLLM (arXiv 2404.11672): a call does not end at its first chance.

Where the token that ends a call is the best one, the call as it would be with it is noted as a
cut and the second best token is taken, until enough cuts are noted and the best of them lies far
enough back. The call is then cut at the best. A cut's score is the mean log-probability of its
tokens over the length of everything that the row sees, so a longer list is worth its length.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LateStopping:
    """``end``: the token that ends a call. ``cuts``: so many are noted at least, and so many
    after the best one before an end is an end."""

    end: int
    cuts: int = 5

    def __post_init__(self) -> None:
        if self.cuts < 1:
            raise ValueError("late stopping notes at least one cut")


class Cuts:
    """The cuts of one row. ``context`` is the number of tokens that the row begins with."""

    def __init__(self, rule: LateStopping, context: int) -> None:
        self.rule = rule
        self.context = context
        self.scores: list[float] = []
        self.places: list[tuple[int, float]] = []  # tokens before the cut; log-share of the end

    @property
    def goes_on(self) -> bool:
        """Whether an end that comes now is noted and not taken."""
        count = len(self.scores)
        return count < self.rule.cuts or self.best > count - self.rule.cuts

    @property
    def best(self) -> int:
        """The number of the best cut, the first of equals."""
        return max(range(len(self.scores)), key=self.scores.__getitem__)

    def note(self, logprobs: list[float], end: float) -> None:
        """Note a cut after tokens with these log-probabilities, with that of the end."""
        length = self.context + len(logprobs) + 1
        self.scores.append((sum(logprobs) + end) / length)
        self.places.append((len(logprobs), end))
