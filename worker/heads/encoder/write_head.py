"""The write head on the shared encoder: mentions, entities, relations, each with exact spans.

A passage is cut into windows. In each window words are tagged as mentions, mentions with the same
text (and those that the model judges to name the same thing) become entities, and every ordered
pair of entities is scored against every relation asked for. Nothing is generated: every subject
and object is a stretch of the passage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from worker.heads.as_written import as_written, readable
from worker.heads.encoder.base import WEIGHTS, SharedEncoder, encoder, read_manifest
from worker.heads.encoder.bilinear import Bilinear, integers_help
from worker.heads.encoder.described import DescribedScorer
from worker.heads.encoder.entity_groups import entities_of
from worker.heads.encoder.extractions import extraction_of
from worker.heads.encoder.extractor import Entities, ExtractorConfig, WriteExtractor
from worker.heads.encoder.features import Window
from worker.heads.encoder.moods import mood_named
from worker.heads.encoder.pair_reader import PairReader, ReaderConfig
from worker.heads.encoder.pair_scores import (
    AskedPairs,
    Following,
    PairScores,
    Reading,
    takes,
    without_reading,
)
from worker.heads.encoder.proposals import (
    EntityMentions,
    ScoredTriple,
    may_be_said,
    names_in,
    proposal,
    said_of,
    without_doubles,
)
from worker.heads.encoder.runtime import EncodedWindow, FrozenEncoder, Pairs, pair_vectors
from worker.heads.encoder.scoring import LOOK_SIGNS, SIGNS, Scoring
from worker.heads.encoder.second_look import load_look
from worker.heads.encoder.window_cuts import Cut, batches, cuts_of
from worker.heads.encoder.window_entities import entities_in_window
from worker.heads.encoder.window_mentions import mentions_in, same_names
from worker.heads.proposing import sentences_of
from worker.types import (
    HOLDING,
    MentionSpan,
    PassageExtraction,
    PassageText,
    Proposal,
    RelationSpec,
)

ADAPTER = "write"


@dataclass(frozen=True)
class WriteHeadConfig:
    """The knobs of extraction. ``None`` takes the value that training chose (the manifest's).

    A batch holds at most ``batch`` windows and ``batch_pieces`` word pieces.
    ``quantised`` scores pairs in 8-bit integers where the processor does that well.
    ``implied`` proposes what follows from a text as well as what it states, and lets a nationality
    word speak of every name near it. Pairs of which nothing is expected above ``least_margin`` are
    not read. ``look`` looks again at pairs of which reading believes some relation with at least
    ``least_score``, where the weights have a second look. ``keep_signs`` keeps what scores are
    made of.
    """

    threshold: float | None = None
    same_threshold: float | None = None
    window: int = 512
    stride: int = 256
    batch: int = 16
    batch_pieces: int = 512
    quantised: bool = True
    implied: bool = False
    least_margin: float = -3.0
    look: bool = True
    least_score: float = 0.05
    keep_signs: bool = False


@dataclass(frozen=True)
class _Asked:
    """Relations to look for: the ``known``, by their ``rows`` (K,) among all, with learned vectors
    (K, pair), biases (K,) and the types that they take (KINDS, KINDS, K), and the ``described``, of
    which nothing but their words is known."""

    known: tuple[RelationSpec, ...]
    rows: Tensor
    vectors: Tensor
    bias: Tensor
    takes: Tensor
    described: tuple[RelationSpec, ...]


def relation_text(spec: RelationSpec) -> str:
    """Return the text by which a relation is known to the write head."""
    return f"{spec.name}: {spec.description}" if spec.description else spec.name


class EncoderWriteHead:
    """Extracts triples with the shipped weights, or those in ``folder``.

    Raises WeightsMissing when they are not there.
    """

    name = "encoder"

    def __init__(
        self,
        folder: Path | None = None,
        config: WriteHeadConfig | None = None,
        shared: SharedEncoder | None = None,
    ) -> None:
        folder = folder or WEIGHTS / ADAPTER
        self.config = config or WriteHeadConfig()
        self.manifest: dict[str, Any] = read_manifest(ADAPTER, folder)
        self.version: str = self.manifest["sha256"][:12]
        if "look" in self.manifest:
            self.version = self.version[:6] + self.manifest["look"]["sha256"][:6]
        self.hashes: dict[str, str] = {"weights": self.manifest["sha256"]}
        if "look" in self.manifest:
            self.hashes["second look"] = self.manifest["look"]["sha256"]
        self.shared = shared or encoder()
        tensors = self.shared.load_adapter(ADAPTER, folder)
        state = {k.removeprefix("head."): v for k, v in tensors.items() if k.startswith("head.")}
        self.frozen = FrozenEncoder(self.shared, ADAPTER)
        self.model = WriteExtractor(ExtractorConfig(**self.manifest["head"]), state["known"])
        self.model.load_state_dict(state)
        self.model.eval().requires_grad_(False)
        self.bilinear = Bilinear(
            self.model.bilinear.weight,
            self.model.bilinear.bias,
            block=self.model.config.block,
            quantised=self.config.quantised and integers_help(),
        )
        # (K, pair) and (K,): vectors and biases of the relations that it was trained on.
        self.known = {p: i for i, p in enumerate(self.manifest["relations"])}
        self.following = Following.of(tensors)
        self.learned = (
            self.model.text_vectors(self.model.known) + self.model.residual,
            self.model.bias,
        )
        self.folder = folder
        self._last_asked: tuple[tuple[RelationSpec, ...], _Asked] | None = None
        self.reading = self._reading(tensors)

    def _reading(self, tensors: Mapping[str, Tensor]) -> Reading | None:
        """Return what reads with these weights; None for those that were trained without."""
        if "reader" not in self.manifest:
            return None
        sizes = ReaderConfig(**self.manifest["reader"])
        reader = PairReader(sizes, self.model.config.hidden, self.model.config.pair)
        prefix = "reader."
        reader.load_state_dict(
            {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
        )
        reader.eval().requires_grad_(False)
        scoring = Scoring.of(self.manifest["scoring"])
        reading = Reading(reader, self.model, scoring, self.config.least_margin)
        look = self.manifest.get("look")
        if look is None or not self.config.look:
            return reading
        return replace(
            reading,
            look=load_look(self.folder, look["sizes"], self.shared),
            look_scoring=Scoring.of(look["scoring"], (*SIGNS, *LOOK_SIGNS)),
            least_score=self.config.least_score,
        )

    @property
    def threshold(self) -> float:
        """The score from which a triple is proposed."""
        chosen = self.config.threshold
        name = "implied" if self.config.implied and self.reading else "review"
        thresholds = self.manifest["thresholds"]
        if name == "review" and self.reading and self.reading.look:
            thresholds = self.manifest["look"]["thresholds"]
        return thresholds[name] if chosen is None else chosen

    @property
    def described_threshold(self) -> float:
        """The score from which a triple is proposed whose relation is known by its words alone."""
        chosen = self.config.threshold
        return self.described.threshold if chosen is None else chosen

    @cached_property
    def described(self) -> DescribedScorer:
        """What scores the relations that these weights were not trained on."""
        return DescribedScorer.of(self.states_of, self.folder)

    @torch.inference_mode()
    def states_of(self, window: Window) -> Tensor:
        """Return the states (T, 384) of a window."""
        residual = self.model.shape(torch.tensor(window.shapes))
        return self.frozen([torch.tensor(window.ids)], [residual])[0].states

    @torch.inference_mode()
    def extract(
        self, passages: Sequence[PassageText], relations: Sequence[RelationSpec]
    ) -> list[PassageExtraction]:
        """Return one extraction per passage, in order, with the proposals in order of the text.

        A passage in capitals alone is read in the letter case of English, and quoted as it stands.
        """
        copies = [readable(passage) for passage in passages]
        found_mentions, found_triples = self._read(copies, relations)
        return [
            as_written(
                extraction_of(copy, found_mentions[i], found_triples[i], relations),
                copy.text,
                passages[i].text,
            )
            for i, copy in enumerate(copies)
        ]

    @torch.inference_mode()
    def signed(
        self, passage: PassageText, relations: Sequence[RelationSpec]
    ) -> list[tuple[Proposal, tuple[float, ...]]]:
        """Return what is proposed of a passage, each with what its score was made of where the
        config keeps that: the ``sign_names``, none of relations that are known by their words."""
        copy = readable(passage)
        mentions, triples = self._read([copy], relations)
        behind = {
            (p.relation_id, p.subject.span, p.object.span, p.score): triple.signs
            for triple in without_doubles(copy.text, triples[0])
            for p in (proposal(copy, triple),)
        }
        made = extraction_of(copy, mentions[0], triples[0], relations)
        proposals = as_written(made, copy.text, passage.text).proposals
        return [
            (p, behind[p.relation_id, p.subject.span, p.object.span, p.score]) for p in proposals
        ]

    @property
    def sign_names(self) -> tuple[str, ...]:
        """The names of the signs that make the score that counts."""
        looks = self.reading is not None and self.reading.look is not None
        return (*SIGNS, *LOOK_SIGNS) if looks else SIGNS

    @torch.inference_mode()
    def scored(
        self, passages: Sequence[PassageText], relations: Sequence[RelationSpec]
    ) -> list[list[ScoredTriple]]:
        """Return what each passage is found to state, before it becomes proposals."""
        _, triples = self._read(passages, relations)
        return [
            without_doubles(passage.text, found)
            for passage, found in zip(passages, triples, strict=True)
        ]

    def _read(
        self, passages: Sequence[PassageText], relations: Sequence[RelationSpec]
    ) -> tuple[list[list[MentionSpan]], list[list[ScoredTriple]]]:
        """Return the mentions and the triples of each passage, those of all its windows."""
        asked = self._asked(relations)
        limits = (self.threshold, self.described_threshold)
        found_mentions: list[list[MentionSpan]] = [[] for _ in passages]
        found_triples: list[list[ScoredTriple]] = [[] for _ in passages]
        for cut, encoded in self._encoded(self._cuts(passages)):
            passage = passages[cut.passage]
            entities = self._entities(passage, cut, encoded.states)
            found_mentions[cut.passage] += names_in(passage.text, entities)
            found_triples[cut.passage] += self._triples(
                passage.text, cut.window, said_of(entities), encoded, asked, limits
            )
        return found_mentions, found_triples

    @torch.inference_mode()
    def relations_between(
        self,
        passage: PassageText,
        entities: Sequence[EntityMentions],
        relations: Sequence[RelationSpec],
        threshold: float = 0.5,
    ) -> list[ScoredTriple]:
        """Return the relations between given entities, for measuring with gold entities.

        What the text only speaks of is left out. Mentions that are not whole words of a window are
        passed over.
        """
        asked = self._asked(relations)
        found: dict[tuple[EntityMentions, str, EntityMentions], ScoredTriple] = {}
        for cut, encoded in self._encoded(self._cuts([passage])):
            for t in self._triples(
                passage.text, cut.window, entities, encoded, asked, (threshold, threshold)
            ):
                key = (t.subject, t.relation_id, t.object)
                if t.mood in HOLDING and (key not in found or t.score > found[key].score):
                    found[key] = t
        return list(found.values())

    def _asked(self, relations: Sequence[RelationSpec]) -> _Asked:
        """Tell the relations with learned vectors from those that are known by their words.

        The last answer is kept: a document's passages come one call after the other.
        """
        given = tuple(relations)
        if self._last_asked is None or self._last_asked[0] != given:
            self._last_asked = (given, self._told_apart(given))
        return self._last_asked[1]

    def _told_apart(self, relations: Sequence[RelationSpec]) -> _Asked:
        known = tuple(s for s in relations if s.key in self.known)
        rows = torch.tensor([self.known[s.key] for s in known], dtype=torch.long)
        vectors, bias = self.learned
        described = tuple(s for s in relations if s.key not in self.known)
        return _Asked(known, rows, vectors[rows], bias[rows], takes(known), described)

    def _cuts(self, passages: Sequence[PassageText]) -> list[Cut]:
        return cuts_of(passages, self.config.window, self.config.stride)

    def _encoded(self, cuts: Sequence[Cut]) -> Iterator[tuple[Cut, EncodedWindow]]:
        """Yield each window encoded, in order, as many at a time as a batch holds."""
        for batch in batches(cuts, self.config.batch, self.config.batch_pieces):
            ids = [torch.tensor(cut.window.ids) for cut in batch]
            residuals = [self.model.shape(torch.tensor(cut.window.shapes)) for cut in batch]
            yield from zip(batch, self.frozen(ids, residuals), strict=True)

    def _entities(self, passage: PassageText, cut: Cut, states: Tensor) -> list[EntityMentions]:
        """Find the mentions of a window and group them into entities."""
        placed = mentions_in(self.model, passage.text, cut, states)
        by_span = {mention.span: pieces for mention, pieces in placed.items()}
        chosen = self.config.same_threshold
        limit = self.manifest["thresholds"]["same"] if chosen is None else chosen

        def likeness(
            given: Sequence[MentionSpan], groups: Sequence[Sequence[int]]
        ) -> list[tuple[int, int, float]]:
            pieces = [by_span[m.span] for m in given]
            return same_names(self.model, passage.text, given, pieces, groups, states)

        return entities_of(
            passage.text,
            sentences_of(passage),
            tuple(placed),
            likeness,
            limit,
            implied=self.config.implied,
        )

    def _triples(
        self,
        text: str,
        window: Window,
        entities: Sequence[EntityMentions],
        encoded: EncodedWindow,
        asked: _Asked,
        thresholds: tuple[float, float],
    ) -> list[ScoredTriple]:
        """Score the ordered pairs of entities that have mentions in a window.

        ``thresholds`` are those of relations with learned vectors and of the described ones.
        """
        placed = entities_in_window(window, entities)
        specs = (*asked.known, *asked.described)
        if len(placed.owners) < 2 or not specs:
            return []
        pairs = pair_vectors(self.model, self.bilinear, encoded, placed.entities)
        found = self._scores(text, window, placed.entities, pairs, asked, encoded.states)
        limits = torch.tensor(
            [thresholds[0]] * len(asked.known) + [thresholds[1]] * len(asked.described)
        )
        made = []
        kept = (found.scores >= limits.clamp(min=1e-9)).nonzero()
        for i, j, r, row in sorted(
            (int(pairs.subjects[row]), int(pairs.objects[row]), r, row) for row, r in kept.tolist()
        ):
            subject, object_ = entities[placed.owners[i]], entities[placed.owners[j]]
            if not may_be_said(text, specs[r], subject, object_):
                continue
            if r >= len(asked.known) and not _fits(specs[r], subject.type, object_.type):
                continue
            score, mood = float(found.scores[row, r]), mood_named(int(found.moods[row]))
            behind = found.signs[row, r] if found.signs is not None and r < len(asked.known) else ()
            signs = tuple(float(sign) for sign in behind)
            made.append(ScoredTriple(subject, specs[r].id, object_, score, mood, signs))
        return made

    def _scores(
        self,
        text: str,
        window: Window,
        entities: Entities,
        pairs: Pairs,
        asked: _Asked,
        states: Tensor,
    ) -> PairScores:
        """Score each relation for each pair, the described ones last."""
        if not asked.described:
            return self._known_scores(window, entities, pairs, asked, states)
        ends = (pairs.subjects, pairs.objects)
        scores = self.described.scores(text, window, states, entities, ends, asked.described)
        also = (scores >= max(self.described_threshold, 1e-9)).any(-1)
        known = self._known_scores(window, entities, pairs, asked, states, also)
        return replace(known, scores=torch.cat([known.scores, scores], 1))

    def _known_scores(
        self,
        window: Window,
        entities: Entities,
        pairs: Pairs,
        asked: _Asked,
        states: Tensor,
        also: Tensor | None = None,
    ) -> PairScores:
        """Score the relations with learned vectors, and read the mood of the pairs ``also`` (P,).

        Weights with a reader let it read the words around both, unless what follows is asked for
        too, which no word need state.
        """
        relations = (asked.vectors, asked.bias)
        if self.reading is None or self.config.implied:
            fitted = self.manifest["calibration"]
            if self.following:
                margins = self.following.margins(pairs.vectors, asked.rows)
            else:
                margins = self.model.margins(pairs.vectors, *relations)
            return without_reading(margins, fitted["scale"], fitted["offset"])
        given = AskedPairs(window, states, entities, pairs, asked.rows, relations, asked.takes)
        return self.reading.scores(given, also=also, keep_signs=self.config.keep_signs)


def _fits(spec: RelationSpec, subject: str, object_: str) -> bool:
    """Tell whether entity types suit a relation that says which types it takes."""
    return (not spec.subject_types or subject in spec.subject_types) and (
        not spec.object_types or object_ in spec.object_types
    )
