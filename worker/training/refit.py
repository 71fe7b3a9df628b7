"""Fit the regression that makes the write head's score to texts of writers of its own.

``python -m worker.training.refit --data FILE ... --schema FILE --packs FILE --weights DIR``.

The files are those of ``manage.py evaluate statements`` and ``documents``; they should be texts
that nothing was trained on, by writers who wrote nothing else. A side of a fact is where the text
holds one of its names; a fact of whose sides one stands nowhere by its name is passed over. Which
triples are proposed is set by ``--review``, or chosen by the best F1.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from worker.heads.encoder.base import WEIGHTS, SharedEncoder, WeightsMissing, read_manifest
from worker.heads.encoder.scoring import LOOK_SIGNS, SIGNS
from worker.heads.encoder.write_head import ADAPTER, EncoderWriteHead, WriteHeadConfig
from worker.training import calibration
from worker.training.calibration import LOWEST
from worker.training.redocred import GoldDocument, GoldMention, GoldTriple
from worker.training.statements import Kind, sentence_spans
from worker.training.write_corpus import pack_relations, relation_kinds
from worker.training.write_publish import REVIEW_PRECISION, write_json
from worker.types import RelationSpec, Span


def specs_of(rows: Iterable[Mapping[str, Any]]) -> list[RelationSpec]:
    """Return relations as the schema and the packs have them, their names for ids."""
    return [
        RelationSpec(
            row["name"], row["name"], row["description"],
            subject_types=tuple(row["subject_types"]), object_types=tuple(row["object_types"]),
            wikidata_property=row.get("wikidata_property") or "",
            name_in_pack="" if row.get("wikidata_property") else row["name"],
        )
        for row in rows
    ]  # fmt: skip


def document_of(row: Mapping[str, Any], kinds: Mapping[str, Kind]) -> GoldDocument:
    """Return an annotated text with the facts that may be proposed and stand in it by name, and
    what they say turned round. Facts of relations beside ``kinds``, which are those that the head
    knows, by name, are passed over. Raises KeyError where a field is missing."""
    text: str = row["text"]
    index: dict[tuple[Span, ...], int] = {}
    triples = []
    for fact in (*row["facts"], *row.get("ok", ())):
        ends: list[int | None] = []
        for side in ("subject", "object"):
            spans = _places(text, [fact[side], *fact.get(f"{side}_names", ())])
            ends.append(index.setdefault(spans, len(index)) if spans else None)
        kind = kinds.get(fact["relation"])
        if kind is None or ends[0] is None or ends[1] is None:
            continue
        triples.append(GoldTriple(ends[0], kind.key, ends[1], (), "stated"))
        if kind.inverse:
            triples.append(GoldTriple(ends[1], kind.inverse, ends[0], (), "stated"))
    entities = tuple(tuple(GoldMention(span, "MISC") for span in spans) for spans in index)
    return GoldDocument(
        row.get("kind", ""), text, sentence_spans(text), entities, tuple(dict.fromkeys(triples))
    )


def _places(text: str, names: Sequence[str]) -> tuple[Span, ...]:
    found = {
        Span(*match.span())
        for name in names
        for match in re.finditer(rf"\b{re.escape(name)}(?!\w)", text, re.IGNORECASE)
    }
    return tuple(sorted(found))


def read(lines: Iterable[str], kinds: Mapping[str, Kind]) -> list[GoldDocument]:
    """Return the texts of a file. Raises ValueError for a malformed line."""
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(document_of(json.loads(line), kinds))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"line {number} is no annotated text: {error!r}.") from error
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit the scores of a folder of weights; return 0, or 2 for files that cannot be used."""
    parser = argparse.ArgumentParser(description="Fit the write head's scores.")
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument("--schema", type=Path, required=True, help="the schema's relations")
    parser.add_argument("--packs", type=Path, required=True, help="relations beside the schema's")
    parser.add_argument("--weights", type=Path, default=WEIGHTS / ADAPTER, metavar="FOLDER")
    parser.add_argument("--review", type=float, help="the score from which a triple is proposed")
    options = parser.parse_args(arguments)
    try:
        schema = json.loads(options.schema.read_text("utf-8"))
        packs = pack_relations(options.packs)
        specs, kinds = specs_of([*schema, *packs]), relation_kinds(schema, packs)
        files = [path.read_text("utf-8").splitlines() for path in options.data]
        texts = [one for lines in files for one in read(lines, kinds)]
        manifest = read_manifest(ADAPTER, options.weights)
        if "scoring" not in manifest.get("look", manifest):
            raise ValueError("the head has no reader, whose scores alone are fitted.")
        fitted(manifest, texts, specs, options.weights, options.review)
        write_json(options.weights / "manifest.json", manifest)
    except (OSError, KeyError, TypeError, ValueError, WeightsMissing) as error:
        print(f"Not fitted: {error}", file=sys.stderr)
        return 2
    return 0


def fitted(
    manifest: dict[str, Any],
    texts: Sequence[GoldDocument],
    specs: Sequence[RelationSpec],
    folder: Path,
    review: float | None = None,
) -> None:
    """Put the regression over the signs of the head in ``folder``, and the score from which it
    proposes, into its manifest. They stay where the head finds nothing right, or nothing wrong."""
    part = manifest.get("look", manifest)
    names = (*SIGNS, *LOOK_SIGNS) if "look" in manifest else SIGNS
    head = EncoderWriteHead(folder, WriteHeadConfig(threshold=LOWEST), SharedEncoder())
    scoring, best = calibration.chosen(head, texts, specs, REVIEW_PRECISION, names)
    part["scoring"], part["thresholds"]["review"] = scoring, best if review is None else review
    print(json.dumps({"texts": len(texts), "scoring": scoring, "best": best}))


if __name__ == "__main__":
    sys.exit(main())
