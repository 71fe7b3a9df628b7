"""``manage.py evaluate`` as the tests of each evaluation call it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command


class Evaluate:
    """One evaluation: ``Evaluate("questions", "--triples", "--data")`` is called with two paths,
    one for each of the named options, and then any others as they are written."""

    def __init__(self, name: str, *files: str) -> None:
        self.name, self.files = name, files

    def __call__(self, *given: str | Path) -> tuple[str, str]:
        """Return what it prints, and what it says on standard error."""
        paths = [text for pair in zip(self.files, given, strict=False) for text in map(str, pair)]
        out, err = io.StringIO(), io.StringIO()
        rest = map(str, given[len(self.files) :])
        call_command("evaluate", self.name, *paths, *rest, stdout=out, stderr=err)
        return out.getvalue(), err.getvalue()

    def report(self, *given: str | Path) -> dict[str, Any]:
        return json.loads(self(*given, "--json")[0])

    def refusal(self, *given: str | Path) -> str:
        """Return the one line with which it refuses."""
        with pytest.raises(CommandError) as refused:
            self(*given)
        text = str(refused.value)
        assert "\n" not in text
        assert refused.value.returncode == 1
        return text


def json_file(folder: Path, content: object, name: str = "data.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def json_lines(folder: Path, rows: list[dict[str, Any]], name: str) -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
