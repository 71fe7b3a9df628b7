"""Examples for the documentation: a call with what it says, and an answer with what it tells.

All are of one space, ``atlas``, whose memory says that Ada Brook was born in Lindenau. There is no
value of last resort: a field that nobody has given an example is an error.
"""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from apps.api.examples.calls import CALLS
from apps.api.examples.evaluation import EVALUATION
from apps.api.examples.everywhere import BY_NAME
from apps.api.examples.memory import MEMORY
from apps.api.examples.service import SERVICE

MOMENT: Final = "2026-11-27T12:00:00Z"
DAY: Final = "2026-11-27"
OF_ANSWERS: Final[dict[str, dict[str, Any]]] = {**MEMORY, **EVALUATION, **SERVICE}


class NoExample(Exception):
    """A field or a call has no example."""


def call_example(operation: str, body: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """Return what an operation may be called with; a file is told by its name.

    Raises NoExample for an operation that takes fields and has none.
    """
    if operation in CALLS:
        return CALLS[operation]
    if body().fields:
        raise NoExample(f"{operation} has no example of what it is called with.")
    return {}


def answer_example(serializer: Any) -> dict[str, Any]:
    """Return an example of what a serializer gives. Raises NoExample."""
    own = OF_ANSWERS.get(type(serializer).__name__, {})
    return {
        name: own[name] if name in own else _value(type(serializer).__name__, name, field)
        for name, field in serializer.fields.items()
    }


def _value(shape: str, name: str, field: Any) -> Any:
    if isinstance(field, serializers.Serializer):
        return answer_example(field)
    if isinstance(field, serializers.ListSerializer):
        return [answer_example(field.child)]
    if name in BY_NAME:
        return BY_NAME[name]
    if isinstance(field, serializers.DateTimeField):
        return MOMENT
    if isinstance(field, serializers.DateField):
        return DAY
    raise NoExample(f"{shape}.{name} has no example.")
