"""Measure how well a read head knows the relations by the words in which people ask for them.

    python -m worker.training.read_wordings [--weights DIR] [--one-in N] [--unknown] [--wrong N]

The texts are those of ``worker.wordings`` that are kept apart. Names are put in by type and
masked as the product does, and all shipped relations are ranked, with what types take off. With
``--unknown`` the head knows no wordings beside the relations' own example questions, and texts of
all writers are asked. One JSON object goes to standard output.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from worker.heads.answering import Reading
from worker.heads.encoder.findings import symmetric
from worker.heads.encoder.lookups import Lookup
from worker.heads.encoder.mentions import NamedEntity
from worker.heads.encoder.relation_matching import RelationMatcher
from worker.heads.encoder.thresholds import Thresholds
from worker.heads.scripted.memory import InMemoryMemory
from worker.training.everyday import is_unseen, limited, shipped_relations
from worker.training.read_data import Label, equivalents
from worker.training.read_head import PACKS, RELATIONS
from worker.types import EntityRef, RelationSpec
from worker.wordings import Wording, read_wordings

NAMES: Mapping[str, Sequence[str]] = {
    "PER": ("Marta Lindgaard", "Owen Pryce", "Ilka Hoss"),
    "ORG": ("Halden Freight", "Quill & Fern", "Ostrell Institute"),
    "LOC": ("Tarnby", "Vasholm", "Lindenau"),
    "TIME": ("1987", "3 May 1990"),
    "NUM": ("1,200", "18,500 euros"),
    "MISC": ("The Quiet Lock", "Silver Thorn", "Pharos"),
    "": ("Amber Gale",),
}


@dataclass(frozen=True)
class Asked:
    """A text with a name in it, what asks for it, and which labels are right."""

    text: str
    named: NamedEntity
    wording: Wording
    relation: RelationSpec
    right: frozenset[Label]

    @property
    def group(self) -> str:
        """Of what the relation is."""
        if is_unseen(self.relation):
            return "unseen"
        return "pack" if self.relation.name_in_pack else "standard"


def filled(wording: Wording, relation: RelationSpec, same: Mapping[Label, set[Label]]) -> Asked:
    """Return the wording with a name of one of the types of its side, the same each time."""
    text = limited(wording, relation)
    known = wording.known
    number = zlib.crc32(text.encode())
    types = relation.subject_types if known == "subject" else relation.object_types
    type_ = types[number % len(types)] if types else ""
    name = NAMES[type_][number // 7 % len(NAMES[type_])]
    start = text.index("{x}")
    named = NamedEntity(start, start + len(name), (EntityRef("1", name, type_),))
    right = {(relation.id, known)} | same.get((relation.id, known), set())
    if symmetric(relation):
        right |= {(relation.id, "subject"), (relation.id, "object")}
    return Asked(text.replace("{x}", name), named, wording, relation, frozenset(right))


def measure(
    matcher: RelationMatcher,
    thresholds: Thresholds,
    relations: Sequence[RelationSpec],
    asked: Iterable[Asked],
) -> tuple[dict[str, dict[str, dict[str, float]]], list[str]]:
    """Return figures by group of relations and form, and what was not found.

    ``top1`` is the share whose right relation is first, from the right side; ``relation`` from
    either side; ``accepted`` the share whose first one scores enough above "none of these";
    ``candidate`` that of which the right one would be read.
    """
    memory = InMemoryMemory(relations)
    lookup = Lookup(matcher, thresholds, Reading(memory))
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    wrong: list[str] = []
    for one in asked:
        first = lookup.ranked(one.text, one.named)[0]
        read = {(m.relation.id, m.known) for m in lookup.candidates(one.text, one.named)}
        hit = (first.relation.id, first.known) in one.right
        for group in (one.group, "all"):
            of_it = counts[group, one.wording.form if group != "all" else "all"]
            of_it["n"] += 1
            of_it["top1"] += hit
            of_it["relation"] += first.relation.id in {id_ for id_, _ in one.right}
            of_it["accepted"] += first.margin >= thresholds.margin
            of_it["candidate"] += bool(one.right & read)
        if not one.right & read:
            wrong.append(
                f"{one.relation.name} ({one.wording.known}): {one.text} -> "
                f"{first.relation.name} ({first.known}) {first.margin:.1f}"
            )
    figures: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    for (group, form), of_it in sorted(counts.items()):
        n = of_it.pop("n")
        figures[group][form] = {"n": n} | {k: round(v / n, 4) for k, v in of_it.items()}
    return dict(figures), wrong


def without_key(relation: RelationSpec) -> RelationSpec:
    """Return a relation as if its owner had added it: no wordings are known of it."""
    return replace(relation, wikidata_property="", name_in_pack="")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    from worker.heads.encoder.read_head import EncoderReadHead

    parser = argparse.ArgumentParser(prog="worker.training.read_wordings", description=__doc__)
    parser.add_argument("--weights", type=Path, help="trained weights; the shipped ones if absent")
    parser.add_argument("--one-in", type=int, default=1, help="ask one text in so many")
    parser.add_argument(
        "--unknown", action="store_true", help="of relations whose wordings the head does not know"
    )
    parser.add_argument("--wrong", type=int, default=0, help="how many of those not found to show")
    options = parser.parse_args(arguments)
    if options.one_in < 1:
        parser.error("--one-in is a number from 1 on")
    relations = shipped_relations(RELATIONS, PACKS)
    by_key = {relation.key: relation for relation in relations}
    same = equivalents(RELATIONS)
    texts = [one for one in read_wordings() if options.unknown or one.apart]
    asked = [filled(one, by_key[one.key], same) for one in texts[:: options.one_in]]
    known = [without_key(one) for one in relations] if options.unknown else relations
    head = EncoderReadHead(options.weights)
    figures, wrong = measure(head.matcher, head.thresholds, known, asked)
    for line in wrong[: options.wrong]:
        print(line, file=sys.stderr)
    report: dict[str, Any] = {"version": head.version, "figures": figures}
    print(json.dumps(report, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
