"""The shared encoder as the embedder uses it."""

import numpy as np
import pytest
import torch

from worker import registry
from worker.heads.encoder.base import SharedEncoder, WeightsMissing, encoder, lora_config
from worker.heads.encoder.embedder import MiniLMEmbedder


def test_it_gives_unit_rows_in_the_order_of_the_texts():
    texts = ["the capital of France", "a", "a much longer sentence about the capital of France"]
    rows = MiniLMEmbedder().embed(texts)
    assert rows.shape == (3, MiniLMEmbedder.dimension)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    alone = MiniLMEmbedder().embed(texts[1:2])
    assert np.allclose(alone[0], rows[1], atol=1e-5)
    assert rows[0] @ rows[2] > rows[0] @ rows[1]


def test_it_gives_no_rows_for_no_texts_and_a_row_for_an_empty_one():
    assert MiniLMEmbedder().embed([]).shape == (0, 384)
    assert np.isfinite(MiniLMEmbedder().embed(["", "\u200f\U0001f600"])).all()


def test_it_is_the_registry_s_minilm():
    assert isinstance(registry.embedder("minilm"), MiniLMEmbedder)


def test_it_loads_the_encoder_once_a_process():
    assert encoder() is encoder()


def test_an_adapter_changes_its_own_calls_and_no_others():
    shared = SharedEncoder()
    before = shared.embed(["hello there"])
    model = shared.add_adapter("write", lora_config(4, 4))
    shared.add_adapter("read", lora_config(2, 2))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B.write" in name:
                parameter.fill_(0.05)
    plain, _ = shared.encode_texts(["hello there"])
    write, _ = shared.encode_texts(["hello there"], "write")
    read, _ = shared.encode_texts(["hello there"], "read")
    assert torch.allclose(plain, read, atol=1e-5)
    assert not torch.allclose(plain, write, atol=1e-2)
    assert torch.allclose(shared.embed(["hello there"]), before, atol=1e-6)


def test_it_names_the_adapter_that_is_missing():
    with pytest.raises(WeightsMissing, match="write head are missing"):
        SharedEncoder().encode_texts(["hello"], "write")
