"""Training the adapter ``explicit``: questions that only references answer, as text or as memories.

Names are invented for each question, so that nothing can come from the weights. One reference has
the answer among others that tell the same relation of other names; of a share of the questions
none has it, and the answer is that it is not known. A run is of one stage: ``text`` has the
references in the context, ``dense`` and ``sparse`` as memories; each begins with the weights of the
one before. Optimiser, checkpoints and batches are those of ``worker.training.causal``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from worker import sentences
from worker.explicit.attention import use
from worker.explicit.encode import POSITIONS, Scheme, bank_of, encode
from worker.heads.causal.base import Base
from worker.heads.causal.tokens import encode as token_ids
from worker.training.causal.data import UNKNOWN
from worker.training.causal.model import Trainee
from worker.training.causal.sequences import PROMPT, Composer, TokenTree
from worker.types import RelationSpec

Stage = Literal["text", "dense", "sparse"]
SCHEMES: Mapping[Stage, Scheme] = {"dense": Scheme(None, 1.0), "sparse": Scheme()}


class TooFewNames(ValueError):
    """A question and its distractors need more names than there are."""


@dataclass
class Asked(TokenTree):
    """A question and its answer, and the tokens of the references beside them."""

    references: tuple[tuple[int, ...], ...] = ()

    def cut(self, length: int) -> Asked:
        """Return the first tokens of it, with all references."""
        return Asked(**vars(super().cut(length)), references=self.references)


@dataclass(frozen=True)
class Mix:
    """How many references stand beside a question, and the share that none of them answers."""

    references: int = 4
    absent: float = 0.2


class QuestionsOfReferences:
    """Makes questions with references from relations' templates and names by type."""

    def __init__(
        self,
        specs: Sequence[RelationSpec],
        names: Mapping[str, Sequence[str]],
        composer: Composer,
        mix: Mix | None = None,
    ) -> None:
        self.specs = [
            one for one in specs
            if "{subject}" in one.template and any("{subject}" in q for q in one.questions)
        ]  # fmt: skip
        self.names, self.composer, self.mix = names, composer, mix or Mix()

    def epoch(self, count: int, rng: random.Random, stage: Stage) -> Iterator[Asked]:
        """Yield so many; the same for the same generator. Raises TooFewNames."""
        for _ in range(count):
            yield self._made(rng, stage)

    def _made(self, rng: random.Random, stage: Stage) -> Asked:
        spec = rng.choice(self.specs)
        count = self.mix.references + 1  # the last one tells of the asked name, or is left out
        subjects = self._some(spec.subject_types, count, rng)
        objects = self._some(spec.object_types, count, rng)
        facts = [
            sentences.fill(spec.template, subject=one, object=other)
            for one, other in zip(subjects, objects, strict=True)
        ]
        absent = rng.random() < self.mix.absent
        told = facts[:-1] if absent else facts[1:]
        rng.shuffle(told)
        asks = rng.choice([q for q in spec.questions if "{subject}" in q])
        answer = UNKNOWN if absent else objects[-1]
        question = asks.replace("{subject}", subjects[-1])
        return self.composed(question, answer, told, stage)

    def _some(self, types: Sequence[str], count: int, rng: random.Random) -> list[str]:
        pool = self.names.get(rng.choice(types) if types else "MISC") or self.names["MISC"]
        if len(set(pool)) < count:
            raise TooFewNames(f"{count} different names are needed, and there are {len(pool)}.")
        return rng.sample(sorted(set(pool)), count)

    def composed(
        self, question: str, answer: str, references: Sequence[str], stage: Stage
    ) -> Asked:
        """Return a question with its answer and references; the answer alone is learnt."""
        ids = [tuple(token_ids(self.composer.tokenizer, text)) for text in references]
        made = Asked(references=() if stage == "text" else tuple(ids))
        whole = self.composer.answer(question, [], answer)
        start = len(self.composer.start_ids())
        made.add(whole.ids[:start], PROMPT, 0.0)
        if stage == "text":
            made.add([token for row in ids for token in row], PROMPT, 0.0)
            made.add(token_ids(self.composer.tokenizer, "\n"), PROMPT, 0.0)
        for id_, kind, weight in zip(
            whole.ids[start:], whole.kinds[start:], whole.weights[start:], strict=True
        ):
            made.add([id_], kind, weight)
        return made


class MemoryTrainee(Trainee):
    """A base with a new adapter that attends to memories, which the same adapter encodes.

    With ``through``, the gradient goes on into the encoding of what is kept; without, memories are
    what they are.
    """

    def __init__(self, base: Base, stage: Stage, *, through: bool = False, **numbers: Any) -> None:
        super().__init__(base, **numbers)
        use(base.model)
        self.stage, self.through = stage, through

    def collated(self, rows: Sequence[TokenTree], pad: int) -> dict[str, Any]:
        """Return a batch as every head has it, with the bank of its references as ``explicit``."""
        batch: dict[str, Any] = super().collated(rows, pad)
        if self.stage == "text":
            return batch
        begin = self.base.tokenizer.bos_token_id
        own = [getattr(row, "references", ()) for row in rows]
        flat = [reference for row in own for reference in row]
        memories = iter(
            encode(
                self.base.model, flat, SCHEMES[self.stage], begin=0 if begin is None else begin,
                gradient=self.through,
            )
        )  # fmt: skip
        batch["explicit"] = bank_of([[next(memories) for _ in row] for row in own])
        batch["positions"] = batch["positions"] + POSITIONS
        return batch

    def more(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return what else the model is told of a batch: its memories."""
        return {} if batch.get("explicit") is None else {"explicit": batch["explicit"]}
