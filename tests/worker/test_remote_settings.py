"""What docs/causal.md says of the settings of the remote heads is true of the code."""

from __future__ import annotations

import re
from pathlib import Path

from worker.heads.remote import config
from worker.heads.remote.config import RemoteConfig
from worker.heads.remote.configured import missing
from worker.setups import HeadSetup

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "causal.md").read_text(encoding="utf-8")


def test_it_documents_every_variable_with_its_default(monkeypatch):
    source = Path(config.__file__).read_text(encoding="utf-8")
    read = set(re.findall(r'_(?:text|number)\("(REMOTE_\w+)"', source))
    rows = dict(re.findall(r"^\| `(REMOTE_\w+)` \| `?(\w+)`? \|", GUIDE, flags=re.MULTILINE))
    assert set(rows) == read
    assert len(rows) > 10
    monkeypatch.setenv("REMOTE_URL", "http://localhost/v1")
    monkeypatch.setenv("REMOTE_MODEL", "m")
    made = RemoteConfig.from_environment()
    for name, default in rows.items():
        value = getattr(made, name.removeprefix("REMOTE_").lower())
        if default != "none":
            assert str(value).removesuffix(".0") == default, name
    assert not made.key


def test_it_says_what_is_missing_before_it_is_chosen(monkeypatch):
    said = missing("write", HeadSetup("remote"))
    assert said.startswith("No language model server is configured: set REMOTE_URL.")
    assert "docs/causal.md" in said
    monkeypatch.setenv("REMOTE_URL", "http://localhost/v1")
    monkeypatch.setenv("REMOTE_MODEL", "m")
    assert missing("read", HeadSetup("remote")) == ""
