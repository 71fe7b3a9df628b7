"""What carrying out a call consists of, without input and output.

A flow yields what is to be done next (send a request, wait) and is told what came of it; ``Client``
and ``AsyncClient`` do it. So that retries, errors and pages are written once.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx

from memweb_client.decoding import decode
from memweb_client.errors import (
    JobFailed,
    NotAsDocumented,
    NotDoneYet,
    Problem,
    Unreachable,
    problem_of,
)
from memweb_client.retries import PASSING, REPEATABLE, Patience, retry_after
from memweb_client.shapes import Answer, Job, Progress
from memweb_client.sse import EventReader
from memweb_client.values import Call, Listing, Seen

T = TypeVar("T")
J = TypeVar("J", bound=Job)
ROOT: Final = "/api/v1"
ASKED_EVERY: Final = (0.2, 5.0)  # seconds between two looks at a job: at first, and later on


@dataclass(frozen=True)
class Ask:
    """Send this; the answer, or what kept it from coming, is told to the flow."""

    method: str
    path: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Pause:
    """Wait."""

    seconds: float


Came = httpx.Response | httpx.TransportError | None
Flow = Generator[Ask | Pause, Came, T]


def sending(
    call: Call[T], patience: Patience, key: str | None = None, version: str | None = None
) -> Flow[T]:
    """Carry a call out. Raises Problem, Unreachable, NotAsDocumented."""
    response = yield from exchange(_ask(call, key, version), patience)
    return decode(call.shape, body_of(response))


def reading(call: Call[T], patience: Patience) -> Flow[Seen[T]]:
    """Carry a call out, and tell the version of its answer. Raises as ``sending`` does."""
    response = yield from exchange(_ask(call, None), patience)
    version = response.headers.get("ETag")
    if version is None:
        raise NotAsDocumented("The answer has no version.")
    return Seen(decode(call.shape, body_of(response)), version)


def _ask(call: Call[Any], key: str | None, version: str | None = None) -> Ask:
    options: dict[str, Any] = {"params": dict(call.params)}
    if call.file is not None:
        options |= {"files": {"file": call.file}, "data": dict(call.data)}
    elif call.body is not None:
        options["json"] = call.body
    headers = {}
    if call.method == "POST":
        headers["Idempotency-Key"] = key or str(uuid.uuid4())
    if version is not None:
        headers["If-Match"] = version
    return Ask(call.method, ROOT + call.path, options | {"headers": headers})


def exchange(ask: Ask, patience: Patience) -> Flow[httpx.Response]:
    """Send until there is an answer that is none of a passing trouble."""
    failed = 0
    while True:
        came = yield ask
        failed += 1
        if isinstance(came, httpx.Response):
            if came.is_success:
                return came
            error: Problem | Unreachable = refused(came)
            is_passing = came.status_code in PASSING
        else:
            error, is_passing = unreachable(came), True
        asked = error.retry_after if isinstance(error, Problem) else None
        seconds = patience.pause(failed, asked) if is_passing else None
        if seconds is None or ask.method not in REPEATABLE:
            raise error from (came if isinstance(came, Exception) else None)
        yield Pause(seconds)


def unreachable(came: Exception | None) -> Unreachable:
    """Return the error for a connection that failed."""
    why = f" ({came})" if came is not None and str(came) else ""
    return Unreachable(f"The server could not be reached, or broke the connection off{why}.")


def refused(response: httpx.Response) -> Problem:
    """Return the error that an answer stands for."""
    try:
        said = response.json()
    except ValueError:
        said = None
    return problem_of(
        said if isinstance(said, dict) else {},
        status=response.status_code,
        retry_after=retry_after(response),
    )


def body_of(response: httpx.Response) -> Any:
    """Return what an answer says. Raises NotAsDocumented for what is no JSON."""
    if response.status_code == HTTPStatus.NO_CONTENT:
        return None
    try:
        return response.json()
    except ValueError:
        raise NotAsDocumented("The answer is no JSON. Is this the address of memweb?") from None


@dataclass(frozen=True)
class Page(Generic[T]):
    """A page of a list, and the cursor of the next one."""

    items: tuple[T, ...]
    cursor: str | None


def page(listing: Listing[T], cursor: str | None, patience: Patience) -> Flow[Page[T]]:
    """Read one page of a list. Of the address of the next one, the cursor alone is believed: the
    token goes to no other server."""
    params = dict(listing.params) | ({"cursor": cursor} if cursor else {})
    ask = Ask("GET", ROOT + listing.path, {"params": params})
    said = body_of((yield from exchange(ask, patience)))
    if not isinstance(said, dict) or not isinstance(said.get("items"), list):
        raise NotAsDocumented("The answer is no page of a list.")
    items = tuple(decode(listing.item, one) for one in said["items"])
    after = parse_qs(urlsplit(said.get("next") or "").query).get("cursor", [None])[0]
    return Page(items, after if after != cursor else None)


def waiting(call: Call[J], patience: Patience, timeout: float, key: str | None) -> Flow[J]:
    """Start a job, or look at one, and wait for its end. Raises JobFailed, NotDoneYet, and what
    ``sending`` raises."""
    until, pause = time.monotonic() + timeout, ASKED_EVERY[0]
    job = yield from sending(call, patience, key)
    again = call.then(job) if call.then else call
    while job.is_open:
        left = until - time.monotonic()
        if left <= 0:
            raise NotDoneYet
        yield Pause(min(pause, left))
        pause = min(pause * 1.5, ASKED_EVERY[1])
        job = yield from sending(again, patience)
    if job.state != "done":
        raise JobFailed(job.error or f"The work was {job.state}.", state=job.state)
    return job


def told(name: str, data: str) -> Progress | Answer | None:
    """Return what an event of an answer's stream says; None for one of another kind. Raises
    JobFailed where there will be no answer."""
    if name not in ("progress", "answer", "failed"):
        return None
    try:
        said = json.loads(data)
    except ValueError:
        raise NotAsDocumented("An event of the stream is no JSON.") from None
    if name == "failed":
        state = str(said.get("state", "failed"))
        raise JobFailed(said.get("error") or f"The question was {state}.", state=state)
    return decode(Answer, said) if name == "answer" else decode(Progress, said)


class Listening:
    """An answer's stream, taken up again where it breaks off. Each time it tells what there is."""

    def __init__(self, patience: Patience, timeout: float) -> None:
        self.patience, self.until = patience, time.monotonic() + timeout
        self.is_over = False
        self._failed, self._pause, self._reader = 0, 0.0, EventReader()

    def begins(self) -> None:
        self._failed, self._pause, self._reader = 0, ASKED_EVERY[0], EventReader()

    def hears(self, piece: bytes) -> Iterator[Progress | Answer]:
        """Yield what is told. Raises JobFailed, NotDoneYet, NotAsDocumented."""
        if time.monotonic() > self.until:
            raise NotDoneYet
        for name, data in self._reader.feed(piece):
            event = told(name, data)
            if event is not None and not self.is_over:
                self.is_over = isinstance(event, Answer)
                yield event

    def breaks(self, error: httpx.TransportError | Problem) -> None:
        """Note that the stream broke off. Raises the error where it is not to be tried again."""
        if self.is_over:
            return
        self._failed += 1
        asked = error.retry_after if isinstance(error, Problem) else None
        seconds = self.patience.pause(self._failed, asked)
        if isinstance(error, Problem) and (seconds is None or error.status not in PASSING):
            raise error
        if seconds is None:
            raise unreachable(error) from error
        self._pause = seconds

    def pause(self) -> float:
        """Return after how many seconds to listen again. Raises NotDoneYet."""
        if self.is_over:
            return 0.0
        if time.monotonic() + self._pause > self.until:
            raise NotDoneYet
        return self._pause
