"""What the services of curation refuse, in words for the page."""

from __future__ import annotations

from apps.curation.models import Decision
from apps.memory.controller import ConflictError


class CurationError(Exception):
    """Something about this cannot be done; the message says what and why."""


class NotRetryable(CurationError):
    """Only what failed or was cancelled can go on, and only while nothing else reads the
    document."""

    def __init__(self) -> None:
        super().__init__(" ".join((self.__doc__ or "").split()))


class DocumentGone(CurationError):
    """This document was erased: there is nothing left to read."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NotCancellable(CurationError):
    """This has ended already; there is nothing to cancel."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NotAllowed(CurationError):
    """A fact is decided by another person than the one in whose words it stands."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class DecidedAlready(CurationError):
    """The candidate changed after the page showed it. ``decision`` is what stands now, if any."""

    def __init__(self, decision: Decision | None) -> None:
        self.decision = decision
        if decision is None:
            message = "Someone changed this fact while you were looking at it; nothing was saved."
        else:
            message = (
                f"{decision.actor.label} has decided this fact already "
                f"({decision.get_action_display().lower()}); nothing was saved."
            )
        super().__init__(message)


class IsDispute(CurationError):
    """This sentence proposes no fact, it denies one: keep that fact, retract it or say until when
    it held."""

    def __init__(self) -> None:
        super().__init__(" ".join((self.__doc__ or "").split()))


class CannotUndo(CurationError):
    """This decision cannot be undone; the message says what depends on it."""


class ReplacedMeanwhile(ConflictError):
    """Another fact has taken the place of the one that this was to replace."""
