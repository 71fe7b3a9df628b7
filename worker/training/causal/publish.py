"""From checkpoints to the adapters that are shipped, in PEFT's own format.

    python -m worker.training.causal.publish --tokens CHECKPOINT --read CHECKPOINT \
        --write CHECKPOINT --explicit CHECKPOINT --out worker/weights/causal/smollm2

The files are those that ``worker.heads.causal.adapters`` loads and that a server takes as they
are. Weights are in bfloat16, the protocol's rows in float32. A manifest is written last, so a
folder that has one is whole.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from worker.heads.causal import base as bases
from worker.heads.causal.adapters import CONFIG, HEADS, MANIFEST, ROWS, WEIGHTS, file_hash
from worker.heads.causal.installed import EXPLICIT, SMOLLM2
from worker.heads.causal.tokens import write_rows
from worker.training.write_publish import git_commit, write_json

TRAINED = (*HEADS, EXPLICIT)
LARGEST = 30_000_000  # bytes, all adapters of a base together
READABLE = 0o644  # safetensors keeps what it writes to its owner
NOT_SETTINGS = ("data", "counts", "git_commit")  # of what a run's file holds
_TRAINED, _OWN = ".default.weight", ".weight"


class UnfitCheckpoint(ValueError):
    """A checkpoint does not hold what is to be published from it."""


class TooLarge(ValueError):
    """The adapters would take more room than a checkout should bring."""


def read_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a checkpoint and the settings of its run. Raises UnfitCheckpoint."""
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=False)
        settings: dict[str, Any] = json.loads(
            path.with_name("run.json").read_text(encoding="utf-8")
        )
        state["weights"]
    except (OSError, RuntimeError, ValueError, KeyError, EOFError) as error:
        raise UnfitCheckpoint(f"The checkpoint {path} cannot be read: {error}") from error
    except Exception as error:  # pickle's own errors have no common base
        raise UnfitCheckpoint(f"The checkpoint {path} is no checkpoint: {error}") from error
    return state, settings


def adapter_tensors(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return an adapter's weights by PEFT's names, in bfloat16. Raises UnfitCheckpoint."""
    found = {
        name.removeprefix("peft.").replace(_TRAINED, _OWN): tensor.detach()
        .to(torch.bfloat16)
        .contiguous()
        .cpu()
        for name, tensor in weights.items()
        if ".lora_" in name
    }
    if not found:
        raise UnfitCheckpoint("The checkpoint holds no adapter.")
    return found


def published_tensors(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the weights of a published adapter by the names that a checkpoint has for them, and
    its PEFT configuration. Raises UnfitCheckpoint."""
    try:
        tensors = load_file(folder / WEIGHTS)
        config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, SafetensorError) as error:
        raise UnfitCheckpoint(f"The adapter {folder} cannot be read: {error}") from error
    named = {f"peft.{name.removesuffix(_OWN)}{_TRAINED}": one for name, one in tensors.items()}
    return named, config


def row_tables(weights: Mapping[str, Tensor]) -> list[Tensor]:
    """Return the protocol's rows of a checkpoint: of the input, and of the output where the base
    has another table for it. Raises UnfitCheckpoint."""
    tables = [weights[name] for name in ("input_rows", "output_rows") if name in weights]
    if not tables:
        raise UnfitCheckpoint(
            "The checkpoint holds no rows: it is not of a run with --head tokens."
        )
    return tables


def write_adapter(
    folder: Path,
    head: str,
    weights: Mapping[str, Tensor],
    *,
    base: bases.Identity,
    settings: Mapping[str, Any],
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Write the adapter of a head beside the rows that stand in ``folder``; return its manifest.

    ``settings`` are the numbers of the run, ``facts`` what else the manifest is to hold.
    """
    tensors = adapter_tensors(weights)
    out = folder / head
    out.mkdir(parents=True, exist_ok=True)
    (out / MANIFEST).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        draft = Path(name)
        save_file(tensors, draft / WEIGHTS, {"format": "pt"})
        write_json(draft / CONFIG, _config(tensors, base.name, settings))
        for file in (WEIGHTS, CONFIG):
            (draft / file).chmod(READABLE)
            (draft / file).replace(out / file)
    manifest = {
        "format": 1,
        "head": head,
        "base": asdict(base),
        "files": {
            WEIGHTS: file_hash(out / WEIGHTS),
            CONFIG: file_hash(out / CONFIG),
            ROWS: file_hash(folder / ROWS),
        },
        "settings": {k: v for k, v in settings.items() if k not in NOT_SETTINGS},
        "git_commit": settings.get("git_commit") or git_commit(),
        **facts,
    }
    write_json(out / MANIFEST, manifest)
    return manifest


def _config(
    tensors: Mapping[str, Tensor], base: str, settings: Mapping[str, Any]
) -> dict[str, Any]:
    from peft import LoraConfig

    parts = [name.split(".lora_")[0].split(".") for name in tensors]
    layers = sorted({int(one[one.index("layers") + 1]) for one in parts})
    ranks = {tensor.shape[0] for name, tensor in tensors.items() if ".lora_A." in name}
    if ranks != {settings["rank"]}:
        raise UnfitCheckpoint(f"The adapter has rank {ranks}, its run {settings['rank']}.")
    with tempfile.TemporaryDirectory() as folder:
        LoraConfig(
            r=settings["rank"],
            lora_alpha=settings["alpha"],
            lora_dropout=settings.get("dropout", 0.0),
            target_modules=sorted({one[-1] for one in parts}),
            layers_to_transform=layers if layers[0] else None,
            task_type="CAUSAL_LM",
            base_model_name_or_path=base,
            inference_mode=True,
        ).save_pretrained(folder)
        made: dict[str, Any] = json.loads((Path(folder) / CONFIG).read_text(encoding="utf-8"))
    made["target_modules"] = sorted(made["target_modules"])
    return made


def training_facts(state: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a checkpoint tells of its run: how far it came, and at what loss."""
    recent = state["losses"][-100:]
    return {
        "trained": {
            "steps": state["step"],
            "tokens": state["seen"],
            "processor_minutes": round(state["elapsed"] / 60, 1),
            "last_loss": round(sum(recent) / max(len(recent), 1), 4),
        },
        "data": settings.get("data", []),
        "counts": settings.get("counts", {}),
        "metrics": {},
    }


def publish(
    checkpoints: Mapping[str, Path],
    tokens: Path,
    out: Path,
    *,
    base_name: str = SMOLLM2,
    metrics: Mapping[str, Any] | None = None,
    files: Sequence[Mapping[str, str]] = (),
) -> dict[str, dict[str, Any]]:
    """Write adapters and rows into ``out``; return the manifests by head.

    ``metrics`` go into the manifests, by head; ``files`` are what runs learnt from that do not
    say so themselves. Raises UnfitCheckpoint and TooLarge.
    """
    base = bases.identity(base_name)
    out.mkdir(parents=True, exist_ok=True)
    write_rows(row_tables(read_checkpoint(tokens)[0]["weights"]), out / ROWS, base.hash)
    made = {}
    for head, path in checkpoints.items():
        state, settings = read_checkpoint(path)
        facts = training_facts(state, settings) | {"metrics": (metrics or {}).get(head, {})}
        facts["data"] = facts["data"] or list(files)
        made[head] = write_adapter(
            out, head, state["weights"], base=base, settings=settings, facts=facts
        )
    size = sum(path.stat().st_size for path in out.rglob("*.safetensors"))
    if size > LARGEST:
        raise TooLarge(f"The files in {out} take {size} bytes, more than {LARGEST}.")
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Make the adapters that are shipped.")
    parser.add_argument("--base", default=SMOLLM2)
    parser.add_argument("--tokens", type=Path, required=True, help="checkpoint with the rows")
    for head in TRAINED:
        parser.add_argument(f"--{head}", type=Path, help=f"checkpoint of the {head} head")
    parser.add_argument("--metrics", type=Path, help="figures by head, as JSON")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--files", type=Path, nargs="*", default=[],
        help="what runs learnt from that do not say so themselves",
    )  # fmt: skip
    given = parser.parse_args(arguments)
    checkpoints = {head: path for head in TRAINED if (path := getattr(given, head))}
    if not checkpoints:
        parser.error("name a checkpoint with --read, --write or --explicit")
    try:
        metrics = json.loads(given.metrics.read_text(encoding="utf-8")) if given.metrics else None
        made = publish(
            checkpoints, given.tokens, given.out, base_name=given.base, metrics=metrics,
            files=[{"file": path.name, "sha256": file_hash(path)} for path in given.files],
        )  # fmt: skip
    except (UnfitCheckpoint, TooLarge, bases.BaseMissing, OSError, ValueError) as error:
        sys.exit(str(error))
    for head, manifest in made.items():
        print(f"{head}: {given.out / head}, trained on {manifest['trained']['tokens']} tokens")


if __name__ == "__main__":
    main()
