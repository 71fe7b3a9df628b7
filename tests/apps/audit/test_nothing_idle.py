"""The record holds nothing that only its tests call: what they try is what runs."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
APPS = ("apps/audit", "apps/provenance")
READ = ("apps", "memweb", "templates")
# Names that Django or Celery look for, and what the tests of rows compare with.
CALLED_ELSEWHERE = re.compile(r"__\w+__|clean_\w+|\w+Config|field_order|use_required_attribute")
FOR_TESTS = {"UNSEALED"}


def test_every_name_is_used_outside_of_the_tests() -> None:
    words: Counter[str] = Counter()
    for folder in READ:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".html"):
                words.update(re.findall(r"\w+", path.read_text()))
    idle = {
        name
        for folder in APPS
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts
        for name in _names(ast.parse(path.read_text()))
        if words[name] == 1 and not CALLED_ELSEWHERE.fullmatch(name)
    }
    assert idle == FOR_TESTS


def _names(tree: ast.Module) -> Iterator[str]:
    """Yield what a module defines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.Assign):
            yield from (one.id for one in node.targets if isinstance(one, ast.Name))
