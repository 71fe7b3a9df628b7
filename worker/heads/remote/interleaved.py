"""Reading with the adapter "read" on a server: it calls, the memory answers, and it goes on.

The answer is made of the facts that were read and whose names the model then says; what it says
beside them is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from worker.heads.answering import Reading, end_of
from worker.heads.remote.calls import completion
from worker.heads.remote.client import Client
from worker.heads.remote.config import RemoteConfig
from worker.heads.remote.replies import Spent
from worker.mentions.names import normalised
from worker.protocol import (
    END,
    READ_START,
    WAIT,
    ProtocolError,
    escape,
    parse_read,
    question_prompt,
    serialise_read,
)
from worker.types import SIDES, EntityRef, Fact, MemoryQuery, ReadTrace, Side, TracedAnswer

MOST_CALLS = 8  # of an answer
MOST_RESULTS = 30
ASKED = ")" + WAIT


class Interleaved:
    """One question, its calls and their results."""

    def __init__(
        self, config: RemoteConfig, client: Client, reading: Reading, spent: Spent
    ) -> None:
        self.config = config
        self.client = client
        self.reading = reading
        self.spent = spent
        self.led: list[tuple[Fact, Side]] = []  # what was read, and which side was asked for

    def answer(self, question: str) -> TracedAnswer:
        """Return the answer to a question. Raises WorkerError where the server fails."""
        pieces = [question_prompt(question)]
        deadline = self.client.deadline()
        before: set[str] = set()
        for _ in range(MOST_CALLS):
            call = READ_START
            ask = completion(self.config, self.config.read_model, pieces, call, ASKED)
            (reply,) = self.client.all([ask], deadline)
            self.spent.add(reply)
            said = reply.text.partition(ASKED)
            if not said[1] or said[0] in before:
                break
            before.add(said[0])
            queries = _queries(READ_START + said[0] + ASKED)
            names = self._read(queries)
            if not names:
                break
            pieces += [f"{READ_START}{said[0]}{ASKED} {'; '.join(map(escape, names))}{END}", ""]
            if (told := self._told(pieces, deadline)) is not None:
                return told
        return self._end()

    def _told(self, pieces: Sequence[str], deadline: float) -> TracedAnswer | None:
        """Let the model go on after results; return the answer that it ends with, or None where
        it calls once more."""
        ask = completion(self.config, self.config.read_model, pieces, "", READ_START)
        (reply,) = self.client.all([ask], deadline)
        self.spent.add(reply)
        text, again, _ = reply.text.partition(READ_START)
        if again:
            return None
        return self._answer_of(text)

    def _read(self, queries: Sequence[MemoryQuery]) -> list[str]:
        """Run queries and return the names that answer them, in the controller's order."""
        names: dict[str, None] = {}
        for query in queries:
            result = self.reading.memory.read(query)
            unknown: Side = "object" if query.subject is not None else "subject"
            found = [end_of(fact, unknown).name for fact in result.facts]
            self.reading.traces.append(
                ReadTrace(serialise_read([query], tuple(dict.fromkeys(found))), result)
            )
            self.led += [(fact, unknown) for fact in result.facts]
            names.update(dict.fromkeys(found))
        return list(names)[:MOST_RESULTS]

    def _answer_of(self, text: str) -> TracedAnswer | None:
        """Return the answer with the facts whose names a text says, and those that led there."""
        said = {normalised(name) for name in text.split(";")}
        there = [(f, side) for f, side in self.led if normalised(end_of(f, side).name) in said]
        if not there:
            return self._end()
        facts = [*self._on_the_way([fact for fact, _ in there]), *(fact for fact, _ in there)]
        answers = [end_of(fact, side) for fact, side in there]
        return self.reading.answer(facts, answers=answers)

    def _on_the_way(self, last: Sequence[Fact]) -> list[Fact]:
        """Return the facts that lead to the known sides of others, the first step first."""
        way: list[Fact] = []
        wanted: list[EntityRef] = [e for fact in last for e in (fact.subject, fact.object)]
        seen = {fact.triple_id for fact in last}
        for fact, side in reversed(self.led):
            reached = end_of(fact, side)
            if fact.triple_id not in seen and reached in wanted:
                seen.add(fact.triple_id)
                way.insert(0, fact)
                wanted += [end_of(fact, one) for one in SIDES]
        return way

    def _end(self) -> TracedAnswer:
        if not self.reading.traces:
            return self.reading.abstain("The language model asked the memory nothing.")
        if not self.led:
            return self.reading.abstain("The memory has nothing for what was looked up.")
        return self.reading.abstain("The language model made no answer of what was read.")


def _queries(call: str) -> tuple[MemoryQuery, ...]:
    """Return the queries of a call; none where it cannot be read or asks for whole relations."""
    try:
        queries = parse_read(call).queries
    except ProtocolError:
        return ()
    return tuple(query for query in queries if not query.whole)[:3]
