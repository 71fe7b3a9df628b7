"""Relations that nothing was trained on: scored by their words and by their example sentences.

A relation that an owner adds has a name, a sentence that states it, a description and, where the
owner wrote some, example sentences with both names marked. All are encoded once, by the write
head's own encoder, and two names of a text are compared with them through the states that the head
has of the text anyway: piece by piece (late interaction: Khattab and Zaharia 2020) between and
around the names, and name by name, which tells the direction. Looking for such a relation so
costs a few small matrix products. A logistic regression over these signs gives the probability;
it was learned from relations that the encoder was not trained on, and knows nothing of any one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from worker.heads.encoder.base import DIMENSION, WEIGHTS
from worker.heads.encoder.extractor import Entities
from worker.heads.encoder.features import Window, windows
from worker.heads.encoder.near_pairs import NearPairs, most_in, nearest_pairs, says_something
from worker.marked_sentences import MarkedSentence, marked_sentence, sentence_problem
from worker.sentences import fill, template_in_use
from worker.types import ENTITY_TYPES, RelationSpec, Span

FILE = "described.safetensors"
SIGNS = (
    *("word_between", "word_near", "description_between", "description_near"),
    *("example_covered", "text_covered", "statement_covered", "mean_covered"),
    *("names", "names_turned", "order", "gap", "examples", "typed"),
)
CACHED = 2000  # relations whose words are kept
PLACEHOLDERS = {
    "PER": ("Ada Brook", "Ben Hale"),
    "ORG": ("Harbour Guild", "Orrery Trust"),
    "LOC": ("Oakham", "Lindenau"),
    "TIME": ("4 May 1998", "2003"),
    "NUM": ("120", "45"),
    "MISC": ("the Gull", "the Tern"),
}

Encode: TypeAlias = Callable[[Window], Tensor]  # to the states (T, 384) of its pieces


@dataclass(frozen=True)
class Wording:
    """A relation's words as unit vectors: Q pieces of E sentences, the statement first.

    ``pieces`` (Q, 384), ``sentence`` (Q,) says whose each is; ``description`` (D, 384);
    ``subjects`` and ``objects`` (E, 384) are the names; ``order`` (E,) is 1 where the subject comes
    first and -1 elsewhere.
    """

    pieces: Tensor
    sentence: Tensor
    description: Tensor
    subjects: Tensor
    objects: Tensor
    order: Tensor

    @property
    def count(self) -> int:
        """The number of sentences, the statement among them."""
        return len(self.order)


@dataclass(frozen=True)
class _Told:
    """A window for all relations: ``unit`` (T, 384) states, which pieces are words that say
    something (``content``) and which are of no name (``free``), the ``names`` (M, 384) of all
    mentions, and its pairs."""

    unit: Tensor
    content: Tensor
    free: Tensor
    names: Tensor
    pairs: NearPairs


class DescribedScorer:
    """Scores relations by their words with the regression in a folder's ``described`` file.

    Its tensors are the mean of pieces (384,), ``mean``, ``deviation`` and ``weight`` (SIGNS,),
    the ``offset`` and the ``threshold``.
    """

    def __init__(self, encode: Encode, tensors: Mapping[str, Tensor]) -> None:
        self.encode, self.tensors = encode, dict(tensors)
        self._wordings: dict[RelationSpec, Wording] = {}

    @classmethod
    def of(cls, encode: Encode, folder: Path) -> DescribedScorer:
        """Read the regression in a folder, or the shipped one where it has none."""
        path = folder / FILE
        return cls(encode, load_file(path if path.is_file() else WEIGHTS / "write" / FILE))

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

    def scores(
        self,
        text: str,
        window: Window,
        states: Tensor,
        entities: Entities,
        pairs: tuple[Tensor, Tensor],
        specs: Sequence[RelationSpec],
    ) -> Tensor:
        """Return the probability (P, R) that each pair has each relation.

        ``states`` (T, 384) are those of the window, ``pairs`` the subjects and objects (P,) as
        indices of ``entities``. Pairs whose types do not fit a relation, those that share no
        sentence, and the worse of the two ways round of a pair have 0.
        """
        made = states.new_zeros(len(pairs[0]), len(specs))
        told = self._told(text, window, states, entities, pairs)
        for column, spec in enumerate(specs):
            rows, signs = self._signs_of(told, entities, pairs, spec)
            if len(rows):
                made[rows, column] = self.margins(signs).sigmoid()
        return one_way(made, pairs)

    def margins(self, signs: Tensor) -> Tensor:
        """Return the log odds (S,) that a relation holds, from signs (S, SIGNS)."""
        t = self.tensors
        return ((signs - t["mean"]) / t["deviation"]) @ t["weight"] + t["offset"]

    def signs(
        self,
        text: str,
        window: Window,
        states: Tensor,
        entities: Entities,
        pairs: tuple[Tensor, Tensor],
        spec: RelationSpec,
    ) -> tuple[Tensor, Tensor]:
        """Return the rows (S,) of pairs that may have a relation, and their signs (S, SIGNS)."""
        return self._signs_of(
            self._told(text, window, states, entities, pairs), entities, pairs, spec
        )

    def _told(
        self,
        text: str,
        window: Window,
        states: Tensor,
        entities: Entities,
        pairs: tuple[Tensor, Tensor],
    ) -> _Told:
        """Work out what is the same for all relations."""
        unit = self._unit(states)
        content = says_something(text, window)
        free = torch.ones(len(unit), dtype=torch.bool)
        for first, last in entities.spans:
            free[first:last] = False
        names = [unit[first:last].mean(0) for first, last in entities.spans]
        vectors = torch.stack(names) if names else unit.new_zeros(0, unit.shape[1])
        found = nearest_pairs(window, entities, pairs)
        return _Told(unit, content & free, free, functional.normalize(vectors, dim=-1), found)

    def _signs_of(
        self, told: _Told, entities: Entities, pairs: tuple[Tensor, Tensor], spec: RelationSpec
    ) -> tuple[Tensor, Tensor]:
        found = told.pairs.among(fitting(entities.types, pairs, spec))
        if not len(found):
            return found.rows, told.unit.new_zeros(0, len(SIGNS))
        signs = _signs(told, found, self.wording(spec))
        typed = float(bool(spec.subject_types and spec.object_types))
        return found.rows, functional.pad(signs, (0, 1), value=typed)

    def _unit(self, states: Tensor) -> Tensor:
        return functional.normalize(states - self.tensors["piece_mean"], dim=-1)

    def _worded(self, spec: RelationSpec) -> Wording:
        lines = [line for line in spec.examples if not sentence_problem(line)]
        sentences = [stated(spec), *(marked_sentence(line) for line in lines)]
        pieces, names, order = [], [], []
        for one in sentences:
            read = self._sentence(one)
            if read is not None:
                pieces.append(read[0])
                names.append(read[1])
                order.append(1.0 if one.subject < one.object else -1.0)
        owner = [torch.full((len(p),), at) for at, p in enumerate(pieces)]
        subjects, objects = torch.stack(names).unbind(1)
        words = self._words(f"{spec.name}: {spec.description}".strip(": "))
        return Wording(
            torch.cat(pieces), torch.cat(owner), words, subjects, objects, torch.tensor(order)
        )

    def _sentence(self, one: MarkedSentence) -> tuple[Tensor, Tensor] | None:
        """Return the pieces (Q, 384) of a sentence that say something beside its names, and the
        two names (2, 384); None for one that is longer than a window."""
        made = windows(one.text, [Span(0, len(one.text))], size=512, stride=256)
        spans = [_pieces_of(made[0], span) for span in (one.subject, one.object)]
        if len(made) != 1 or None in spans:
            return None
        window = made[0]
        unit = self._unit(self.encode(window))
        content = says_something(one.text, window)
        named = [span for span in spans if span is not None]
        for first, last in named:
            content[first:last] = False
        names = torch.stack([unit[first:last].mean(0) for first, last in named])
        kept = unit[content] if content.any() else unit[-1:]
        return kept, functional.normalize(names, dim=-1)

    def _words(self, text: str) -> Tensor:
        made = windows(text, [Span(0, len(text))], size=512, stride=256)
        if not made:
            return torch.zeros(1, DIMENSION)
        unit, content = self._unit(self.encode(made[0])), says_something(text, made[0])
        return unit[content] if content.any() else torch.zeros(1, DIMENSION)


def stated(spec: RelationSpec) -> MarkedSentence:
    """Return the sentence that states a relation, with names of the types that it takes."""
    template = template_in_use(spec.template, spec.name)
    subject, object_ = (
        PLACEHOLDERS[types[0] if types and types[0] in PLACEHOLDERS else "MISC"][at]
        for at, types in enumerate((spec.subject_types, spec.object_types))
    )
    marks = {"{subject}": subject, "{object}": object_}
    at = {side: len(template[: template.index(side)]) for side in marks}
    late = max(at, key=lambda side: at[side])
    early = next(side for side in marks if side != late)
    at[late] += len(marks[early]) - len(early)
    text = fill(template, subject=subject, object=object_)
    spans = {side: Span(at[side], at[side] + len(name)) for side, name in marks.items()}
    return MarkedSentence(text, spans["{subject}"], spans["{object}"])


def one_way(scores: Tensor, pairs: tuple[Tensor, Tensor]) -> Tensor:
    """Return scores (P, R) with 0 where the same pair turned round has a better one."""
    row = {pair: at for at, pair in enumerate(zip(*(p.tolist() for p in pairs), strict=True))}
    turned = torch.tensor([row.get((j, i), at) for (i, j), at in row.items()], dtype=torch.long)
    return scores.masked_fill(scores < scores[turned], 0.0)


def fitting(types: Tensor, pairs: tuple[Tensor, Tensor], spec: RelationSpec) -> Tensor:
    """Return (P,): whether the types of a pair are those that a relation takes."""
    fits = []
    for rows, wanted in zip(pairs, (spec.subject_types, spec.object_types), strict=True):
        table = torch.tensor([not wanted or kind in wanted for kind in (*ENTITY_TYPES, "")])
        fits.append(table[types[rows]])
    return fits[0] & fits[1]


def _pieces_of(window: Window, span: Span) -> tuple[int, int] | None:
    own = [w for w in window.words if span.start < w.end and w.start < span.end]
    return (own[0].first, own[-1].last) if own else None


def _signs(told: _Told, found: NearPairs, words: Wording) -> Tensor:
    """Return (S, SIGNS - 1): what each pair and a relation's words have in common."""
    taken = ~told.free.unsqueeze(1)
    like = (told.unit @ words.pieces.T).masked_fill(taken, -1.0)
    description = (told.unit @ words.description.T).amax(1, keepdim=True).masked_fill(taken, -1.0)
    both = torch.cat([like, description], 1)
    near, between = _most(both, found.near), _most(both, found.between)
    whose = functional.one_hot(words.sentence, words.count).to(like.dtype)
    covered = near[:, :-1] @ (whose / whose.sum(0))  # (S, E)
    best = torch.stack([like[:, words.sentence == e].amax(1) for e in range(words.count)], 1)
    text = _mean(best, told.content, found)  # (S, E)
    together = covered + text
    one, other = told.names @ words.subjects.T, told.names @ words.objects.T
    straight = one[found.subject] + other[found.object]
    turned = one[found.object] + other[found.subject]
    closest = together.argmax(1, keepdim=True)
    order = torch.where(found.straight, 1.0, -1.0)
    agreed = ((together * 8).softmax(1) * words.order).sum(1) * order
    return torch.stack(
        [
            between[:, :-1].amax(1),
            near[:, :-1].amax(1),
            between[:, -1],
            near[:, -1],
            covered.amax(1),
            text.amax(1),
            covered[:, 0],
            together.mean(1),
            straight.gather(1, closest).squeeze(1),
            (straight - turned).gather(1, closest).squeeze(1),
            agreed * together.amax(1),
            found.gap.to(like.dtype).log1p(),
            torch.full((len(found),), float(words.count - 1)),
        ],
        1,
    )


def _most(table: Tensor, ranges: Tensor) -> Tensor:
    """Return the best (S, Q) of some rows of a table (T, Q), 0 where there are none."""
    best = most_in(table, ranges)
    return best.masked_fill(best <= -1.0, 0.0)


def _mean(table: Tensor, content: Tensor, found: NearPairs) -> Tensor:
    """Return (S, E): how well the words between two names, else those around them, are covered."""
    at = torch.arange(len(table))
    between, near = (
        (at >= ranges[:, :1]) & (at < ranges[:, 1:]) & content
        for ranges in (found.between, found.near)
    )
    chosen = torch.where(between.any(1, keepdim=True), between, near).to(table.dtype)
    return (chosen @ table) / chosen.sum(1, keepdim=True).clamp(min=1)
