"""The stored values of times and quantities, as pages show and compare them.

The text of a literal is read in ``worker/literals/``; a row keeps what came of it. Pages do not
import the model side, so what they need of such a value stands here.
"""

from __future__ import annotations

from typing import Any

from worker.literals import label, normal_form

Value = dict[str, Any]


def value_label(value: Value | None) -> str:
    """Return a stored value for people, such as "before 1850"; empty without one."""
    return label(value)


def equal_values(one: Value | None, other: Value | None) -> bool:
    """Return whether two stored values mean the same; a text without a value equals nothing."""
    form = normal_form(one)
    return form != {} and form == normal_form(other)
