"""The import rules of pyproject.toml see every module: what breaks them is planted and found."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
ROOTS = ("apps", "memweb", "worker")
LAYERS = "layers inside every app"
WORKER = "only services, controllers, jobs, tasks and commands import worker"
TORCH = "no import path from the web side to torch"
EVALUATIONS = "each evaluation stands on the measuring core alone"
# Module, what is written at its end, the contract that breaks, and what the report names.
PLANTED = [
    ("apps/curation/document_views.py", "from worker import registry", WORKER, "worker.registry"),
    ("apps/asking/mark_views.py", "from worker import registry", WORKER, "worker.registry"),
    ("apps/curation/selectors.py", "from worker import literals", WORKER, "worker.literals"),
    ("apps/curation/document_forms.py", "from worker import types", WORKER, "worker.types"),
    ("apps/curation/cards.py", "from worker import literals", WORKER, "worker.literals"),
    ("apps/common/templatetags/ui.py", "from worker import types", WORKER, "worker.types"),
    ("memweb/urls.py", "from worker import registry", WORKER, "worker.registry"),
    ("apps/curation/document_selectors.py", "from apps.curation import services", LAYERS,
     "apps.curation.services"),
    ("apps/sources/passages.py", "from apps.sources import models", LAYERS, "apps.sources.models"),
    ("apps/dashboard/views.py", "import torch", TORCH, "torch"),
    ("apps/evaluation/measuring/tables.py", "from apps.evaluation.bench import report",
     EVALUATIONS, "apps.evaluation.bench.report"),
]  # fmt: skip
# New modules that no layer names.
UNNAMED = [
    ("apps/asking/extras.py", LAYERS, "apps.asking.extras"),
    ("apps/evaluation/pages.py", EVALUATIONS, "apps.evaluation.pages"),
    ("apps/extra/__init__.py", "app order", "apps.extra"),
]


def report_of(folder: Path) -> dict[str, str]:
    """Return what each broken contract of the tree in ``folder`` is said to be broken by."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports; "
               "raise SystemExit(lint_imports(no_cache=True))"]  # fmt: skip
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    broken = set(re.findall(r"^(.+) BROKEN\b", ran.stdout, re.MULTILINE))
    assert (ran.returncode != 0) == bool(broken), ran.stdout + ran.stderr
    parts = re.split(r"^(.+)\n-+$", ran.stdout, flags=re.MULTILINE)
    return {name: text for name, text in zip(parts[1::2], parts[2::2], strict=True)
            if name in broken}  # fmt: skip


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """The report on a copy in which everything above is planted."""
    folder = tmp_path_factory.mktemp("planted")
    without = shutil.ignore_patterns("__pycache__", "*.safetensors", "*.json")
    for name in ROOTS:
        shutil.copytree(ROOT / name, folder / name, ignore=without)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for path, line, _, _ in PLANTED:
        assert (folder / path).is_file()
        with (folder / path).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    for path, _, _ in UNNAMED:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text("")
    return report_of(folder)


@pytest.mark.parametrize(("path", "line", "contract", "names"), PLANTED)
def test_it_finds_an_import_that_a_module_may_not_make(reported, path, line, contract, names):
    module = path.removesuffix(".py").replace("/", ".")
    assert re.search(rf"{re.escape(module)} -> {re.escape(names)}\b", reported.get(contract, ""))


@pytest.mark.parametrize(("path", "contract", "module"), UNNAMED)
def test_it_finds_a_module_that_stands_in_no_layer(reported, path, contract, module):
    name = module.rpartition(".")[2] if contract == "app order" else module
    assert name in reported.get(contract, "")


def test_every_app_has_layers_that_must_name_all_its_modules():
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = [one for one in rules["contracts"] if one["type"] == "layers"]
    assert all(one["exhaustive"] for one in layers)
    assert {name for one in layers for name in one.get("exhaustive_ignores", [])} <= {
        "apps",
        "migrations",
    }
    apps = {f"apps.{path.parent.name}" for path in ROOT.glob("apps/*/__init__.py")}
    assert apps == {name for one in layers for name in one["containers"]} - {"apps"}
