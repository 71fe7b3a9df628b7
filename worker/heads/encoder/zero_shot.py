"""Relations that nothing was trained on: scored by their words alone.

A relation that a person adds has a name, the sentence that states it, perhaps a description and
other names. Two entities that share a sentence are compared with those words by the plain
encoder, without the adapter, which has learned nothing of any relation: the best match of each
piece between and around the two names (late interaction: Khattab and Zaharia 2020), and the
cosine of that stretch, its two names replaced by what they are, with the statement and with the
description. A logistic regression over these signs gives the probability; it was learned from
relations that the encoder can be trained on, and knows nothing of any one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from worker.heads.encoder.base import DIMENSION, WEIGHTS, SharedEncoder
from worker.heads.encoder.extractor import Entities
from worker.heads.encoder.features import Window
from worker.heads.encoder.pair_context import KINDS, pair_contexts
from worker.heads.encoder.runtime import FrozenEncoder
from worker.sentences import fill
from worker.types import RelationSpec

FILE = "zero_shot.safetensors"
SIGNS = (
    *("words_between", "words_near", "description_between", "description_near"),
    *("statement", "meaning", "statement_raw", "meaning_raw"),
    *("gap", "subject_first", "rival"),
)
ALIASES = 4
CACHED = 2000  # relations whose wordings are kept
_SMALL_WORDS = (
    "the and for with that who which where what when its his her their they from this whose are "
    "was were subject object person thing place something organisation number date"
)
_SMALL = frozenset(_SMALL_WORDS.split())

Way: TypeAlias = Literal["typed", "untyped"]  # whether the relation says which types it takes


@dataclass(frozen=True)
class Wording:
    """A relation's words: states of their pieces (Q, 384), unit vectors of two sentences (384,).

    ``words`` are those of its name, statement and other names, ``description`` those of its name
    and description.
    """

    words: Tensor
    description: Tensor
    statement: Tensor
    meaning: Tensor


class ZeroShotScorer:
    """Scores relations by their words with the regression in a folder's ``described`` file.

    Its tensors are the means that vectors are compared from (384,), the ``mean``, ``deviation``
    and ``weight`` (F,) of the signs, (scale, offset) for each way that a relation can be given,
    and the ``threshold``.
    """

    def __init__(self, shared: SharedEncoder, tensors: Mapping[str, Tensor]) -> None:
        self.shared, self.tensors = shared, dict(tensors)
        self.encode = FrozenEncoder(shared)
        self._wordings: dict[RelationSpec, Wording] = {}

    @classmethod
    def of(cls, shared: SharedEncoder, folder: Path) -> ZeroShotScorer:
        """Read the regression in a folder, or the shipped one where it has none."""
        path = folder / FILE
        return cls(shared, load_file(path if path.is_file() else WEIGHTS / "write" / FILE))

    @property
    def threshold(self) -> float:
        """The score from which a triple is worth a reviewer's time."""
        return float(self.tensors["threshold"])

    def wording(self, spec: RelationSpec) -> Wording:
        """Return a relation's words as vectors, computed once."""
        if spec not in self._wordings:
            if len(self._wordings) >= CACHED:
                self._wordings.clear()
            self._wordings[spec] = self._worded(spec)
        return self._wordings[spec]

    def signs(
        self,
        text: str,
        window: Window,
        entities: Entities,
        pairs: tuple[Tensor, Tensor],
        specs: Sequence[RelationSpec],
        rivals: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return the rows (S,) of the pairs that share a sentence, and their signs (S, R, F).

        ``pairs`` are the subjects and objects (P,) as indices of ``entities``; ``rivals`` (P, R)
        is the best logit of any known relation that is not the one asked for.
        """
        found = pair_contexts(text, window, entities, pairs)
        if not found or not specs:
            return torch.zeros(0, dtype=torch.long), rivals.new_zeros(0, len(specs), len(SIGNS))
        wordings = [self.wording(spec) for spec in specs]
        states = self.encode([torch.tensor(window.ids)])[0].states
        states = functional.normalize(states - self.tensors["piece_mean"], dim=-1)
        # Pieces of names are left out: "Bank of England" would speak for "bank" and for "of".
        own = torch.zeros(len(states), dtype=torch.bool)
        for first, last in entities.spans:
            own[first:last] = True
        words = torch.stack([(states @ w.words.T).amax(1) for w in wordings], 1)
        described = torch.stack([(states @ w.description.T).amax(1) for w in wordings], 1)
        cosines = self._cosines([s.text for s in found.values()], wordings)
        rows = torch.tensor(list(found))
        like = [
            torch.stack([_best(table, own, at(s)) for s in found.values()])
            for table in (words, described)
            for at in (lambda s: s.between, lambda s: s.near)
        ]
        other = [
            torch.tensor([s.gap for s in found.values()]).float().log1p(),
            torch.tensor([s.first_first for s in found.values()]).float(),
        ]
        whole = [table.unsqueeze(1).expand(-1, len(specs)) for table in other]
        return rows, torch.stack([*like, *cosines, *whole, rivals[rows]], -1)

    def margins(self, signs: Tensor, ways: Sequence[Way]) -> Tensor:
        """Return the log odds (S, R) that each relation holds, from signs (S, R, F)."""
        t = self.tensors
        fitted = torch.stack([t[way] for way in ways])  # (R, 2)
        raw = ((signs - t["mean"]) / t["deviation"]) @ t["weight"]
        return raw * fitted[:, 0] + fitted[:, 1]

    def _worded(self, spec: RelationSpec) -> Wording:
        said, meant = statement(spec), f"{spec.name}: {spec.description}".strip(": ")
        vectors = self.shared.embed([said, meant])
        return Wording(
            self._pieces([spec.name, said, *spec.aliases[:ALIASES]]),
            self._pieces([meant]),
            vectors[0],
            vectors[1],
        )

    def _pieces(self, texts: Sequence[str]) -> Tensor:
        """Return (Q, 384): the unit states of the pieces that say something, or one of zeros."""
        kept = []
        for text in texts:
            made = self.shared.tokenizer(
                text, return_offsets_mapping=True, truncation=True, max_length=128
            )
            states = self.encode([torch.tensor(made["input_ids"])])[0].states
            for state, (start, end) in zip(states, made["offset_mapping"], strict=True):
                word = text[start:end].lower()
                if len(word) > 2 and word.isalpha() and word not in _SMALL:
                    kept.append(state)
        if not kept:
            return torch.zeros(1, DIMENSION)
        return functional.normalize(torch.stack(kept) - self.tensors["piece_mean"], dim=-1)

    def _cosines(self, texts: Sequence[str], wordings: Sequence[Wording]) -> list[Tensor]:
        """Return four tables (S, R): statement and meaning from the means, and both as they are."""
        distinct = sorted(set(texts))
        place = {text: at for at, text in enumerate(distinct)}
        vectors = self.shared.embed(distinct)[torch.tensor([place[text] for text in texts])]
        said = torch.stack([w.statement for w in wordings])
        meant = torch.stack([w.meaning for w in wordings])
        apart = functional.normalize(vectors - self.tensors["stretch_mean"], dim=-1)
        said_apart = functional.normalize(said - self.tensors["statement_mean"], dim=-1)
        meant_apart = functional.normalize(meant - self.tensors["meaning_mean"], dim=-1)
        return [
            apart @ said_apart.T,
            apart @ meant_apart.T,
            vectors @ said.T,
            vectors @ meant.T,
        ]


def statement(spec: RelationSpec) -> str:
    """Return the sentence that states a relation, with what it relates in the place of names."""
    template = spec.template or f"{{subject}} {spec.name} {{object}}."
    subject, object_ = (
        KINDS[types[0]] if types else "something"
        for types in (spec.subject_types, spec.object_types)
    )
    return fill(template, subject=subject, object=object_)


def way(spec: RelationSpec) -> Way:
    """Tell whether a relation says which types of subject and object it takes."""
    return "typed" if spec.subject_types and spec.object_types else "untyped"


def _best(table: Tensor, own: Tensor, at: tuple[int, int]) -> Tensor:
    """Return (R,): the best of some pieces that are no one's name, 0 where there are none."""
    rows = table[at[0] : at[1]][~own[at[0] : at[1]]]
    return rows.amax(0) if len(rows) else table.new_zeros(table.shape[1])
