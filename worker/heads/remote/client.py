"""Asking a server of language models: side by side, again where that helps, and never for long."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from worker.errors import WorkerError
from worker.heads.remote.config import RemoteConfig
from worker.heads.remote.http import HttpAnswer, NoAnswer, Post, TooLong
from worker.heads.remote.pace import Pace, Stopped
from worker.heads.remote.replies import Reply, UnreadableReply, reply_of
from worker.stopping import wanted

_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_LONGEST_WAIT = 20.0
_LOOK_SECONDS = 0.2  # how often whoever waits looks whether the answer is still wanted
Body = Mapping[str, Any]
# What not every server takes, in the order in which it is left away.
_OPTIONAL = ("response_format", "temperature", "max_tokens")


@dataclass(frozen=True)
class Ask:
    """A request: to which part of the API, and what. ``model`` is in the body as well."""

    path: str
    body: Body


@dataclass(frozen=True)
class _Again:
    """Why a request is to be made again, and what the server asks to be waited; without a reason
    at once, as the request itself has changed."""

    why: str
    wait: float | None = None


class Client:
    """Asks one server. What it was found not to take, it is not sent again by this process."""

    def __init__(
        self, config: RemoteConfig, *, jitter: Callable[[], float] = random.random
    ) -> None:
        self.config = config
        self._pace = pace_of(config.url, config.at_once, config.per_minute)
        self._jitter = jitter
        self._left_away: set[str] = set()

    def deadline(self) -> float:
        """Return when a passage or question that begins now has to be through."""
        return time.monotonic() + self.config.seconds

    def all(self, asks: Sequence[Ask], deadline: float) -> list[Reply]:
        """Return the replies to requests, in order, several asked at a time.

        Raises WorkerError where one of them fails for good, and what ``worker.stopping`` raises
        where nobody wants them any more; all others are then given up.
        """
        call = _Call(self, asks, deadline)
        threads = [
            threading.Thread(target=call.work, daemon=True)
            for _ in range(min(len(asks), self.config.at_once))
        ]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads):
                call.ended.wait(_LOOK_SECONDS)
                if call.ended.is_set():
                    break
                wanted()
                if time.monotonic() > deadline + 1.0:
                    raise self.late()
        finally:
            call.give_up()
        return call.replies()

    def late(self) -> WorkerError:
        return self.failed(f"did not answer in {self.config.seconds:.0f} seconds")

    def failed(self, why: str, *, permanent: bool = False) -> WorkerError:
        """Return the error that says what the server did. It never quotes the server, which may
        quote the key."""
        return WorkerError(
            f"The language model server {self.config.host} {why}.", permanent=permanent
        )

    def fitted(self, body: Body) -> dict[str, Any]:
        """Return a body without what the server was found not to take."""
        kept = {name: value for name, value in body.items() if name not in self._left_away}
        if "max_tokens" in self._left_away and "max_tokens" in body:
            kept["max_completion_tokens"] = body["max_tokens"]
        return kept

    def left_away(self, sent: Body, answer: HttpAnswer) -> bool:
        """Leave away what the server says it does not take, or what it may not; False where
        nothing is left to leave away."""
        said = answer.body[:4000].decode("utf-8", "replace")
        there = [name for name in _OPTIONAL if name in sent]
        named = [name for name in there if name in said] or there
        self._left_away.update(named[:1])
        return bool(named)

    def backoff(self, tries: int, asked: float | None) -> float:
        """Return how long to wait before the next try: exponentially longer, spread by chance,
        and no less than the server asks for."""
        longest = min(_LONGEST_WAIT, self.config.backoff * 2.0**tries)
        return max(asked or 0.0, longest * (0.5 + 0.5 * self._jitter()))


@cache
def pace_of(url: str, at_once: int, per_minute: int) -> Pace:
    """Return the pace of all that a process asks of a server."""
    return Pace(at_once, per_minute)


class _Call:
    """Requests that are asked together."""

    def __init__(self, client: Client, asks: Sequence[Ask], deadline: float) -> None:
        self.client = client
        self.asks = asks
        self.deadline = deadline
        self.ended = threading.Event()  # all are answered, or one has failed
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._next = 0
        self._open: set[Post] = set()
        self._replies: dict[int, Reply] = {}
        self._error: Exception | None = None

    def work(self) -> None:
        """Ask one request after the other, until none is left or one has failed."""
        try:
            while (number := self._take()) is not None:
                reply = self._asked(self.asks[number])
                with self._lock:
                    self._replies[number] = reply
                    if len(self._replies) == len(self.asks):
                        self.ended.set()
        except Stopped:
            self.ended.set()
        except Exception as error:  # raised again by ``replies``, in the thread that asked
            with self._lock:
                self._error = self._error or error
            self.ended.set()

    def _take(self) -> int | None:
        with self._lock:
            if self._stop.is_set() or self._error or self._next >= len(self.asks):
                return None
            self._next += 1
            return self._next - 1

    def give_up(self) -> None:
        """Hang up on all that is not answered yet."""
        self._stop.set()
        with self._lock:
            open_ = list(self._open)
        for post in open_:
            post.hang_up()

    def replies(self) -> list[Reply]:
        if self._error is not None:
            raise self._error
        if len(self._replies) < len(self.asks):
            raise self.client.late()
        return [self._replies[number] for number in range(len(self.asks))]

    def _asked(self, ask: Ask) -> Reply:
        """Return the reply to a request, asked again as long as that may help."""
        tries = 0
        while True:
            made = self._once(ask)
            if isinstance(made, Reply):
                return made
            if made.why:
                tries += 1
                self._pause(made.why, tries, made.wait)

    def _once(self, ask: Ask) -> Reply | _Again:
        """Ask once. Raises WorkerError where asking again helps nothing."""
        client = self.client
        body = client.fitted(ask.body)
        try:
            answer = self._posted(ask.path, body)
        except NoAnswer as error:
            return _Again(str(error))
        except TooLong:
            raise client.failed("gives answers that are too long", permanent=True) from None
        if answer.status in (400, 422) and client.left_away(body, answer):
            return _Again("")
        if answer.status in _AGAIN:
            return _Again(f"answered with status {answer.status}", answer.wait)
        self._check_status(ask, answer.status)
        try:
            return reply_of(answer, str(ask.body["model"]))
        except UnreadableReply as error:
            if error.permanent:
                raise client.failed(str(error), permanent=True) from None
            return _Again(str(error))

    def _pause(self, why: str, tries: int, asked: float | None) -> None:
        """Wait before the next try. Raises WorkerError where there is none, and Stopped."""
        seconds = self.client.backoff(tries - 1, asked)
        if tries >= self.client.config.tries:
            raise self.client.failed(f"{why}, {tries} times")
        if time.monotonic() + seconds >= self.deadline:
            raise self.client.failed(f"{why}, and there was no time to ask again")
        if self._stop.wait(seconds):
            raise Stopped

    def _posted(self, path: str, body: Body) -> HttpAnswer:
        post = Post(self.client.config, path, body)
        with self.client._pace.turn(self._stop):
            with self._lock:
                self._open.add(post)
            try:
                left = self.deadline - time.monotonic()
                return post.answer(min(left, self.client.config.pause_seconds))
            finally:
                with self._lock:
                    self._open.discard(post)

    def _check_status(self, ask: Ask, status: int) -> None:
        """Raise WorkerError for what is no answer."""
        client = self.client
        if status in (401, 403):
            raise client.failed("refuses the key", permanent=True)
        if status == 404:
            raise client.failed(
                f"has no model {ask.body['model']!r}, or nothing at this address", permanent=True
            )
        if 300 <= status < 400:
            raise client.failed("sends elsewhere, where nothing is asked", permanent=True)
        if not 200 <= status < 300:
            raise client.failed(f"refuses with status {status}", permanent=True)
