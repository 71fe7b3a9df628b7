"""Learn to score relations by their words alone, and measure it on types never trained on.

``python -m worker.training.zero_shot --data FILE --run DIR --trained DIR --schema FILE --out DIR``
takes the weights of a run that never saw some types of relation (``--hold-relations`` of
``worker.training.write_head``). The regression is learned on the dev documents from the relations
that the run does know, each as if it did not. Its threshold and scale are then chosen on the same
documents for the types that were held out, and the figures are those of these types on the
documents kept out, beside those of weights that were trained on them.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from worker.heads.encoder.pair_context import pair_contexts
from worker.heads.encoder.write_head import EncoderWriteHead
from worker.heads.encoder.zero_shot import FILE, SIGNS, ZeroShotScorer, statement
from worker.training import metrics, redocred
from worker.training.redocred import GoldDocument
from worker.training.write_publish import calibrated, head_of, platt
from worker.types import ENTITY_TYPES, PassageExtraction, PassageText, RelationSpec

LOWEST = 0.005  # the score down to which predictions are kept for measuring
MEAN_OF = 30  # documents from which the means of vectors are taken
RIDGE = 3.0
WAYS = ("described", "described_typed", "stated", "stated_typed")


class AsDescribed:
    """A write head that is not told which relations of its training some relations are."""

    def __init__(self, head: EncoderWriteHead, told: Mapping[str, RelationSpec]) -> None:
        self.head, self.told = head, told

    def extract(
        self, passages: Sequence[PassageText], relations: Sequence[RelationSpec]
    ) -> list[PassageExtraction]:
        """Return one extraction per passage."""
        return self.head.extract(passages, [self.told.get(r.id, r) for r in relations])


def spec_of(row: Mapping[str, Any], way: str = "stated_typed") -> RelationSpec:
    """Return a relation as a person would add it.

    ``described`` gives its name and description, ``stated`` also the sentence that states it and
    its other names, ``_typed`` the types of its subject and object.
    """
    stated, typed = way.startswith("stated"), way.endswith("typed")
    return RelationSpec(
        row["wikidata_property"],
        row["name"],
        row["description"],
        aliases=tuple(row["aliases"]) if stated else (),
        template=row["template"] if stated else "",
        subject_types=tuple(row["subject_types"]) if typed else (),
        object_types=tuple(row["object_types"]) if typed else (),
    )


@torch.inference_mode()
def means(
    head: EncoderWriteHead, documents: Sequence[GoldDocument], specs: Sequence[RelationSpec]
) -> dict[str, Tensor]:
    """Return the means (384,) from which pieces, stretches and relations' texts are compared."""
    encode = head.zero_shot.encode
    pieces, texts = [], []
    for document in documents:
        passage = metrics.passage_of(document)
        for window, _, placed, pairs in head.entity_pairs(passage):
            pieces.append(encode([torch.tensor(window.ids)])[0].states[1:-1])
            both = (pairs.subjects, pairs.objects)
            found = pair_contexts(passage.text, window, placed.entities, both)
            texts += sorted({s.text for s in found.values()})[::5]
    embed = head.shared.embed
    return {
        "piece_mean": torch.cat(pieces).mean(0),
        "stretch_mean": embed(texts).mean(0),
        "statement_mean": embed([statement(s) for s in specs]).mean(0),
        "meaning_mean": embed([f"{s.name}: {s.description}" for s in specs]).mean(0),
    }


@torch.inference_mode()
def examples(
    head: EncoderWriteHead,
    documents: Sequence[GoldDocument],
    specs: Sequence[RelationSpec],
    inverse: Mapping[str, str],
) -> tuple[Tensor, Tensor]:
    """Return signs (S, F) and labels (S,): pairs and relations whose types fit.

    A relation's rivals are the relations that the head was trained on but itself and its inverse.
    """
    kinds = [
        (
            torch.tensor([t in s.subject_types for t in ENTITY_TYPES]),
            torch.tensor([t in s.object_types for t in ENTITY_TYPES]),
        )
        for s in specs
    ]
    fits = torch.stack([a.unsqueeze(1) & b.unsqueeze(0) for a, b in kinds], -1)
    own = torch.zeros(len(specs), len(head.known), dtype=torch.bool)
    for row, spec in enumerate(specs):
        for pid in (spec.id, inverse.get(spec.id)):
            if pid in head.known:
                own[row, head.known[pid]] = True
    kept, labels = [], []
    for document in documents:
        passage = metrics.passage_of(document)
        for window, entities, placed, pairs in head.entity_pairs(passage):
            logits = head.model.logits(pairs.vectors, *head.learned)
            rivals = torch.stack([logits.masked_fill(o, -1e9).amax(1) for o in own], 1)
            both = (pairs.subjects, pairs.objects)
            rows, signs = head.zero_shot.signs(
                passage.text, window, placed.entities, both, specs, rivals
            )
            types = placed.entities.types
            fit = fits[types[pairs.subjects[rows]], types[pairs.objects[rows]]]
            names = [
                {m.span.of(passage.text).casefold() for m in entities[o].mentions}
                for o in placed.owners
            ]
            right = _right(document, names, both, specs)[rows]
            kept.append(signs[fit])
            labels.append(right[fit])
    return torch.cat(kept), torch.cat(labels)


def _right(
    document: GoldDocument,
    names: Sequence[set[str]],
    pairs: tuple[Tensor, Tensor],
    specs: Sequence[RelationSpec],
) -> Tensor:
    """Return (P, R): whether a gold fact relates entities with a name of each."""
    column = {s.id: at for at, s in enumerate(specs)}
    row = {pair: at for at, pair in enumerate(zip(*(p.tolist() for p in pairs), strict=True))}
    gold = [document.names(i) for i in range(len(document.entities))]
    found = torch.zeros(len(row), len(specs), dtype=torch.bool)
    for triple in document.triples:
        if triple.property in column:
            # Several entities may share a name: each pair of them counts, as it does when
            # measured.
            heads = [i for i, own in enumerate(names) if own & gold[triple.subject]]
            tails = [j for j, own in enumerate(names) if own & gold[triple.object]]
            for at in (row[i, j] for i in heads for j in tails if (i, j) in row):
                found[at, column[triple.property]] = True
    return found


def regression(signs: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Fit a logistic regression of labels (S,) on signs (S, F) by Newton's method."""
    x, y = signs.double(), labels.double()
    mean, deviation = x.mean(0), x.std(0).clamp(min=1e-6)
    x = functional.pad((x - mean) / deviation, (0, 1), value=1.0)
    ridge = torch.full((x.shape[1],), RIDGE, dtype=x.dtype)
    ridge[-1] = 0.0
    weight = x.new_zeros(x.shape[1])
    for _ in range(30):
        p = (x @ weight).sigmoid()
        slope = x.T @ (p - y) + ridge * weight
        curve = (x * (p * (1 - p)).unsqueeze(1)).T @ x + torch.diag(ridge)
        weight = weight - torch.linalg.solve(curve, slope)
    start = torch.tensor([1.0, float(weight[-1])])
    return {
        "mean": mean.float(),
        "deviation": deviation.float(),
        "weight": weight[:-1].float(),
        "typed": start,
        "untyped": start.clone(),
        "threshold": torch.tensor(0.5),
    }


def measured(
    head: metrics.MeasuredHead,
    documents: Sequence[GoldDocument],
    relations: Sequence[RelationSpec],
    only: Sequence[str],
) -> tuple[list[metrics.Judged], dict[str, int]]:
    """Return the end-to-end predictions of some properties, judged, and their gold triples."""
    found = metrics.measure(head, documents, relations, gold_entities=False)
    gold = {pid: found.gold.get(pid, 0) for pid in only}
    return [j for j in found.triples if j[2] in only], gold


def compared(
    held_out: EncoderWriteHead,
    trained: EncoderWriteHead,
    rows: Mapping[str, Mapping[str, Any]],
    parts: tuple[Sequence[GoldDocument], Sequence[GoldDocument]],
) -> dict[str, Any]:
    """Choose scale and threshold on the first part, and return the figures of the second.

    The regression of ``held_out`` is given its scale for each way, and its threshold.
    """
    gone = sorted((set(trained.known) - set(held_out.known)) & rows.keys())
    relations = [RelationSpec(p, rows[p]["name"], wikidata_property=p) for p in gone]
    result: dict[str, Any] = {"relations": {pid: rows[pid]["name"] for pid in gone}}
    (chosen, counts), (found, gold) = (measured(trained, p, relations, gone) for p in parts)
    result["trained"] = _figures(chosen, sum(counts.values()), found, gold)
    base = result["trained"]["held"]["f1"]
    # The two ways with a statement come first: the others share their scale.
    for way in sorted(WAYS, reverse=True):
        head = AsDescribed(held_out, {pid: spec_of(rows[pid], way) for pid in gone})
        (chosen, counts), (found, gold) = (measured(head, p, relations, gone) for p in parts)
        if way.startswith("stated"):
            scale, offset = platt(chosen)
            key = "typed" if way.endswith("typed") else "untyped"
            before = held_out.zero_shot.tensors[key]
            made = torch.tensor([before[0] * scale, before[1] * scale + offset])
            held_out.zero_shot.tensors[key] = made
            chosen, found = (calibrated(j, scale, offset) for j in (chosen, found))
        result[way] = _figures(chosen, sum(counts.values()), found, gold)
        result[way]["share_of_trained"] = result[way]["held"]["f1"] / base if base else 0.0
    best = result["stated_typed"]["threshold"]
    held_out.zero_shot.tensors["threshold"] = torch.tensor(best)
    return result


def _figures(
    chosen: Sequence[metrics.Judged],
    count: int,
    found: Sequence[metrics.Judged],
    gold: Mapping[str, int],
) -> dict[str, Any]:
    threshold = metrics.best_threshold(chosen, count)
    total = sum(gold.values())
    return {
        "threshold": threshold,
        "gold": total,
        "dev": metrics.at_threshold(chosen, count, threshold),
        "held": metrics.at_threshold(found, total, threshold),
        "calibration_error": metrics.calibration_error(found),
        "by_relation": {
            pid: metrics.at_threshold([j for j in found if j[2] == pid], n, threshold) | {"gold": n}
            for pid, n in gold.items()
        },
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command: learn, measure, and write the regression and its figures."""
    parser = argparse.ArgumentParser(description="Learn relations known by description alone.")
    parser.add_argument("--data", type=Path, required=True, help="the file that was trained on")
    parser.add_argument("--run", type=Path, required=True, help="weights that lack some relations")
    parser.add_argument("--trained", type=Path, required=True, help="weights that have them all")
    parser.add_argument("--schema", type=Path, required=True, help="how relations are described")
    parser.add_argument("--out", type=Path, required=True, help="folder for regression and figures")
    given = parser.parse_args(arguments)
    held_out, trained = head_of(given.run), head_of(given.trained)
    held_out.config = replace(held_out.config, threshold=LOWEST)
    settings = held_out.manifest["settings"]
    train, dev, held = redocred.split(
        redocred.read(given.data),
        seed=settings["seed"],
        dev=settings["dev"],
        held=settings["held"],
    )
    listed = json.loads(given.schema.read_text(encoding="utf-8"))
    rows = {row["wikidata_property"]: row for row in listed}
    typed = [r for r in listed if r["subject_types"] and r["object_types"]]
    specs = [spec_of(row) for row in typed if row["wikidata_property"] in held_out.known]
    inverse = {r["wikidata_property"]: r["inverse_property"] for r in listed}
    drawn = random.Random(settings["seed"]).sample(train, min(MEAN_OF, len(train)))
    tensors = means(held_out, drawn, specs)
    held_out.zero_shot = ZeroShotScorer(held_out.shared, tensors)
    signs, labels = examples(held_out, dev, specs, inverse)
    held_out.zero_shot.tensors.update(regression(signs, labels))
    weights = held_out.zero_shot.tensors["weight"].tolist()
    result = compared(held_out, trained, rows, (dev, held))
    result["learned_from"] = dict(Counter(labels=int(labels.sum()), pairs=len(labels)))
    result["weights"] = {s: round(w, 4) for s, w in zip(SIGNS, weights, strict=True)}
    result["run"] = {"weights": held_out.manifest["sha256"], "settings": settings}
    given.out.mkdir(parents=True, exist_ok=True)
    kept = {k: v.clone().contiguous() for k, v in held_out.zero_shot.tensors.items()}
    save_file(kept, given.out / FILE)
    text = json.dumps(result, indent=1, sort_keys=True) + "\n"
    (given.out / "zero_shot.json").write_text(text, encoding="utf-8")
    for way in ("trained", *WAYS):
        print(way, json.dumps(result[way]["held"]), result[way].get("share_of_trained", ""))


if __name__ == "__main__":
    main()
