"""Which head a command measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.heads import load_read_head, load_write_head
from worker import registry
from worker.setups import HeadSetup


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> list[HeadSetup]:
    found: list[HeadSetup] = []
    monkeypatch.setattr(registry, "read_head", found.append)
    monkeypatch.setattr(registry, "write_head", found.append)
    return found


def test_it_stands_on_the_language_model_that_memweb_comes_with(chosen: list[HeadSetup]) -> None:
    load_read_head("causal", None)
    load_read_head("encoder-causal", Path("mine"))
    load_write_head("causal-encoder", None)
    assert chosen == [
        HeadSetup("causal", base="smollm2"),
        HeadSetup("encoder-causal", base="smollm2", adapter="mine"),
        HeadSetup("causal-encoder", base="smollm2"),
    ]


def test_a_head_without_a_language_model_is_the_product_s_own(chosen: list[HeadSetup]) -> None:
    load_read_head("encoder", None)
    assert chosen == [HeadSetup("encoder")]


def test_it_refuses_a_head_that_is_not_there_and_one_whose_adapter_is_not(tmp_path: Path) -> None:
    with pytest.raises(registry.UnknownBackend, match="encoder-causal"):
        load_read_head("encoder-casual", None)
    with pytest.raises(EvaluationError, match="cannot be loaded"):
        load_read_head("causal", tmp_path / "none")
