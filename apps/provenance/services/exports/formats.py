"""The formats of exports, each a module that says a fact in its own way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final

from apps.provenance.models import Export
from apps.provenance.services.exports import (
    csv_tables,
    json_ld,
    json_lines,
    prov_json,
    prov_n,
    trig,
)
from apps.provenance.services.exports.facts import Fact
from apps.provenance.services.exports.names import Names
from apps.provenance.services.exports.parts import Parts

Format = Export.Format


@dataclass(frozen=True)
class Writer:
    """How a format is written: a fact at a time into its parts, and these into the file."""

    parts: tuple[str, ...]
    add: Callable[[Fact, Parts, Names], None]
    assemble: Callable[[Parts, Names, BinaryIO], None]
    suffix: str
    content_type: str


WRITERS: Final[dict[str, Writer]] = {
    Format.JSON_LINES: Writer(
        json_lines.PARTS, json_lines.add, json_lines.assemble, "jsonl", "application/jsonl"
    ),
    Format.CSV: Writer(
        csv_tables.PARTS, csv_tables.add, csv_tables.assemble, "csv.zip", "application/zip"
    ),
    Format.PROV_JSON: Writer(
        prov_json.PARTS, prov_json.add, prov_json.assemble, "prov.json", "application/json"
    ),
    Format.PROV_N: Writer(
        prov_n.PARTS, prov_n.add, prov_n.assemble, "provn", "text/provenance-notation"
    ),
    Format.TRIG: Writer(trig.PARTS, trig.add, trig.assemble, "trig", "application/trig"),
    Format.JSON_LD: Writer(
        json_ld.PARTS, json_ld.add, json_ld.assemble, "jsonld", "application/ld+json"
    ),
}
# The ending of a file's name, and its type.
FILES: Final[dict[str, tuple[str, str]]] = {
    Format.BUNDLE: ("zip", "application/zip"),
    **{name: (one.suffix, one.content_type) for name, one in WRITERS.items()},
}
