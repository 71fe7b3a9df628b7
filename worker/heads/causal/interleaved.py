"""Reading while writing, MemLLM's read loop (arXiv 2404.11672, section 3.3).

The model goes on with a text; where it begins a call, its queries are made under constraint, the
memory is asked, the results are put after them, and it goes on. A call that brings nothing, or
that was made before, is taken out of the context, and none may begin at the next token.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from worker.heads.called import MOST_CALLS, MOST_RESULTS
from worker.heads.causal.calls import CallTokens
from worker.heads.causal.choosing import chosen
from worker.heads.causal.constraint import ReadConstraint
from worker.heads.causal.tokens import ProtocolIds
from worker.types import MemoryQuery


class ReadingSession(Protocol):
    """One sequence under way (``decoding.Session``)."""

    @property
    def logits(self) -> Tensor: ...
    @property
    def length(self) -> int: ...
    def feed(self, ids: Sequence[int]) -> None: ...
    def rewind(self, length: int) -> None: ...


@dataclass(frozen=True)
class Call:
    """A call that brought something, or (``results`` empty) did not and was taken out."""

    queries: tuple[MemoryQuery, ...]
    results: tuple[str, ...]


@dataclass
class Written:
    """What was written: the text without calls, the calls in order, why it ended."""

    text: str = ""
    calls: list[Call] = field(default_factory=list)
    ended: str = "stop"

    @property
    def kept(self) -> list[Call]:
        """The calls that brought something."""
        return [call for call in self.calls if call.results]


@dataclass(frozen=True)
class Limits:
    """How far a text may go: ``tokens`` of text, calls, tokens of one call."""

    tokens: int = 96
    calls: int = MOST_CALLS
    call_tokens: int = 128


def write_on(
    session: ReadingSession,
    tokens: CallTokens,
    constraint: Callable[[Sequence[Call], str], ReadConstraint],
    ask: Callable[[Sequence[MemoryQuery]], Sequence[str]],
    *,
    limits: Limits | None = None,
    begins: bool = False,
    told: Callable[[Written], None] = lambda written: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Written:
    """Go on with the text of a session until it ends.

    ``constraint`` makes that of a call from the calls and the text so far; ``ask`` reads the
    memory; with ``begins`` the first token begins a call. ``told`` hears of each step.
    """
    limits, ids = limits or Limits(), tokens.ids
    written, pieces = Written(), list[int]()
    banned, refused = False, 0
    while len(pieces) < limits.tokens:
        if cancelled():
            written.ended = "cancelled"
            return written
        many = len(written.calls) >= limits.calls
        token = _next(session.logits, ids, banned=banned or many, forced=begins)
        banned = begins = False
        if token == ids.stop:
            return written
        if token != ids.read:
            pieces.append(token)
            session.feed([token])
            written.text = str(tokens.tokenizer.decode(pieces, clean_up_tokenization_spaces=False))
            told(written)
            continue
        before = session.length
        call = _call(session, ids, constraint(written.kept, written.text), limits.call_tokens, ask)
        new = call is not None and all(call.queries != one.queries for one in written.calls)
        if call is not None and new:
            written.calls.append(call)
            told(written)
            if call.results:
                session.feed(tokens.result_ids(call.results))
                continue
        session.rewind(before)
        banned = True
        refused += 1
        if refused > limits.calls:
            break
    written.ended = "limit"
    return written


def _next(logits: Tensor, ids: ProtocolIds, *, banned: bool, forced: bool) -> int:
    """Return the likeliest token of a text: no other token of the protocol stands in one."""
    if forced and not banned:
        return ids.read
    scores = logits.clone()
    scores[[ids.wait, ids.end, ids.separator, ids.write]] = -torch.inf
    if banned:
        scores[ids.read] = -torch.inf
    return int(scores.argmax())


def _call(
    session: ReadingSession,
    ids: ProtocolIds,
    constraint: ReadConstraint,
    most: int,
    ask: Callable[[Sequence[MemoryQuery]], Sequence[str]],
) -> Call | None:
    session.feed([ids.read])
    for _ in range(most):
        token = chosen(session.logits, constraint)
        constraint.advance(token)
        session.feed([token])
        if constraint.done:
            queries = tuple(constraint.queries)
            return Call(queries, tuple(ask(queries))[:MOST_RESULTS])
    return None
