"""Events as sentences, from the template of their action and what they record.

``{title}`` stands for what is recorded there, ``{facts:fact|facts}`` for a number, or the length of
a list, with its noun. What stands in square brackets is left out where nothing is recorded for it.
Where anything else is lacking, as in an old event, or all of it, the plain wording is said instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, Final

from apps.audit.actions.schema import Action

LONGEST: Final = 160  # characters of one value
MOST: Final = 5  # values of a list
_PART: Final = re.compile(r"\[([^\]]*)\]|([^\[\]]+)")
_PLACE: Final = re.compile(r"\{(\w+)(?::([^|}]*)\|([^}]*))?\}")


class _Nothing(Exception):
    """Nothing is recorded there."""


def sentence(action: Action, payload: Mapping[str, Any]) -> str:
    """Return what happened, to be read after the name of who acted."""
    said, filled = [], False
    for optional, fixed in _parts(action.sentence):
        try:
            said.append(_filled(optional or fixed, payload, is_optional=bool(optional)))
        except _Nothing:
            if fixed:
                return action.wording
        else:
            filled = filled or "{" in (optional or fixed)
    return "".join(said) if filled or "{" not in action.sentence else action.wording


def places(template: str) -> frozenset[str]:
    """Return the payload keys that a sentence needs or may name."""
    return frozenset(match[1] for match in _PLACE.finditer(template))


@cache
def _parts(template: str) -> tuple[tuple[str, str], ...]:
    return tuple((match[1] or "", match[2] or "") for match in _PART.finditer(template))


def _filled(template: str, payload: Mapping[str, Any], *, is_optional: bool) -> str:
    """Return the template with its places filled. Raises _Nothing for one that has nothing; in an
    optional part none of something is nothing, too."""
    said, at = [], 0
    for place in _PLACE.finditer(template):
        key, one, many = place.groups()
        value = payload.get(key)
        words = _text(key, value) if one is None else _count(value, one, many)
        if not words or (is_optional and one is not None and words.startswith("0 ")):
            raise _Nothing
        said += [template[at : place.start()], words]
        at = place.end()
    return "".join([*said, template[at:]])


def _count(value: Any, one: str, many: str) -> str:
    number = len(value) if isinstance(value, list | dict) else value
    if not isinstance(number, int):
        return ""
    return f"{number:,} {one if number == 1 else many}"


def _text(key: str, value: Any) -> str:
    if key == "fact" and isinstance(value, list):
        words = " · ".join(str(one) for one in value if one is not None)
    else:
        words = " ".join(_words(value).split())
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1].rstrip()}…"


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        name = value.get("name")
        return name if isinstance(name, str) else ", ".join(value).replace("_", " ")
    if isinstance(value, list):
        return _list_words(value)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            return f"{date.fromisoformat(value):%-d %B %Y}"
        except ValueError:
            return value
    return "" if value is None else str(value)


def _list_words(values: list[Any]) -> str:
    more = f" and {len(values) - MOST:,} more" if len(values) > MOST else ""
    return ", ".join(_words(one) for one in values[:MOST]) + more
