"""Documents in DocRED format (Yao et al. 2019; Re-DocRED: Tan et al. 2022), as text with spans.

Run as a command, it writes one part of a seeded split to a file of its own, so that a figure
measured on that part can be measured again:

    python -m worker.training.redocred --data dev_revised.json --seed 7 --part held --out held.json
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.training import docred_format
from worker.types import ENTITY_TYPES, RelationSpec, Span

LARGEST = 128 * 2**20  # bytes; as objects in memory a file takes ten times its size

# The dates are in none of the descriptions that come with FewRel.
DATE_DESCRIPTIONS = {
    "P569": "date on which the subject was born",
    "P570": "date on which the subject died",
    "P571": "time when an entity begins to exist or was founded",
    "P576": "time at which the subject ceased to exist or was dissolved",
    "P577": "date or point in time when a work was first published or released",
    "P580": "time an event starts, an item begins to exist, or a statement becomes valid",
    "P582": "time at which an item ceases to exist or a statement stops being valid",
    "P585": "time and date something took place, existed or a statement was true",
}


class MalformedDocuments(ValueError):
    """The file is not in DocRED format."""


@dataclass(frozen=True)
class GoldMention:
    span: Span
    type: str


@dataclass(frozen=True)
class GoldTriple:
    """``subject`` and ``object`` index the document's entities; ``property`` is a Wikidata one.

    ``mood`` is how the text has it (see ``pair_reader.MOODS``), None where nobody says.
    """

    subject: int
    property: str
    object: int
    evidence: tuple[int, ...] = ()
    mood: str | None = None


@dataclass(frozen=True)
class GoldDocument:
    """One annotated document; every span indexes ``text``."""

    title: str
    text: str
    sentences: tuple[Span, ...]
    entities: tuple[tuple[GoldMention, ...], ...]
    triples: tuple[GoldTriple, ...]

    def names(self, entity: int) -> frozenset[str]:
        """Return the case-folded texts of an entity's mentions."""
        return frozenset(m.span.of(self.text).casefold() for m in self.entities[entity])


def read(path: Path) -> list[GoldDocument]:
    """Return the documents of a DocRED file.

    Raises MalformedDocuments with the first fault, and OSError when the file cannot be read.
    """
    documents = []
    for number, row in enumerate(read_rows(path)):
        try:
            documents.append(document(row))
        except docred_format.Malformed as error:
            title = row.get("title") if isinstance(row, dict) else None
            named = f", {title!a}" if isinstance(title, str) else ""
            raise MalformedDocuments(f"{path.name}, document {number}{named}: {error}") from error
    return documents


def read_rows(path: Path) -> list[Any]:
    """Return the objects of a DocRED file as they stand. Raises MalformedDocuments and OSError."""
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise MalformedDocuments(f"{path.name} is larger than {LARGEST // 2**20} MB: split it")
    try:
        rows = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise MalformedDocuments(f"{path.name} is not JSON in UTF-8: {error}") from error
    except RecursionError as error:
        raise MalformedDocuments(f"{path.name} is nested too deeply") from error
    except ValueError as error:
        raise MalformedDocuments(f"{path.name} is not JSON: {error}") from error
    if not isinstance(rows, list):
        kind = docred_format.kind_of(rows)
        raise MalformedDocuments(f"{path.name} holds {kind}, not a list of documents")
    return rows


def document(row: Any) -> GoldDocument:
    """Turn one DocRED object into text with spans: its tokens, joined by spaces.

    ``labels`` may be missing, as in files whose answers are kept secret. Raises Malformed.
    """
    docred_format.typed(row, dict, "it")
    title = docred_format.field(row, "title", str)
    sents = docred_format.tokens(row)
    starts, sentences, at = [], [], 0
    for tokens in sents:
        begin, places = at, []
        for token in tokens:
            places.append(at)
            at += len(token) + 1
        starts.append(places)
        if at > begin + 1:
            sentences.append(Span(begin, at - 1))
    entities = []
    for i, mentions in enumerate(docred_format.field(row, "vertexSet", list)):
        place = f"vertexSet[{i}]"
        if not docred_format.typed(mentions, list, place):
            raise docred_format.Malformed(f"{place} has no mention")
        entities.append(
            tuple(_mention(m, f"{place}[{j}]", sents, starts) for j, m in enumerate(mentions))
        )
    labels = row.get("labels")
    triples = [
        GoldTriple(*docred_format.label(one, f"labels[{i}]", len(entities)))
        for i, one in enumerate(
            [] if labels is None else docred_format.typed(labels, list, "labels")
        )
    ]
    text = " ".join(token for tokens in sents for token in tokens)
    return GoldDocument(title, text, tuple(sentences), tuple(entities), tuple(triples))


def _mention(
    row: Any, place: str, sents: Sequence[Sequence[str]], starts: Sequence[Sequence[int]]
) -> GoldMention:
    sentence, first, after, kind = docred_format.mention(row, place, sents)
    end = starts[sentence][after - 1] + len(sents[sentence][after - 1])
    span = Span(starts[sentence][first], end)
    return GoldMention(span, kind if kind in ENTITY_TYPES else "MISC")


def split(
    documents: Sequence[GoldDocument], *, seed: int, dev: int, held: int
) -> tuple[list[GoldDocument], list[GoldDocument], list[GoldDocument]]:
    """Return (train, dev, kept out), split by document; the titles decide, not the file's order."""
    ordered = sorted(documents, key=lambda d: (d.title, d.text))
    random.Random(seed).shuffle(ordered)
    return ordered[dev + held :], ordered[:dev], ordered[dev : dev + held]


def titles_hash(documents: Sequence[GoldDocument]) -> str:
    """Return a hash that identifies a set of documents by their titles."""
    titles = "\n".join(sorted(d.title for d in documents))
    return hashlib.sha256(titles.encode()).hexdigest()[:16]


def relation_specs(
    properties: Sequence[str], names: Mapping[str, Sequence[str]], labels: Mapping[str, str]
) -> list[RelationSpec]:
    """Return relations for Wikidata properties.

    ``names`` maps a property to its name and description (FewRel's pid2name), ``labels`` to its
    name alone, for those that ``names`` lacks.
    """
    specs = []
    for pid in properties:
        name, description = names.get(pid) or (labels.get(pid, pid), DATE_DESCRIPTIONS.get(pid, ""))
        specs.append(RelationSpec(pid, name, description, wikidata_property=pid))
    return specs


def write_part(path: Path, out: Path, part: str, *, seed: int, dev: int, held: int) -> int:
    """Write the documents of one part of the split, as they stand; return how many there are.

    Raises MalformedDocuments and OSError.
    """
    documents = read(path)
    rows = {id(d): row for d, row in zip(documents, read_rows(path), strict=True)}
    parts = dict(
        zip(("train", "dev", "held"), split(documents, seed=seed, dev=dev, held=held), strict=True)
    )
    draft = out.with_name(f"{out.name}.draft")
    draft.write_text(json.dumps([rows[id(d)] for d in parts[part]]), encoding="utf-8")
    draft.replace(out)
    return len(parts[part])


def main(arguments: Sequence[str] | None = None) -> None:
    """Write one part of a split: the command ``python -m worker.training.redocred``."""
    parser = argparse.ArgumentParser(description="Write one part of a split to a file.")
    parser.add_argument("--data", type=Path, required=True, help="a file in DocRED format")
    parser.add_argument("--part", choices=["train", "dev", "held"], default="held")
    parser.add_argument("--seed", type=int, default=7, help="the seed of the training run")
    parser.add_argument("--dev", type=int, default=40, help="documents to choose by")
    parser.add_argument("--held", type=int, default=40, help="documents to report on")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    given = parser.parse_args(arguments)
    try:
        count = write_part(
            given.data, given.out, given.part, seed=given.seed, dev=given.dev, held=given.held
        )
    except MalformedDocuments as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}")
    print(f"{count} documents in {given.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
