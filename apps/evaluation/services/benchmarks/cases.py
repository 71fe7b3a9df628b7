"""A case before it is kept, and the hash of many."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
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


_encode: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode


def line_of(case: NewCase) -> bytes:
    """Return a case as its line of JSON, keys sorted: what is hashed."""
    return _encode(vars(case)).encode() + b"\n"


def case_in(line: bytes) -> NewCase:
    """Return the case that a line has."""
    return NewCase(**json.loads(line))


def sha256_of(cases: Iterable[NewCase]) -> str:
    """Return the hash of the cases in their order: of each its line."""
    found = hashlib.sha256()
    for case in cases:
        found.update(line_of(case))
    return found.hexdigest()


@dataclass
class Summary:
    """What is known of cases that were read one by one, and are not in memory any more: how many of
    which kind and relation, their hash, and the first of them."""

    size: int = 0
    sha256: str = ""
    kinds: Counter[str] = field(default_factory=Counter)
    relations: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)  # relations that the cases are about
    first: list[NewCase] = field(default_factory=list)

    def add(self, case: NewCase, named: Iterable[str], *, most: int) -> None:
        """Count a case; the first ``most`` are kept."""
        self.size += 1
        self.kinds[case.kind] += 1
        if case.relation:
            self.relations[case.relation] += 1
        self.named.update(set(named))
        if len(self.first) < most:
            self.first.append(case)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON keeps it."""
        return vars(self) | {"first": [vars(case) for case in self.first]}

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Summary:
        """Return it from what ``as_json`` made."""
        counts = {name: Counter(kept[name]) for name in ("kinds", "relations", "named")}
        first = [NewCase(**one) for one in kept["first"]]
        return cls(kept["size"], kept["sha256"], **counts, first=first)
