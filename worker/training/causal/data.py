"""What a run is trained on: sequences of a head, drawn anew for each epoch, by a seed."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from worker.training import augment, redocred
from worker.training.causal.question_data import AskedQuestion, QuestionMaker, world_questions
from worker.training.causal.read_points import GoldMemory, fill, read_points
from worker.training.causal.sequences import Composer, TokenTree
from worker.training.causal.spacing import spaced
from worker.training.causal.write_calls import write_calls
from worker.training.everyday import shipped_relations
from worker.training.redocred import GoldDocument
from worker.training.statements import Composer as TextComposer
from worker.training.statements import overlaps, read_documents, read_wordings
from worker.training.write_corpus import (
    DOCUMENTS_APART,
    WORDINGS_APART,
    kept_apart,
    pack_relations,
    relation_kinds,
)
from worker.types import RelationSpec

LONG = 6  # sentences: shorter texts of our corpus have too little to read again
SWAPPED = 0.5  # of DocRED's documents get other names, so that the base cannot know the facts


@dataclass
class Material:
    """Texts, wordings and questions to make sequences of."""

    specs: Sequence[RelationSpec]
    docred: Sequence[GoldDocument] = ()
    documents: Sequence[GoldDocument] = ()  # of our own corpus
    texts: TextComposer | None = None
    questions: QuestionMaker | None = None
    world: Sequence[AskedQuestion] = ()
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    inverses: Mapping[str, str] = field(default_factory=dict)

    @property
    def relations(self) -> dict[str, str]:
        """The names of relations, by their keys."""
        return {spec.key: spec.name for spec in self.specs}


def material(
    *,
    schema: Path,
    packs: Path,
    reading: Path | None = None,
    questions: Path | None = None,
    docred: Sequence[GoldDocument] = (),
) -> Material:
    """Read what there is to train on. Raises OSError and what the readers of the files raise.

    ``reading`` is the folder of our corpus, ``questions`` that of the question worlds.
    """
    specs = shipped_relations(schema, packs)
    made = Material(
        specs,
        [spaced(d) for d in docred],
        inverses={spec.key: spec.inverse_id for spec in specs if spec.inverse_id},
    )
    if reading:
        kinds = relation_kinds(
            json.loads(schema.read_text(encoding="utf-8")), pack_relations(packs)
        )
        apart = kept_apart(DOCUMENTS_APART)
        files = sorted(reading.glob("documents/*.jsonl"))
        made.documents = [
            d
            for file in files
            for d in read_documents(file, kinds, further=False)
            if not apart(d.text) and not overlaps(d)
        ]
        made.names = json.loads((reading / "names.json").read_text(encoding="utf-8"))
        wordings = [
            relation.split(kept_apart(WORDINGS_APART))[0]
            for file in sorted(reading.glob("statements/*.jsonl"))
            for relation in read_wordings(file)
        ]
        made.texts = TextComposer(wordings, made.names, kinds)
        made.questions = QuestionMaker(specs, made.names)
    if questions:
        made.world = [
            q
            for file in sorted(questions.glob("training/*_facts.jsonl"))
            for q in world_questions(
                file, file.with_name(file.name.replace("_facts", "_questions"))
            )
        ]
    return made


def write_sequences(
    source: Material, composer: Composer, rng: random.Random
) -> Iterator[TokenTree]:
    """Yield one epoch for the write head: our corpus under other names, and its wordings."""
    relations = source.relations
    documents = [*source.documents, *(source.texts.epoch(rng) if source.texts else ())]
    rng.shuffle(documents)
    for document in documents:
        document = augment.rename(document, source.names, rng, 0.5)
        calls = write_calls(document, relations, source.inverses)
        yield composer.write(document.text, calls)


def read_sequences(
    source: Material,
    composer: Composer,
    rng: random.Random,
    *,
    asked: int = 3000,
    dropped: Counter[str] | None = None,
) -> Iterator[TokenTree]:
    """Yield one epoch for the read head: documents with their calls, and questions.

    ``asked`` is how many questions are made beside those of the worlds.
    """
    relations = source.relations
    names = augment.names_by_type(source.docred)
    everything = fill(source.docred, relations)
    rows: list[GoldDocument | AskedQuestion] = [
        *source.docred, *(d for d in source.documents if len(d.sentences) >= LONG), *source.world
    ]  # fmt: skip
    rows += source.questions.questions(asked, rng) if source.questions else ()
    rng.shuffle(rows)
    own = {id(d) for d in source.documents}
    for row in rows:
        if isinstance(row, AskedQuestion):
            yield composer.answer(row.text, row.calls, "; ".join(row.answers))
            continue
        document, memory = row, everything
        if id(row) in own or rng.random() < SWAPPED:
            if id(row) in own:
                document = augment.rename(row, source.names, rng, 0.7)
            else:
                document = augment.swap_names(row, names, rng, 0.8)
            memory = fill([document], relations)
        yield read_sequence(document, memory, relations, composer, dropped)


def read_sequence(
    document: GoldDocument,
    memory: GoldMemory,
    relations: Mapping[str, str],
    composer: Composer,
    dropped: Counter[str] | None = None,
) -> TokenTree:
    """Return a document with the calls that it would have made."""
    points = read_points(document, memory, relations, dropped)
    calls = [(p.target.start, p.queries, p.results) for p in points]
    mentions = [(m.span.start, m.span.end) for e in document.entities for m in e]
    targets = [(p.target.start, p.target.end) for p in points]
    return composer.read(document.text, calls, targets, mentions)


def docred_part(path: Path, part: str, *, seed: int, dev: int, held: int) -> list[GoldDocument]:
    """Return one part of a file in DocRED format. Raises MalformedDocuments and OSError."""
    parts = redocred.split(redocred.read(path), seed=seed, dev=dev, held=held)
    return parts[("train", "dev", "held").index(part)]
