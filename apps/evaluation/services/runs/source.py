"""Which version of memweb does a run."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import version
from pathlib import Path

from django.conf import settings

_COMMIT = re.compile(r"[0-9a-f]{40}")


@cache
def code_version() -> str:
    """Return the version with the commit that is checked out, where that can be read.

    >>> code_version()
    '0.1.0+1f2e3d4c5b6a'
    """
    commit = _commit(Path(settings.BASE_DIR) / ".git")
    return version("memweb") + (f"+{commit[:12]}" if commit else "")


def _commit(git: Path) -> str:
    """Return the commit of a checkout by reading its files; empty where there is none."""
    try:
        if git.is_file():  # a work tree beside its repository
            git = git.parent / git.read_text(encoding="utf-8").partition("gitdir: ")[2].strip()
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if _COMMIT.fullmatch(head):
            return head
        name = head.removeprefix("ref: ")
        common = git / "commondir"
        root = git / common.read_text(encoding="utf-8").strip() if common.is_file() else git
        if (root / name).is_file():
            return (root / name).read_text(encoding="utf-8").strip()
        packed = (root / "packed-refs").read_text(encoding="utf-8")
    except OSError:
        return ""
    found = re.search(rf"^([0-9a-f]{{40}}) {re.escape(name)}$", packed, re.MULTILINE)
    return found[1] if found else ""
