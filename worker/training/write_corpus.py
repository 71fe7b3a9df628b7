"""What a write-head run trains on: documents, their split, the relations, and the variations."""

from __future__ import annotations

import json
import random
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from worker.training import augment, examples, redocred
from worker.training.examples import Example
from worker.training.redocred import GoldDocument
from worker.training.statements import Composer, Kind, read_documents, read_wordings
from worker.training.write_model import TrainingConfig
from worker.types import RelationSpec

WORDINGS_APART, DOCUMENTS_APART = 25, 12  # one in so many is not trained on
DEV_SEED = 5


@dataclass
class Corpus:
    """What a run trains on and chooses with."""

    train: list[GoldDocument]
    dev: list[GoldDocument]
    held: list[GoldDocument]
    specs: list[RelationSpec]
    properties: dict[str, int]
    annotated: Tensor  # (R,) the relations that Re-DocRED's annotators judged
    fewrel: list[tuple[GoldDocument, str]]
    fewrel_set: Tensor
    types: dict[str, tuple[str, str]]  # of subject and object, where a relation tells them
    names: augment.Names
    composer: Composer | None = None
    documents: Sequence[GoldDocument] = ()
    own_dev: Sequence[GoldDocument] = ()  # of our own corpus, to calibrate with
    name_pools: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by type

    def dev_examples(self) -> list[Example]:
        made = (examples.example(d, self.properties, self.annotated) for d in self.dev)
        return [e for e in made if e is not None]

    def epoch(self, rng: random.Random, config: TrainingConfig) -> Iterator[list[Example]]:
        """Yield the batches of one epoch, each document varied anew."""
        made = [*self._varied(rng, config), *self._own_examples(rng, config)]
        lengths = [len(e.window.ids) for e in made]
        groups = examples.batches(lengths, config.batch, rng, config.batch_pieces)
        plan = [[made[i] for i in group] for group in groups]
        # At random places, so that no stretch of an epoch sees one kind of text alone.
        for _ in range(config.fewrel_batches if self.fewrel else 0):
            few = rng.sample(self.fewrel, min(config.fewrel_batch, len(self.fewrel)))
            picked = [self._fewrel_example(d, pid, rng, config) for d, pid in few]
            plan.insert(rng.randrange(len(plan) + 1), [e for e in picked if e is not None])
        yield from plan

    def _varied(self, rng: random.Random, config: TrainingConfig) -> Iterator[Example]:
        """Yield a share of the documents, each varied anew."""
        share = round(len(self.train) * config.documents_share)
        drawn = rng.sample(self.train, share) if share < len(self.train) else self.train
        for document in drawn:
            if rng.random() < config.swap_documents:
                document = augment.swap_names(document, self.names, rng, config.swap_entities)
            variants = [(document, frozenset[tuple[int, int]]())]
            if rng.random() < config.drop_sentences:
                variants = [(augment.drop_sentence(document, rng), frozenset())]
            # Beside the whole document, not in its place: only that has facts across sentences.
            if rng.random() < config.crop_documents:
                variants.append(augment.crop(document, rng))
            for variant, doubtful in variants:
                one = examples.example(variant, self.properties, self.annotated, doubtful)
                if one is not None:
                    yield one

    def _own_examples(self, rng: random.Random, config: TrainingConfig) -> Iterator[Example]:
        """Yield our own corpus, its wordings composed anew: every relation is judged in it.

        Most documents are cut up, since pairs grow with the square of the names in a text.
        """
        composed = [text for text in self._composed(rng) if rng.random() < config.own_share]
        texts = [(text, frozenset[tuple[int, int]]()) for text in composed]
        for document in self.documents:
            document = augment.rename(document, self.name_pools, rng, config.rename)
            if len(document.sentences) <= config.part_sentences // 2:
                texts.append((document, frozenset()))
            elif rng.random() >= config.own_share:
                continue
            elif rng.random() < config.whole_documents:
                texts.append((document, frozenset()))
            else:
                texts += augment.parts(document, rng, config.part_sentences)
        everything = torch.ones(len(self.properties), dtype=torch.bool)
        for text, doubtful in texts:
            one = examples.example(text, self.properties, everything, doubtful)
            if one is not None:
                yield one

    def _composed(self, rng: random.Random) -> Iterator[GoldDocument]:
        yield from self.composer.epoch(rng) if self.composer else ()

    def _fewrel_example(
        self, document: GoldDocument, pid: str, rng: random.Random, config: TrainingConfig
    ) -> Example | None:
        known = self.types.get(pid) if rng.random() < config.fewrel_types else None
        return examples.fewrel_example(document, self.properties, self.fewrel_set, known)


@dataclass(frozen=True)
class Files:
    """The files of a run; only ``data`` must be there."""

    data: Path
    fewrel: Path | None = None
    names: Path | None = None
    labels: Path | None = None
    schema: Path | None = None
    reading: Path | None = None
    packs: Path | None = None


def corpus(files: Files, config: TrainingConfig) -> Corpus:
    """Read and split the data. The relations held out are taken from every source."""
    documents = redocred.read(files.data)
    extra = examples.fewrel(files.fewrel) if files.fewrel else []
    gone = held_relations(documents, {pid for _, pid in extra}, config)
    judged = sorted({t.property for d in documents for t in d.triples} - gone)
    train, dev, held = redocred.split(documents, seed=config.seed, dev=config.dev, held=config.held)
    seen = {pid for _, pid in extra}
    order = [*judged, *sorted(seen - set(judged))]
    specs = redocred.relation_specs(order, _json(files.names), _json(files.labels))
    single = {
        row["wikidata_property"]: (row["subject_types"][0], row["object_types"][0])
        for row in _json(files.schema) or []
        if len(row["subject_types"]) == len(row["object_types"]) == 1
    }
    names = augment.names_by_type(train)
    made = Corpus(
        train,
        dev,
        held,
        specs,
        {pid: i for i, pid in enumerate(order)},
        torch.tensor([p in judged for p in order]),
        extra,
        torch.tensor([p in seen for p in order]),
        single,
        names,
    )
    if files.reading:
        made = with_reading(
            made, files.reading, _json(files.schema) or [], pack_relations(files.packs)
        )
    return made


def pack_relations(path: Path | None) -> list[Any]:
    """Return the relations of a file of packs, in its order; none without a file."""
    return [row for pack in _json(path) for row in pack["relations"]]


def with_reading(made: Corpus, folder: Path, schema: Sequence[Any], packs: Sequence[Any]) -> Corpus:
    """Add our own corpus: the relations of ``packs``, its wordings and its documents."""
    kinds = relation_kinds(schema, packs)
    keys = [*made.properties, *(row["name"] for row in packs)]
    more = [
        RelationSpec(
            row["name"],
            row["name"],
            row["description"],
            subject_types=tuple(row["subject_types"]),
            object_types=tuple(row["object_types"]),
            name_in_pack=row["name"],
        )
        for row in packs
    ]
    none = torch.zeros(len(packs), dtype=torch.bool)
    relations = [r for f in sorted(folder.glob("statements/*.jsonl")) for r in read_wordings(f)]
    pools = {kind: [n for e in names for n in e[:1]] for kind, names in _pools(made.names).items()}
    pools |= _json(folder / "names.json")
    wordings = [relation.split(kept_apart(WORDINGS_APART)) for relation in relations]
    documents, apart = _documents(folder, kinds)
    other = Composer([one for _, one in wordings], pools, kinds)
    return replace(
        made,
        specs=[*(with_types(spec, schema) for spec in made.specs), *more],
        properties={key: i for i, key in enumerate(keys)},
        annotated=torch.cat([made.annotated, none]),
        fewrel_set=torch.cat([made.fewrel_set, none]),
        composer=Composer([one for one, _ in wordings], pools, kinds),
        documents=documents,
        name_pools=pools,
        own_dev=[*apart, *other.epoch(random.Random(DEV_SEED))],
    )


def _documents(
    folder: Path, kinds: Mapping[str, Kind]
) -> tuple[list[GoldDocument], list[GoldDocument]]:
    """Return the whole documents to train on and those that are kept apart."""
    files = sorted(folder.glob("documents/*.jsonl"))
    documents = [document for file in files for document in read_documents(file, kinds)]
    apart = kept_apart(DOCUMENTS_APART)
    return [d for d in documents if not apart(d.text)], [d for d in documents if apart(d.text)]


def with_types(spec: RelationSpec, schema: Sequence[Any]) -> RelationSpec:
    """Return a relation with the types that the schema says it takes."""
    for row in schema:
        if row["wikidata_property"] == spec.wikidata_property:
            types = (tuple(row["subject_types"]), tuple(row["object_types"]))
            return replace(spec, subject_types=types[0], object_types=types[1])
    return spec


def kept_apart(one_in: int) -> Callable[[str], bool]:
    """Return a rule that takes one in so many texts, the same ones in every run."""
    return lambda text: zlib.crc32(text.encode()) % one_in == 0


def relation_kinds(schema: Sequence[Any], packs: Sequence[Any]) -> dict[str, Kind]:
    """Return what the relations of the schema and the packs take, by their names."""
    return {
        row["name"]: Kind(
            row.get("wikidata_property") or row["name"],
            tuple(row["subject_types"]),
            tuple(row["object_types"]),
            row.get("inverse_property") or "",
        )
        for row in (*schema, *packs)
    }


def _pools(names: augment.Names) -> dict[str, list[tuple[str, ...]]]:
    """Return names by type, whatever the written form of their numbers."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for kind, rows in names.items():
        found.setdefault(kind.split()[0], []).extend(rows)
    return found


def held_relations(
    documents: Sequence[GoldDocument], elsewhere: Set[str], config: TrainingConfig
) -> set[str]:
    """Draw the types of relation that a run never sees, among those of 60 to 300 facts.

    Types that FewRel has too are not drawn.
    """
    count = Counter(t.property for d in documents for t in d.triples)
    free = sorted(p for p, n in count.items() if 60 <= n <= 300 and p not in elsewhere)
    draw = random.Random(config.hold_seed)
    return set(draw.sample(free, min(config.hold_relations, len(free))))


def _json(path: Path | None) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path else {}
