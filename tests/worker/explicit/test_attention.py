"""Memories are attended to exactly as one pass over everything with a block mask would."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from transformers import AttentionInterface, DynamicCache, GPT2Config, GPT2LMHeadModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from tests.worker.causal.architectures import KINDS, VOCABULARY, tiny_model
from worker.explicit.attention import Bank, UnfitModel, check, use
from worker.explicit.encode import Memory, Scheme, bank_of, encode
from worker.heads.causal.decoding import Decoder

REFERENCES, LENGTH, CONTEXT = 3, 7, 9
BEGIN = 1
WHOLE = [kind for kind in KINDS if "sliding" not in kind]


def made(kind: str = "llama"):
    model = tiny_model(kind, max_position_embeddings=512)
    use(model)
    return model


def random_ids(*shape: int, seed: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(2, VOCABULARY, shape, generator=generator)


def distance(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).norm() / other.norm())


def in_one_pass(model, references, context, layers):
    """Return logits and the loss of a pass over references and context with a block mask, in which
    references see themselves alone and the context sees them in ``layers``."""
    count, length = references.shape
    memories, total = count * length, count * length + context.shape[1]
    block = torch.zeros(total, total, dtype=torch.bool)
    for at in range(0, memories, length):
        block[at : at + length, at : at + length] = torch.ones(length, length).tril().bool()
    block[memories:, :memories] = True
    block[memories:, memories:] = torch.ones(context.shape[1], context.shape[1]).tril().bool()
    for at in range(0, memories, length):
        block[memories:, at] = False  # the reference's own beginning is not kept
    cut = block.clone()
    cut[memories:, :memories] = False

    def attend(module, query, key, value, mask, **more):
        more = {name: more[name] for name in ("dropout", "scaling")}
        seen = block if module.layer_idx in layers else cut
        return sdpa_attention_forward(
            module, query, key, value, seen[None, None], is_causal=False, **more
        )

    AttentionInterface.register("test_block", attend)
    AttentionMaskInterface.register("test_block", sdpa_mask)
    model.set_attn_implementation("test_block")
    places = torch.cat((torch.arange(length).repeat(count), 128 + torch.arange(context.shape[1])))
    ids = torch.cat((references.flatten()[None], context), 1)
    logits = model(input_ids=ids, position_ids=places[None]).logits[:, memories:]
    use(model)
    return logits


def positions(rows: int, width: int, begins: int = 128) -> torch.Tensor:
    return (begins + torch.arange(width)).expand(rows, -1)


def dense(model, references, share: float = 1.0) -> list[Memory]:
    rows = [row.tolist() for row in references]
    return encode(model, rows, Scheme(kept=None, share=share), begin=BEGIN)


def with_beginnings(references: torch.Tensor) -> torch.Tensor:
    return torch.cat((torch.full((len(references), 1), BEGIN), references), 1)


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_it_is_exact(kind, share):
    model = made(kind)
    references, context = random_ids(REFERENCES, LENGTH - 1), random_ids(1, CONTEXT, seed=4)
    memories = dense(model, references, share)
    bank = bank_of([memories])
    with torch.no_grad():
        expected = in_one_pass(model, with_beginnings(references), context, memories[0].layers)
        got = model(input_ids=context, position_ids=positions(1, CONTEXT), explicit=bank).logits
        cache, steps = DynamicCache(config=model.config), []
        for at in range(CONTEXT):
            steps.append(
                model(
                    input_ids=context[:, at : at + 1], past_key_values=cache, explicit=bank,
                    position_ids=torch.tensor([[128 + at]]),
                ).logits
            )  # fmt: skip
        without = model(input_ids=context, position_ids=positions(1, CONTEXT)).logits
    assert distance(got, expected) < 1e-5
    assert distance(torch.cat(steps, 1), expected) < 1e-5
    assert distance(without, expected) > 1e-3  # memories do something


@pytest.mark.parametrize("kind", ["llama", "qwen3"])
def test_gradients_are_exact(kind):
    model = made(kind)
    references, context = random_ids(REFERENCES, LENGTH - 1), random_ids(1, CONTEXT, seed=4)
    memories = dense(model, references)
    weight = model.model.layers[1].self_attn.q_proj.weight

    def gradient(logits):
        model.zero_grad()
        logits[:, :-1].log_softmax(-1).gather(-1, context[:, 1:, None]).sum().backward()
        return weight.grad.clone()

    got = gradient(
        model(
            input_ids=context, position_ids=positions(1, CONTEXT), explicit=bank_of([memories])
        ).logits
    )
    for name, parameter in model.named_parameters():  # the bank has no gradient: the last queries
        parameter.requires_grad_("layers.1.self_attn.q_proj" in name)
    expected = gradient(in_one_pass(model, with_beginnings(references), context, (0, 1)))
    assert distance(got, expected) < 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_a_batch_have_memories_of_their_own(kind):
    model = made(kind)
    references, context = random_ids(REFERENCES, LENGTH), random_ids(3, CONTEXT, seed=4)
    memories = dense(model, references)
    own = [memories, memories[1:2], []]
    pad = torch.tensor([0, 4, 2])
    mask = torch.arange(CONTEXT) >= pad[:, None]
    places = (128 + torch.arange(CONTEXT) - pad[:, None]).clamp(min=128)
    with torch.no_grad():
        together = model(
            input_ids=context, attention_mask=mask.long(), position_ids=places,
            explicit=bank_of(own),
        ).logits  # fmt: skip
        for row, memory in enumerate(own):
            start = int(pad[row])
            alone = model(
                input_ids=context[row : row + 1, start:],
                position_ids=positions(1, CONTEXT - start), explicit=bank_of([memory]),
            ).logits  # fmt: skip
            assert distance(together[row, start:], alone[0]) < 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_no_memory_is_the_ordinary_path_bit_for_bit(kind):
    model, context = tiny_model(kind), random_ids(2, CONTEXT)
    with torch.no_grad():
        expected = model(input_ids=context).logits
        use(model)
        assert torch.equal(model(input_ids=context).logits, expected)
        assert torch.equal(model(input_ids=context, explicit=bank_of([[], []])).logits, expected)
        assert torch.equal(model(input_ids=context, explicit=Bank({})).logits, expected)


def test_a_window_limits_the_context_and_not_the_memory():
    model, width = made("mistral, sliding"), 20
    references, context = random_ids(1, LENGTH), random_ids(1, width, seed=4)
    other = context.clone()
    other[0, 0] = (context[0, 0] + 1) % VOCABULARY
    bank = bank_of([dense(model, references)])

    def last(ids, explicit):
        with torch.no_grad():
            return model(input_ids=ids, position_ids=positions(1, width), explicit=explicit).logits[
                :, -1
            ]

    # Two layers with a window of 6 look back over 10 tokens.
    assert torch.equal(last(context, None), last(other, None))
    assert distance(last(context, bank), last(context, None)) > 1e-3


def test_shares_of_attention_are_told_by_memory():
    model = made()
    references, context = random_ids(2, LENGTH), random_ids(1, CONTEXT, seed=4)
    memories = dense(model, references)
    shares: dict[int, torch.Tensor] = {}
    bank = bank_of([memories])
    told = Bank(bank.layers, bank.seen, bank.begins, shares)
    with torch.no_grad():
        model(input_ids=context, position_ids=positions(1, CONTEXT), explicit=told)
    assert shares.keys() == {0, 1}
    assert shares[0].shape == (1, CONTEXT, 2 * LENGTH)
    assert bool((shares[0].sum(-1) < 1).all())
    assert bool((shares[0].sum(-1) > 0).all())


@pytest.mark.parametrize("kind", ["llama", "qwen2, half sliding"])
def test_the_decoding_loop_attends_to_them(kind):
    model = made(kind)
    references = random_ids(REFERENCES, LENGTH)
    memories = dense(model, references)
    own = [memories[:2], [], memories[2:]]
    prompts = [[5, 6, 7], [8, 9], [5, 6, 7]]
    decoder = Decoder(SimpleNamespace(model=model), bank=bank_of(own), begins=128)
    together = decoder.generate(prompts, stop={0}, limit=6)
    for row, (memory, prompt) in enumerate(zip(own, prompts, strict=True)):
        bank = bank_of([memory])
        alone = Decoder(SimpleNamespace(model=model), bank=bank, begins=128)
        (expected,) = alone.generate([prompt], stop={0}, limit=6)
        assert together[row].ids == expected.ids
        ids = list(prompt)
        for token in expected.ids:
            with torch.no_grad():
                logits = model(
                    input_ids=torch.tensor([ids]), position_ids=positions(1, len(ids)),
                    explicit=bank,
                ).logits[0, -1]  # fmt: skip
            assert int(logits.argmax()) == token
            ids.append(token)
        session = alone.session(prompt)
        assert session.step() == expected.ids[0]


def test_it_refuses_a_model_without_keys_to_keep():
    config = GPT2Config(
        n_embd=16, n_head=2, n_layer=1, vocab_size=50, n_positions=32, bos_token_id=0,
        eos_token_id=0,
    )  # fmt: skip
    with pytest.raises(UnfitModel, match="no key-value heads"):
        check(GPT2LMHeadModel(config))
    model = tiny_model()
    del model.model.layers[1].self_attn.k_proj
    with pytest.raises(UnfitModel, match="Layer 1"):
        check(model)
