"""Which language models can make explicit memories, and that they are loaded as heads are."""

from __future__ import annotations

import shutil

import pytest

from tests.worker.causal import tiny
from tests.worker.causal.checkpoints import published
from worker import offers, registry
from worker.blobs import Folder
from worker.errors import CannotLoad
from worker.explicit.encode import Scheme
from worker.explicit.making import ReferenceMaker, maker_of
from worker.explicit.references import marked
from worker.explicit.store import Maker, Store, Stored
from worker.heads.causal import adapters
from worker.heads.causal.adapters import LoadedHead
from worker.heads.causal.explicit_head import ExplicitReadHead
from worker.heads.causal.tokens import encode_with_offsets
from worker.setups import HeadSetup


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder like ``var`` with a tiny base and an adapter that attends to explicit memories."""
    var = tmp_path_factory.mktemp("var")
    base = tiny.save(var / "models" / "tiny")
    shipped = published(tmp_path_factory.mktemp("made"), str(base))
    folder = var / "adapters" / "ours"
    folder.parent.mkdir()
    shutil.copytree(shipped, folder)
    shutil.copytree(folder / "read", folder / "explicit")
    yield var, str(base), str(folder)
    adapters.forget()


@pytest.fixture
def site(trained, monkeypatch):
    monkeypatch.setenv("MEMWEB_VAR", str(trained[0]))
    return trained


def test_it_is_offered_where_an_adapter_for_it_is_there(site, monkeypatch, tmp_path) -> None:
    _, base, _ = site
    assert base in {one.name for one in offers.bases_with_explicit()}
    assert "explicit" in {one.name for one in offers.offers("read")}
    monkeypatch.setenv("MEMWEB_VAR", str(tmp_path))
    monkeypatch.setattr("worker.heads.causal.installed.SHIPPED", tmp_path)
    assert offers.bases_with_explicit() == []
    assert "explicit" not in {one.name for one in offers.offers("read")}


def test_what_is_missing_is_said_with_the_remedy(site, tmp_path) -> None:
    _, base, _ = site
    setup = HeadSetup("explicit", base=base)
    assert "worker.training.explicit" in registry.missing_for("read", "explicit", setup)
    with pytest.raises(CannotLoad, match="no adapter for the explicit head"):
        registry.reference_maker(base)


def test_what_it_makes_the_head_of_the_same_adapter_reads(site, tmp_path) -> None:
    _, base, folder = site
    maker = registry.reference_maker(base, folder)
    assert registry.reference_maker(base, folder) is maker
    (reference,) = maker.references([("Ada Lovelace was born in London.", ("f1",))])
    (made,) = maker.put(Folder(tmp_path), [reference], [("Ada Lovelace", "London")])
    head = registry.read_head(HeadSetup("explicit", base=base, adapter=folder))
    assert isinstance(head, ExplicitReadHead)
    assert dict(maker.said) == head.maker.said
    assert made.name == maker.name("Ada Lovelace was born in London.")
    stored = Stored(made.name, made.sha256, made.bytes)
    assert Store(Folder(tmp_path)).get(stored, head.maker).tokens == made.tokens
    assert head.maker != Maker(head.maker.model, "another adapter", head.maker.scheme)


@pytest.mark.parametrize(
    ("said", "scheme"),
    [
        ({}, Scheme()),
        (
            {"stage": "sparse", "kept": 32, "share": 1.0, "choice": "names"},
            Scheme(32, 1.0, "names"),
        ),
        ({"stage": "dense", "kept": 8, "share": 0.5, "choice": "mean"}, Scheme(None, 1.0)),
    ],
)
def test_it_keeps_what_the_adapter_was_trained_to(said, scheme) -> None:
    base = tiny.base()
    assert maker_of(LoadedHead(base, base.model, {"settings": said}, "v1")).scheme == scheme


def test_the_tokens_of_names_are_kept_first_where_the_adapter_learnt_that(tmp_path) -> None:
    base = tiny.base()
    settings = {"kept": 4, "share": 1.0, "choice": "names"}
    maker = ReferenceMaker(head=LoadedHead(base, base.model, {"settings": settings}, "v1"))
    text = "She wrote the first programme for the engine, and was born in London."
    (reference,) = maker.references([(text, ("f1",))])
    offsets = encode_with_offsets(base.tokenizer, text)[1]
    said = {number + 1 for number in marked(text, ["London"], offsets)}
    assert 0 < len(said) <= 4
    (made,) = maker.put(Folder(tmp_path), [reference], [("London",)])
    memory = Store(Folder(tmp_path)).get(Stored(made.name, made.sha256, made.bytes), maker.maker)
    assert all(said <= set(places) for layer in memory.places.tolist() for places in layer)
    (made,) = maker.put(Folder(tmp_path), [reference], [()])
    other = Store(Folder(tmp_path)).get(Stored(made.name, made.sha256, made.bytes), maker.maker)
    assert other.places.tolist() != memory.places.tolist()
