"""What is kept of a reference, and how much room it takes."""

from __future__ import annotations

import pytest
import torch

from tests.worker.causal.architectures import tiny_model
from worker.explicit.encode import Memory, Scheme, UnfitReference, bank_of, encode
from worker.explicit.references import Piece, pack

BEGIN = 1


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def test_it_keeps_the_tokens_that_draw_most_attention(model):
    ids = list(range(5, 25))
    (memory,) = encode(model, [ids], Scheme(kept=4, share=1.0), begin=BEGIN)
    (whole,) = encode(model, [ids], Scheme(kept=None, share=1.0), begin=BEGIN)
    assert memory.layers == (0, 1)
    assert memory.keys.shape == (2, 2, 4, 8)
    assert whole.tokens == 20
    assert bool((memory.places > 0).all())  # not its own beginning
    assert torch.equal(memory.places, memory.places.sort(-1).values)
    for layer in (0, 1):
        for head in (0, 1):
            at = memory.places[layer, head] - 1
            assert torch.equal(memory.keys[layer, head], whole.keys[layer, head][at])
            assert torch.equal(memory.values[layer, head], whole.values[layer, head][at])


def test_layers_that_are_not_kept_are_not_computed(model):
    computed = []
    hooks = [
        layer.mlp.register_forward_hook(lambda *given, n=n: computed.append(n))
        for n, layer in enumerate(model.model.layers)
    ]
    ids = list(range(5, 25))
    (half,) = encode(model, [ids], Scheme(4, 0.5), begin=BEGIN)
    assert computed == [0]
    (whole,) = encode(model, [ids], Scheme(4, 1.0), begin=BEGIN)
    assert computed == [0, 0, 1]
    for hook in hooks:
        hook.remove()
    assert torch.equal(half.keys[0], whole.keys[0])
    assert torch.equal(half.places[0], whole.places[0])
    state = model(input_ids=torch.tensor([ids])).logits  # the model goes on as before
    assert bool(torch.isfinite(state).all())


def test_they_are_chosen_as_attention_by_hand_says(model):
    ids = list(range(5, 17))
    model.set_attn_implementation("eager")
    row = torch.tensor([[BEGIN, *ids]])
    shares = model(input_ids=row, output_attentions=True).attentions
    seen = torch.arange(len(ids) + 1, 0, -1)
    for choice in ("mean", "sum", "last"):
        (memory,) = encode(model, [ids], Scheme(3, 1.0, choice), begin=BEGIN)
        for layer, share in enumerate(shares):  # (1, Hq, T, T)
            mass = (share[0, :, -1] if choice == "last" else share[0].sum(1)).view(2, 2, -1).sum(1)
            mass = mass / seen if choice == "mean" else mass
            expected = (mass[:, 1:].topk(3).indices + 1).sort(-1).values
            assert torch.equal(memory.places[layer], expected), choice


def test_a_reference_is_the_same_whatever_stands_beside_it(model):
    rows = [[5, 6, 7], list(range(5, 25)), [9, 8, 7], [4]]
    together = encode(model, rows, Scheme(kept=3), begin=BEGIN, batch=2)
    for row, memory in zip(rows, together, strict=True):
        (alone,) = encode(model, [row], Scheme(kept=3), begin=BEGIN)
        assert torch.equal(memory.places, alone.places)
        assert torch.allclose(memory.keys, alone.keys, atol=1e-6)
    assert [memory.tokens for memory in together] == [3, 3, 3, 1]


@pytest.mark.parametrize("scheme", [Scheme(3), Scheme(None, 1.0), Scheme(4, 1.0, "names"),
                                    Scheme(3, 1.0, "last"), Scheme(3, 1.0, "sum")])  # fmt: skip
def test_what_fills_a_reference_up_is_neither_kept_nor_counted(model, scheme):
    rows = [[5, 6, 7], list(range(5, 25)), [9, 8, 7], [4]]
    how = {"begin": BEGIN, "marked": [[1], [0, 19], [2], []]}
    alone = encode(model, rows, scheme, **how)
    together = encode(model, rows, scheme, padded=64, **how)
    assert [one.tokens for one in together] == [one.tokens for one in alone]
    for one, other in zip(alone, together, strict=True):
        assert torch.equal(one.places, other.places)
        assert torch.allclose(one.keys, other.keys, atol=1e-5)
        assert torch.allclose(one.values, other.values, atol=1e-5)


@pytest.mark.parametrize("ids", [[], [5] * 128])
def test_it_refuses_what_is_empty_or_too_long(model, ids):
    with pytest.raises(UnfitReference, match=f"Reference 1 has {len(ids)} tokens"):
        encode(model, [[5], ids], begin=BEGIN)


def test_sparse_memories_take_a_thirtieth_of_dense_ones():
    # The sizes of smollm2: 30 layers, 3 key-value heads of 64.
    def bytes_of(layers: int, kept: int) -> int:
        shape = (layers, 3, kept, 64)
        empty = torch.empty(shape, dtype=torch.bfloat16)
        return Memory(tuple(range(layers)), empty, empty, empty).bytes

    assert bytes_of(15, 8) == 92_160
    assert bytes_of(30, 128) / bytes_of(15, 8) > 30


def test_no_memories_make_no_bank():
    assert bank_of([]) is None
    assert bank_of([[], []]) is None


def test_pieces_are_packed_and_never_cut():
    pieces = [
        Piece("Ada was born in London.", ("1",)),
        Piece("She wrote of an engine.", ("2", "3")),
        Piece("word " * 30, ("4",)),
        Piece("  "),
        Piece("Babbage built it.", ("3",)),
    ]
    packed = pack(pieces, lambda text: [ord(c) for c in text], most=60)
    assert [one.text for one in packed.references] == [
        "Ada was born in London. She wrote of an engine.", "Babbage built it.",
    ]  # fmt: skip
    assert [one.triples for one in packed.references] == [("1", "2", "3"), ("3",)]
    assert [one.text.strip() for one in packed.left_out] == [("word " * 30).strip(), ""]
    assert all(len(one.ids) <= 60 for one in packed.references)
    assert pack([], lambda text: []).references == ()
