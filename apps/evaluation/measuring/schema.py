"""The relations that an evaluation asks a write head for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.evaluation.measuring.errors import EvaluationError
from apps.memory.packs import STANDARD, Pack, key_of
from worker.training.redocred import DATE_DESCRIPTIONS, GoldDocument
from worker.types import RelationSpec

Texts = Mapping[str, tuple[str, str]]  # of a property: its name and description


@dataclass(frozen=True)
class Asked:
    """The relations, and the properties among them whose name nobody knows."""

    specs: list[RelationSpec]
    unnamed: list[str]


def relations_asked(
    documents: Sequence[GoldDocument], *, texts: Texts, labels: Path | None, only_used: bool
) -> Asked:
    """Return the relations of the standard schema and those that the documents use.

    The documents' annotators judged every relation of a schema, also those that hold nowhere in
    these documents: leaving them out would spare the head its mistakes. ``only_used`` leaves
    them out. A relation outside the schema goes by the name in ``labels``, else in ``texts``,
    else by its id. Raises EvaluationError for a malformed labels file.
    """
    standard = {
        item["wikidata_property"]: standard_relation(item)
        for item in json.loads(STANDARD.read_text(encoding="utf-8"))
    }
    used = {t.property for d in documents for t in d.triples}
    known = {**texts, **(read_labels(labels) if labels else {})}
    specs, unnamed = [], []
    for pid in sorted(used if only_used else used | set(standard)):
        if pid in standard:
            specs.append(standard[pid])
            continue
        if pid not in known:
            unnamed.append(pid)
        name, description = known.get(pid, (pid, ""))
        description = description or DATE_DESCRIPTIONS.get(pid, "")
        specs.append(RelationSpec(pid, name, description, wikidata_property=pid))
    return Asked(specs, unnamed)


def pack_relations(packs: Iterable[Pack]) -> list[RelationSpec]:
    """Return the relations of packs as a head sees them in a space that has them on."""
    return [standard_relation(item) for pack in packs for item in pack.relations]


def standard_relation(item: Mapping[str, Any]) -> RelationSpec:
    """Return a shipped relation as a head sees it, its key as its id."""
    key = key_of(item)
    wikidata = item.get("wikidata_property") or ""
    return RelationSpec(
        key,
        item["name"],
        item["description"],
        aliases=tuple(item["aliases"]),
        inverse_name=item["inverse_name"],
        single_valued=item["single_valued"],
        subject_types=tuple(item["subject_types"]),
        object_types=tuple(item["object_types"]),
        template=item["template"],
        wikidata_property=wikidata,
        name_in_pack="" if wikidata else key,
        lasts=item["lasts"],
        cue_words=tuple(item["cue_words"]),
        role=item["role"],
        examples=tuple(item.get("examples", ())),
        inverse_id=item.get("inverse_property") or "",
        implies=tuple(item.get("implies", ())),
        implies_back=tuple(item.get("implies_back", ())),
    )


def read_labels(path: Path) -> dict[str, tuple[str, str]]:
    """Read ``{"P19": "place of birth"}`` or ``{"P19": ["place of birth", "where …"]}``.

    Raises EvaluationError.
    """
    try:
        found: Any = json.loads(path.read_bytes())
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"{path} is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise EvaluationError(f"{path} holds no object of names by property.")
    result = {}
    for pid, value in found.items():
        parts = value if isinstance(value, list) else [value]
        if not 1 <= len(parts) <= 2 or not all(isinstance(p, str) for p in parts):
            raise EvaluationError(
                f"{path}: {pid!a} has neither a name nor a list of name and description."
            )
        result[pid] = (parts[0], parts[1] if len(parts) > 1 else "")
    return result
