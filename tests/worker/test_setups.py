"""Heads by what they are made of, and what is said where one cannot be had."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.worker import based_heads
from tests.worker.based_heads import BasedReadHead, BasedWriteHead
from worker import offers, registry
from worker.errors import CannotLoad
from worker.setups import HeadSetup

ON_LARCH = HeadSetup("causal", base="larch")


@pytest.fixture
def loaded(monkeypatch):
    return based_heads.offer(monkeypatch)


@pytest.mark.parametrize(
    "setup",
    [
        HeadSetup("encoder"),
        HeadSetup("causal", "larch", "fine", 30, cut=False),
        HeadSetup("causal", least=5),
        HeadSetup("encoder", learned="ab" * 32),
    ],
)
def test_a_setup_comes_back_from_what_is_kept(setup):
    assert HeadSetup.of(setup.as_json(), default=setup.backend) == setup


def test_it_knows_nothing_of_what_another_version_keeps():
    assert HeadSetup.of({"backend": "x", "moon": 1}, default="encoder") == HeadSetup("x")


def test_a_base_is_loaded_once_for_each_adapter_and_side(loaded):
    one = registry.read_head(ON_LARCH)
    assert registry.read_head(HeadSetup("causal", "larch", least=9, cut=False)) is one
    assert registry.read_head(HeadSetup("causal", "birch")) is not one
    assert isinstance(registry.write_head(ON_LARCH), BasedWriteHead)
    fine = registry.read_head(HeadSetup("causal", "larch", "fine"))
    assert isinstance(fine, BasedReadHead)
    assert str(fine.folder) == "fine"
    assert len(loaded) == 4


def test_it_holds_no_three_models_where_there_is_room_for_one(monkeypatch):
    loaded = based_heads.offer(monkeypatch, most=150)
    for base in ("larch", "birch", "larch"):
        registry.read_head(HeadSetup("causal", base))
    assert loaded == [("BasedReadHead", base) for base in ("larch", "birch", "larch")]


@pytest.mark.parametrize(
    ("setup", "says"),
    [
        (HeadSetup("causal"), "No base is chosen"),
        (HeadSetup("causal", "yew"), based_heads.INSTALL),
        (HeadSetup("causal", "larch", "other"), "another base than 'larch'"),
        (HeadSetup("encoder-causal", "yew"), based_heads.INSTALL),
    ],
)
def test_it_says_what_is_missing_for_a_head(loaded, monkeypatch, setup, says):
    monkeypatch.setitem(
        registry.READ_HEADS, "encoder", "worker.heads.scripted.read_head:ScriptedReadHead"
    )
    with pytest.raises(CannotLoad, match=says) as raised:
        registry.read_head(setup)
    assert raised.value.permanent
    assert not loaded


@pytest.mark.parametrize("setup", [HeadSetup("casual"), HeadSetup("moon-encoder")])
def test_it_refuses_a_head_that_there_is_not(loaded, setup):
    with pytest.raises(registry.UnknownBackend):
        registry.write_head(setup)
    assert offers.trouble_of("write", setup)


def test_a_pair_is_offered_where_both_of_its_heads_are(loaded, monkeypatch):
    every = {"encoder", "causal", "remote", "encoder-causal", "encoder-remote"}
    assert {one.name for one in offers.offers("read")} == every
    monkeypatch.delitem(registry.READ_HEADS, "remote")
    there = {one.name for one in offers.offers("read")}
    assert there == {"encoder", "causal", "encoder-causal"}
    on_base = {one.name for one in offers.offers("write") if one.on_base}
    assert on_base == {"causal", "causal-encoder"}
    assert [one.name for one in offers.bases() if one.trouble] == ["yew"]


def test_there_are_words_for_every_head_that_can_be_chosen():
    for side in ("write", "read"):
        assert set(registry.known(side)) - {"scripted", "scripted-streaming"} <= set(
            offers.TEXTS[side]
        )
        assert set(registry.PAIRS[side]) <= set(offers.TEXTS[side])
        assert offers.title_of(side, "encoder") == "Built-in"
        assert offers.title_of(side, "nonsense") == "nonsense"


def test_what_is_offered_is_found_without_a_model_library():
    program = (
        "import sys\nfrom worker import offers\n"
        "for side in ('write', 'read'):\n"
        "    for one in offers.offers(side):\n"
        "        offers.trouble_of(side, offers.HeadSetup(one.name))\n"
        "offers.bases(), offers.adapters()\n"
        "print(sorted({'torch', 'transformers', 'tokenizers', 'peft'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_a_server_is_missing_until_the_settings_name_one(monkeypatch):
    monkeypatch.delenv("REMOTE_URL", raising=False)
    for name in ("remote", "encoder-remote"):
        assert "REMOTE_URL" in offers.trouble_of("read", HeadSetup(name))
    monkeypatch.setenv("REMOTE_URL", "http://127.0.0.1:9/v1")
    assert "REMOTE_MODEL" in offers.trouble_of("read", HeadSetup("remote"))
    monkeypatch.setenv("REMOTE_MODEL", "larch-8b")
    assert offers.trouble_of("read", HeadSetup("remote")) == ""
