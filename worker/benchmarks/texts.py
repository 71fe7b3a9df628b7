"""Made-up passages about as long and as full of names as an encyclopedia's first paragraphs."""

from __future__ import annotations

import random

from worker.types import PassageText, Span

_SENTENCES = (
    "{p} was born in {c} in {y} and grew up near the harbour, where the family kept a small shop.",
    "After school {p} studied law at the University of {c}, but left it without a degree in {y}.",
    "In {y} {p} and {q} founded the {o} in {c}, which soon had more members than it had chairs.",
    "The {o} is a society for the history of {c}, and has had its headquarters there since {y}.",
    "{p} married {q}, a daughter of the engineer who had built the old bridge in {c}.",
    "The first exhibition, shown in {c} in {y}, was praised by {p} of the {o} for its calm light.",
    "{c} lies north of {d}, and both belong to the province that was named after them in {y}.",
    "From {y} to {z} {p} served as chair of the {o}, and wrote two books about the coast of {c}.",
    "When {q} died in {d} in {y}, the {o} bought the house and opened it to visitors.",
    "A later book by {p}, printed in {d}, tells of a journey from {c} to the northern islands.",
    "The {o} gave its prize of the year {y} to {p}, who had never before been outside of {c}.",
    "Many of the letters are kept by the {o} in {d}, others were lost when the archive burned.",
)
_PARTS = ("bel", "cor", "dan", "el", "fal", "gar", "hol", "is", "kel", "lin", "mar", "nor", "os")
_SOCIETIES = ("Society", "Museum", "Institute", "Orchestra", "Company")


def made_passages(number: int, seed: int, sentences: int = 11) -> list[PassageText]:
    """Return passages of about 200 words and 20 things named, the same for the same seed."""
    rng = random.Random(seed)
    return [_passage(str(i), rng, sentences) for i in range(number)]


def _passage(name: str, rng: random.Random, number: int) -> PassageText:
    people = [f"{_word(rng)} {_word(rng)}" for _ in range(5)]
    places = [_word(rng) for _ in range(5)]
    bodies = [f"{_word(rng)} {rng.choice(_SOCIETIES)}" for _ in range(4)]
    text, spans = "", []
    for pattern in rng.sample(_SENTENCES, min(number, len(_SENTENCES))):
        (p, q), (c, d) = rng.sample(people, 2), rng.sample(places, 2)
        y = rng.randint(1850, 1990)
        made = pattern.format(p=p, q=q, c=c, d=d, o=rng.choice(bodies), y=y, z=y + 9)
        start = len(text) + 1 if text else 0
        text = f"{text} {made}" if text else made
        spans.append(Span(start, len(text)))
    return PassageText(name, text, tuple(spans))


def _word(rng: random.Random) -> str:
    return "".join(rng.sample(_PARTS, 2)).capitalize()
