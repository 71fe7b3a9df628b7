"""Learn to score relations by their words and example sentences, and measure it on unseen ones.

``python -m worker.training.described --weights FOLDER --out FOLDER`` composes texts of relations
that no head was trained on (``data/added_relations.jsonl``) and of those of our own corpus, between
which they have to be found. The regression has a weight for each sign; each relation's figures come
from a regression that was fitted on the other ones. Run it for every new write head: the states of
its encoder are what is compared.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from worker.heads.encoder.described import FILE, SIGNS, DescribedScorer
from worker.heads.encoder.features import Window, windows
from worker.heads.encoder.proposals import EntityMentions
from worker.heads.encoder.window_entities import WindowEntities, entities_in_window
from worker.heads.encoder.write_head import EncoderWriteHead
from worker.training.redocred import GoldDocument
from worker.training.statements import Composer, Kind, RelationWordings, Wording, read_wordings
from worker.training.write_corpus import pack_relations, relation_kinds
from worker.types import MentionSpan, RelationSpec

ADDED = Path(__file__).parent / "data" / "added_relations.jsonl"
READING = Path(__file__).parent / "data" / "reading"
EXAMPLES = (0, 1, 3, 5)  # example sentences that a relation is given
WAYS = (*((count, True) for count in EXAMPLES), (1, False))  # and whether it says its types
OTHERS = 3  # wordings of each trained relation among which the added ones are looked for
TOGETHER = 4  # wordings in a text
THRESHOLD = 0.6  # the least chance that is worth a reviewer's time
RIDGE = 3.0


@dataclass(frozen=True)
class Text:
    """A text composed of ``wordings``, with its states and gold entities."""

    document: GoldDocument
    wordings: frozenset[str]
    window: Window
    states: Tensor
    placed: WindowEntities


@dataclass(frozen=True)
class Found:
    """The signs (S, SIGNS) of the pairs that may have a relation, whether each has it (S,), and
    the row of each pair turned round (S,), -1 where it may not have it."""

    signs: Tensor
    right: Tensor
    turned: Tensor


def spec_of(
    row: Mapping[str, Any], examples: Sequence[str] = (), typed: bool = True
) -> RelationSpec:
    """Return a relation as an owner adds it."""
    return RelationSpec(
        row["relation"],
        row["relation"],
        row["description"],
        template=row["template"],
        subject_types=tuple(row["subject_types"]) if typed else (),
        object_types=tuple(row["object_types"]) if typed else (),
        examples=tuple(examples),
    )


def texts(
    head: EncoderWriteHead, composer: Composer, wordings: Sequence[Wording], rng: random.Random
) -> list[Text]:
    """Return texts of a few wordings each, encoded."""
    order = rng.sample(list(wordings), len(wordings))
    made = []
    for at in range(0, len(order), TOGETHER):
        some = order[at : at + TOGETHER]
        document = composer.text(some, rng)
        (window, *_) = windows(document.text, document.sentences, size=512, stride=256)
        entities = [
            EntityMentions(tuple(MentionSpan(m.span, m.type) for m in one), one[0].type)
            for one in document.entities
        ]
        placed = entities_in_window(window, entities)
        named = frozenset(w.text for w in some)
        made.append(Text(document, named, window, head.states_of(window), placed))
    return made


def marked(document: GoldDocument, relation: str) -> str:
    """Return a text that states a relation once as an owner would write it in the form."""
    fact = next(t for t in document.triples if t.property == relation)
    ends = {"subject": fact.subject, "object": fact.object}
    spans = {side: document.entities[at][0].span for side, at in ends.items()}
    line = document.text
    for side in sorted(spans, key=lambda one: spans[one], reverse=True):
        span = spans[side]
        line = f"{line[: span.start]}[{side}: {span.of(line)}]{line[span.end :]}"
    return line


@torch.inference_mode()
def found(scorer: DescribedScorer, spec: RelationSpec, among: Sequence[Text]) -> Found:
    """Return the signs of a relation in texts."""
    signs = [torch.zeros(0, len(SIGNS))]
    right: list[bool] = []
    turned: list[int] = []
    for text in among:
        n = len(text.placed.owners)
        i, j = (~torch.eye(n, dtype=torch.bool)).nonzero().unbind(1)
        rows, made = scorer.signs(
            text.document.text, text.window, text.states, text.placed.entities, (i, j), spec
        )
        owners = text.placed.owners
        pairs = [(owners[int(i[row])], owners[int(j[row])]) for row in rows]
        facts = {(t.subject, t.object) for t in text.document.triples if t.property == spec.id}
        place = {pair: len(right) + at for at, pair in enumerate(pairs)}
        right += [pair in facts for pair in pairs]
        turned += [place.get((b, a), -1) for a, b in pairs]
        signs.append(made)
    return Found(torch.cat(signs), torch.tensor(right), torch.tensor(turned))


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
    return {
        "mean": mean.float(),
        "deviation": deviation.float(),
        "weight": weight[:-1].float(),
        "offset": weight[-1].float(),
    }


def figures(scores: Tensor, right: Tensor, turned: Tensor) -> dict[str, float | None]:
    """Return average precision, the best F1 with its precision, recall and score, and the share of
    right pairs that score higher than the same pair turned round; and what is proposed from
    THRESHOLD on."""
    order = scores.argsort(descending=True)
    hits = right[order].double().cumsum(0)
    precision, recall = hits / torch.arange(1, len(order) + 1), hits / max(int(right.sum()), 1)
    f1 = 2 * precision * recall / (precision + recall).clamp(min=1e-9)
    best = int(f1.argmax())
    proposed = scores >= THRESHOLD
    both = (right & (turned >= 0)).nonzero().squeeze(-1)
    both = both[~right[turned[both]]]
    return {
        "average_precision": float((precision * right[order]).sum() / max(int(right.sum()), 1)),
        "precision": float(precision[best]),
        "recall": float(recall[best]),
        "f1": float(f1[best]),
        "score": float(scores[order[best]]),
        # None where no pair is asked about both ways round.
        "direction": float((scores[both] > scores[turned[both]]).double().mean())
        if len(scores[both])
        else None,
        "proposed_precision": float(right[proposed].double().mean()) if proposed.any() else 0.0,
        "proposed_recall": float(proposed[right].double().mean()) if right.any() else 0.0,
        "right": int(right.sum()),
        "pairs": len(right),
    }


def episodes(
    scorer: DescribedScorer,
    rows: Sequence[Mapping[str, Any]],
    added: Sequence[RelationWordings],
    composer: Composer,
    among: Sequence[Text],
    seed: int,
) -> dict[tuple[str, int, bool], Found]:
    """Return what is found of each relation, by its name, its number of examples and whether it
    says its types. Texts with a wording of its example sentences are left out for all numbers."""
    rng, made = random.Random(seed), {}
    for row, relation in zip(rows, added, strict=True):
        stated = [w for w in relation.wordings if w.text in row["stated"] and "\n" not in w.text]
        drawn = rng.sample(stated, max(EXAMPLES))
        lines = [marked(composer.text([w], rng), relation.name) for w in drawn]
        shown = {w.text for w in drawn}
        others = [text for text in among if not text.wordings & shown]
        for count, typed in WAYS:
            spec = spec_of(row, lines[:count], typed)
            made[relation.name, count, typed] = found(scorer, spec, others)
    return made


def learned(
    made: Mapping[tuple[str, int, bool], Found],
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the regression of all relations, and figures of each by that of the other ones."""
    names = sorted({name for name, _, _ in made})
    scores = {key: one for name in names for key, one in _held_out(made, name).items()}
    result: dict[str, Any] = {}
    for count, typed in WAYS:
        keys = [(name, count, typed) for name in names]
        label = f"{count} examples, {'typed' if typed else 'untyped'}"
        result[label] = _together([scores[k] for k in keys], [made[k] for k in keys])
    result["by_relation"] = {
        name: figures(scores[name, 3, True], made[name, 3, True].right, made[name, 3, True].turned)
        for name in names
    }
    every = list(made.values())
    tensors = regression(
        torch.cat([one.signs for one in every]), torch.cat([one.right for one in every])
    )
    tensors["threshold"] = torch.tensor(THRESHOLD)
    return tensors, result


def _held_out(
    made: Mapping[tuple[str, int, bool], Found], held: str
) -> dict[tuple[str, int, bool], Tensor]:
    """Return the scores (S,) of a relation by a regression that was fitted on the other ones."""
    others = [one for (name, _, _), one in made.items() if name != held]
    fitted = regression(
        torch.cat([one.signs for one in others]), torch.cat([one.right for one in others])
    )
    return {
        key: (
            ((one.signs - fitted["mean"]) / fitted["deviation"]) @ fitted["weight"]
            + fitted["offset"]
        ).sigmoid()
        for key, one in made.items()
        if key[0] == held
    }


def _together(scores: Sequence[Tensor], made: Sequence[Found]) -> dict[str, float | None]:
    turned, at = [], 0
    for one in made:
        turned.append(torch.where(one.turned >= 0, one.turned + at, -1))
        at += len(one.turned)
    return figures(torch.cat(list(scores)), torch.cat([m.right for m in made]), torch.cat(turned))


def corpora(
    schema: Path, packs: Path, seed: int
) -> tuple[list[dict[str, Any]], list[RelationWordings], list[Wording], Composer]:
    """Return the added relations, their wordings, some wordings of the trained ones, and what
    composes texts of both."""
    rows = [json.loads(line) for line in ADDED.read_text(encoding="utf-8").splitlines()]
    added = read_wordings(ADDED)
    trained = [r for f in sorted(READING.glob("statements/*.jsonl")) for r in read_wordings(f)]
    listed = json.loads(schema.read_text(encoding="utf-8"))
    kinds = relation_kinds(listed, pack_relations(packs))
    for row in rows:
        name = row["relation"]
        kinds[name] = Kind(name, tuple(row["subject_types"]), tuple(row["object_types"]))
    names = json.loads((READING / "names.json").read_text(encoding="utf-8"))
    rng = random.Random(seed)
    drawn = [w for one in trained for w in rng.sample(one.wordings, min(OTHERS, len(one.wordings)))]
    return rows, added, drawn, Composer([*trained, *added], names, kinds)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command: learn, measure, and write the regression and its figures."""
    parser = argparse.ArgumentParser(description="Learn relations known by their words alone.")
    parser.add_argument("--weights", type=Path, required=True, help="folder of a write head")
    parser.add_argument(
        "--schema", type=Path, required=True, help="apps/memory/data/relations.json"
    )
    parser.add_argument("--packs", type=Path, required=True, help="apps/memory/data/packs.json")
    parser.add_argument("--out", type=Path, required=True, help="folder for regression and figures")
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    head = EncoderWriteHead(given.weights)
    rows, added, drawn, composer = corpora(given.schema, given.packs, given.seed)
    rng = random.Random(given.seed)
    among = texts(head, composer, [*(w for one in added for w in one.wordings), *drawn], rng)
    mean = torch.cat([text.states[1:-1] for text in among]).mean(0)
    scorer = DescribedScorer(head.states_of, {"piece_mean": mean})
    tensors, result = learned(episodes(scorer, rows, added, composer, among, given.seed))
    result["weights"] = {
        sign: round(weight, 4)
        for sign, weight in zip(SIGNS, tensors["weight"].tolist(), strict=True)
    }
    result["head"] = head.manifest["sha256"]
    given.out.mkdir(parents=True, exist_ok=True)
    kept = {k: v.clone().contiguous() for k, v in {**tensors, "piece_mean": mean}.items()}
    save_file(kept, given.out / FILE)
    text = json.dumps(result, indent=1, sort_keys=True) + "\n"
    (given.out / "described.json").write_text(text, encoding="utf-8")
    for label, row in result.items():
        if "typed" in label:
            print(label, json.dumps(row))


if __name__ == "__main__":
    main()
