"""The two clients: the same flows, carried out with and without ``await``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import BinaryIO, Final, Self, TypeVar

import httpx

from memweb_client import flows
from memweb_client.errors import Problem
from memweb_client.flows import ROOT, Ask, Came, Flow, J, Listening, Pause
from memweb_client.retries import Patience
from memweb_client.settings import checked_address, checked_token
from memweb_client.shapes import Answer, Progress
from memweb_client.values import AnswerStream, Call, Download, Listing, Seen

T = TypeVar("T")
TIMES: Final = httpx.Timeout(30.0, connect=10.0)
LONGEST: Final = 600.0  # seconds that are waited for a job, where nothing is said
BROKEN: Final = (httpx.TransportError, Problem)


class _Settings:
    """What both clients are made of. The token is in none of their words."""

    def __init__(self, url: str, token: str, patience: Patience | None) -> None:
        self.url, self.patience = str(checked_address(url)), patience or Patience()
        self._headers = {
            "Authorization": f"Bearer {checked_token(token)}",
            "Accept": "application/json, application/problem+json",
            "User-Agent": "memweb-client/0.1",
        }

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.url}>"


class Client(_Settings):
    """Carries calls out, one after the other. Several threads may share one."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(url, token, patience)
        self._http = httpx.Client(
            base_url=self.url, headers=self._headers, timeout=TIMES, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def send(self, call: Call[T], *, key: str | None = None, version: str | None = None) -> T:
        """Return the answer of a call. All tries of one ``send`` have one Idempotency-Key; ``key``
        is one of your own, for a call that may be sent again by another process. With the
        ``version`` that ``read`` told, a change raises Outdated where somebody was faster."""
        return self._run(flows.sending(call, self.patience, key, version))

    def read(self, call: Call[T]) -> Seen[T]:
        """Return the answer of a call that reads one thing, and its version."""
        return self._run(flows.reading(call, self.patience))

    def wait(self, call: Call[J], *, timeout: float = LONGEST, key: str | None = None) -> J:
        """Start a job, or look at one, and return it once it is done. Raises JobFailed, and
        NotDoneYet after ``timeout`` seconds."""
        return self._run(flows.waiting(call, self.patience, timeout, key))

    def each(self, listing: Listing[T]) -> Iterator[T]:
        """Yield every item of a list; a page is read when its first item is asked for."""
        page = self._run(flows.page(listing, None, self.patience))
        yield from page.items
        while page.cursor is not None:
            page = self._run(flows.page(listing, page.cursor, self.patience))
            yield from page.items

    def stream(
        self, call: AnswerStream, *, timeout: float = LONGEST
    ) -> Iterator[Progress | Answer]:
        """Yield an answer as it is made, the whole of it at the end. A stream that breaks off is
        taken up again. Raises JobFailed where there is no answer, and NotDoneYet."""
        listening = Listening(self.patience, timeout)
        while not listening.is_over:
            try:
                with self._open(call.path) as response:
                    listening.begins()
                    for piece in response.iter_bytes():
                        yield from listening.hears(piece)
            except BROKEN as error:
                listening.breaks(error)
            time.sleep(listening.pause())

    def download(self, call: Download, file: BinaryIO) -> int:
        """Write a file piece by piece; return how many bytes it has. It is tried once."""
        size = 0
        try:
            with self._open(call.path) as response:
                for piece in response.iter_bytes():
                    size += file.write(piece)
        except httpx.TransportError as error:
            raise flows.unreachable(error) from error
        return size

    @contextmanager
    def _open(self, path: str) -> Iterator[httpx.Response]:
        with self._http.stream("GET", ROOT + path) as response:
            if not response.is_success:
                response.read()
                raise flows.refused(response)
            yield response

    def _run(self, flow: Flow[T]) -> T:
        came: Came = None
        while True:
            try:
                step = flow.send(came)
            except StopIteration as done:
                value: T = done.value
                return value
            came = self._step(step)

    def _step(self, step: Ask | Pause) -> Came:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        try:
            return self._http.request(step.method, step.path, **step.options)
        except httpx.TransportError as error:
            return error


class AsyncClient(_Settings):
    """As ``Client``, with ``await`` and ``async for``."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(url, token, patience)
        self._http = httpx.AsyncClient(
            base_url=self.url, headers=self._headers, timeout=TIMES, transport=transport
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, call: Call[T], *, key: str | None = None, version: str | None = None) -> T:
        """See ``Client.send``."""
        return await self._run(flows.sending(call, self.patience, key, version))

    async def read(self, call: Call[T]) -> Seen[T]:
        """See ``Client.read``."""
        return await self._run(flows.reading(call, self.patience))

    async def wait(self, call: Call[J], *, timeout: float = LONGEST, key: str | None = None) -> J:
        """See ``Client.wait``."""
        return await self._run(flows.waiting(call, self.patience, timeout, key))

    async def each(self, listing: Listing[T]) -> AsyncIterator[T]:
        """See ``Client.each``."""
        page = await self._run(flows.page(listing, None, self.patience))
        for item in page.items:
            yield item
        while page.cursor is not None:
            page = await self._run(flows.page(listing, page.cursor, self.patience))
            for item in page.items:
                yield item

    async def stream(
        self, call: AnswerStream, *, timeout: float = LONGEST
    ) -> AsyncIterator[Progress | Answer]:
        """See ``Client.stream``."""
        listening = Listening(self.patience, timeout)
        while not listening.is_over:
            try:
                async with self._open(call.path) as response:
                    listening.begins()
                    async for piece in response.aiter_bytes():
                        for event in listening.hears(piece):
                            yield event
            except BROKEN as error:
                listening.breaks(error)
            await asyncio.sleep(listening.pause())

    async def download(self, call: Download, file: BinaryIO) -> int:
        """See ``Client.download``."""
        size = 0
        try:
            async with self._open(call.path) as response:
                async for piece in response.aiter_bytes():
                    size += file.write(piece)
        except httpx.TransportError as error:
            raise flows.unreachable(error) from error
        return size

    @asynccontextmanager
    async def _open(self, path: str) -> AsyncIterator[httpx.Response]:
        async with self._http.stream("GET", ROOT + path) as response:
            if not response.is_success:
                await response.aread()
                raise flows.refused(response)
            yield response

    async def _run(self, flow: Flow[T]) -> T:
        came: Came = None
        while True:
            try:
                step = flow.send(came)
            except StopIteration as done:
                value: T = done.value
                return value
            came = await self._step(step)

    async def _step(self, step: Ask | Pause) -> Came:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        try:
            return await self._http.request(step.method, step.path, **step.options)
        except httpx.TransportError as error:
            return error
