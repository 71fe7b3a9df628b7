"""JSON to the dataclasses of ``shapes`` and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from memweb_client.errors import NotAsDocumented

T = TypeVar("T")


def decode(shape: type[T], data: Any) -> T:
    """Return what an answer says, as ``shape``. Raises NotAsDocumented, which names the place."""
    return cast(T, _read(shape, data, shape.__name__))


def encode(value: Any) -> Any:
    """Return a value as the API wrote it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: encode(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple | list):
        return [encode(one) for one in value]
    if isinstance(value, Mapping):
        return {name: encode(one) for name, one in value.items()}
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


@cache
def _hints(shape: Any) -> dict[str, Any]:
    hints = get_type_hints(shape)
    return {one.name: hints[one.name] for one in fields(shape)}


def _read(shape: Any, data: Any, where: str) -> Any:
    if shape is Any:
        return data
    if is_dataclass(shape):
        return _read_fields(shape, data, where)
    origin = get_origin(shape)
    if origin in (Union, UnionType):
        return _read_optional(shape, data, where)
    if origin is tuple:
        _check(isinstance(data, list), where, data)
        inner = get_args(shape)[0]
        return tuple(_read(inner, one, f"{where}[{n}]") for n, one in enumerate(data))
    if origin is Literal:  # a newer server may know more of them
        _check(isinstance(data, str), where, data)
        return data
    return _read_plain(shape, data, where)


def _read_fields(shape: Any, data: Any, where: str) -> Any:
    _check(isinstance(data, Mapping), where, data)
    found = {}
    for name, hint in _hints(shape).items():
        if name not in data:
            raise NotAsDocumented(f"The answer lacks {where}.{name}.")
        found[name] = _read(hint, data[name], f"{where}.{name}")
    return shape(**found)


def _read_optional(shape: Any, data: Any, where: str) -> Any:
    if data is None:
        return None
    (inner,) = (one for one in get_args(shape) if one is not NoneType)
    return _read(inner, data, where)


def _read_plain(shape: Any, data: Any, where: str) -> Any:
    if shape in (date, datetime):
        _check(isinstance(data, str), where, data)
        try:
            return shape.fromisoformat(data)
        except ValueError:
            raise NotAsDocumented(f"{where} of the answer is no {shape.__name__}.") from None
    if shape is float:
        _check(isinstance(data, int | float) and not isinstance(data, bool), where, data)
        return float(data)
    _check(type(data) is shape, where, data)
    return data


def _check(is_right: bool, where: str, data: Any) -> None:
    if not is_right:
        raise NotAsDocumented(f"{where} of the answer is {type(data).__name__}.")
