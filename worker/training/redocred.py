"""Documents in DocRED format (Yao et al. 2019; Re-DocRED: Tan et al. 2022), as text with spans."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.types import ENTITY_TYPES, RelationSpec, Span

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
    """``subject`` and ``object`` index the document's entities; ``property`` is a Wikidata one."""

    subject: int
    property: str
    object: int
    evidence: tuple[int, ...] = ()


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
    """Return the documents of a DocRED file. Raises MalformedDocuments with the first fault."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise MalformedDocuments(f"{path.name} is not JSON: {error}") from error
    if not isinstance(rows, list):
        raise MalformedDocuments(f"{path.name} holds no list of documents")
    documents = []
    for number, row in enumerate(rows):
        try:
            documents.append(document(row))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise MalformedDocuments(
                f"{path.name}, document {number}: {type(error).__name__}: {error}"
            ) from error
    return documents


def document(row: Mapping[str, Any]) -> GoldDocument:
    """Turn one DocRED object into text with spans: its tokens, joined by spaces."""
    parts: list[str] = []
    starts: list[list[int]] = []
    sentences, at = [], 0
    for tokens in row["sents"]:
        begin, places = at, []
        for token in tokens:
            places.append(at)
            parts.append(token)
            at += len(token) + 1
        starts.append(places)
        if at > begin + 1:
            sentences.append(Span(begin, at - 1))
    text = " ".join(parts)
    entities = tuple(
        tuple(_mention(m, row["sents"], starts) for m in entity) for entity in row["vertexSet"]
    )
    triples = []
    for label in row.get("labels") or ():
        subject, obj = label["h"], label["t"]
        if not (0 <= subject < len(entities) and 0 <= obj < len(entities)):
            raise ValueError(f"a label names entity {max(subject, obj)} of {len(entities)}")
        triples.append(GoldTriple(subject, label["r"], obj, tuple(label.get("evidence", ()))))
    return GoldDocument(row["title"], text, tuple(sentences), entities, tuple(triples))


def _mention(
    mention: Mapping[str, Any], sents: Sequence[Sequence[str]], starts: Sequence[Sequence[int]]
) -> GoldMention:
    sentence = mention["sent_id"]
    first, last = mention["pos"]
    if sentence < 0 or not 0 <= first < last <= len(sents[sentence]):
        raise ValueError(f"mention {mention.get('name')!r} lies outside its sentence")
    kind = mention["type"] if mention["type"] in ENTITY_TYPES else "MISC"
    end = starts[sentence][last - 1] + len(sents[sentence][last - 1])
    return GoldMention(Span(starts[sentence][first], end), kind)


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
