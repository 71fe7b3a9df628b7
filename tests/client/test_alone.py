"""The client stands alone: it needs Python and httpx, and nothing of memweb."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / "client" / "memweb_client"


def imported(source: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or ".").partition(".")[0])
    return found


def test_it_imports_httpx_alone() -> None:
    files = list(FOLDER.rglob("*.py"))
    found = set().union(*(imported(one.read_text("utf-8")) for one in files))
    assert len(files) > 10
    assert found - set(sys.stdlib_module_names) == {"httpx", "memweb_client"}


def test_it_would_see_another_import() -> None:
    assert imported("from apps.memory import models\nimport memweb.settings") == {"apps", "memweb"}
