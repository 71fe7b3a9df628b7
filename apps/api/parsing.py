"""Bodies as calls say them: JSON of one meaning (RFC 8259, and RFC 7493 where that leaves a
choice), and forms that say each thing once."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser

MOST_DIGITS: Final = 100
TWICE: Final = "This stands there twice."


class PlainJSON(BaseParser):
    """JSON in UTF-8 whose depth Python can hold, whose objects name each key once, whose numbers
    are numbers of some length, and whose strings are text: half of a surrogate pair, which JSON can
    spell, is no character, and no answer could name it."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            said = json.loads(
                stream.read().decode(),
                object_pairs_hook=_object,
                parse_int=_whole,
                parse_float=_fraction,
                parse_constant=_no_number,
            )
        except RecursionError:
            raise ParseError("The JSON is nested too deep.") from None
        except UnicodeDecodeError:
            raise ParseError("The JSON is not in UTF-8.") from None
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from None
        try:
            json.dumps(said, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ParseError("The JSON holds half of a surrogate pair, which is no text.") from None
        return said


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
        raise ValidationError({_text(name): [TWICE] for name in twice})
    return found


def _text(name: str) -> str:
    """Return a name as an answer can say it."""
    return name.encode(errors="backslashreplace").decode()


def _whole(text: str) -> int:
    return int(_short(text))


def _fraction(text: str) -> float:
    found = float(_short(text))
    if not math.isfinite(found):
        raise ParseError("A number of the JSON is larger than numbers are here.")
    return found


def _short(text: str) -> str:
    if len(text) > MOST_DIGITS:
        raise ParseError(f"A number of the JSON has more than {MOST_DIGITS} digits.")
    return text


def _no_number(text: str) -> NoReturn:
    raise ParseError(f"{text} is no number of JSON.")


def said_once(data: Any, shape: type[serializers.Serializer[Any]]) -> Any:
    """Return a body. Raises ValidationError for a form that says twice what is no list: the last
    would else count."""
    if isinstance(data, QueryDict):
        fields: Mapping[str, Any] = shape().fields
        single = [name for name in data if not isinstance(fields.get(name), serializers.ListField)]
        if twice := [name for name in single if len(data.getlist(name)) > 1]:
            raise ValidationError({name: [TWICE] for name in twice})
    return data
