"""What is measured of each document, kept so that a run that was stopped goes on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings


class States:
    """A folder with a file for each document, written whole or not at all. It belongs to one
    configuration: another one has another folder."""

    def __init__(self, configuration: Mapping[str, Any], *, resume: bool) -> None:
        text = json.dumps(configuration, sort_keys=True)
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        self.folder: Path = settings.VAR_DIR / "evaluation" / "perplexity" / name
        self.folder.mkdir(parents=True, exist_ok=True)
        if not resume:
            for path in self.folder.glob("*.json"):
                path.unlink()

    def get(self, kind: str, number: int) -> Any:
        """Return what was kept of a document; None where nothing was."""
        try:
            return json.loads(self._path(kind, number).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def put(self, kind: str, number: int, content: Any) -> None:
        """Keep something of a document."""
        path = self._path(kind, number)
        draft = path.with_suffix(f".{os.getpid()}.draft")
        draft.write_text(json.dumps(content), encoding="utf-8")
        draft.replace(path)

    def _path(self, kind: str, number: int) -> Path:
        return self.folder / f"{kind}-{number:06}.json"
