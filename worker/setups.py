"""What a head is made of: its backend, and what that stands on.

>>> HeadSetup.of({"backend": "causal", "base": "smollm2"}, default="encoder")
HeadSetup(backend='causal', base='smollm2', adapter='', least=0, learned='', cut=True)
>>> HeadSetup.of({}, default="encoder").as_json()
{}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, TypeAlias

HeadSide: TypeAlias = Literal["write", "read"]
HEAD_SIDES: tuple[HeadSide, HeadSide] = ("write", "read")


@dataclass(frozen=True)
class HeadSetup:
    """What a space chose for one of its heads.

    ``base`` and ``adapter`` are for backends that stand on a language model; without an adapter it
    is the one that comes with the base. Of a write head, proposals that score less than ``least``
    per cent are left out, and ``learned`` is the SHA-256 of what the space's decisions taught it
    (``worker.learned``). Of a read head, ``cut`` tells whether what no read of the memory bears
    out is left out of its answers, or shown as what it is.
    """

    backend: str
    base: str = ""
    adapter: str = ""
    least: int = 0
    learned: str = ""
    cut: bool = True

    @classmethod
    def of(cls, kept: Mapping[str, Any], default: str) -> HeadSetup:
        """Return a setup from what ``as_json`` made, with the backend ``default`` where it says
        none. What it does not know is left out."""
        known = {one.name: kept[one.name] for one in fields(cls) if one.name in kept}
        return cls(**{"backend": default} | known)

    def as_json(self) -> dict[str, Any]:
        """Return all but the backend that is not as it is without a choice."""
        plain = asdict(HeadSetup(self.backend))
        return {name: value for name, value in asdict(self).items() if value != plain[name]}
