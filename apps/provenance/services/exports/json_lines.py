"""JSON Lines: one fact a line, with all that stands behind it (see ``facts``)."""

from __future__ import annotations

import json
from typing import BinaryIO, Final

from apps.provenance.services.exports.facts import Fact
from apps.provenance.services.exports.names import Names
from apps.provenance.services.exports.parts import Parts

PARTS: Final = ("facts",)


def add(fact: Fact, parts: Parts, names: Names) -> None:
    """Add the line of a fact."""
    parts.put("facts", json.dumps(fact, ensure_ascii=False, separators=(",", ":")) + "\n")


def assemble(parts: Parts, names: Names, out: BinaryIO) -> None:
    """Write the whole file."""
    out.writelines(parts.pieces("facts"))
