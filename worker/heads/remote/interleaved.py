"""Reading with the adapter "read" on a server: it calls, the memory answers, and it goes on.

What it called for is the question's value (``worker.heads.called``), which the memory answers;
what the model says itself is compared with that and left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from worker.heads.called import MOST_CALLS, CalledReads, agreeing
from worker.heads.remote.calls import completion
from worker.heads.remote.client import Client
from worker.heads.remote.config import RemoteConfig
from worker.heads.remote.replies import Spent
from worker.protocol import (
    END,
    READ_START,
    WAIT,
    ProtocolError,
    escape,
    parse_read,
    question_prompt,
)
from worker.types import MemoryQuery, TracedAnswer

if TYPE_CHECKING:  # torch comes with it
    from worker.heads.encoder.relation_matching import RelationMatcher

ASKED = ")" + WAIT
_MOST_QUERIES = 3  # of one call


class Interleaved:
    """One question, its calls and their results."""

    def __init__(
        self, config: RemoteConfig, client: Client, reads: CalledReads, spent: Spent
    ) -> None:
        self.config = config
        self.client = client
        self.reads = reads
        self.spent = spent

    def answer(self, question: str, matcher: RelationMatcher) -> TracedAnswer:
        """Return the answer to a question. Raises WorkerError where the server fails."""
        said = self._said(question)
        return agreeing(self.reads.answer(matcher), said)

    def _said(self, question: str) -> str:
        """Have the model call until it ends, brings nothing more or calls as before; return what
        it writes after its last call."""
        pieces = [question_prompt(question)]
        deadline = self.client.deadline()
        before: set[tuple[MemoryQuery, ...]] = set()
        while len(before) < MOST_CALLS:
            said, asked, _ = self._reply(pieces, READ_START, ASKED, deadline).partition(ASKED)
            queries = _queries(READ_START + said + ASKED) if asked else ()
            names = self.reads.ask(queries) if queries not in before else []
            before.add(queries)
            if not names:
                break
            pieces += [f"{READ_START}{said}{ASKED} {'; '.join(map(escape, names))}{END}", ""]
            text = self._reply(pieces, "", READ_START, deadline)
            if READ_START not in text:
                return text
        return ""

    def _reply(self, pieces: Sequence[str], call: str, stop: str, deadline: float) -> str:
        """Let the model go on from pieces, and the begin of a call, up to ``stop``."""
        ask = completion(self.config, self.config.read_model, pieces, call, stop)
        (reply,) = self.client.all([ask], deadline)
        self.spent.add(reply)
        return reply.text


def _queries(call: str) -> tuple[MemoryQuery, ...]:
    """Return the queries of a call; none where it cannot be read or asks for whole relations."""
    try:
        queries = parse_read(call).queries
    except ProtocolError:
        return ()
    return tuple(query for query in queries if not query.whole)[:_MOST_QUERIES]
