"""A base and its adapters written for a server: what it loads computes what we compute."""

from __future__ import annotations

import json
import shlex
import shutil

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.worker.causal import tiny
from worker.heads.causal import base as bases
from worker.heads.causal.export import ExportThere, UnservableAdapter, export, main
from worker.heads.causal.tokens import (
    PROTOCOL_TOKENS,
    RowsOfAnotherBase,
    embedding_tables,
    encode,
    load_rows,
    save_rows,
)
from worker.heads.quiet import quiet

TARGETS = ["q_proj", "v_proj", "down_proj"]
TEXT = "Ada Lovelace was born in London >> in 1815."


def made(folder, architecture="llama", *, tied=True):
    """Write a tiny base and adapters of it; return the base's folder and the adapters'."""
    where = tiny.save(folder / "model", architecture, tied=tied)
    base = bases.load(str(where), bases.Placement("cpu", torch.float32, "a test"))
    torch.manual_seed(3)
    with torch.no_grad():
        for table in embedding_tables(base.model):
            table[list(base.ids.own)] += 0.3 * torch.randn(5, table.shape[1])
    adapters = folder / "adapters"
    adapters.mkdir()
    save_rows(base.model, base.ids, adapters / "tokens.safetensors", base.hash)
    for head, rank in (("read", 4), ("write", 8)):
        fresh = bases.load(str(where), bases.Placement("cpu", torch.float32, "a test"))
        with quiet(Warning):
            model = get_peft_model(fresh.model, LoraConfig(r=rank, target_modules=TARGETS))
        with torch.no_grad():
            for name, weights in model.named_parameters():
                if "lora_B" in name:
                    weights.normal_(0, 0.2)
        model.save_pretrained(adapters / head)
    return where, adapters


@pytest.mark.parametrize(
    ("architecture", "tied"),
    [("llama", True), ("mistral", False), ("qwen2", True), ("qwen3", False)],
)
def test_what_a_server_loads_computes_the_same(tmp_path, architecture, tied):
    where, adapters = made(tmp_path, architecture, tied=tied)
    done = export(str(where), [adapters], tmp_path / "out")
    assert done.rank == 8

    ours = bases.load(str(where), bases.Placement("cpu", torch.float32, "a test"))
    load_rows(ours.model, ours.ids, adapters / "tokens.safetensors")
    with quiet(Warning):
        theirs = AutoModelForCausalLM.from_pretrained(done.base, dtype=torch.float32).eval()
        words = AutoTokenizer.from_pretrained(done.base)
    assert words.convert_tokens_to_ids(list(PROTOCOL_TOKENS)) == list(ours.ids.own)
    assert encode(words, TEXT) == encode(ours.tokenizer, TEXT)
    ids = torch.tensor([[*encode(words, TEXT), *ours.ids.own, 7]])
    seen = []
    for head in ("read", "write"):
        with quiet(Warning):
            one = PeftModel.from_pretrained(ours.model, adapters / head)
            other = PeftModel.from_pretrained(theirs, done.adapters[head])
        with torch.no_grad():
            seen.append(one(ids).logits)
            torch.testing.assert_close(other(ids).logits, seen[-1], rtol=0, atol=1e-6)
        one.unload(), other.unload()
    assert not torch.allclose(*seen, atol=1e-3)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return made(tmp_path_factory.mktemp("export"))


def test_its_command_names_what_a_server_needs(shared, tmp_path, capsys):
    where, adapters = shared
    main(["--base", str(where), "--adapters", str(adapters), "--out", str(tmp_path / "o u t")])
    words = shlex.split(capsys.readouterr().out)
    assert words[:3] == ["vllm", "serve", str(tmp_path / "o u t" / "base")]
    assert "--enable-lora" in words
    assert words[words.index("--max-lora-rank") + 1] == "8"
    assert words[-2:] == [f"read={tmp_path}/o u t/read", f"write={tmp_path}/o u t/write"]
    config = json.loads((tmp_path / "o u t" / "read" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(where)
    assert sorted(path.name for path in (tmp_path / "o u t").iterdir()) == [
        "base", "read", "write",
    ]  # fmt: skip


def test_it_writes_in_the_numbers_that_are_asked_for(shared, tmp_path):
    where, adapters = shared
    done = export(str(where), [adapters], tmp_path / "out", "bfloat16")
    weights = load_file(done.base / "model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.bfloat16}


def spoiled(adapters, folder):
    copy = folder / "spoiled"
    shutil.copytree(adapters, copy)
    return copy


def test_it_refuses_rows_of_another_base(shared, tmp_path):
    _, adapters = shared
    other = tiny.save(tmp_path / "other", seed=5)
    with pytest.raises(RowsOfAnotherBase, match="another base"):
        export(str(other), [adapters], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("gone", ["tokens.safetensors", "read", "write/adapter_config.json",
                                  "write/adapter_model.safetensors"])  # fmt: skip
def test_it_says_what_is_missing(shared, tmp_path, gone):
    where, adapters = shared
    copy = spoiled(adapters, tmp_path)
    path = copy / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(UnservableAdapter, match=r"There (is|are) no"):
        export(str(where), [copy], tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spoiled"]


def test_it_refuses_what_servers_do_not_take(shared, tmp_path):
    where, adapters = shared
    copy = spoiled(adapters, tmp_path)
    path = copy / "read" / "adapter_model.safetensors"
    save_file({**load_file(path), "base_model.model.lm_head.weight": torch.zeros(2)}, path)
    with pytest.raises(UnservableAdapter, match="not plain LoRA: it holds"):
        export(str(where), [copy], tmp_path / "out")
    config = copy / "write" / "adapter_config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "use_dora": True}))
    with pytest.raises(UnservableAdapter, match="not plain LoRA"):
        export(str(where), [copy], tmp_path / "out")


def test_it_takes_each_adapter_from_the_folder_of_its_run(shared, tmp_path):
    where, adapters = shared
    runs = [tmp_path / "one", tmp_path / "two"]
    for run, head in zip(runs, ("read", "write"), strict=True):
        shutil.copytree(adapters / head, run / head)
        shutil.copy(adapters / "tokens.safetensors", run)
    done = export(str(where), runs, tmp_path / "out")
    for head, folder in done.adapters.items():
        own = (adapters / head / "adapter_model.safetensors").read_bytes()
        assert (folder / "adapter_model.safetensors").read_bytes() == own
    shutil.copytree(adapters / "read", runs[1] / "read")
    with pytest.raises(UnservableAdapter, match="two adapters named read"):
        export(str(where), runs, tmp_path / "again")
    shutil.rmtree(runs[1] / "read")
    save_file({"input": torch.zeros(5, 32)}, runs[1] / "tokens.safetensors")
    with pytest.raises(UnservableAdapter, match="different rows"):
        export(str(where), runs, tmp_path / "again")


def test_it_overwrites_nothing(shared, tmp_path, capsys):
    where, adapters = shared
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes").write_text("mine")
    with pytest.raises(ExportThere):
        export(str(where), [adapters], tmp_path / "out")
    with pytest.raises(SystemExit):
        main(["--base", "no/such-base", "--adapters", str(adapters), "--out", str(tmp_path / "b")])
    assert "neither a folder nor on this machine" in capsys.readouterr().err
