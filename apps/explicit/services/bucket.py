"""Files of explicit memories in a bucket that speaks the protocol of Amazon S3 (``worker.blobs``).

A memory that is not there and a store that cannot say so are two things: the first is built again,
the second is waited for. Only the code NoSuchKey says the first; a bucket that is gone, or a key
that may not read, says nothing of its files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from apps.common import outgoing, s3
from worker.blobs import ENDING, below, is_name

MOST_BYTES: Final = 64 * 2**20  # of a file; the largest is 3 MB with the shipped model
READ_SECONDS: Final = 2.0  # as long as an answer waits for all its memories
WRITE_SECONDS: Final = 20.0
_FILE: Final = "application/octet-stream"
_REFUSAL: Final = 2_000  # bytes of an answer in which a server says why it refuses
_LIST: Final = 2**20  # bytes of a list of 1,000 names
_NO_KEY: Final = b"<Code>NoSuchKey</Code>"
_KEY: Final = re.compile(rb"<Key>([^<]+)</Key>")
_MORE: Final = re.compile(rb"<NextContinuationToken>([^<]+)</NextContinuationToken>")


class StoreAway(OSError):
    """The store of explicit memories cannot be reached, or refuses."""


@dataclass(frozen=True)
class Bucket:
    """The files whose names begin with ``prefix`` in a bucket."""

    server: s3.Server
    prefix: str

    @property
    def label(self) -> str:
        return f"bucket {self.server.bucket} at {self.server.host}: {self.prefix}"

    def read(self, name: str) -> bytes:
        reply = self._send("GET", name, keep=MOST_BYTES, whole=True, within=READ_SECONDS)
        if reply.status == 404 and _NO_KEY in reply.head:
            raise FileNotFoundError(f"{self.server.host} has no file {name[:12]}.")
        return self._taken(reply).head

    def write(self, name: str, data: bytes) -> None:
        self._taken(
            self._send("PUT", name, body=data, kind=_FILE, keep=_REFUSAL, within=WRITE_SECONDS)
        )

    def drop(self, name: str) -> None:
        reply = self._send("DELETE", name, keep=_REFUSAL, within=WRITE_SECONDS)
        if not (reply.status == 404 and _NO_KEY in reply.head):
            self._taken(reply)

    def names(self) -> Iterator[str]:
        query = {"list-type": "2", "prefix": f"{self.prefix}/"}
        while True:
            found = self._taken(
                self._asked("GET", "", query=query, keep=_LIST, whole=True, within=WRITE_SECONDS)
            ).head
            for key in _KEY.findall(found):
                name = key.decode(errors="replace").rpartition("/")[2].removesuffix(ENDING)
                if is_name(name):
                    yield name
            if (more := _MORE.search(found)) is None:
                return
            query |= {"continuation-token": more[1].decode(errors="replace")}

    def _send(self, method: str, name: str, **given: object) -> outgoing.Reply:
        return self._asked(method, f"{self.prefix}/{below(name)}", **given)

    def _asked(self, method: str, key: str, **given: object) -> outgoing.Reply:
        try:
            return self.server.send(method, key, **given)  # type: ignore[arg-type]
        except outgoing.SendError as error:
            raise StoreAway(f"The store of explicit memories: {error}") from None

    def _taken(self, reply: outgoing.Reply) -> outgoing.Reply:
        """Raise StoreAway unless a request was taken."""
        if not reply.is_taken:
            why = s3.reason_in(reply.head[:_REFUSAL])
            raise StoreAway(
                f"The store of explicit memories: {self.server.host} refused it with status "
                f"{reply.status}{': ' + why if why else '.'}"
            )
        return reply
