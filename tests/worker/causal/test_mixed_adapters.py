"""The read and the write adapter on one base: together in a batch, alone, and merged into it."""

from __future__ import annotations

import copy

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model

from tests.worker.causal.architectures import as_base, tiny_model
from tests.worker.causal.test_decoding import LIMIT, NEVER, every_kind, ids, texts
from worker.heads.causal.decoding import Decoder
from worker.training.causal.model import TARGETS

# transformers warns of a name of its own that peft still asks for
pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")


def with_adapters(model) -> PeftModel:
    """The model under two adapters of random weights, both strong enough to be noticed."""
    config = LoraConfig(r=4, lora_alpha=8, target_modules=list(TARGETS))
    both = get_peft_model(model, config, adapter_name="read")
    both.add_adapter("write", config)
    torch.manual_seed(9)
    with torch.no_grad():
        for name, weights in both.named_parameters():
            if "lora_B" in name:
                weights.normal_(std=0.2)
    return both.eval()


def merged(model: PeftModel, adapter: str):
    """A copy of the base with an adapter in its weights."""
    own = copy.deepcopy(model)
    own.set_adapter(adapter)
    return own.merge_and_unload(adapter_names=[adapter])


@every_kind
def test_it_decodes_mixed_batches_as_each_adapter_alone(kind, tied):
    base = tiny_model(kind, tied=tied)
    prompts, adapters = texts(5, 9, 7), ["read", "write", "read"]
    without = ids(Decoder(as_base(base)).generate(prompts, stop=NEVER, limit=LIMIT))
    both = with_adapters(base)
    decoder = Decoder(as_base(base), both)
    got = ids(decoder.generate(prompts, stop=NEVER, limit=LIMIT, adapters=adapters))
    given = torch.tensor(texts(12) * 2)
    with torch.no_grad():
        mixed = both(given, adapter_names=["read", "write"]).logits
    for adapter, logits in zip(("read", "write"), mixed, strict=True):
        both.set_adapter(adapter)
        copied = Decoder(as_base(base), merged(both, adapter))
        alone = ids(decoder.generate(prompts, stop=NEVER, limit=LIMIT))
        assert ids(copied.generate(prompts, stop=NEVER, limit=LIMIT)) == alone
        for row in range(len(prompts)):
            assert (got[row] == alone[row]) == (adapters[row] == adapter)
            assert alone[row] != without[row]
        with torch.no_grad():
            assert torch.allclose(logits, both(given[:1]).logits[0], atol=1e-4)
            assert torch.allclose(logits, copied.model(given[:1]).logits[0], atol=1e-4)


def test_it_branches_with_mixed_adapters():
    base = tiny_model()
    both = with_adapters(base)
    decoder = Decoder(as_base(base), both)
    (text,) = texts(12)
    both.set_adapter("write")  # with which the text is computed
    prefix = decoder.prefix(text)
    how = {"stop": NEVER, "limit": LIMIT}
    alone = decoder.branches(prefix, [4, 12], [[1], [1]], **how)
    session = decoder.session(text, adapter="read")
    read = [session.step() for _ in range(LIMIT)]
    both.set_adapter("read")
    assert read == ids(decoder.generate([text], **how))[0]
    mixed = decoder.branches(prefix, [4, 12], [[1], [1]], **how, adapters=["write", "read"])
    assert mixed[0].ids == alone[0].ids
    assert mixed[1].ids != alone[1].ids


def test_it_says_so_where_an_adapter_is_not_there():
    base = tiny_model()
    decoder = Decoder(as_base(base), with_adapters(base))
    with pytest.raises(ValueError, match="nobody"):
        decoder.generate([[1, 2]], stop=NEVER, limit=1, adapters=["nobody"])
