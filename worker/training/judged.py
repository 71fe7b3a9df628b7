"""Judge a write head on annotated texts, quickly and by the worker alone.

``python -m worker.training.judged --data FILE ... --schema FILE --packs FILE --weights DIR``.

The files are those of ``refit``, and so is what counts as right. For each file: the share of facts
both of whose sides were marked as names, and precision and recall with the regression that the
weights have and with one fitted to the other four fifths of all the texts, at its best F1 and at
set precisions. They serve to compare heads with each other; what is reported of a head is measured
by the commands of ``manage.py evaluate``, which count what follows from a fact but once.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from worker.heads.encoder.base import WEIGHTS, SharedEncoder, WeightsMissing
from worker.heads.encoder.scoring import LOOK_SIGNS, SIGNS, Scoring, fit
from worker.heads.encoder.write_head import ADAPTER, EncoderWriteHead, WriteHeadConfig
from worker.training.calibration import LOWEST, Found, found, holding
from worker.training.metrics import passage_of
from worker.training.redocred import GoldDocument
from worker.training.refit import read, specs_of
from worker.training.write_corpus import pack_relations, relation_kinds
from worker.types import RelationSpec

FOLDS = 5
PRECISIONS = (0.6, 0.7, 0.75, 0.8)


@dataclass(frozen=True)
class Judged:
    """A text's triples and how many of its facts have both their sides marked as names."""

    triples: Found
    named: int


def judge(head: EncoderWriteHead, text: GoldDocument, specs: Sequence[RelationSpec]) -> Judged:
    """Run a head over one text."""
    triples = found(head, [text], specs)
    config = head.config
    head.config = replace(config, look=False)
    try:
        (extraction,) = head.extract([passage_of(text)], specs)
    finally:
        head.config = config
    marked = {mention.span for mention in extraction.mentions}
    facts = {(t.subject, t.property, t.object) for t in holding(text)}
    named = sum(
        all(any(m.span in marked for m in text.entities[side]) for side in (a, b))
        for a, _, b in facts
    )
    return Judged(triples, named)


def figures(scores: Tensor, judged: Sequence[Judged]) -> dict[str, Any]:
    """Return precision and recall at the best F1, and recall at set precisions, of the scores (N,)
    of all triples of some texts."""
    right = torch.cat([one.triples.right for one in judged]).float()
    facts = sum(one.triples.facts for one in judged)
    order = scores.argsort(descending=True)
    hits = right[order].cumsum(0)
    kept = torch.arange(1, len(order) + 1)
    precision, recall = hits / kept, hits / max(facts, 1)
    f1 = 2 * hits / (kept + facts)
    if not len(order):
        return {"f1": 0.0, "facts": facts}
    best = int(f1.argmax())
    row = {
        "f1": f1[best].item(), "precision": precision[best].item(),
        "recall": recall[best].item(), "threshold": scores[order[best]].item(), "facts": facts,
    }  # fmt: skip
    for least in PRECISIONS:
        enough = recall[precision >= least]
        row[f"recall at {least}"] = enough.max().item() if len(enough) else 0.0
    return {name: round(value, 4) for name, value in row.items()}


def crossed(judged: Sequence[Judged]) -> list[Tensor]:
    """Return each text's scores by a regression that was fitted to the texts of other folds."""
    scores: list[Tensor] = [torch.zeros(0)] * len(judged)
    for fold in range(FOLDS):
        others = [one.triples for n, one in enumerate(judged) if n % FOLDS != fold]
        signs = torch.cat([one.signs for one in others if len(one.signs)])
        fitted = fit(signs, torch.cat([one.right for one in others if len(one.signs)]))
        for n in range(fold, len(judged), FOLDS):
            own = judged[n].triples.signs
            scores[n] = fitted(own) if len(own) else torch.zeros(0)
    return scores


def report(
    head: EncoderWriteHead, files: Sequence[Sequence[GoldDocument]], specs: Sequence[RelationSpec]
) -> list[dict[str, Any]]:
    """Return the figures of each file."""
    judged = [[judge(head, text, specs) for text in file] for file in files]
    part = head.manifest.get("look", head.manifest)
    names = (*SIGNS, *LOOK_SIGNS) if "look" in head.manifest else SIGNS
    scoring = Scoring.of(part["scoring"], names)
    again = iter(crossed([one for file in judged for one in file]))
    rows = []
    for file in judged:
        own = torch.cat([scoring(one.triples.signs) for one in file if len(one.triples.signs)])
        other = torch.cat([next(again) for _ in file])
        facts = sum(one.triples.facts for one in file)
        rows.append(
            {
                "texts": len(file),
                "named": round(sum(one.named for one in file) / max(facts, 1), 4),
                "as it is": figures(own, file),
                "fitted to other texts": figures(other, file),
            }
        )
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge a folder of weights; return 0, or 2 for files that cannot be used."""
    parser = argparse.ArgumentParser(description="Judge a write head on annotated texts.")
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument("--schema", type=Path, required=True, help="the schema's relations")
    parser.add_argument("--packs", type=Path, required=True, help="relations beside the schema's")
    parser.add_argument("--weights", type=Path, default=WEIGHTS / ADAPTER, metavar="FOLDER")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        schema = json.loads(options.schema.read_text("utf-8"))
        packs = pack_relations(options.packs)
        specs, kinds = specs_of([*schema, *packs]), relation_kinds(schema, packs)
        files = [read(path.read_text("utf-8").splitlines(), kinds) for path in options.data]
        config = WriteHeadConfig(threshold=LOWEST)
        head = EncoderWriteHead(options.weights, config, SharedEncoder())
    except (OSError, KeyError, TypeError, ValueError, WeightsMissing) as error:
        print(f"Not judged: {error}", file=sys.stderr)
        return 2
    for path, row in zip(options.data, report(head, files, specs), strict=True):
        print(json.dumps({"weights": str(options.weights), "file": path.name, **row}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
