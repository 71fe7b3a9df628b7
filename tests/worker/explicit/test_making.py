"""Which language models can make explicit memories, and that they are loaded as heads are."""

from __future__ import annotations

import shutil

import pytest

from tests.worker.causal import tiny
from tests.worker.causal.checkpoints import published
from worker import offers, registry
from worker.errors import CannotLoad
from worker.explicit.store import Maker, Store, Stored
from worker.heads.causal import adapters
from worker.heads.causal.explicit_head import ExplicitReadHead
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
    (made,) = maker.put(tmp_path, [reference])
    head = registry.read_head(HeadSetup("explicit", base=base, adapter=folder))
    assert isinstance(head, ExplicitReadHead)
    assert dict(maker.said) == head.maker.said
    assert made.name == maker.name("Ada Lovelace was born in London.")
    stored = Stored(made.name, made.sha256, made.bytes)
    assert Store(tmp_path).get(stored, head.maker).tokens == made.tokens
    assert head.maker != Maker(head.maker.model, "another adapter", head.maker.scheme)
