"""Texts, wordings and questions that the causal heads are trained on, as they lie in files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from worker.training import redocred
from worker.training.causal.question_data import AskedQuestion, QuestionMaker, world_questions
from worker.training.causal.spacing import spaced
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
    files: Sequence[Path] = ()  # that all of this was read from
    dropped: Counter[str] = field(default_factory=Counter)  # texts that are not used, by reason

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
        files = sorted(reading.glob("documents/*.jsonl"))
        made.documents = _fit(
            [d for file in files for d in read_documents(file, kinds, further=False)],
            made.dropped,
        )
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


def _fit(documents: Sequence[GoldDocument], dropped: Counter[str]) -> list[GoldDocument]:
    apart = kept_apart(DOCUMENTS_APART)
    kept = []
    for document in documents:
        if apart(document.text):
            dropped["texts kept apart to report on"] += 1
        elif overlaps(document):
            dropped["texts in which names overlap"] += 1
        else:
            kept.append(document)
    return kept


def docred_part(path: Path, part: str, *, seed: int, dev: int, held: int) -> list[GoldDocument]:
    """Return one part of a file in DocRED format. Raises MalformedDocuments and OSError."""
    parts = redocred.split(redocred.read(path), seed=seed, dev=dev, held=held)
    return parts[("train", "dev", "held").index(part)]
