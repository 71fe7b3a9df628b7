"""Which functions of the product write rows, found in its source.

A function writes if it calls what writes rows (``create``, ``update`` with fields, ``save`` ...),
or a function that does, as far as names can be followed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# Every module of the product but migrations; tables are made and filled there by their owner.
SOURCES = "apps/**/*.py"
METHODS = frozenset(
    {
        "abulk_create", "acreate", "bulk_create", "bulk_update", "create", "create_superuser",
        "create_user", "delete", "get_or_create", "save", "update_or_create",
    }
)  # fmt: skip
STATEMENTS = re.compile(r"\s*(WITH\b.*)?(INSERT INTO|UPDATE|DELETE FROM|COPY)\b", re.DOTALL)


@dataclass
class Function:
    """A function or method: where it stands and what it calls, or hands on to be called."""

    module: str
    name: str
    node: ast.FunctionDef
    names: set[str] = field(default_factory=set)
    writes: bool = False
    by_itself: bool = False  # and not by what it calls

    @property
    def full(self) -> str:
        return f"{self.module}.{self.name}"

    @property
    def is_public(self) -> bool:
        return not any(part.startswith("_") for part in self.name.split("."))


@dataclass
class Module:
    """What the names of a module stand for, and its own texts of SQL."""

    name: str
    tree: ast.Module
    imported: dict[str, str]
    statements: frozenset[str]


def writers() -> dict[str, Function]:
    """Return the public functions that write rows, by their full names."""
    modules = [_module(path) for path in _paths()]
    passed_on = {
        f"{module.name}.{name}": target
        for module in modules
        for name, target in module.imported.items()
    }
    found = {one.full: one for module in modules for one in _functions(module)}
    for one in found.values():
        one.by_itself = one.writes
        one.names = {_target(name, passed_on) for name in one.names}
    changed = True
    while changed:
        changed = False
        for one in found.values():
            if not one.writes and any(found[name].writes for name in one.names if name in found):
                one.writes = changed = True
    return {name: one for name, one in found.items() if one.writes and one.is_public}


def _target(name: str, passed_on: dict[str, str]) -> str:
    """Return where a function that packages pass on is defined."""
    for _ in range(5):  # a package may pass on what it has from another
        name = passed_on.get(name, name)
    return name


def _paths() -> list[Path]:
    return [path for path in sorted(Path().glob(SOURCES)) if "migrations" not in path.parts]


def _module(path: Path) -> Module:
    name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    tree = ast.parse(path.read_text())
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    statements = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and _is_statement(node.value)
        for target in ([node.target] if isinstance(node, ast.AnnAssign) else node.targets)
        if isinstance(target, ast.Name)
    }
    return Module(name, tree, imported, frozenset(statements))


def _functions(module: Module) -> Iterator[Function]:
    for owner, node in _defined(module.tree):
        name = f"{owner}.{node.name}" if owner else node.name
        function = Function(module.name, name, node)
        for one in ast.walk(node):
            if isinstance(one, ast.Call):
                function.writes = function.writes or _writes(one, module)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load):
                function.names.add(module.imported.get(one.id, f"{module.name}.{one.id}"))
            elif isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
                value = one.value.id
                if value == "self":
                    function.names.add(f"{module.name}.{owner}.{one.attr}")
                function.names.add(f"{module.imported.get(value, value)}.{one.attr}")
        yield function


def _defined(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield "", node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield node.name, inner


def _writes(call: ast.Call, module: Module) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr == "update":  # of rows, and not of a mapping or a hash
        return bool(call.keywords) and not call.args
    if call.func.attr in ("execute", "executemany", "copy"):
        given = [one for argument in call.args for one in ast.walk(argument)]
        names = {one.id for one in given if isinstance(one, ast.Name)}
        return bool(names & module.statements) or any(map(_is_statement, given))
    return call.func.attr in METHODS


def _is_statement(node: ast.AST) -> bool:
    texts = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
    return any(isinstance(text, str) and STATEMENTS.match(text) for text in texts)
