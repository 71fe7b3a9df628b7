"""Generating with a causal language model: in batches, over one prefix, under constraints.

>>> decoder = Decoder(base)
>>> prefix = decoder.prefix(text_ids)
>>> calls = decoder.branches(prefix, ends, [[ids.write]] * len(ends), stop={ids.end}, limit=200)
>>> (answer,) = decoder.generate([question_ids], stop={ids.stop}, limit=100)
>>> session = decoder.session(question_ids)

What comes out, taking the best token, is what ``generate()`` of transformers gives, token by
token, whatever stands beside a row in its batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import torch

from worker.heads.causal.base import Base
from worker.heads.causal.choosing import (
    Chance,
    Constraint,
    NothingAllowed,
    Sampling,
    chosen,
    log_shares,
)
from worker.heads.causal.late_stopping import Cuts, LateStopping
from worker.heads.causal.limits import ContextTooLong, OutOfMemory
from worker.heads.causal.rows import KeyValues, Past, Rows
from worker.heads.causal.session import Session

if TYPE_CHECKING:
    from worker.explicit.attention import Bank

HALVINGS = 2  # of a batch that the memory is not enough for
LONGEST = 256  # tokens that a batch generates before no more rows join it
Stopped = Literal["stop", "limit", "cancelled"]


@dataclass(frozen=True)
class Generated:
    """What a row generated. ``ids`` holds the token that it stopped at; ``logprobs`` are over the
    whole vocabulary, also under a constraint."""

    ids: list[int]
    logprobs: list[float]
    stopped: Stopped


@dataclass(frozen=True)
class Prefix:
    """A text and its key-values (1, H, T, D) by layer, those of the past before it included."""

    ids: Sequence[int]
    layers: Sequence[KeyValues]


@dataclass(frozen=True)
class Settings:
    """How rows are generated.

    ``stop``: the tokens that end a row. ``limit``: the most tokens of a row. ``batch``: the most
    rows at once. ``late``: late stopping, off where it is None. ``cancelled`` is asked before
    every step, ``told`` hears each token with the number of its row (under late stopping also
    those that are cut off again). ``adapters``: the adapter of each row, for a PeftModel.
    """

    stop: set[int]
    limit: int
    batch: int = 8
    late: LateStopping | None = None
    cancelled: Callable[[], bool] = lambda: False
    told: Callable[[int, int], None] | None = None
    sampling: Sampling | None = None
    adapters: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if self.limit < 1 or self.batch < 1:
            raise ValueError("limit and batch are at least 1")


@dataclass
class _Row:
    """A row on its way: it sees ``visible`` of the prefix, then ``start``, then what it made."""

    number: int
    visible: int
    start: Sequence[int]
    limit: int
    constraint: Constraint | None
    chance: Chance | None
    cuts: Cuts | None
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    stopped: Stopped | None = None
    queue: list[int] = field(default_factory=list)  # tokens that the model has not seen yet

    def begin(self) -> None:
        """Let the model see all of the row; what it has made already comes after its start."""
        self.queue = [*self.start, *self.ids]

    def take(self, token: int, logprob: float, stop: set[int]) -> None:
        """Go on by a token."""
        self.queue = [token]
        self.ids.append(token)
        self.logprobs.append(logprob)
        if self.constraint is not None:
            self.constraint.advance(token)
        if token in stop or (self.constraint is not None and self.constraint.done):
            self.stopped = "stop"
        elif len(self.ids) >= self.limit:
            self.stopped = "limit"

    def after_cut(self, share: float, logits: torch.Tensor) -> tuple[int, float]:
        """Note a cut, where something else than the end may come; return what comes and its
        log-probability."""
        assert self.cuts is not None
        end = self.cuts.rule.end
        try:
            token = chosen(logits, self.constraint, self.chance, banned={end})
        except NothingAllowed:
            return end, share
        self.cuts.note(self.logprobs, share)
        return token, log_shares(logits.unsqueeze(0), [token])[0]

    def generated(self) -> Generated:
        """Return what came out."""
        assert self.stopped is not None
        if self.cuts is None or not self.cuts.scores or self.stopped == "cancelled":
            return Generated(self.ids, self.logprobs, self.stopped)
        length, end = self.cuts.places[self.cuts.best]
        ids, logprobs = self.ids[:length], self.logprobs[:length]
        return Generated([*ids, self.cuts.rule.end], [*logprobs, end], "stop")


class Decoder:
    """Generates with a base, or with ``model``: a copy of it into which an adapter is merged, or
    a PeftModel on it. ``past`` are key-values from outside that every row sees first; with a
    ``bank``, row r attends to the memories of its row r. Contexts begin at position ``begins``."""

    def __init__(
        self,
        base: Base,
        model: Any = None,
        past: Past | None = None,
        *,
        bank: Bank | None = None,
        begins: int = 0,
    ) -> None:
        self.base = base
        self.model = base.model if model is None else model
        self.past, self.bank = past, bank
        self.begins = begins if past is None else past.next
        config = self.model.config.get_text_config(decoder=True)
        self.window: int = config.max_position_embeddings

    @torch.no_grad()
    def prefix(self, ids: Sequence[int]) -> Prefix:
        """Compute the key-values of a text, once for all its branches. Raises ContextTooLong."""
        self._check(len(ids))
        rows = self.rows([0])
        rows.feed([ids], **self.more([0], None))
        return Prefix(ids, [layer.now() for layer in rows.layers])

    def branches(
        self,
        prefix: Prefix,
        visible: Sequence[int],
        starts: Sequence[Sequence[int]],
        *,
        constraints: Sequence[Constraint] | None = None,
        **settings: Any,
    ) -> list[Generated]:
        """Go on from several places of a text: row i sees ``prefix[:visible[i]]`` and its start.

        ``settings`` are those of ``Settings``. Raises ContextTooLong and OutOfMemory.
        """
        if not all(0 <= seen <= len(prefix.ids) for seen in visible):
            raise ValueError("a row sees at most the whole prefix")
        how = Settings(**settings)
        rows = self._made(visible, starts, constraints, how)
        return self._run(rows, prefix, how)

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        *,
        constraints: Sequence[Constraint] | None = None,
        **settings: Any,
    ) -> list[Generated]:
        """Go on from prompts, as transformers' ``generate()`` does.

        ``settings`` are those of ``Settings``. Raises ContextTooLong and OutOfMemory.
        """
        how = Settings(**settings)
        return self._run(self._made([0] * len(prompts), prompts, constraints, how), None, how)

    def session(self, ids: Sequence[int], adapter: str | None = None) -> Session:
        """Begin a sequence that is fed and rewound. Raises ContextTooLong."""
        return Session(self, ids, adapter)

    def rows(self, visible: Sequence[int], prefix: Prefix | None = None, reach: int = 0) -> Rows:
        """Return a batch whose row r sees the past and ``prefix[:visible[r]]``; a row that joins
        it later, at most ``prefix[:reach]``."""
        before = 0 if self.past is None else len(self.past)
        shared = prefix.layers if prefix else self.past.layers if self.past else ()
        first = self.begins - before
        return Rows(self.model, [before + v for v in visible], shared, first, before + reach)

    def more(self, rows: Sequence[int], adapters: Sequence[str] | None) -> dict[str, Any]:
        """Return what else the model is told of some rows: their adapters and their memories."""
        more: dict[str, Any] = {}
        if adapters:
            more["adapter_names"] = [adapters[row] for row in rows]
        if self.bank is not None:
            more["explicit"] = self.bank.of(rows)
        return more

    def room(self, length: int) -> int:
        """Return how many tokens may follow a text of that length. Raises ContextTooLong."""
        self._check(length)
        return self.window - length - self.begins

    def _check(self, length: int) -> None:
        length += self.begins
        if length >= self.window:
            raise ContextTooLong(length, self.window)

    def _made(
        self,
        visible: Sequence[int],
        starts: Sequence[Sequence[int]],
        constraints: Sequence[Constraint] | None,
        how: Settings,
    ) -> list[_Row]:
        rows = []
        for number, (seen, start) in enumerate(zip(visible, starts, strict=True)):
            if not start:
                raise ValueError("a row begins with at least one token")
            constraint = constraints[number] if constraints is not None else None
            chance = how.sampling.chance(number) if how.sampling else None
            context = seen + len(start)
            cuts = Cuts(how.late, context) if how.late else None
            limit = min(how.limit, self.room(context))
            rows.append(_Row(number, seen, start, limit, constraint, chance, cuts))
        return rows

    def _run(self, rows: list[_Row], prefix: Prefix | None, how: Settings) -> list[Generated]:
        batch, halvings = how.batch, 0
        while pending := [row for row in rows if row.stopped is None]:
            try:
                self._finish(pending, batch, prefix, how)
            except OutOfMemory:
                if halvings == HALVINGS or len(pending[:batch]) == 1:
                    raise
                batch, halvings = len(pending[:batch]) // 2, halvings + 1
        return [row.generated() for row in rows]

    @torch.no_grad()
    def _finish(
        self, pending: list[_Row], batch: int, prefix: Prefix | None, how: Settings
    ) -> None:
        """Generate a batch of rows to their ends. As rows over a prefix end, others that wait
        join, which costs them nothing: their part of the prefix is there."""
        group, waiting = pending[:batch], pending[batch:] if prefix else []
        rows = self.rows(
            [row.visible for row in group], prefix, max(row.visible for row in pending)
        )
        for row in group:
            row.begin()
        last = rows.length + LONGEST
        whole = True  # at first; one token at a time afterwards
        while group and not how.cancelled():
            self._feed(group, rows, how, whole)
            group, whole = self._left(group, rows), False
            while group and waiting and len(group) < batch and rows.length < last:
                group.append(waiting.pop(0))
                group[-1].begin()
                rows.join(group[-1].visible + (0 if self.past is None else len(self.past)))
        for row in group:
            row.stopped = "cancelled"

    def _feed(self, group: list[_Row], rows: Rows, how: Settings, whole: bool) -> None:
        """Show the model the next token of every row, or all; go on where none is left."""
        more = self.more([row.number for row in group], how.adapters)
        fed = [row.queue if whole else row.queue[:1] for row in group]
        logits = rows.feed(fed, **more)
        for row, tokens in zip(group, fed, strict=True):
            row.queue = row.queue[len(tokens) :]
        ready = [number for number, row in enumerate(group) if not row.queue]
        if ready:
            self._step([group[number] for number in ready], logits[ready], how)

    def _left(self, group: list[_Row], rows: Rows) -> list[_Row]:
        """Take rows that ended out of a batch; return the others, in their new order."""
        group = list(group)
        for number in reversed(range(len(group))):
            if group[number].stopped:
                rows.leave(number)
                group[number] = group[-1]
                group.pop()
        return group

    def _step(self, group: list[_Row], logits: torch.Tensor, how: Settings) -> None:
        tokens: list[int] = logits.argmax(-1).tolist()
        if any(row.constraint or row.chance for row in group):
            # Constraints are on the processor: one copy a step from a GPU, not three waits a row.
            near = logits.cpu()
            for n, row in enumerate(group):
                if row.constraint or row.chance:
                    tokens[n] = chosen(near[n], row.constraint, row.chance)
        shares = log_shares(logits, tokens)
        for n, row in enumerate(group):
            token, share = tokens[n], shares[n]
            if row.cuts and token == row.cuts.rule.end and row.cuts.goes_on:
                token, share = row.after_cut(share, logits[n])
            row.take(token, share, how.stop)
            if how.told:
                how.told(row.number, token)
