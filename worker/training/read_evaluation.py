"""How well the read head finds the relation that a question asks for, and its side."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from worker.heads.encoder.relation_matching import Match, RelationMatcher, mask
from worker.training.read_data import AskedQuestion, Label, Wordings
from worker.types import RelationSpec


def relation_accuracy(
    matcher: RelationMatcher,
    questions: Sequence[AskedQuestion],
    relations: Mapping[str, RelationSpec],
    labels: Sequence[Label],
) -> dict[str, float]:
    """Return top1, top5 and n: the right relation and side of ``labels``, by the text alone."""
    index = {label: i for i, label in enumerate(labels)}
    vectors = matcher.relation_vectors([(relations[name], known) for name, known in labels])
    scores = matcher.question_vectors([question.text for question in questions]) @ vectors.T
    best = scores.topk(min(5, len(labels)), dim=1).indices.tolist()
    top1 = top5 = 0
    for question, ranked in zip(questions, best, strict=True):
        target = index[question.label]
        top1 += ranked[0] == target
        top5 += target in ranked
    n = len(questions)
    return {"top1": round(top1 / n, 4), "top5": round(top5 / n, 4), "n": n}


def wording_accuracy(
    matcher: RelationMatcher,
    wordings: Wordings,
    relations: Sequence[RelationSpec],
    names: Mapping[Label, Sequence[tuple[str, str]]],
    same: Mapping[Label, set[Label]],
    *,
    seed: int = 0,
    each: int = 3,
) -> dict[str, float]:
    """Return how often the right relation and side is first for filled-in wordings.

    ``top1`` counts a relation that states the same facts (spouse from either side) as right.
    ``known`` is the share whose best match scores above "none of these".
    """
    rng = random.Random(seed)
    right = top5 = known = n = 0
    for label, patterns in sorted(wordings.patterns.items()):
        for pattern in patterns:
            for name, type_ in (
                rng.sample(list(names.get(label, ())), k=each)[:each]
                if len(names.get(label, ())) >= each
                else list(names.get(label, ()))
            ):
                ranked = rank(matcher, pattern, name, type_, relations)
                good = {label} | same.get(label, set())
                found = [(match.relation.id, match.known) for match in ranked[:5]]
                right += found[0] in good
                top5 += bool(good & set(found))
                known += ranked[0].margin > 0
                n += 1
    return {
        "top1": round(right / n, 4),
        "top5": round(top5 / n, 4),
        "known": round(known / n, 4),
        "n": n,
    }


def rank(
    matcher: RelationMatcher,
    pattern: str,
    name: str,
    type_: str,
    relations: Sequence[RelationSpec],
) -> list[Match]:
    """Rank relations for a wording with ``name`` in the place of ``{x}``, as the head does."""
    question = pattern.replace("{x}", name)
    start = pattern.index("{x}")
    masked = mask(question, start, start + len(name), type_)
    return matcher.rank([masked, question], relations)
