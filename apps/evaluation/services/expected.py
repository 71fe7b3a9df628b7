"""What is right of a case, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.evaluation.measuring.annotated import fact_said

NOTHING = "Nothing: to abstain is right."


def expected_said(expected: Sequence[Any]) -> str:
    """Return what is right in one line: the first name of each answer, or each fact.

    >>> expected_said([["Lindenau", "Old Lindenau"], ["Halden"]])
    'Lindenau; Halden'
    >>> expected_said([{"subject": "Ada", "relation": "born in", "object": "X", "mood": "denied"}])
    'Ada · born in · X (denied)'
    """
    said = [fact_said(one) if isinstance(one, dict) else _name(one) for one in expected]
    return "; ".join(said) if said else NOTHING


def _name(names: Any) -> str:
    if isinstance(names, (list, tuple)):
        return str(names[0]) if names else ""
    return str(names)
