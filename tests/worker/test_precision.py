"""The numbers that a training multiplies in."""

import pytest
import torch

from worker.training import precision


@pytest.fixture
def processor(monkeypatch):
    """Let the processor have some instructions, and no others."""

    def has(*names):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: dict.fromkeys(names, True))
        precision._cpu_multiplies.cache_clear()

    yield has
    precision._cpu_multiplies.cache_clear()


def product(**asked):
    with precision.products("cpu", **asked):
        return (torch.ones(2, 2) @ torch.ones(2, 2)).dtype


@pytest.mark.parametrize("instructions", ["avx512_bf16", "amx_bf16"])
def test_it_multiplies_in_sixteen_bits_where_the_processor_can(processor, instructions):
    processor("avx2", instructions)
    assert product() == torch.bfloat16
    assert product(half=False) == torch.float32


def test_it_multiplies_in_thirty_two_bits_elsewhere(processor):
    processor("avx2")
    assert product() == product(half=True) == torch.float32


def test_it_leaves_an_accelerator_its_sixteen_bits(processor, monkeypatch):
    asked = []
    monkeypatch.setattr(torch, "autocast", lambda *given: asked.append(given))
    processor()
    precision.products("cuda")
    precision.products("cpu")
    assert asked == [("cuda", torch.bfloat16, True), ("cpu", torch.bfloat16, False)]
