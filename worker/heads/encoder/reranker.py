"""How likely a reading is what a question asks: both read together by the shared encoder.

A cross-encoder (Nogueira and Cho 2019): the question and the reading in canonical words stand in
one input, so that each word of the one is read for the other. Names are letters with the word for
their type, the same in both, so that what is learned holds for every name. A score above 0 says
that the reading is more likely right than that none of the question's readings is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from string import ascii_uppercase
from typing import Protocol, TypeAlias

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from worker.heads.encoder.base import DIMENSION, SharedEncoder, WeightsMissing
from worker.heads.encoder.runtime import FrozenEncoder
from worker.reading.candidate import Candidate, unnamed
from worker.reading.canonical import canonical
from worker.reading.linked import Linked
from worker.reading.question import Question, Thing
from worker.types import EntityRef

ADAPTER = "rank"
Ends: TypeAlias = Sequence[EntityRef]
_VALUES = frozenset(["TIME", "NUM"])
LONGEST = 96  # word pieces of a question with a reading
_WORDS = {
    "PER": "person", "ORG": "organisation", "LOC": "place", "TIME": "date", "NUM": "number",
    "MISC": "thing",
}  # fmt: skip
_MANY = {
    "PER": "people", "ORG": "organisations", "LOC": "places", "TIME": "dates", "NUM": "numbers",
    "MISC": "things",
}  # fmt: skip


class MalformedReranker(RuntimeError):
    """The weights of the cross-encoder are not there, or not those that it reads."""


@dataclass(frozen=True)
class Compared:
    """A question and one of its readings, as they are read together."""

    question: str
    reading: str


class Scorer(Protocol):
    """Whatever tells how likely readings are."""

    def scores(self, compared: Sequence[Compared]) -> list[float]:
        """Return a score for each; above 0 is more likely right than nothing."""
        ...


def lettered(type_: str, number: int) -> str:
    """Return what stands for the name of that number, from 0.

    >>> lettered("PER", 1)
    'person B'
    """
    return f"{_WORDS.get(type_, 'name')} {ascii_uppercase[number % 26]}"


def compared(linked: Linked, readings: Sequence[Candidate]) -> list[Compared]:
    """Return a question with each of its readings and what these lead to, names as letters."""
    letters: dict[str, str] = {}
    common = {linked.things[number].name for number in linked.common}
    said = ""
    for item in linked.items:
        word = item.text
        if item.kind == "node" and _name(item.node) not in common:
            number = len(letters)
            word = letters.setdefault(_name(item.node), lettered(item.type, number))
        said += word if item.kind == "poss" or word == "n't" or not said else f" {word}"

    ids = {
        one.id: letters.get(thing.name, thing.name)
        for thing in linked.things
        for one in thing.entities
    }

    def naming(thing: Thing) -> str:
        return letters.get(_name(thing), thing.name)

    return [
        Compared(said, f"{canonical(_timed(one, ids), naming)} : {_gives(one.question, one.ends)}")
        for one in readings
    ]


def _timed(one: Candidate, letters: Mapping[str, str]) -> Question:
    """Return a question with letters, by entity id, for the names in the words of its time, and
    with "an organisation" for those that it does not name itself."""
    if one.question.time is None:
        return one.question
    words = one.question.time.words
    met = {e for fact in one.grounds for e in (fact.subject, fact.object) if e.type not in _VALUES}
    for entity in sorted(met, key=lambda entity: -len(entity.name)):
        words = words.replace(entity.name, letters.get(entity.id) or unnamed(entity.type))
    return replace(one.question, time=replace(one.question.time, words=words))


def _name(thing: object) -> str:
    return thing.name if isinstance(thing, Thing) else ""


def _gives(question: Question, ends: Ends) -> str:
    """Return what a reading leads to: "one person"."""
    if question.form != "which":
        return question.form
    types = sorted({end.type for end in ends})
    return gives(types[0] if len(types) == 1 else "", len(ends))


def gives(type_: str, count: int) -> str:
    """Return so many things of a type in words.

    >>> gives("LOC", 3)
    'some places'
    """
    if count == 1:
        return f"one {_WORDS.get(type_, 'thing')}"
    return f"some {_MANY.get(type_, 'things')}"


class RerankerHead(nn.Module):
    """The score of a pair from the encoder's states; and ``part`` (D,), which tells the words of
    the reading from those of the question."""

    def __init__(self) -> None:
        super().__init__()
        self.part = nn.Parameter(torch.zeros(DIMENSION))
        self.hidden = nn.Linear(2 * DIMENSION, DIMENSION)
        self.drop = nn.Dropout(0.1)
        self.score = nn.Linear(DIMENSION, 1)

    def forward(self, first: Tensor, mean: Tensor) -> Tensor:
        """Return scores (B,) from the states of [CLS] and the mean of all, both (B, D)."""
        both = torch.cat([first, mean], -1)
        scores: Tensor = self.score(self.drop(torch.tanh(self.hidden(both)))).squeeze(-1)
        return scores


def pieces(shared: SharedEncoder, given: Sequence[Compared]) -> list[tuple[list[int], int]]:
    """Return the word pieces of each pair, and at which of them the reading begins."""
    tokenizer = shared.tokenizer
    batch = tokenizer(
        [one.question for one in given], [one.reading for one in given],
        truncation=True, max_length=LONGEST,
    )  # fmt: skip
    return [
        (ids, types.index(1) if 1 in types else len(types))
        for ids, types in zip(batch["input_ids"], batch["token_type_ids"], strict=True)
    ]


class Reranker:
    """The trained cross-encoder, as it serves."""

    def __init__(self, shared: SharedEncoder, folder: Path | None = None) -> None:
        """Read the weights of a folder, by default the shipped one. Raises WeightsMissing and
        MalformedReranker."""
        self._shared = shared
        self._head = RerankerHead()
        try:
            tensors = shared.load_adapter(ADAPTER, folder)
            self._head.load_state_dict({k.removeprefix("head."): v for k, v in tensors.items()})
        except WeightsMissing:
            raise
        except (KeyError, TypeError, ValueError, OSError, RuntimeError, SafetensorError) as error:
            raise MalformedReranker(
                f"the weights of the cross-encoder cannot be read: {type(error).__name__}: {error}"
            ) from error
        self._head.eval().requires_grad_(False)
        self._encoder = FrozenEncoder(shared, ADAPTER, merged=False)
        if not self._is_finite():
            raise MalformedReranker("a weight of the cross-encoder is no number.")

    def _is_finite(self) -> bool:
        """Tell whether all weights are numbers; those of the adapter show in any score."""
        own = all(bool(weight.isfinite().all()) for weight in self._head.parameters())
        return own and math.isfinite(self.scores([Compared("who ?", "what ?")])[0])

    @torch.inference_mode()
    def scores(self, compared: Sequence[Compared]) -> list[float]:
        """Return a score for each pair; above 0 is more likely right than that no reading is."""
        if not compared:
            return []
        given = pieces(self._shared, compared)
        ids = [torch.tensor(one) for one, _ in given]
        parts = [
            (torch.arange(len(one)) >= at).float().unsqueeze(-1) * self._head.part
            for one, at in given
        ]
        windows = self._encoder(ids, parts)
        first = torch.stack([one.states[0] for one in windows])
        mean = torch.stack([one.states.mean(0) for one in windows])
        found: list[float] = self._head(first, mean).tolist()
        return found
