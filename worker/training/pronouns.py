"""Fit and measure whom "he" and "she" stand for: ``python -m worker.training.pronouns``.

It fits on every other one of our own annotated documents, prints the weights that
``worker.mentions.salience`` holds, and counts right and wrong choices on the documents between.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from worker.english.anaphors import FEMALE, MALE, is_anaphor, pronoun
from worker.mentions import salience
from worker.mentions.anaphora import Thing, anaphors, sex_of_thing
from worker.mentions.salience import Trace, signs
from worker.training.redocred import GoldDocument
from worker.training.statements import read_documents
from worker.training.write_corpus import pack_relations, relation_kinds
from worker.types import MentionSpan, Span

STEPS, TOGETHER, DECAY = 400, 200, 0.002
Choice = Callable[[Mapping[int, Mapping[str, float]]], int | None]


@dataclass(frozen=True)
class Case:
    """A pronoun: the signs of the people who may be meant, and who is (None: nobody named)."""

    told: Mapping[int, Mapping[str, float]]
    gold: int | None


def cases(document: GoldDocument, choose: Choice | None = None) -> Iterator[Case]:
    """Yield the annotated "he" and "she" of a document, in order.

    Later ones know of earlier ones what ``choose`` says, or what the annotation does without it.
    """
    text = document.text
    gold = {m.span: i for i, e in enumerate(document.entities) for m in e}
    people = _people(document)
    order = list(people)
    named = [m for own in _named(document) for m in own]
    for mention in anaphors(text, named):
        plain = pronoun(mention.span.of(text))
        if plain not in MALE | FEMALE or mention.span not in gold:
            continue
        sex = "m" if plain in MALE else "f"
        told = signs(text, document.sentences, mention.span, sex, list(people.values()))
        entity = gold[mention.span]
        index = order.index(entity) if entity in people else None
        yield Case(told, index)
        taken = index if choose is None else choose(told)
        if taken is not None:
            people[order[taken]] = _told(people[order[taken]], mention.span, sex)


def _people(document: GoldDocument) -> dict[int, Trace]:
    """Return the people whom a document names, by their places among its entities."""
    text, found = document.text, {}
    for i, own in enumerate(_named(document)):
        if own and own[0].type == "PER":
            thing = Thing("PER", max((m.span.of(text) for m in own), key=len), own)
            places = tuple((m.span, False) for m in own)
            found[i] = Trace(places, sex_of_thing(text, thing))
    return found


def _named(document: GoldDocument) -> list[tuple[MentionSpan, ...]]:
    """Return the mentions of each entity that are names."""
    return [
        tuple(MentionSpan(m.span, m.type) for m in e if not is_anaphor(m.span.of(document.text)))
        for e in document.entities
    ]


def _told(person: Trace, span: Span, sex: str) -> Trace:
    return Trace(tuple(sorted((*person.places, (span, True)))), sex)


def fit(found: Sequence[Case], seed: int = 1) -> tuple[dict[str, float], float]:
    """Return the weight of each sign, and that of nobody."""
    names = list(next(row for case in found for row in case.told.values()))
    rows: list[tuple[Tensor, int]] = []
    for case in found:
        if case.told:
            keys = list(case.told)
            table = torch.tensor([[case.told[k][n] for n in names] for k in keys])
            rows.append((table, keys.index(case.gold) if case.gold in keys else len(keys)))
    weights = torch.zeros(len(names), requires_grad=True)
    nobody = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.Adam([weights, nobody], lr=0.05)
    rng = random.Random(seed)
    for _ in range(STEPS):
        some = rng.sample(rows, min(TOGETHER, len(rows)))
        losses = [
            functional.cross_entropy(torch.cat([t @ weights, nobody])[None], torch.tensor([at]))
            for t, at in some
        ]
        loss = torch.stack(losses).mean() + DECAY * (weights**2).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    fitted = dict(zip(names, weights.detach().tolist(), strict=True))
    return {name: round(weight, 2) for name, weight in fitted.items()}, float(nobody.detach())


def measured(documents: Sequence[GoldDocument]) -> Counter[str]:
    """Count how the weights that are shipped choose: right, wrong, nobody."""
    counts: Counter[str] = Counter()
    for document in documents:
        for case in cases(document, salience.choice):
            choice = salience.choice(case.told)
            if choice is None:
                counts["nobody, rightly" if case.gold is None else "nobody"] += 1
            else:
                counts["right" if choice == case.gold else "wrong"] += 1
    return counts


def main() -> None:
    """Print the weights that fit one half, and how the shipped ones do on the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=Path, nargs="+", required=True)
    parser.add_argument("--schema", type=Path, required=True)
    parser.add_argument("--packs", type=Path, required=True)
    given = parser.parse_args()
    kinds = relation_kinds(json.loads(given.schema.read_text()), pack_relations(given.packs))
    documents = [d for path in given.documents for d in read_documents(path, kinds)]
    weights, nobody = fit([case for d in documents[::2] for case in cases(d)])
    print(json.dumps({**weights, "nobody": round(nobody, 2)}), flush=True)
    print(dict(measured(documents[1::2])))


if __name__ == "__main__":
    main()
