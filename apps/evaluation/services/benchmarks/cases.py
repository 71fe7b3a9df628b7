"""A case before it is kept, and the hash of many."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

MOST_CASES: Final = 100_000


@dataclass(frozen=True)
class NewCase:
    """A question or a text with what is right, as ``apps.evaluation.models.Case`` keeps it.

    A fact that is ``expected`` of a text may have ``subject_names`` and ``object_names`` beside its
    ``subject`` and ``object``: other names of these. ``given`` may hold ``ok`` and ``not``, facts
    of that form which may be proposed besides, and which a careless reader would propose.
    """

    key: str
    kind: str
    text: str
    given: dict[str, Any] = field(default_factory=dict)
    expected: list[Any] = field(default_factory=list)
    relation: str = ""
    rests_on: dict[str, Any] = field(default_factory=dict)


def sha256_of(cases: Iterable[NewCase]) -> str:
    """Return the hash of the cases in their order: of each its JSON, keys sorted, on a line."""
    found = hashlib.sha256()
    encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
    for case in cases:
        found.update(encode(vars(case)).encode() + b"\n")
    return found.hexdigest()
