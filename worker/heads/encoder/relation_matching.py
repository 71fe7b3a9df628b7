"""Which relation a question asks for, and from which side: question and relations as vectors.

Every relation has two texts, one for each side that may be known. The "read" adapter encodes
questions and these texts alike (mean of the last hidden states, unit length); each side has a
small linear map of its own on the relation's vector, as the two texts differ in little but word
order. Where the relation comes with example questions, or is one whose wordings are known
(``worker.wordings``), the cosine to the nearest of them counts as much as that to the text.
Cosine times a learned scale is the score, to be compared with a learned score for "none of
these". A relation that its owner added has its own words alone, so that one which was added a
minute ago is matched too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from worker.heads.encoder.base import DIMENSION, SharedEncoder
from worker.heads.encoder.runtime import FrozenEncoder
from worker.sentences import fill
from worker.types import SIDES, RelationSpec, Side
from worker.wordings import known_wordings

ADAPTER = "read"
MOST_TOKENS = 64
ALIASES = 3
MOST_EXAMPLES = 40  # questions for one side of a relation, the newest
_CACHED_TEXTS = 20_000
_CACHED_QUESTIONS = 512
_CACHED_TABLES = 8  # of about 12 MB for all shipped relations
_PIECES = 2  # of a word that the encoder may know
_CHUNK = 32  # texts of like length go through the model together

# The entity that a question names is replaced by what it is, so that its own words ("The Wife
# of Bath") do not speak for a relation.
MASKS = {
    "PER": "this person",
    "ORG": "this organisation",
    "LOC": "this place",
    "TIME": "this date",
    "NUM": "this number",
    "MISC": "this thing",
}
UNKNOWN_MASK = "this"


@dataclass(frozen=True)
class Match:
    """A relation that a question may ask for. ``margin`` is its score above "none of these"."""

    relation: RelationSpec
    known: Side
    score: float
    margin: float


def mask(question: str, start: int, end: int, type_: str) -> str:
    """Return the question with the entity at ``[start, end)`` replaced by its type's words."""
    return question[:start] + MASKS.get(type_, UNKNOWN_MASK) + question[end:]


def relation_text(relation: RelationSpec, known: Side) -> str:
    """Return the words that stand for ``relation`` in a question that gives its ``known`` side."""
    subject, object_ = ("this", "what") if known == "subject" else ("what", "this")
    name = relation.name if known == "subject" else relation.inverse_name or f"{relation.name} of"
    if relation.template:
        statement = fill(relation.template, subject=subject, object=object_)
    else:
        statement = f"{subject} has {relation.name} {object_}"
    parts = [name, statement.strip(" ."), *relation.aliases[:ALIASES]]
    if not relation.template and relation.description:
        parts.append(relation.description[:120])
    return "; ".join(parts)


def example_questions(relation: RelationSpec, known: Side) -> list[str]:
    """Return the questions that come with ``relation`` and the wordings that it is known by, the
    known side in its type's words."""
    patterns = relation.questions if known == "subject" else relation.inverse_questions
    types = relation.subject_types if known == "subject" else relation.object_types
    name = MASKS.get(types[0], UNKNOWN_MASK) if len(types) == 1 else UNKNOWN_MASK
    texts = [pattern.replace(f"{{{known}}}", name) for pattern in patterns[-MOST_EXAMPLES:]]
    texts += [text.replace("{x}", name) for text in known_wordings().get((relation.key, known), ())]
    return list(dict.fromkeys(plain_question(text) for text in texts))


def plain_question(question: str) -> str:
    """Return the question in one line, without what is only politeness or punctuation."""
    text = re.sub(r"\s+", " ", question).strip()
    return re.sub(r"^(?:please|hey|hello|hi)[, ]+", "", text, flags=re.IGNORECASE).rstrip("?!. ")


def encode(encoder: SharedEncoder, texts: Sequence[str]) -> Tensor:
    """Return ``(len(texts), 384)`` unit vectors under the read adapter, with gradients if on."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    chunks = []
    for at in range(0, len(order), _CHUNK):
        batch = encoder.tokenizer(
            [texts[i] for i in order[at : at + _CHUNK]],
            padding=True,
            truncation=True,
            max_length=MOST_TOKENS,
            return_tensors="pt",
        )
        attention = batch["attention_mask"]
        states = encoder.forward(batch["input_ids"], attention, ADAPTER).states
        weight = attention.unsqueeze(-1).float()
        chunks.append(functional.normalize((states * weight).sum(1) / weight.sum(1), dim=-1))
    places = torch.tensor(order).argsort()
    return torch.cat(chunks)[places]


def sided(vectors: Tensor, sides: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return the unit vectors of relation texts under their side's own map.

    ``vectors`` (N, D); ``sides`` (N,) indexes ``SIDES``; ``weight`` (2, D, D), ``bias`` (2, D).
    """
    both = torch.stack([vectors @ weight[side] + bias[side] for side in range(len(SIDES))])
    return functional.normalize(vectors + both[sides, torch.arange(len(vectors))], dim=-1)


def both_ways(texts: Tensor, examples: Tensor, exemplified: Tensor) -> Tensor:
    """Return how near questions are to labels: to a label's text and to its nearest example.

    ``texts`` and ``examples`` are cosines, shape (questions, labels); ``exemplified`` (..., labels)
    tells which labels have an example. The others are judged by their text alone.
    """
    return torch.where(exemplified, (texts + examples) / 2, texts)


@dataclass(frozen=True)
class _Table:
    """Both sides of the relations of a memory as vectors, (labels, D); the examples of all of them
    in one (examples, D), and the label of each."""

    relations: tuple[RelationSpec, ...]
    texts: Tensor
    examples: Tensor
    owners: Tensor
    exemplified: Tensor

    def cosines(self, questions: Tensor) -> Tensor:
        """Return (questions, labels) for question vectors (questions, D)."""
        texts = questions @ self.texts.T
        nearest = torch.full_like(texts, -1.0)
        owners = self.owners.expand(len(questions), -1)
        nearest.scatter_reduce_(1, owners, questions @ self.examples.T, "amax")
        return both_ways(texts, nearest, self.exemplified)


class RelationMatcher:
    """Scores relations for questions with the trained adapter; their vectors are kept."""

    def __init__(
        self,
        encoder: SharedEncoder,
        head: Mapping[str, Tensor],
        known: Mapping[str, Tensor] | None = None,
    ) -> None:
        """``head`` holds ``scale`` and ``none`` (1,), ``side_weight`` and ``side_bias``; ``known``
        the vectors of texts that need not be encoded again."""
        self._tokenizer = encoder.tokenizer
        self._frozen = FrozenEncoder(encoder, ADAPTER, merged=False)
        self.scale = float(head["scale"])
        self.none = float(head["none"])
        self._weight, self._bias = head["side_weight"], head["side_bias"]
        self._shipped = known or {}
        self._vectors: dict[str, Tensor] = {}  # of the words of relations
        self._questions: dict[str, Tensor] = {}
        self._tables: list[_Table] = []  # the last used first

    @torch.inference_mode()
    def relation_vectors(self, asked: Sequence[tuple[RelationSpec, Side]]) -> Tensor:
        """Return ``(len(asked), 384)`` unit vectors of relation texts, by the map of their side."""
        plain = self.text_vectors([relation_text(*label) for label in asked])
        sides = torch.tensor([SIDES.index(known) for _, known in asked])
        return sided(plain, sides, self._weight, self._bias)

    @torch.inference_mode()
    def text_vectors(self, texts: Sequence[str]) -> Tensor:
        """Return ``(len(texts), 384)`` unit vectors of words of relations; each is encoded once."""
        if len(self._vectors) > _CACHED_TEXTS:
            self._vectors = {}
        missing = [t for t in dict.fromkeys(texts) if t not in self._vectors]
        new = [text for text in missing if text not in self._shipped]
        self._vectors.update(zip(new, self._encoded(new), strict=True))
        self._vectors.update((t, self._shipped[t]) for t in missing if t in self._shipped)
        found = [self._vectors[text] for text in texts]
        return torch.stack(found) if found else torch.zeros(0, DIMENSION)

    @torch.inference_mode()
    def question_vectors(self, questions: Sequence[str]) -> Tensor:
        """Return ``(len(questions), 384)`` unit vectors; those asked for lately are kept."""
        texts = [plain_question(question) for question in questions]
        kept = self._questions
        missing = list(dict.fromkeys(text for text in texts if text not in kept))
        found = dict(zip(missing, self._encoded(missing), strict=True))
        vectors = [found[text] if text in found else kept[text] for text in texts]
        if len(kept) + len(found) > _CACHED_QUESTIONS:
            self._questions = kept = {}
        kept.update(found)
        return torch.stack(vectors) if vectors else torch.zeros(0, DIMENSION)

    def knows(self, word: str) -> bool:
        """Tell whether the encoder can have a meaning for a word: one of more than two pieces was
        hardly ever read in training."""
        return len(self._tokenizer.tokenize(word)) <= _PIECES

    def forget_questions(self) -> None:
        """Drop the vectors of questions, so that the next one is encoded whole."""
        self._questions = {}

    def _encoded(self, texts: Sequence[str]) -> Tensor:
        """Return what ``encode`` gives, with the adapter merged and no padding."""
        vectors = torch.zeros(len(texts), DIMENSION)
        for at in range(0, len(texts), _CHUNK):
            made = self._tokenizer(
                list(texts[at : at + _CHUNK]), truncation=True, max_length=MOST_TOKENS
            )
            windows = self._frozen([torch.tensor(ids) for ids in made["input_ids"]])
            means = torch.stack([window.states.mean(0) for window in windows])
            vectors[at : at + _CHUNK] = functional.normalize(means, dim=-1)
        return vectors

    def _table_of(self, relations: Sequence[RelationSpec]) -> _Table:
        """Return the vectors of both sides of every relation, kept for the next question.

        Those of the last few memories are kept, because spaces are asked in turn.
        """
        asked = tuple(relations)
        table = next((kept for kept in self._tables if kept.relations == asked), None)
        if table is None:
            table = self._new_table(asked)
        others = [kept for kept in self._tables if kept is not table]
        self._tables = [table, *others[: _CACHED_TABLES - 1]]
        return table

    def _new_table(self, relations: tuple[RelationSpec, ...]) -> _Table:
        labels = [(relation, known) for relation in relations for known in SIDES]
        examples = [example_questions(*label) for label in labels]
        flat = [text for texts in examples for text in texts]
        owners = [i for i, texts in enumerate(examples) for _ in texts]
        return _Table(
            relations,
            self.relation_vectors(labels),
            self.text_vectors(flat),
            torch.tensor(owners, dtype=torch.long),
            torch.tensor([bool(texts) for texts in examples]),
        )

    @torch.inference_mode()
    def scores(
        self, wordings: Sequence[str], relations: Sequence[RelationSpec], at: int, known: Side
    ) -> list[float]:
        """Return the score of each wording for one side of the relation at a place."""
        cosines = self._table_of(relations).cosines(self.question_vectors(wordings))
        found: list[float] = (self.scale * cosines[:, 2 * at + SIDES.index(known)]).tolist()
        return found

    @torch.inference_mode()
    def margins(
        self, wordings: Sequence[str], relations: Sequence[RelationSpec]
    ) -> list[list[float]]:
        """Return for each wording the scores above "none of these" of both sides of all relations,
        for each relation first its known subject."""
        if not relations or not wordings:
            return [[] for _ in wordings]
        cosines = self._table_of(relations).cosines(self.question_vectors(wordings))
        found: list[list[float]] = (self.scale * cosines - self.none).tolist()
        return found

    @torch.inference_mode()
    def rank(
        self,
        wordings: Sequence[str],
        relations: Sequence[RelationSpec],
        *,
        taken_off: Sequence[float] = (),
        most: int | None = None,
    ) -> list[Match]:
        """Return both sides of every relation, best first, for one question.

        ``wordings`` are forms of the same question (masked and as asked); their scores are
        averaged. ``taken_off`` is subtracted, for each relation first its known subject and then
        its known object. Only the ``most`` best are made. Ties are broken by the order of
        ``relations``.
        """
        if not relations:
            return []
        table = self._table_of(relations)
        scores = self.scale * table.cosines(self.question_vectors(wordings)).mean(0)
        if taken_off:
            scores -= torch.tensor(taken_off)
        values, order = scores.sort(descending=True, stable=True)
        return [
            Match(relations[at // len(SIDES)], SIDES[at % len(SIDES)], score, score - self.none)
            for at, score in zip(order[:most].tolist(), values[:most].tolist(), strict=True)
        ]
