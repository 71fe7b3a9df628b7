"""Server-sent events: an answer while it is made.

A stream looks at the rows a few times a second, holds no connection of the database in between,
and ends by itself after ``LONGEST`` seconds; a reader that comes back gets what there is by then.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from rest_framework.utils.encoders import JSONEncoder

from apps.asking.models import Question
from apps.asking.selectors import answer_as_dict, progress_of
from memweb.busy import give_connection_back

LONGEST: Final = 120.0
EVERY: Final = 0.4
BEAT: Final = 15.0  # a comment, so that nobody on the way takes the connection for dead
Told = tuple[str, Any]


def answer_told(pk: int) -> Iterator[Told | None]:
    """Yield what is new about an answer at each look, None where nothing is, and end with it."""
    seen = 0
    while True:
        row = Question.objects.filter(pk=pk).select_related("answer").first()
        if row is None or row.erased_at is not None:
            yield "failed", {"state": "erased"}
            return
        if row.state == Question.State.DONE:
            yield "answer", answer_as_dict(row)
            return
        if not row.is_open:
            yield "failed", {"state": row.state, "error": row.error}
            return
        progress = progress_of(row)
        if progress is not None and progress.steps != seen:
            seen = progress.steps
            yield "progress", {"text": progress.text, "reads": progress.reads}
        else:
            yield None


def answer_ended(pk: int) -> Told | None:
    """Wait for an answer and return how it ended; None where it has not within ``LONGEST``."""
    until = time.monotonic() + LONGEST
    for told in answer_told(pk):
        if told is not None and told[0] != "progress":
            return told
        if time.monotonic() >= until:
            break
        give_connection_back()
        time.sleep(EVERY)
    return None


def said(told: Told) -> bytes:
    """Return an event as it is sent."""
    name, data = told
    text = json.dumps(data, cls=JSONEncoder, ensure_ascii=False)
    return f"event: {name}\ndata: {text}\n\n".encode()


class EventStream(StreamingHttpResponse):
    """Sends what a generator tells, under either kind of server; ``late`` is told where the time
    is up before its end."""

    def __init__(
        self,
        looks: Iterator[Told | None],
        write: Callable[[Told], bytes] = said,
        late: Sequence[Told] = (),
    ) -> None:
        super().__init__(b"", content_type="text/event-stream; charset=utf-8")
        self.looks, self.write_told, self.late = looks, write, late
        self["Content-Encoding"] = "identity"  # compression would hold events back
        self["X-Accel-Buffering"] = "no"

    def _look(self) -> tuple[bool, Told | None]:
        try:
            return True, next(self.looks)
        except StopIteration:
            return False, None
        finally:
            give_connection_back()

    def __iter__(self) -> Iterator[bytes]:
        until = time.monotonic() + LONGEST
        goes_on, told = self._look()
        while goes_on and (told is not None or time.monotonic() < until):
            if told is not None:
                yield self.write_told(told)
            else:
                time.sleep(EVERY)
            goes_on, told = self._look()
        if goes_on:
            yield from map(self.write_told, self.late)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        until, beat = time.monotonic() + LONGEST, time.monotonic()
        look = sync_to_async(self._look)
        goes_on, told = await look()
        while goes_on and (told is not None or time.monotonic() < until):
            if told is not None:
                yield self.write_told(told)
            else:
                if time.monotonic() - beat > BEAT:
                    beat = time.monotonic()
                    yield b": waiting\n\n"
                await asyncio.sleep(EVERY)
            goes_on, told = await look()
        if goes_on:
            for one in self.late:
                yield self.write_told(one)
