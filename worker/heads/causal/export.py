"""Write a base with the protocol's tokens, and both adapters, as a server takes them.

``python -m worker.heads.causal.export --base NAME --adapters DIR... --out DIR`` writes ``DIR/base``
(weights, configuration and tokenizer with the added tokens), ``DIR/read`` and ``DIR/write``
(plain PEFT adapters), and prints the command that serves them by vLLM.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from worker.heads.causal import base as bases
from worker.heads.causal.tokens import RowsOfAnotherBase, load_rows
from worker.heads.quiet import quiet

HEADS = ("read", "write")
ROWS = "tokens.safetensors"
CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class UnservableAdapter(ValueError):
    """An adapter is not there, or holds what a server of language models does not take."""


class ExportThere(FileExistsError):
    """The folder to export to is there already, with something in it."""


@dataclass(frozen=True)
class Exported:
    """What was written: the folders of base and adapters, and the largest rank of these."""

    base: Path
    adapters: dict[str, Path]
    rank: int

    def command(self, name: str) -> str:
        """Return the command that serves it under a name."""
        modules = [f"{head}={folder}" for head, folder in self.adapters.items()]
        words = ["vllm", "serve", str(self.base), "--served-model-name", name, "--enable-lora",
                 "--max-lora-rank", str(self.rank), "--lora-modules", *modules]  # fmt: skip
        return shlex.join(words)


def export(base_name: str, adapters: Sequence[Path], out: Path, dtype: str = "") -> Exported:
    """Write base and adapters below ``out``, whole or not at all.

    ``adapters`` are folders of which each holds the rows, and one the adapter of each head.
    ``dtype`` is that of the written weights; by default it is that of the base. Raises
    BaseMissing, UnfitBase, UnservableAdapter, RowsOfAnotherBase and ExportThere.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ExportThere(f"{out} is there already; name a folder that is not.")
    found = {head: _folder(adapters, head) for head in HEADS}
    ranks = [_rank(folder) for folder in found.values()]
    rows = _rows(adapters)
    base = bases.load(base_name, _placement(base_name, dtype))
    _check_rows(rows, base)
    load_rows(base.model, base.ids, rows)
    draft = out.with_name(f"{out.name}.{os.getpid()}.draft")
    try:
        with quiet(Warning):
            base.model.save_pretrained(draft / "base")
            base.tokenizer.save_pretrained(draft / "base")
        for head, folder in found.items():
            _copy(folder, draft / head, base_name)
        if out.exists():
            out.rmdir()
        draft.rename(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Exported(out / "base", {head: out / head for head in HEADS}, max(ranks))


def _folder(adapters: Sequence[Path], head: str) -> Path:
    """Return the one folder of a head's adapter; where none is there, that in which it is
    missed."""
    there = [one / head for one in adapters if (one / head).is_dir()]
    if len(there) > 1:
        raise UnservableAdapter(f"There are two adapters named {head}: {there[0]} and {there[1]}")
    return there[0] if there else adapters[0] / head


def _rows(adapters: Sequence[Path]) -> Path:
    """Return the file of the protocol's rows, which both adapters were trained with."""
    paths = [one / ROWS for one in adapters]
    for path in paths:
        if not path.is_file():
            raise UnservableAdapter(f"There are no rows of the protocol's tokens: {path}")
    if len({path.read_bytes() for path in paths}) > 1:
        raise UnservableAdapter("The adapters were trained with different rows of the tokens.")
    return paths[0]


def _placement(base_name: str, dtype: str) -> bases.Placement:
    from transformers import AutoConfig

    stored = AutoConfig.from_pretrained(bases.folder_of(base_name)).dtype
    own = stored if isinstance(stored, torch.dtype) else torch.float32
    return bases.Placement("cpu", DTYPES[dtype] if dtype else own, "an export only writes")


def _check_rows(path: Path, base: bases.Base) -> None:
    """Refuse rows that were trained with another base."""
    with safe_open(path, "pt") as file:
        of = (file.metadata() or {}).get("base", "")
    if of and of != base.hash:
        raise RowsOfAnotherBase(f"{path} holds rows for another base than {base.name!r}.")


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UnservableAdapter(f"There is no adapter in {folder}") from None
    if not (folder / WEIGHTS).is_file() or not isinstance(config, dict):
        raise UnservableAdapter(f"There is no adapter in {folder}")
    return config


def _rank(folder: Path) -> int:
    """Return the largest rank of an adapter. Raises UnservableAdapter where it is not plain LoRA:
    servers take neither rows of tokens nor whole modules."""
    config = _config(folder)
    for setting in ("modules_to_save", "trainable_token_indices", "use_dora", "layer_replication"):
        if config.get(setting):
            raise UnservableAdapter(f"The adapter in {folder} is not plain LoRA: {setting}")
    with safe_open(folder / WEIGHTS, "pt") as file:
        names = list(file.keys())
    if odd := [name for name in names if ".lora_A." not in name and ".lora_B." not in name]:
        raise UnservableAdapter(f"The adapter in {folder} is not plain LoRA: it holds {odd[0]}")
    return max([int(config.get("r", 0)), *config.get("rank_pattern", {}).values()])


def _copy(folder: Path, to: Path, base_name: str) -> None:
    to.mkdir(parents=True)
    config = {**_config(folder), "base_model_name_or_path": base_name, "inference_mode": True}
    (to / CONFIG).write_text(json.dumps(config, indent=2, sort_keys=True), encoding="utf-8")
    shutil.copyfile(folder / WEIGHTS, to / WEIGHTS)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Write a base and its adapters for a server.")
    parser.add_argument("--base", required=True, help="a name on a hub, a folder, or smollm2")
    parser.add_argument(
        "--adapters", type=Path, nargs="+", required=True,
        help="folders with the tokens' rows, of which one holds read and one write",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, help="a new folder")
    parser.add_argument("--dtype", choices=sorted(DTYPES), default="", help="else the base's own")
    given = parser.parse_args(arguments)
    try:
        made = export(given.base, given.adapters, given.out, given.dtype)
    except (bases.BaseMissing, bases.UnfitBase, RowsOfAnotherBase) as error:
        parser.error(str(error))
    except (UnservableAdapter, ExportThere) as error:
        parser.error(str(error))
    print(made.command(given.base))  # noqa: T201


if __name__ == "__main__":
    main()
