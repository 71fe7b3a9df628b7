"""What can go wrong. Each type of problem that the API documents (RFC 9457) has a class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final


class MemwebError(Exception):
    """The call did not succeed."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or " ".join((type(self).__doc__ or "").split()))


class BadSettings(MemwebError):
    """The address or the token is not in order."""


class Unreachable(MemwebError):
    """The server could not be reached, or broke the connection off."""


class NotAsDocumented(MemwebError):
    """The answer is not what the API documents."""


class JobFailed(MemwebError):
    """The work failed, or somebody cancelled it."""

    def __init__(self, detail: str = "", *, state: str = "failed") -> None:
        self.state = state
        super().__init__(detail)


class NotDoneYet(MemwebError):
    """The work is still under way; it goes on without the one who waits."""


class Problem(MemwebError):
    """The API refused the call.

    ``errors`` says what is wrong by field, ``request`` is the id under which the log has the call,
    ``more`` is all else that was said (who decided before, what would conflict), ``retry_after``
    after how many seconds the call may come again.
    """

    anchor: ClassVar[str] = ""
    usual_status: ClassVar[int] = 0

    def __init__(
        self, said: Mapping[str, Any], *, status: int, retry_after: float | None = None
    ) -> None:
        known = {"type", "title", "status", "detail", "request", "errors"}
        self.type = str(said.get("type", "about:blank"))
        self.title = str(said.get("title", ""))
        self.status = status
        self.detail = str(said.get("detail", ""))
        self.request = str(said.get("request", ""))
        errors = said.get("errors")
        self.errors: Mapping[str, Any] = errors if isinstance(errors, Mapping) else {}
        self.more = {name: value for name, value in said.items() if name not in known}
        self.retry_after = retry_after
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        unknown = f"The server answered with status {self.status}. Is this the address of memweb?"
        said = self.detail or self.title or unknown
        wrong = [f"{name}: {_words(what)}" if name else _words(what)
                 for name, what in self.errors.items()]  # fmt: skip
        return " ".join([said, *wrong])


def _words(what: Any) -> str:
    """Return what is wrong with a field as one line, however deep it is nested."""
    if isinstance(what, Mapping):
        return " ".join(f"{name}: {_words(one)}" if name else _words(one)
                        for name, one in what.items())  # fmt: skip
    if isinstance(what, list | tuple):
        return " ".join(_words(one) for one in what)
    return str(what)


class BadRequest(Problem):
    """The call is not in order; ``errors`` names the fields."""

    anchor, usual_status = "bad-request", 400


class Unauthorized(Problem):
    """No token, or none that opens anything."""

    anchor, usual_status = "unauthorized", 401


class Forbidden(Problem):
    """None of the roles that this needs."""

    anchor, usual_status = "forbidden", 403


class NotFound(Problem):
    """There is nothing of that name or number, or not for the caller."""

    anchor, usual_status = "not-found", 404


class MethodNotAllowed(Problem):
    """The address does not take this method."""

    anchor, usual_status = "method-not-allowed", 405


class NotAcceptable(Problem):
    """The answer is JSON, and the caller takes none."""

    anchor, usual_status = "not-acceptable", 406


class TimedOut(Problem):
    """The body did not arrive in time."""

    anchor, usual_status = "request-timeout", 408


class Conflict(Problem):
    """It does not fit what there is by now; ``more`` may say what that is."""

    anchor, usual_status = "conflict", 409


class Gone(Problem):
    """It was there, and is no longer kept."""

    anchor, usual_status = "gone", 410


class Outdated(Problem):
    """It was changed since the caller read it."""

    anchor, usual_status = "precondition-failed", 412


class ContentTooLarge(Problem):
    """The body is larger than it may be."""

    anchor, usual_status = "content-too-large", 413


class UnsupportedMedia(Problem):
    """The body is of a kind that is not read there."""

    anchor, usual_status = "unsupported-media-type", 415


class Unfit(Problem):
    """What was sent is understood and cannot be taken."""

    anchor, usual_status = "unprocessable-content", 422


class TooManyCalls(Problem):
    """Too many calls, or too much work under way."""

    anchor, usual_status = "too-many-requests", 429


class Busy(Problem):
    """No room at the moment."""

    anchor, usual_status = "service-unavailable", 503


class DiskFull(Problem):
    """A disk of the server is full; nothing was saved."""

    anchor, usual_status = "insufficient-storage", 507


KINDS: Final[tuple[type[Problem], ...]] = (
    BadRequest, Unauthorized, Forbidden, NotFound, MethodNotAllowed, NotAcceptable, TimedOut,
    Conflict, Gone, Outdated, ContentTooLarge, UnsupportedMedia, Unfit, TooManyCalls, Busy,
    DiskFull,
)  # fmt: skip
_BY_ANCHOR: Final = {kind.anchor: kind for kind in KINDS}
_BY_STATUS: Final = {kind.usual_status: kind for kind in KINDS}


def problem_of(
    said: Mapping[str, Any], *, status: int, retry_after: float | None = None
) -> Problem:
    """Return the error for problem details. The type decides; where it is unknown (what stands
    between client and memweb may answer too), the status does."""
    anchor = str(said.get("type", "")).rpartition("#")[2]
    kind = _BY_ANCHOR.get(anchor) or _BY_STATUS.get(status, Problem)
    return kind(said, status=status, retry_after=retry_after)
