"""The wordings of ``worker.wordings`` as training and measuring need them.

Everything that was written for a few relations of the packs is left out of training, their own
words too: they stand for relations that an owner adds.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from worker.training.read_data import Label, Wordings
from worker.types import RelationSpec, Side
from worker.wordings import Wording, read_wordings

_NOUNS = {"PER": "people", "ORG": "firms", "LOC": "places"}  # that a condition limits
_UNSEEN = 6  # one relation of the packs in so many
# Relations of ``data/other_relations.json`` that a pack has too, under which name.
IN_A_PACK: Mapping[str, str] = {
    "number of employees": "number of employees",
    "annual revenue": "revenue",
    "phone number": "phone number",
    "email address": "email address",
    "official website": "website",
    "latest version": "version",
    "software dependency": "requires",
    "license": "licence",
    "price": "price",
    "deadline": "deadline",
    "notice period": "notice period",
    "side effects": "side effect",
}


def is_unseen(relation: RelationSpec) -> bool:
    """Tell whether training leaves a relation out, with all that is said of it."""
    name = relation.name_in_pack
    return bool(name) and zlib.crc32(name.encode()) % _UNSEEN == 0


def shipped_relations(standard: Path, packs: Path) -> list[RelationSpec]:
    """Return the relations of a relations.json and a packs.json as a head sees them, each with
    its key for its id."""
    items = json.loads(standard.read_text(encoding="utf-8"))
    for pack in json.loads(packs.read_text(encoding="utf-8")):
        items += pack["relations"]
    return [_spec(item) for item in items]


def _spec(item: Mapping[str, Any]) -> RelationSpec:
    property_ = str(item.get("wikidata_property") or "")
    name = str(item["name"])

    def texts(key: str) -> tuple[str, ...]:
        return tuple(item.get(key) or ())

    return RelationSpec(
        property_ or name,
        name,
        str(item["description"]),
        aliases=texts("aliases"),
        inverse_name=str(item["inverse_name"]),
        subject_types=texts("subject_types"),
        object_types=texts("object_types"),
        template=str(item["template"]),
        wikidata_property=property_,
        questions=texts("questions"),
        inverse_questions=texts("inverse_questions"),
        cue_words=texts("cue_words"),
        name_in_pack="" if property_ else name,
        inverse_id=str(item.get("inverse_property") or ""),
    )


def limited(wording: Wording, relation: RelationSpec) -> str:
    """Return a condition with a noun that it limits, any other text as it is."""
    if wording.form != "condition":
        return wording.text
    types = relation.subject_types
    return f"the {_NOUNS.get(types[0], 'things') if types else 'things'} {wording.text}"


def training_patterns(relations: Iterable[RelationSpec]) -> Wordings:
    """Return the texts to train on, by relation (its key) and side."""
    by_key = {relation.key: relation for relation in relations if not is_unseen(relation)}
    texts = [(one, limited(one, by_key[one.key])) for one in read_wordings() if one.key in by_key]
    apart = {(one.key, one.known, text) for one, text in texts if one.apart}
    found: dict[Label, list[str]] = defaultdict(list)
    for one, text in texts:
        if (one.key, one.known, text) not in apart:
            found[one.key, one.known].append(text)
    return Wordings({label: tuple(texts) for label, texts in found.items()})


def own_patterns(relations: Iterable[RelationSpec]) -> Wordings:
    """Return the example questions that relations come with."""
    found: dict[Label, tuple[str, ...]] = {}
    for one in relations:
        found[one.id, "subject"] = tuple(q.replace("{subject}", "{x}") for q in one.questions)
        found[one.id, "object"] = tuple(q.replace("{object}", "{x}") for q in one.inverse_questions)
    return Wordings(found)


def taken_over(others: Wordings, packed: Iterable[RelationSpec]) -> Wordings:
    """Return the wordings of relations outside the schema: those of one that a pack has too as
    its, or not at all where it is not among ``packed``."""
    known = {one.id for one in packed}
    found: dict[Label, tuple[str, ...]] = {}
    for (name, side), texts in others.patterns.items():
        taken = IN_A_PACK.get(name, name)
        if name not in IN_A_PACK or taken in known:
            found[taken, side] = texts
    return Wordings(found)


def together(parts: Iterable[Wordings]) -> Wordings:
    """Return all wordings of all parts; labels without any are left out."""
    found: dict[Label, list[str]] = defaultdict(list)
    for part in parts:
        for label, texts in part.patterns.items():
            found[label] += texts
    return Wordings({label: tuple(dict.fromkeys(texts)) for label, texts in found.items() if texts})


def names_of_types(
    relations: Iterable[RelationSpec], names: Mapping[Label, Sequence[tuple[str, str]]]
) -> dict[Label, list[tuple[str, str]]]:
    """Return, for both sides of relations, the (name, type) pairs that their types allow, if any
    do."""
    pool = sorted({pair for pairs in names.values() for pair in pairs})
    found: dict[Label, list[tuple[str, str]]] = {}
    for relation in relations:
        sides: tuple[tuple[Side, tuple[str, ...]], ...] = (
            ("subject", relation.subject_types),
            ("object", relation.object_types),
        )
        for side, types in sides:
            found[relation.id, side] = [pair for pair in pool if pair[1] in types]
    return {label: pairs for label, pairs in found.items() if pairs}
