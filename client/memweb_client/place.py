"""A space as the place of calls."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True)
class Place:
    """A space by its short name, as it stands in addresses."""

    slug: str

    def _at(self, rest: str) -> str:
        return f"/spaces/{quote(self.slug, safe='')}{rest}"
