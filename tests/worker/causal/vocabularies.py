"""Small tokenizers of the kinds that causal language models come with."""

from __future__ import annotations

import json
from functools import cache, partial

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from worker.heads.causal.tokens import PROTOCOL_TOKENS, protocol_ids
from worker.heads.causal.vocabulary import Vocabulary

TEXTS = [
    "Ada Brook was born in Oakham in 1970 and works for Brook & Sons, the firm of her father.",
    "Oakham Rovers; (founded 1899) play in Oakham. Their coach is Ben Marsh, who lives in Ely.",
    "works for born in capital of member of Ada's sister Zoë (née Brook) moved to Köln in 2004.",
    "東京は日本の首都です。 Москва — столица России. 서울은 대한민국의 수도이다.",
]


@cache
def byte_level(size: int = 500) -> PreTrainedTokenizerFast:
    """Return a tokenizer as GPT-2's, SmolLM2's, Llama 3's and Qwen's are."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(TEXTS, trainer)
    return with_protocol(made)


@cache
def byte_fallback(
    size: int = 400, *, prepend: bool = False, fallback: bool = True
) -> PreTrainedTokenizerFast:
    """Return a tokenizer as those of Mistral and Llama 2 are; with ``prepend`` as the older ones,
    which put a blank before everything; without ``fallback`` it cannot spell what it has not
    seen."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    trained.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=size, show_progress=False))
    model = json.loads(trained.to_str())["model"]
    spelt = [f"<0x{byte:02X}>" for byte in range(256)] if fallback else []
    pieces = ["<unk>", "<s>", "</s>", *spelt, *model["vocab"]]
    made = Tokenizer(
        models.BPE(
            {piece: number for number, piece in enumerate(pieces)},
            [tuple(pair) for pair in model["merges"]],
            unk_token="<unk>",
            byte_fallback=fallback,
        )
    )
    if prepend:
        made.normalizer = normalizers.Sequence(
            [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
        )
    else:
        made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    made.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    return with_protocol(made)


def with_protocol(made: Tokenizer) -> PreTrainedTokenizerFast:
    """Return a tokenizer that knows the protocol's tokens."""
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, bos_token="<s>", eos_token="</s>")
    tokenizer.add_special_tokens(
        {"extra_special_tokens": list(PROTOCOL_TOKENS)}, replace_extra_special_tokens=False
    )
    return tokenizer


KINDS = {
    "byte_level": byte_level,
    "byte_fallback": byte_fallback,
    "prepend": partial(byte_fallback, prepend=True),
}


@cache
def vocabulary(kind: str) -> Vocabulary:
    """Return the vocabulary of one of ``KINDS``, or "no_fallback"."""
    tokenizer = KINDS[kind]() if kind in KINDS else byte_fallback(fallback=False)
    return Vocabulary(tokenizer, protocol_ids(tokenizer))


def decoded(vocabulary: Vocabulary, ids: list[int]) -> str:
    """Return the text of tokens as a server would give it."""
    return vocabulary.tokenizer.decode(ids, clean_up_tokenization_spaces=False)
