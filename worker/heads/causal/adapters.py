"""The trained adapters of a base: one that writes, one that reads, and the protocol's rows.

::

    weights/causal/smollm2/
        tokens.safetensors       rows of the protocol's tokens, the same for both adapters
        read/, write/            PEFT's own format (adapter_config.json, adapter_model.safetensors),
                                 so that servers take them as they are
            manifest.json        base and its hash, hashes of the files, settings, data, figures

An adapter computes beside the base (``both``, for batches in which each row has its own adapter)
or merged into a copy of it (``load_head``). On a CPU the merged copy is what decodes at the speed
of the base. A copy shares with the base all that the adapter does not change.

>>> head = load_head("smollm2", "write")
>>> head.model(...), head.base.tokenizer, head.manifest["settings"], head.version
"""

from __future__ import annotations

import copy
import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from worker.heads.causal import base as bases
from worker.heads.causal.base import Base
from worker.heads.causal.calibration import hash_of
from worker.heads.causal.tokens import RowsOfAnotherBase, embedding_tables, load_rows
from worker.heads.quiet import quiet

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

SHIPPED = Path(__file__).resolve().parents[2] / "weights" / "causal"
ROWS = "tokens.safetensors"
WEIGHTS, CONFIG, MANIFEST = "adapter_model.safetensors", "adapter_config.json", "manifest.json"
HEADS = ("read", "write")
_PREFIX = "base_model.model."


class AdapterMissing(RuntimeError):
    """There is no trained adapter for a base."""


class AdapterOfAnotherBase(ValueError):
    """An adapter was trained on another base than the one that it is to stand on."""


class DamagedAdapter(ValueError):
    """The files of an adapter are not those that its manifest names."""


@dataclass(frozen=True)
class LoadedHead:
    """A head's base (with the protocol's trained rows), the copy of its model into which the
    adapter is merged, and the adapter's manifest. ``version`` stands for the adapter's files."""

    base: Base
    model: PreTrainedModel
    manifest: Mapping[str, Any]
    version: str

    @property
    def hashes(self) -> dict[str, str]:
        """The SHA-256 of the base, of each file of the adapter and of its calibration."""
        files = self.manifest.get("files", {})
        return {"base": self.base.hash, **files, **hash_of(self.manifest)}


_loading = threading.RLock()
_with_rows: WeakValueDictionary[tuple[str, str], Base] = WeakValueDictionary()


def folder_of(base_name: str, folder: Path | None = None) -> Path:
    """Return the folder of a base's adapters, by default that of the shipped ones.

    Raises AdapterMissing.
    """
    folder = folder or SHIPPED / base_name
    if not (folder / ROWS).is_file():
        raise AdapterMissing(
            f"There are no adapters for the base {base_name!r}: no {ROWS} in {folder}. "
            "Train them with python -m worker.training.causal."
        )
    return folder


def load_head(base_name: str, head: str, folder: Path | None = None) -> LoadedHead:
    """Load the adapter of a head, merged into a copy of the base.

    Raises AdapterMissing, AdapterOfAnotherBase, DamagedAdapter, and what loading the base raises.
    """
    folder = folder_of(base_name, folder)
    manifest = read_manifest(folder, head)
    with _loading:
        base = base_with_rows(base_name, folder)
        check(base, manifest, folder / head)
        model = merged(base.model, folder / head)
    return LoadedHead(base, model, manifest, version_of(manifest))


def both(base_name: str, folder: Path | None = None) -> PeftModel:
    """Return a base with the adapters ``read`` and ``write``, not merged: a call with
    ``adapter_names`` computes each row of a batch with its own (``__base__`` is none).

    Raises what ``load_head`` raises.
    """
    from peft import PeftModel

    folder = folder_of(base_name, folder)
    manifests = {head: read_manifest(folder, head) for head in HEADS}
    with _loading, quiet(Warning):
        base = base_with_rows(base_name, folder)
        for head, manifest in manifests.items():
            check(base, manifest, folder / head)
        model: Any = PeftModel.from_pretrained(
            sharing(base.model), str(folder / HEADS[0]), adapter_name=HEADS[0]
        )
        for head in HEADS[1:]:
            model.load_adapter(str(folder / head), adapter_name=head)
    return model.eval()


def read_manifest(folder: Path, head: str) -> dict[str, Any]:
    """Return the manifest of a head's adapter. Raises AdapterMissing and DamagedAdapter."""
    path = folder / head / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AdapterMissing(
            f"There is no adapter for the {head} head: {path} is missing."
        ) from None
    except ValueError as error:
        raise DamagedAdapter(f"{path} cannot be read: {error}") from error
    if not {"base", "files"} <= manifest.keys():
        raise DamagedAdapter(f"{path} does not name a base and files")
    return manifest


def version_of(manifest: Mapping[str, Any]) -> str:
    """Return twelve characters that stand for the files of an adapter, its rows and its
    calibration."""
    parts = manifest["files"] | hash_of(manifest)
    text = "\n".join(f"{name} {digest}" for name, digest in sorted(parts.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def check(base: Base, manifest: Mapping[str, Any], folder: Path) -> None:
    """Raise AdapterOfAnotherBase or DamagedAdapter unless the adapter in ``folder`` is whole and
    was trained on this base."""
    wanted = manifest["base"]
    if wanted.get("vocabulary", len(base.tokenizer)) != len(base.tokenizer):
        raise AdapterOfAnotherBase(
            f"The adapter in {folder} was trained on a vocabulary of {wanted['vocabulary']} "
            f"tokens; the base {base.name!r} has {len(base.tokenizer)}."
        )
    if wanted["hash"] != base.hash:
        raise AdapterOfAnotherBase(
            f"The adapter in {folder} was trained on the base {wanted['name']!r} "
            f"({wanted['hash'][:12]}), not on {base.name!r} ({base.hash[:12]})."
        )
    for name, digest in manifest["files"].items():
        path = folder.parent / name if name == ROWS else folder / name
        if not path.is_file() or file_hash(path) != digest:
            raise DamagedAdapter(f"{path} is not the file that {folder / MANIFEST} names")


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def base_with_rows(base_name: str, folder: Path) -> Base:
    """Return the process's base with the trained rows of a folder.

    The first folder's rows stand in the base itself. Those of another folder stand in tables of
    their own, beside which everything is shared. Nothing of it stays when all heads on it are let
    go.
    """
    with _loading:
        digest = file_hash(folder / ROWS)
        found = _with_rows.get((base_name, digest))
        if found is None:
            base = bases.shared(base_name)
            if any(one is base for one in _with_rows.values()):
                base = replace(base, model=_with_own_tables(base.model), shares=base)
            try:
                load_rows(base.model, base.ids, folder / ROWS)
            except RowsOfAnotherBase as error:
                raise AdapterOfAnotherBase(str(error)) from error
            except SafetensorError as error:
                raise DamagedAdapter(f"{folder / ROWS} cannot be read: {error}") from error
            found = _with_rows[base_name, digest] = base
    return found


def sharing(model: Any) -> Any:
    """Return a model of the same modules, each anew, whose weights are those of the given one."""
    shared = [*model.parameters(), *model.buffers()]
    return copy.deepcopy(model, {id(tensor): tensor for tensor in shared})


def _with_own_tables(model: Any) -> Any:
    own = sharing(model)
    tied = len(embedding_tables(model)) == 1
    table = nn.Parameter(embedding_tables(model)[0].detach().clone(), requires_grad=False)
    own.get_input_embeddings().weight = table
    output = own.get_output_embeddings()
    rows = table if tied else nn.Parameter(output.weight.detach().clone(), requires_grad=False)
    output.weight = rows
    return own


def merged(model: Any, folder: Path) -> Any:
    """Return a copy of a model with the adapter in ``folder`` added to its weights
    (W + B A alpha / rank); what the adapter leaves alone is shared.

    Raises DamagedAdapter where a weight of the adapter has no place in the model.
    """
    config, weights = read_adapter(folder)
    scale = config["lora_alpha"] / config["r"]
    made = sharing(model)
    for name in sorted({key.rpartition(".lora_")[0] for key in weights}):
        down, up = weights[f"{name}.lora_A.weight"], weights[f"{name}.lora_B.weight"]
        try:
            linear = made.get_submodule(name.removeprefix(_PREFIX))
        except AttributeError:
            raise DamagedAdapter(f"{folder / WEIGHTS} adapts {name}, which is not there") from None
        old = linear.weight
        if old.shape != (up.shape[0], down.shape[1]):
            raise DamagedAdapter(f"{folder / WEIGHTS} does not fit {name}")
        change = (up.to(old.device).float() @ down.to(old.device).float()) * scale
        linear.weight = nn.Parameter((old.float() + change).to(old.dtype), requires_grad=False)
    return made.eval()


def read_adapter(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return the configuration and the weights of an adapter. Raises DamagedAdapter."""
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        weights = load_file(folder / WEIGHTS)
    except (OSError, ValueError, SafetensorError) as error:
        raise DamagedAdapter(f"The adapter in {folder} cannot be read: {error}") from error
    names = {key.rpartition(".lora_")[0] for key in weights}
    pairs = {f"{name}.lora_{side}.weight" for name in names for side in "AB"}
    if config.get("peft_type") != "LORA" or pairs != weights.keys():
        raise DamagedAdapter(f"The adapter in {folder} is not plain LoRA")
    return config, weights


def forget() -> None:
    """Let go of all bases of this process."""
    with _loading:
        _with_rows.clear()
        bases.forget()
