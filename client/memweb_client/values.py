"""Calls as values: what is sent and what it gives, apart from how it is carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Call(Generic[T]):
    """One call with one answer. ``then`` makes of the answer of a job's start the call that asks
    how far it is; ``data`` and ``file`` are the parts of a body that holds a file."""

    method: str
    path: str
    shape: type[T]
    params: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    data: Mapping[str, str] = field(default_factory=dict)
    file: tuple[str, bytes] | None = None
    then: Callable[[T], Call[T]] | None = None


@dataclass(frozen=True)
class Seen(Generic[T]):
    """An answer, and the version (ETag) in which it was read: what a change names, so that it is
    refused (``Outdated``) where somebody was faster."""

    value: T
    version: str


@dataclass(frozen=True)
class Listing(Generic[T]):
    """A list, page by page; ``limit`` items are read at a time."""

    path: str
    item: type[T]
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AnswerStream:
    """An answer while it is made."""

    path: str


@dataclass(frozen=True)
class Download:
    """A file."""

    path: str


def written(value: Any) -> Any:
    """Return a value as the API reads it."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("A moment needs a time zone.")
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: written(one) for name, one in value.items()}
    return [written(one) for one in value] if isinstance(value, list | tuple) else value


def said(**given: Any) -> dict[str, Any]:
    """Return the fields of a body that were given."""
    return {name: written(value) for name, value in given.items() if value is not None}


def asked(**given: Any) -> dict[str, str]:
    """Return the parameters of an address that were given."""
    return {name: str(value) for name, value in said(**given).items()}
