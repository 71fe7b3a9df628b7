"""The knobs of the read head: when it takes a relation for the one that a question asks for.

They belong to the weights that they were chosen with, and are read from their manifest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

from worker.heads.encoder.base import read_manifest

KEY = "thresholds"  # of the manifest


class MalformedThresholds(ValueError):
    """The thresholds of a read head are not there, or not those that it reads."""


@dataclass(frozen=True)
class Thresholds:
    """When a relation is taken for the one that is asked for. Scores are the matcher's."""

    margin: float  # above "none of these"
    window: float  # below the best relation
    most: int  # relations tried for one entity
    clearer: float  # how much more clearly an inner phrase must ask for its relation
    certain: float  # by how much more there is no doubt that it does
    mistyped: float  # taken off where an entity's type does not fit the relation's side
    turned: float  # how nearly as clear the other side of a relation must be to be read too
    unasked: float  # taken off where the other side's type is not what is asked for
    mentions: int  # entities of the question tried in turn
    branches: int  # entities that a step may lead to
    steps: int  # reads in a chain
    closest: int  # relations looked up to say what comes closest
    plainer: float  # how much more clearly one step must be asked for than the first of two
    plainest: float  # and how much, for two not to be tried
    clear: float  # a first step that is asked for so clearly is one

    @classmethod
    def of(cls, name: str, folder: Path) -> Thresholds:
        """Read those in the manifest of a folder of weights. Raises WeightsMissing and
        MalformedThresholds."""
        manifest = read_manifest(name, folder)
        if not isinstance(manifest.get(KEY), dict):
            raise MalformedThresholds(f"the manifest in {folder} has no {KEY}.")
        return cls.checked(manifest[KEY])

    @classmethod
    def checked(cls, values: Mapping[str, Any]) -> Thresholds:
        """Return the knobs with these values: all of them, no other, each a number of its kind.
        Raises MalformedThresholds."""
        names = [field.name for field in fields(cls)]
        if missing := [name for name in names if name not in values]:
            raise MalformedThresholds(f"the thresholds lack {', '.join(missing)}.")
        if unknown := sorted(values.keys() - set(names)):
            raise MalformedThresholds(f"nothing reads the thresholds {', '.join(unknown)}.")
        kinds = get_type_hints(cls)
        for name in names:
            _check(name, values[name], kinds[name])
        return cls(**values)

    def as_dict(self) -> dict[str, float]:
        """Return the knobs as a manifest holds them."""
        return asdict(self)


def _check(name: str, value: Any, kind: type) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if kind is int and not (whole and value >= 1):
        raise MalformedThresholds(f"the threshold {name} is {value!r} and no number from 1 on.")
    if kind is float and not ((whole or isinstance(value, float)) and math.isfinite(value)):
        raise MalformedThresholds(f"the threshold {name} is {value!r} and no number.")


def card(thresholds: Thresholds) -> str:
    """Return the table of the knobs as the model card shows it."""
    rows = [f"| `{name}` | {value} |" for name, value in thresholds.as_dict().items()]
    return "\n".join(("| threshold | value |", "|---|---|", *rows))
