"""What the services of explicit memory refuse. The docstring of each is what the page says."""

from __future__ import annotations

import inspect


class ExplicitRefused(Exception):
    """This cannot be done with the explicit memory of this space."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or " ".join(inspect.cleandoc(self.__doc__ or "").split()))


class NotOn(ExplicitRefused):
    """Explicit memory is off in this space. An owner switches it on first."""


class NotThere(ExplicitRefused):
    """This language model, or its adapter for explicit memory, is not on this machine."""


class NotOpen(ExplicitRefused):
    """This build has ended already."""


class NoCosts(ExplicitRefused):
    """Nobody has measured yet what a reference costs on this machine. The next build does it, or
    `manage.py explicit hierarchy --measure`."""


class NotProposed(ExplicitRefused):
    """This move is not proposed any more."""


class StoreUnreachable(ExplicitRefused):
    """The store of explicit memories cannot be reached."""
