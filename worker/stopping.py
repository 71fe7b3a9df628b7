"""Whether somebody still waits for what a head is doing.

A head that spends its time waiting (for a server) asks ``wanted()`` every now and then. Whoever
calls the head says by ``asked`` how to tell: for a job that a person may cancel, its row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_check: ContextVar[Callable[[], None] | None] = ContextVar("stopping", default=None)


@contextmanager
def asked(check: Callable[[], None]) -> Iterator[None]:
    """Have ``wanted`` call ``check``, which raises where the work is wanted no more."""
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


def wanted() -> None:
    """Raise what the caller's check raises where the work is wanted no more."""
    if (check := _check.get()) is not None:
        check()


def unwanted() -> bool:
    """Return False, or raise as ``wanted`` does: for loops that ask whether to go on."""
    wanted()
    return False
