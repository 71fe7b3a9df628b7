"""Which logs a verification is about, and what of the shared tables belongs to them."""

from __future__ import annotations

from dataclasses import dataclass

from apps.accounts.models import Space


@dataclass(frozen=True)
class Scope:
    """The log of one space, that of the site (without a space), or all of them."""

    space: int | None = None
    everything: bool = False

    def holds(self, column: str) -> str:
        """Return the SQL condition that a column with the number of a space is of this scope."""
        if self.everything:
            return "TRUE"
        return f"{column} IS NULL" if self.space is None else f"{column} = {int(self.space)}"


ALL = Scope(everything=True)
SITE = Scope()


def of_space(space: Space) -> Scope:
    """Return the scope of one space."""
    return Scope(space.pk)
