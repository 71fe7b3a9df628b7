from __future__ import annotations

import gc
import json
import shutil
import weakref

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file

from tests.worker.causal import tiny
from tests.worker.causal.checkpoints import checkpoint, published
from worker.heads.causal import adapters
from worker.heads.causal import base as bases
from worker.heads.causal.read_head import CausalReadHead
from worker.heads.causal.tokens import embedding_tables
from worker.heads.quiet import quiet
from worker.heads.scripted.memory import InMemoryMemory
from worker.kept import Kept
from worker.training.causal import publish as publishing
from worker.training.causal.publish import LARGEST
from worker.types import QuestionContext, RelationSpec

IDS = torch.tensor([[3, 5, 300, 7, 9], [40, 41, 42, 43, 44]])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Tiny bases of each architecture and their adapters, made when first asked for."""
    found = {}

    def one(architecture="llama", tied=True):
        if (architecture, tied) not in found:
            folder = tmp_path_factory.mktemp("base")
            name = str(tiny.save(folder / "base", architecture, tied=tied))
            found[architecture, tied] = name, published(folder, name)
        return found[architecture, tied]

    return one


@pytest.fixture(autouse=True)
def _forget():
    adapters.forget()
    yield
    adapters.forget()


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("architecture", tiny.ARCHITECTURES)
def test_two_adapters_compute_in_one_batch_what_each_does_alone(made, architecture, tied):
    name, folder = made(architecture, tied)
    mixed = adapters.both(name, folder)
    read, write = (adapters.load_head(name, head, folder) for head in ("read", "write"))
    rows = torch.cat([IDS, IDS])
    names = ["read", "write", "write", "__base__"]
    with torch.inference_mode():
        together = mixed(input_ids=rows, adapter_names=names).logits
        alone = [read.model(IDS).logits[0], write.model(IDS).logits[1],
                 write.model(IDS).logits[0], read.base.model(IDS).logits[1]]  # fmt: skip
    assert torch.allclose(together, torch.stack(alone), atol=1e-5)
    assert not torch.allclose(together[0], together[2], atol=1e-2)


def test_a_merged_copy_leaves_the_base_as_it_is_and_shares_what_is_not_changed(made):
    name, folder = made()
    head = adapters.load_head(name, "write", folder)
    fresh = bases.load(name)
    for (key, old), (_, new) in zip(
        fresh.model.named_parameters(), head.base.model.named_parameters(), strict=True
    ):
        if "embed_tokens" not in key:
            assert torch.equal(old, new)
    assert embedding_tables(head.model)[0] is embedding_tables(head.base.model)[0]
    other = adapters.load_head(name, "read", folder)
    assert other.base is head.base


def test_a_base_goes_with_the_last_head_on_it(made, tmp_path):
    name, folder = made()
    other = published(tmp_path, name, seed=9)  # with other rows
    read, write = (adapters.load_head(name, head, folder) for head in ("read", "write"))
    third = adapters.load_head(name, "read", other)
    first, second = weakref.ref(read.base.model), weakref.ref(third.base.model)
    assert third.base.shares is read.base

    del read
    gc.collect()
    assert write.base.model is first()
    del write
    gc.collect()
    assert first() is not None  # what the third stands on
    again = adapters.load_head(name, "write", folder)
    assert again.base.model is first()
    del third
    gc.collect()
    assert second() is None
    del again
    gc.collect()
    assert first() is None
    fresh = adapters.load_head(name, "read", other)
    assert fresh.base.shares is None


def test_a_worker_that_lets_a_head_go_lets_its_base_go(made):
    name, folder = made()
    held = Kept(most=1)
    head = held.get("read", lambda: CausalReadHead(folder, name))
    question = "Where was Ada Lovelace born?"
    memory = InMemoryMemory([RelationSpec("1", "place of birth")])
    memory.add("Ada Lovelace", "1", "London")
    head.answer(question, memory, QuestionContext())
    gone = weakref.ref(head.head.base.model), weakref.ref(head.head.model)
    del head
    held.get("other", object)
    assert "read" not in held
    assert [one() for one in gone] == [None, None]


def test_peft_loads_what_is_published_and_computes_the_same(made):
    name, folder = made("mistral")
    head = adapters.load_head(name, "read", folder)
    fresh = adapters.sharing(head.base.model)
    with quiet(Warning):
        loaded = PeftModel.from_pretrained(fresh, str(folder / "read")).eval()
    with torch.inference_mode():
        assert torch.allclose(loaded(input_ids=IDS).logits, head.model(IDS).logits, atol=1e-5)


def test_the_files_are_what_servers_take(made):
    _, folder = made()
    weights = load_file(folder / "read" / "adapter_model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.bfloat16}
    assert all(key.startswith("base_model.model.model.layers.") for key in weights)
    config = json.loads((folder / "read" / "adapter_config.json").read_text())
    assert (config["peft_type"], config["r"], config["modules_to_save"]) == ("LORA", 4, None)
    assert sorted(config["target_modules"]) == sorted(bases.TARGETS)
    assert all(path.stat().st_mode & 0o044 for path in folder.rglob("*.safetensors"))


def test_the_manifest_tells_what_the_adapter_is(made):
    name, folder = made()
    manifest = adapters.load_head(name, "read", folder).manifest
    assert manifest["base"] == {
        "name": name, "hash": bases.load(name).hash, "vocabulary": len(bases.load(name).tokenizer),
    }  # fmt: skip
    assert manifest["settings"]["rank"] == 4
    assert manifest["trained"] == {
        "steps": 3, "tokens": 90, "processor_minutes": 1.0, "last_loss": 1.5,
    }  # fmt: skip


def test_versions_tell_adapters_apart(made):
    name, folder = made()
    versions = {adapters.load_head(name, head, folder).version for head in ("read", "write")}
    assert len(versions) == 2
    assert {len(version) for version in versions} == {12}


def test_a_head_tells_the_hashes_of_all_that_it_is_made_of(made):
    name, folder = made()
    head = adapters.load_head(name, "read", folder)
    assert head.hashes["base"] == head.base.hash
    assert set(head.hashes) == {"base", *head.manifest["files"]}
    assert {len(digest) for digest in head.hashes.values()} == {64}


def test_it_refuses_an_adapter_of_another_base(made, tmp_path):
    _, folder = made()
    other = str(tiny.save(tmp_path / "other", seed=5))
    with pytest.raises(adapters.AdapterOfAnotherBase, match="was trained on the base"):
        adapters.load_head(other, "read", folder)
    with pytest.raises(adapters.AdapterOfAnotherBase):
        adapters.both(other, folder)


def test_it_refuses_an_adapter_of_another_vocabulary(made, tmp_path):
    name, folder = made()
    copied = shutil.copytree(folder, tmp_path / "copied")
    manifest = json.loads((copied / "read" / "manifest.json").read_text())
    manifest["base"]["vocabulary"] += 1
    (copied / "read" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(adapters.AdapterOfAnotherBase, match="vocabulary of"):
        adapters.load_head(name, "read", copied)


def test_it_refuses_rows_that_do_not_fit(made):
    name, _ = made(tied=True)
    _, folder = made(tied=False)
    with pytest.raises(adapters.AdapterOfAnotherBase):
        adapters.load_head(name, "read", folder)


@pytest.mark.parametrize(
    "file", ["read/adapter_model.safetensors", "read/adapter_config.json", "read/manifest.json"]
)
def test_it_refuses_damaged_files(made, tmp_path, file):
    name, folder = made()
    copied = shutil.copytree(folder, tmp_path / "copied")
    path = copied / file
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(adapters.DamagedAdapter):
        adapters.load_head(name, "read", copied)


def test_it_says_that_adapters_are_missing(made, tmp_path):
    name, folder = made()
    with pytest.raises(adapters.AdapterMissing, match=r"python -m worker\.training\.causal"):
        adapters.load_head(name, "read", tmp_path)
    copied = shutil.copytree(folder, tmp_path / "copied")
    shutil.rmtree(copied / "write")
    with pytest.raises(adapters.AdapterMissing, match="write head"):
        adapters.load_head(name, "write", copied)


def test_rows_of_two_folders_stand_side_by_side(made, tmp_path):
    name, folder = made()
    second = published(tmp_path, name, seed=9)
    one = adapters.load_head(name, "read", folder)
    before = one.model(IDS * 0 + one.base.ids.read).logits.clone()
    two = adapters.load_head(name, "read", second)
    own = list(one.base.ids.own)
    assert not torch.equal(
        embedding_tables(one.base.model)[0][own], embedding_tables(two.base.model)[0][own]
    )
    assert torch.equal(before, one.model(IDS * 0 + one.base.ids.read).logits)
    assert embedding_tables(two.model)[0] is embedding_tables(two.base.model)[0]


def test_publishing_refuses_checkpoints_that_hold_something_else(made, tmp_path):
    name, _ = made()
    read = checkpoint(tmp_path / "read", name)
    with pytest.raises(publishing.UnfitCheckpoint, match="--head tokens"):
        publishing.publish({"read": read}, read, tmp_path / "out", base_name=name)
    broken = tmp_path / "broken" / "checkpoint.pt"
    broken.parent.mkdir()
    broken.write_bytes(b"nothing")
    with pytest.raises(publishing.UnfitCheckpoint, match="checkpoint"):
        publishing.read_checkpoint(broken)


def test_publishing_refuses_what_is_too_large(made, tmp_path, monkeypatch):
    name, _ = made()
    monkeypatch.setattr(publishing, "LARGEST", 1000)
    with pytest.raises(publishing.TooLarge, match="more than 1000"):
        published(tmp_path, name)


def test_the_command_publishes_and_says_what_is_wrong(made, tmp_path, capsys):
    name, _ = made()
    tokens = checkpoint(tmp_path / "tokens", name, rows=True)
    out, metrics = tmp_path / "out", tmp_path / "metrics.json"
    metrics.write_text('{"read": {"recall": 0.5}}')
    flags = ["--base", name, "--tokens", str(tokens), "--out", str(out)]
    publishing.main([*flags, "--read", str(tokens), "--metrics", str(metrics),
                     "--files", str(metrics)])  # fmt: skip
    assert "trained on 90 tokens" in capsys.readouterr().out
    manifest = adapters.load_head(name, "read", out).manifest
    assert manifest["metrics"] == {"recall": 0.5}
    assert manifest["data"][0]["file"] == "metrics.json"
    with pytest.raises(SystemExit, match="missing"):
        publishing.main([*flags, "--read", str(tmp_path / "missing")])
    with pytest.raises(SystemExit):
        publishing.main(flags)
    assert "--read, --write or --explicit" in capsys.readouterr().err


def test_the_shipped_adapters_are_whole():
    folder = adapters.folder_of("smollm2")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert size < LARGEST
    versions = set()
    for head in adapters.HEADS:
        manifest = adapters.read_manifest(folder, head)
        assert manifest["base"]["name"] == "smollm2"
        assert manifest["metrics"]
        for name, hash_ in manifest["files"].items():
            path = folder / name if (folder / name).is_file() else folder / head / name
            assert adapters.file_hash(path) == hash_
        versions.add(adapters.version_of(manifest))
    assert len(versions) == 2
