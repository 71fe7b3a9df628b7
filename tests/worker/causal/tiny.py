"""Tiny random bases of the architectures that the causal heads run on, made in a moment."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from worker.heads.causal import base as bases
from worker.heads.causal.tokens import add_tokens
from worker.heads.quiet import quiet

ARCHITECTURES = {
    "llama": (LlamaConfig, LlamaForCausalLM),
    "mistral": (MistralConfig, MistralForCausalLM),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM),
}
TEXTS = (
    "Ada Lovelace was born in London in 1815. She wrote the first programme for the engine.",
    "Question: Where was Ada Lovelace born?\nAnswer: London; Paris",
    "Charles Babbage, who designed the engine, was born in London and died in Marylebone.",
    "place of birth; date of birth; employer; spouse; author (of a work); {part} of",
)
END_OF_TEXT = "<|endoftext|>"


@cache
def _trained(pieces: bool) -> str:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = [*TEXTS * 4, *(["a >> b}) c>>d})"] * 30 if pieces else [])]
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer.to_str()


def tokenizer(*, pieces: bool = True) -> PreTrainedTokenizerFast:
    """Return a byte-level tokenizer; with ``pieces``, its vocabulary has ``>>`` and ``})``."""
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(_trained(pieces)),
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
    )


def model(architecture: str = "llama", *, tied: bool = True, vocabulary: int = 420, seed: int = 0):
    """Return a random model of two layers."""
    config_class, model_class = ARCHITECTURES[architecture]
    torch.manual_seed(seed)
    config = config_class(
        vocab_size=vocabulary,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=1024,
        tie_word_embeddings=tied,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
    )
    return model_class(config).eval()


def base(architecture: str = "llama", *, tied: bool = True, pieces: bool = True) -> bases.Base:
    """Return a tiny base with the protocol's tokens."""
    made, words = model(architecture, tied=tied), tokenizer(pieces=pieces)
    made.requires_grad_(False)
    ids = add_tokens(words, made)
    where = bases.Placement("cpu", torch.float32, "a test")
    return bases.Base(architecture, words, made, ids, f"{architecture} {tied}", where)


def save(folder: Path, architecture: str = "llama", *, tied: bool = True, seed: int = 0) -> Path:
    """Write a tiny base to a folder, as a hub has it."""
    with quiet(Warning):
        model(architecture, tied=tied, seed=seed).save_pretrained(folder)
        tokenizer().save_pretrained(folder)
    return folder
