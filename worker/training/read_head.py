"""Train the encoder read head.

    python -m worker.training.read_head --data DIR --out DIR

``--data`` holds ``simplequestions/annotated_wd_data_{train,valid}.txt``,
``redocred/dev_revised.json`` and ``wikidata/properties_en.json``. Progress goes to standard error,
one JSON object with the figures to standard output. A run that was stopped goes on where it was
when the same command is given again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from worker.heads.encoder.base import WEIGHTS, WeightsMissing, read_manifest
from worker.heads.encoder.known_texts import FILE, save_known
from worker.heads.encoder.relation_matching import (
    ADAPTER,
    RelationMatcher,
    example_questions,
    relation_text,
)
from worker.heads.encoder.thresholds import KEY, MalformedThresholds, Thresholds
from worker.training import everyday, read_data, redocred
from worker.training.read_data import AskedQuestion, Corpus
from worker.training.read_evaluation import relation_accuracy, wording_accuracy
from worker.training.read_loop import ReadTraining, Settings, write_whole
from worker.training.write_publish import git_commit
from worker.types import SIDES, RelationSpec

_SCHEMA = Path(__file__).resolve().parents[2] / "apps" / "memory" / "data"
RELATIONS = _SCHEMA / "relations.json"
PACKS = _SCHEMA / "packs.json"
WEIGHTS_FILE = "read_head.safetensors"
DATA_FILES = (
    "simplequestions/annotated_wd_data_train.txt",
    "simplequestions/annotated_wd_data_valid.txt",
    "redocred/dev_revised.json",
    "wikidata/properties_en.json",
)
_DEV_QUESTIONS = 0.05


def split_questions(
    questions: Sequence[AskedQuestion], seed: int
) -> tuple[list[AskedQuestion], list[AskedQuestion]]:
    """Return (train, dev): dev to choose settings with, no question text in both."""
    by_text: dict[str, list[AskedQuestion]] = {}
    for question in questions:
        by_text.setdefault(question.text.strip().casefold(), []).append(question)
    texts = sorted(by_text)
    random.Random(seed).shuffle(texts)
    dev = round(len(texts) * _DEV_QUESTIONS)
    return (
        [question for text in texts[dev:] for question in by_text[text]],
        [question for text in texts[:dev] for question in by_text[text]],
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Exits with one sentence on bad input."""
    parser = argparse.ArgumentParser(prog="worker.training.read_head", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the data sets")
    parser.add_argument("--out", type=Path, required=True, help="where the weights go")
    parser.add_argument("--relations", type=Path, default=RELATIONS, help="a relations.json")
    parser.add_argument(
        "--thresholds",
        type=Path,
        default=WEIGHTS / ADAPTER,
        help="the folder of weights whose thresholds the new ones begin with",
    )
    parser.add_argument("--packs", type=Path, default=PACKS, help="a packs.json")
    parser.add_argument("--start", type=Path, help="the folder of weights to train on from")
    parser.add_argument("--rate", type=float, default=Settings.learning_rate, help="at its highest")
    parser.add_argument("--steps", type=int, default=Settings.steps)
    parser.add_argument("--batch", type=int, default=Settings.batch, help="questions of a step")
    parser.add_argument(
        "--wordings",
        type=float,
        default=Settings.share_wordings,
        help="which share of them are wordings that were written for a relation",
    )
    parser.add_argument("--seed", type=int, default=Settings.seed)
    options = parser.parse_args(arguments)
    settings = replace(
        Settings(),
        steps=options.steps,
        seed=options.seed,
        learning_rate=options.rate,
        batch=options.batch,
        share_wordings=options.wordings,
    )
    missing = [name for name in DATA_FILES if not (options.data / name).is_file()]
    if missing:
        parser.error(f"{options.data} lacks {', '.join(missing)}")
    try:
        thresholds = Thresholds.of(ADAPTER, options.thresholds)
        schema = Schema(options.relations, options.packs)
        metrics = train(options.data, options.out, schema, settings, thresholds, options.start)
    except (
        read_data.MalformedQuestions,
        redocred.MalformedDocuments,
        MalformedThresholds,
        WeightsMissing,
    ) as error:
        parser.error(str(error))
    print(json.dumps(metrics, indent=2))
    return 0


@dataclass(frozen=True)
class Schema:
    """The files of the relations that are shipped: a relations.json and a packs.json."""

    standard: Path = RELATIONS
    packs: Path = PACKS

    def relations(self) -> list[RelationSpec]:
        return everyday.shipped_relations(self.standard, self.packs)


def train(
    data: Path,
    out: Path,
    schema: Schema,
    settings: Settings,
    thresholds: Thresholds,
    start: Path | None = None,
) -> dict[str, Any]:
    """Train, measure, and write weights and manifest to ``out``. Returns the figures.

    ``thresholds`` are kept with the weights: training scores relations, and what to do with the
    scores is chosen afterwards, on questions (docs/experiments.md). ``start`` is a folder of
    weights to begin from.
    """
    print(f"thresholds: {thresholds.as_dict()}", file=sys.stderr)
    _, valid_file, documents_file, _ = (data / name for name in DATA_FILES)
    documents = redocred.read(documents_file)
    corpus, dev = read_corpus(data, schema, documents[len(documents) // 5 :], settings.seed)
    same = read_data.equivalents(schema.standard)
    print(f"settings: {asdict(settings)}; {len(corpus.questions)} questions", file=sys.stderr)
    out.mkdir(parents=True, exist_ok=True)
    resume = out / "unfinished.pt"
    training = ReadTraining(corpus, settings, same, start)
    training.run(resume)
    tensors = training.tensors()
    matcher = RelationMatcher(
        training.encoder,
        {name: value.float() for name, value in tensors.items() if not name.startswith("lora.")},
    )
    valid = read_data.read_questions(valid_file)
    wordings, apart = read_data.read_wordings(schema.standard)
    known = [corpus.relations[p] for p in sorted({label[0] for label in wordings.patterns})]
    held_names = read_data.read_names(documents[: len(documents) // 5])
    metrics: dict[str, Any] = {
        "dev": relation_accuracy(matcher, dev, corpus.relations, corpus.labels),
        "valid": relation_accuracy(
            matcher, valid, corpus.relations, sorted({question.label for question in valid})
        ),
        "wordings_apart": wording_accuracy(matcher, apart, known, held_names, same),
    }
    write_whole(out / WEIGHTS_FILE, lambda path: save_file(tensors, path))
    weights = _hash([out / WEIGHTS_FILE])
    texts = schema_texts(schema)
    vectors = dict(zip(texts, matcher.text_vectors(texts), strict=True))
    write_whole(out / FILE, lambda path: save_known(path, vectors, weights))
    manifest = {
        "name": "read",
        "weights": WEIGHTS_FILE,
        "sha256": weights,
        "adapter": {"rank": settings.rank, "alpha": settings.alpha},
        "settings": asdict(settings),
        KEY: thresholds.as_dict(),
        "start": str(read_manifest(ADAPTER, start)["sha256"]) if start else "",
        "data_sha256": _hash([data / name for name in DATA_FILES]),
        "git_commit": git_commit(),
        "metrics": metrics,
    }
    text = json.dumps(manifest, indent=2) + "\n"
    write_whole(out / "manifest.json", lambda path: path.write_text(text, encoding="utf-8"))
    resume.unlink(missing_ok=True)
    return metrics


def read_corpus(
    data: Path, schema: Schema, documents: Sequence[redocred.GoldDocument], seed: int
) -> tuple[Corpus, list[AskedQuestion]]:
    """Return what is trained on, and questions to choose settings with.

    ``documents`` give names. Of the relations of the packs those are left out that stand for
    relations which an owner adds.
    """
    train_file, _, _, labels_file = (data / name for name in DATA_FILES)
    questions, dev = split_questions(read_data.read_questions(train_file), seed)
    shipped = schema.relations()
    packed = [one for one in shipped if one.name_in_pack and not everyday.is_unseen(one)]
    wordings, _ = read_data.read_wordings(schema.standard)
    others, other_wordings = read_data.read_others(read_data.OTHERS)
    names = read_data.read_names(documents)
    parts = [
        wordings,
        everyday.own_patterns(packed),
        everyday.training_patterns(shipped),
        everyday.taken_over(other_wordings, packed),
    ]
    lacking = {name: one for name, one in others.items() if name not in everyday.IN_A_PACK}
    relations = lacking | {one.id: one for one in packed}
    corpus = Corpus(
        relations=relations | read_data.read_relations(schema.standard, labels_file),
        questions=questions,
        wordings=everyday.together(parts),
        others=frozenset(lacking),
        names=everyday.names_of_types(packed, names) | names,
        outside=json.loads(read_data.OUTSIDE.read_text(encoding="utf-8"))["train"],
        rare=read_data.rare_words(questions),
    )
    return corpus, dev


def schema_texts(schema: Schema) -> list[str]:
    """Return what the matcher encodes of the relations that are shipped."""
    texts: list[str] = []
    for relation in schema.relations():
        for known in SIDES:
            texts += [relation_text(relation, known), *example_questions(relation, known)]
    return list(dict.fromkeys(texts))


def _hash(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
