"""Training examples of the write head: tensors' contents for one window of one document."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from worker.heads.encoder.clusters import Name, signs, string_groups
from worker.heads.encoder.extractor import TAG, UNKNOWN_TYPE, Entities, distance_table
from worker.heads.encoder.features import Window, windows
from worker.heads.encoder.pair_reader import MOODS, topic
from worker.training.redocred import GoldDocument, GoldMention, GoldTriple
from worker.types import ENTITY_TYPES, Span

IGNORED = -100
SIZE = 512


@dataclass(frozen=True)
class Example:
    """One window with its gold.

    ``tags`` has one class for each word; ``labels`` (N, N, R) marks the facts; ``asked`` (N, N)
    the pairs and ``candidates`` (R,) the relations that the annotators judged. ``readable``
    (N, N) leaves out the pairs whose facts rest on sentences that do not hold both; ``moods``
    (N, N) is the mood of each pair's facts, IGNORED where nobody says.
    """

    window: Window
    tags: tuple[int, ...]
    entities: Entities
    labels: Tensor
    asked: Tensor
    candidates: Tensor
    string_groups: tuple[tuple[int, ...], ...]
    signs: Tensor
    same: Tensor
    readable: Tensor
    moods: Tensor
    has_tags: bool = True


def example(
    document: GoldDocument,
    properties: Mapping[str, int],
    candidates: Tensor,
    doubtful: Set[tuple[int, int]] = frozenset(),
) -> Example | None:
    """Return the first window of a document as an example, None when it holds nothing to learn.

    ``doubtful`` pairs of the document's entities are not asked about.
    """
    cut = windows(document.text, document.sentences, size=SIZE, stride=SIZE // 2)
    if not cut:
        return None
    found = _Mentions(document.text, cut[0])
    for number, entity in enumerate(document.entities):
        found.add(number, entity)
    if not found.groups:
        return None
    asked = _asked(found.index, doubtful)
    if not asked.any():
        return None
    strings = tuple(tuple(g) for g in string_groups(found.names))
    heads = [g[0] for g in strings]
    first_names = [Name.of(found.names[g], found.kinds[g]) for g in heads]
    owners = [found.owners[g] for g in heads]
    return Example(
        cut[0],
        tuple(found.tags),
        found.entities(),
        _labels(found.index, document.triples, properties),
        asked,
        candidates,
        strings,
        torch.tensor([[signs(a, b) for b in first_names] for a in first_names]),
        torch.tensor([[float(a == b) for b in owners] for a in owners]),
        _readable(found, document, asked),
        _moods(found.index, document.triples),
    )


class _Mentions:
    """The gold mentions of a window, with the tags of its words.

    ``groups`` has the mentions of each entity that stands in the window, ``owners`` the group of
    each mention, and ``index`` the group of each of the document's entities.
    """

    def __init__(self, text: str, window: Window) -> None:
        self.text, self.window = text, window
        self._first = {w.start: i for i, w in enumerate(window.words)}
        self._last = {w.end: i for i, w in enumerate(window.words)}
        self.tags = [TAG["O"]] * len(window.words)
        self.spans: list[tuple[int, int]] = []
        self.sentences: list[int] = []
        self.names: list[str] = []
        self.kinds: list[str] = []
        self.owners: list[int] = []
        self.groups: list[tuple[int, ...]] = []
        self.index: dict[int, int] = {}

    def add(self, number: int, entity: Sequence[GoldMention]) -> None:
        """Add an entity by those of its mentions that the window holds whole."""
        before = len(self.spans)
        for mention in entity:
            a, b = self._first.get(mention.span.start), self._last.get(mention.span.end)
            if a is None or b is None or b < a:
                continue
            self.spans.append((self.window.words[a].first, self.window.words[b].last))
            self.sentences.append(self.window.words[a].sentence)
            self.names.append(mention.span.of(self.text))
            self.kinds.append(mention.type)
            self.owners.append(len(self.groups))
            _tag(self.tags, a, b, mention.type)
        if len(self.spans) > before:
            self.index[number] = len(self.groups)
            self.groups.append(tuple(range(before, len(self.spans))))

    def entities(self) -> Entities:
        types = torch.tensor([ENTITY_TYPES.index(self.kinds[g[0]]) for g in self.groups])
        distances = distance_table(self.groups, self.sentences)
        return Entities(tuple(self.spans), tuple(self.groups), types, distances)


def _labels(
    index: Mapping[int, int], triples: Iterable[GoldTriple], properties: Mapping[str, int]
) -> Tensor:
    labels = torch.zeros(len(index), len(index), len(properties))
    for triple in triples:
        if triple.subject in index and triple.object in index and triple.property in properties:
            labels[index[triple.subject], index[triple.object], properties[triple.property]] = 1
    return labels


def _readable(found: _Mentions, document: GoldDocument, asked: Tensor) -> Tensor:
    """Return which pairs the words of one stretch of sentences may be asked about: not those whose
    facts rest on other sentences. What our own documents say of their topic far from where it is
    named is read there, and may be."""
    readable = asked.clone()
    head = topic(found.entities())
    sentences: list[set[int]] = [set() for _ in found.groups]
    for owner, sentence in zip(found.owners, found.sentences, strict=True):
        sentences[owner].add(sentence)
    for triple in document.triples:
        if triple.subject not in found.index or triple.object not in found.index:
            continue
        a, b = found.index[triple.subject], found.index[triple.object]
        rests = set(triple.evidence)
        if triple.mood is not None and head in (a, b):
            continue
        close = rests and max(rests) - min(rests) < 3
        if not (close and sentences[a] & rests and sentences[b] & rests):
            readable[a, b] = readable[b, a] = False
    return readable


def _moods(index: Mapping[int, int], triples: Iterable[GoldTriple]) -> Tensor:
    moods = torch.full((len(index), len(index)), IGNORED)
    for triple in triples:
        if triple.mood is not None and triple.subject in index and triple.object in index:
            moods[index[triple.subject], index[triple.object]] = MOODS.index(triple.mood)
    return moods


def _asked(index: Mapping[int, int], doubtful: Set[tuple[int, int]]) -> Tensor:
    asked = ~torch.eye(len(index), dtype=torch.bool)
    for subject, object_ in doubtful:
        if subject in index and object_ in index:
            asked[index[subject], index[object_]] = False
    return asked


def _tag(tags: list[int], first: int, last: int, kind: str) -> None:
    if any(tags[i] != TAG["O"] for i in range(first, last + 1)):
        return
    if first == last:
        tags[first] = TAG[f"S-{kind}"]
        return
    for i in range(first, last + 1):
        mark = "B" if i == first else "E" if i == last else "I"
        tags[i] = TAG[f"{mark}-{kind}"]


def fewrel(path: Path) -> list[tuple[GoldDocument, str]]:
    """Return FewRel's sentences as documents of two entities, each with its relation."""
    found = []
    for pid, rows in json.loads(path.read_text(encoding="utf-8")).items():
        for row in rows:
            starts, at = [], 0
            for token in row["tokens"]:
                starts.append(at)
                at += len(token) + 1
            text = " ".join(row["tokens"])

            def span(
                places: Sequence[int],
                starts: Sequence[int] = starts,
                tokens: Sequence[str] = row["tokens"],
            ) -> Span:
                return Span(starts[places[0]], starts[places[-1]] + len(tokens[places[-1]]))

            entities = tuple((GoldMention(span(row[side][2][0]), "MISC"),) for side in "ht")
            whole = (Span(0, len(text)),)
            found.append(
                (GoldDocument("", text, whole, entities, (GoldTriple(0, pid, 1, (0,)),)), pid)
            )
    return found


# What FewRel's relations say when read from tail to head; the others say none of them.
FEWREL_BACKWARDS = {"P26": "P26", "P25": "P40"}
FEWREL_DOUBTFUL_BACKWARDS = frozenset({"P40", "P155", "P206", "P361", "P177"})


def fewrel_example(
    document: GoldDocument,
    properties: Mapping[str, int],
    candidates: Tensor,
    types: tuple[str, str] | None = None,
) -> Example | None:
    """Return a FewRel sentence as an example: its pair is asked in both directions, no tags.

    ``types`` are those of head and tail where the relation tells them.
    """
    (triple,) = document.triples
    back = FEWREL_BACKWARDS.get(triple.property)
    more = [triple, GoldTriple(1, back, 0)] if back else [triple]
    doubtful = {(1, 0)} if triple.property in FEWREL_DOUBTFUL_BACKWARDS else frozenset()
    made = example(replace(document, triples=tuple(more)), properties, candidates, doubtful)
    if made is None or len(made.entities.groups) < 2:
        return None
    kinds = [ENTITY_TYPES.index(t) for t in types] if types else [UNKNOWN_TYPE, UNKNOWN_TYPE]
    entities = replace(made.entities, types=torch.tensor(kinds))
    return replace(made, entities=entities, has_tags=False)


def batches(
    lengths: Sequence[int], size: int, rng: random.Random, pieces: int = 0
) -> list[list[int]]:
    """Group indices into batches of similar length, in random order.

    A batch has ``size`` examples, or as many more as ``pieces`` word pieces hold.
    """
    noisy = sorted(range(len(lengths)), key=lambda i: lengths[i] * (1 + 0.1 * rng.random()))
    groups: list[list[int]] = []
    total = 0
    for index in noisy:
        total += lengths[index]
        if not groups or (len(groups[-1]) >= size and total > pieces):
            groups.append([])
            total = lengths[index]
        groups[-1].append(index)
    rng.shuffle(groups)
    return groups


def padded(examples: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids, mask and shapes (B, T) of some windows."""
    longest = max(len(e.window.ids) for e in examples)
    ids = torch.zeros(len(examples), longest, dtype=torch.long)
    shapes, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    for row, one in enumerate(examples):
        n = len(one.window.ids)
        ids[row, :n] = torch.tensor(one.window.ids)
        shapes[row, :n] = torch.tensor(one.window.shapes)
        mask[row, :n] = 1
    return ids, mask, shapes
