"""Sparse fields: ``?fields=id,title`` leaves out all others. Fields that there are not are refused,
in the address as in a body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

# The number of a row, as a field takes it.
ID: dict[str, Any] = {"min_value": 1, "max_value": 2**63 - 1}


class Strict(serializers.Serializer[Any]):
    """What a call may say. A field that is not declared is an error: it would else be ignored, and
    the caller believe that it counts."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(set(map(str, data)) - set(self.fields))
            if unknown:
                raise ValidationError({name: ["There is no such field."] for name in unknown})
        return super().to_internal_value(data)


def chosen_fields(asked: str | None, known: list[str]) -> list[str] | None:
    """Return the fields that a call asks for; None for all. Raises ValidationError."""
    if asked is None:
        return None
    names = [name.strip() for name in asked.split(",") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        said = f"no field {unknown[0]!r}" if unknown else "no field named"
        raise ValidationError({"fields": [f"There is {said}. There are: {', '.join(known)}."]})
    return names


def only(item: Mapping[str, Any], names: list[str] | None) -> dict[str, Any]:
    """Return what was asked for of one item."""
    return dict(item) if names is None else {name: item[name] for name in names}
