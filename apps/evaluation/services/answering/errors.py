"""What is refused of runs, in words for the page."""

from __future__ import annotations


class RunRefused(Exception):
    """This cannot be done with a run; the message says what and why."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or " ".join((self.__doc__ or "").split()))


class BenchmarkArchived(RunRefused):
    """This benchmark is archived. Restore it first."""


class NothingToAsk(RunRefused):
    """This version has no cases: there is nothing to ask."""


class AllErased(RunRefused):
    """All cases of this version were erased with what they rested on: nothing is left to ask. Make
    the next version of the benchmark."""


class UnknownMode(RunRefused):
    """There is no such mode for this benchmark."""


class ModeNotPossible(RunRefused):
    """This mode is not possible here; the message says why, and how to make it possible."""


class NotOpen(RunRefused):
    """This run has ended already; there is nothing to cancel."""


class NotRetryable(RunRefused):
    """Only a run that failed or was cancelled can go on."""
