"""Which person "he" or "she" stands for: how present each one is in what was just said.

Signs of each person who may be meant (Lappin and Leass 1994) in a small choice model: they compete
with one another and with "nobody of these". ``python -m worker.training.pronouns`` fits it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from worker.types import Span

LEAST = 0.8  # the share of the choice that a person must have
# Fitted on half of our own annotated documents, a to g.
WEIGHTS = {
    "here": 1.22,
    "before": 0.65,
    "far": -1.79,
    "distance": -1.38,
    "opens before": 0.69,
    "first here": 0.82,
    "first before": 0.57,
    "by pronoun": 0.95,
    "of the sex": 0.79,
    "of no known sex": -0.48,
    "nearest": 0.5,
    "share": 0.95,
    "topic from afar": 0.53,
}
NOBODY = -1.62


_BEFORE_FIRST = " \t\"“”‘’'*#>-0123456789.()"


@dataclass(frozen=True)
class Trace:
    """Where a person was named or meant so far, in order: each span, and whether by a pronoun."""

    places: tuple[tuple[Span, bool], ...]
    sex: str = ""  # "m", "f", or nothing where the text does not tell


def chosen(
    text: str, sentences: Sequence[Span], word: Span, wanted: str, people: Sequence[Trace]
) -> int | None:
    """Return which of the people a pronoun of a sex stands for; None where nobody is clear.

    ``people`` are all of the text, with what was said of them before ``word`` and after.
    """
    return choice(signs(text, sentences, word, wanted, people))


def choice(told: Mapping[int, Mapping[str, float]]) -> int | None:
    """Return the person whose signs (see ``signs``) win; None where nobody is clear."""
    if not told:
        return None
    worth = {
        i: sum(WEIGHTS[name] * value for name, value in row.items()) for i, row in told.items()
    }
    total = sum(math.exp(value) for value in (*worth.values(), NOBODY))
    best = max(worth, key=lambda i: worth[i])
    return best if math.exp(worth[best]) / total >= LEAST else None


def signs(
    text: str, sentences: Sequence[Span], word: Span, wanted: str, people: Sequence[Trace]
) -> dict[int, dict[str, float]]:
    """Return the signs of each person who was spoken of before and may be of the sex."""
    spoken = _spoken_of(word, wanted, people)
    if not spoken:
        return {}
    nearest = max(spoken, key=lambda i: spoken[i][-1][0].start)
    topic = min(spoken, key=lambda i: spoken[i][0][0].start)
    total = sum(map(len, spoken.values()))
    own = sentence_of(sentences, word.start)
    found = {}
    for i, places in spoken.items():
        at = sentence_of(sentences, places[-1][0].start)
        others = [places for k, places in spoken.items() if k != i]
        opens, first = _leads(text, sentences[at], places, others)
        back = own - at
        row = {
            "here": back == 0,
            "before": back == 1,
            "far": back > 2,
            "distance": min(back, 8) / 8,
            "opens before": opens and back == 1,
            "first here": first and back == 0,
            "first before": first and back == 1,
            "by pronoun": places[-1][1],
            "of the sex": people[i].sex == wanted,
            "of no known sex": not people[i].sex,
            "nearest": i == nearest,
            "share": len(places) / total,
            "topic from afar": i == topic and back > 1,
        }
        found[i] = {name: float(value) for name, value in row.items()}
    return found


def _spoken_of(
    word: Span, wanted: str, people: Sequence[Trace]
) -> dict[int, list[tuple[Span, bool]]]:
    """Return where each person who may be of the sex was spoken of before a word."""
    spoken = {
        i: [place for place in person.places if place[0].end <= word.start]
        for i, person in enumerate(people)
        if person.sex in ("", wanted)
    }
    return {i: places for i, places in spoken.items() if places}


def _leads(
    text: str,
    sentence: Span,
    places: Sequence[tuple[Span, bool]],
    others: Sequence[Sequence[tuple[Span, bool]]],
) -> tuple[bool, bool]:
    """Tell whether a person opens a sentence, and whether it is the first one named there."""
    start = next(place.start for place, _ in places if place.start >= sentence.start)
    first = not any(sentence.start <= p.start < start for own in others for p, _ in own)
    return not text[sentence.start : start].strip(_BEFORE_FIRST), first


def sentence_of(sentences: Sequence[Span], offset: int) -> int:
    """Return the sentence that holds ``offset``, the one before it where none does."""
    return max((i for i, s in enumerate(sentences) if s.start <= offset), default=0)
