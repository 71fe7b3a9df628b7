"""Examples for the documentation, made of what a serializer says of its fields."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

NAMED: Final[dict[str, Any]] = {
    "name": "Ada Brook",
    "title": "A life in Lindenau",
    "text": "Ada Brook was born in Lindenau.",
    "subject": "Ada Brook",
    "object": "Lindenau",
    "relation": "place of birth",
    "template": "{subject} was born in {object}.",
    "statement": "Ada Brook was born in Lindenau.",
    "sentence": "Ada Brook was born in Lindenau.",
    "reason": "not stated",
    "username": "bob",
    "roles": ["reviewer"],
    "slug": "atlas",
    "q": "brook",
    "type": "PER",
    "role": "user",
    "content": "Where was Ada Brook born?",
    "conversation": "support-17",
    "session": "main",
    "message": "How is Ada Brook?",
    "speaker": "Ben Marsh",
    "messages": [
        {"speaker": "Ada Brook", "time": "2026-05-04T09:12:00+02:00", "text": "I live in Lindenau."}
    ],
}
PLAIN: Final[tuple[tuple[type, Any], ...]] = (
    (serializers.BooleanField, False),
    (serializers.IntegerField, 12),
    (serializers.FloatField, 0.5),
    (serializers.DateTimeField, "2026-11-27T12:00:00Z"),
    (serializers.DateField, "2026-11-27"),
    (serializers.JSONField, {}),
    (serializers.DictField, {"object_text": "Lindenau"}),
)
# Of a call that takes one thing or the other.
LEFT_OUT: Final = {"DocumentIn": ("file",), "ReadIn": ("object",)}


def example_of(serializer: serializers.Serializer[Any]) -> dict[str, Any]:
    """Return an example of what a serializer takes or gives."""
    left = LEFT_OUT.get(type(serializer).__name__, ())
    return {
        name: _value(name, field) for name, field in serializer.fields.items() if name not in left
    }


def _value(name: str, field: Any) -> Any:
    if isinstance(field, serializers.Serializer):
        return example_of(field)
    if name in NAMED and isinstance(field, serializers.ListField) and isinstance(NAMED[name], list):
        return NAMED[name]
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        child = _value(name, field.child)
        most = getattr(field, "min_length", None) or 1
        return [child] * most if not isinstance(child, list) else child
    if isinstance(field, serializers.ChoiceField):
        return next(iter(field.choices))
    for kind, value in PLAIN:
        if isinstance(field, kind):
            return value
    return NAMED.get(name, "words")
