"""The README's tree shows where everything is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
EVERYWHERE = {"migrations", "management", "commands", "templatetags"}  # named below the tree


def named() -> tuple[dict[str, str], set[str]]:
    """Return the folders of the tree with what is said of each, and the files of its notes."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = text.split("## Layout")[1].split("```")[1]
    folders: dict[str, str] = {}
    files: set[str] = set()
    above: list[str] = []
    for line in tree.strip().splitlines():
        indent = len(line) - len(line.lstrip())
        names = re.match(r"\s*((?:[\w.]+/ ?)+)(.*)", line)
        if names and indent <= 8:
            above = above[: indent // 2]
            for name in names[1].split():
                folders["/".join([*above, name.rstrip("/")])] = names[2].strip()
            above.append(names[1].split()[0].rstrip("/"))
        elif indent:
            files |= {"/".join([*above, name]) for name in re.findall(r"\b\w+\.py\b", line)}
    return folders, files


def tracked() -> set[str]:
    out = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    parents = {parent for path in out.stdout.splitlines() for parent in Path(path).parents}
    return {
        str(path)
        for path in parents - {Path()}
        if not path.name.startswith(".") and not EVERYWHERE.intersection(path.parts)
    }


def test_the_tree_names_every_folder_and_no_other():
    assert set(named()[0]) == tracked()


def test_the_tree_says_what_a_folder_holds_in_few_words():
    said = {name: text for name, text in named()[0].items() if text}
    assert all(3 <= len(text.split()) <= 10 for text in said.values())
    assert {name.split("/")[0] for name in set(named()[0]) - set(said)} <= {
        "templates", "static", "tests",
    }  # fmt: skip


def test_the_files_that_the_tree_names_are_there():
    files = named()[1]
    assert "apps/memory/controller/resolve.py" in files
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_each_decision_has_a_number_of_its_own():
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md")]
    assert len(numbers) == len(set(numbers)) >= 9
