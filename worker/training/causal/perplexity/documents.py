"""One document in all rows: who says where to read, what to ask and what is answered."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from worker.training.causal.perplexity.calls import (
    Asks,
    Calls,
    MadeCall,
    Read,
    TextReader,
    read_all,
)
from worker.training.causal.perplexity.scoring import PlacedCall, Scored, score
from worker.training.causal.perplexity.texts import Place, ScoredText
from worker.training.causal.sequences import Composer

Row = dict[str, Any]


@dataclass(frozen=True)
class Models:
    """A base, the same with an adapter, and what writes and queries with it."""

    base: Any
    adapted: Any
    composer: Composer
    asks: Asks
    window: int


class DocumentScorer:
    """Scores documents. ``pool`` has the places of all of them, whose results are the wrong
    answers of others."""

    def __init__(
        self, models: Models, memories: Mapping[str, Read | None], pool: Sequence[Place], seed: int
    ) -> None:
        self.models, self.memories, self.pool, self.seed = models, memories, pool, seed
        self._known: dict[tuple[PlacedCall, ...], Scored] = {}

    def document(self, text: ScoredText) -> Row:
        """Return all sums and counts of a document, as ``json.dumps`` takes them."""
        self._known.clear()
        plain = self._score(text, [])
        own = self.models.composer.ids.own
        base = score(self.models.base, text, [], own[0], banned=own)
        answers = [(p.name,) for p in text.places]
        row: Row = {
            "title": text.title,
            "tokens": len(text.ids),
            "left_out": text.left_out,
            "places": len(text.places),
            "base": sums(text, base.given()),
            "off": sums(text, plain.given()),
            "gold_answers": self._gold(text, answers),
            "controls": self._controls(text),
            "memories": {},
        }
        guesses: dict[int, Sequence[int]] = {
            p.at: self.models.composer.query_ids(p.point.queries) for p in text.places
        }
        for name, read in self.memories.items():
            row["memories"][name] = self._memory(text, read, guesses)
        return row

    def _memory(
        self, text: ScoredText, read: Read | None, guesses: dict[int, Sequence[int]]
    ) -> Row:
        """Return the rows that depend on a memory; None is an empty one, of which nothing is
        asked, since whatever is asked brings nothing."""
        if read is None:
            return self._empty(text)
        reader = TextReader(
            self.models.adapted, self.models.composer, self.models.asks, read,
            window=self.models.window,
        )  # fmt: skip
        results = [read_all(read, p.point.queries) for p in text.places]
        at_gold = reader.at(text, [p.at for p in text.places], guesses)
        guesses |= {c.at: c.ids for c in at_gold.made}
        own = reader.at_its_places(text, guesses)
        guesses |= {c.at: c.ids for c in own.made}
        return {
            "own_positions": self._made(text, own),
            "gold_positions": self._made(text, at_gold),
            "gold_queries": self._gold(text, results),
            "calls": counted(text, own, at_gold, results),
        }

    def _empty(self, text: ScoredText) -> Row:
        plain = self._score(text, [])
        begun = plain.likeliest.nonzero()[:, 0].tolist()
        both = {
            "given": sums(text, plain.given()),
            "priced": sums(text, plain.priced([p.at for p in text.places])),
        }
        own = {**both, "priced": sums(text, plain.priced(begun))}
        counts = counted(text, Calls([_without_results(at) for at in begun]), None, [])
        return {
            "own_positions": own, "gold_positions": both, "gold_queries": both, "calls": counts,
        }  # fmt: skip

    def _made(self, text: ScoredText, calls: Calls) -> Row:
        scored = self._score(text, calls.placed(self.models.composer))
        return {
            "given": sums(text, scored.given()),
            "priced": sums(text, scored.priced(calls.taken_out())),
        }

    def _gold(self, text: ScoredText, results: Sequence[Sequence[str]]) -> Row:
        """Return the sums with the right queries at the right places, and these results."""
        scored = self._score(text, self._placed(text, results))
        empty = [p.at for p, those in zip(text.places, results, strict=True) if not those]
        return {"given": sums(text, scored.given()), "priced": sums(text, scored.priced(empty))}

    def _controls(self, text: ScoredText) -> Row:
        rng = random.Random(f"{self.seed} {text.title}")
        wrong = [self._wrong(place, rng) for place in text.places]
        nothing: list[tuple[str, ...]] = [()] * len(wrong)
        return {
            "wrong_answers": self._given(text, self._placed(text, wrong)),
            "empty_answers": self._given(text, self._placed(text, nothing, keep_empty=True)),
            "empty_memory": self._empty(text)["own_positions"]["priced"],
        }

    def _wrong(self, place: Place, rng: random.Random) -> tuple[str, ...]:
        """Return the results of another place: one that asks the same relation, where there is
        one, and none of which is right here."""
        right = place.names | {r.casefold() for r in place.point.results}
        others = [p for p in self.pool if right.isdisjoint(r.casefold() for r in p.point.results)]
        relation = place.point.queries[0].relation
        alike = [p for p in others if p.point.queries[0].relation == relation]
        return rng.choice(alike or others).point.results if others else ()

    def _placed(
        self, text: ScoredText, results: Sequence[Sequence[str]], *, keep_empty: bool = False
    ) -> list[PlacedCall]:
        composer = self.models.composer
        room = self.models.window - len(text.start) - len(text.ids)
        placed = []
        for place, those in zip(text.places, results, strict=True):
            ids = (*composer.query_ids(place.point.queries), *composer.result_ids(those))
            if (those or keep_empty) and len(ids) <= room:
                room -= len(ids)
                placed.append(PlacedCall(place.at, ids))
        return placed

    def _given(self, text: ScoredText, calls: Sequence[PlacedCall]) -> Row:
        read = self.models.composer.ids.read
        scored = score(self.models.adapted, text, calls, read, both_ways=False)
        return sums(text, scored.given())

    def _score(self, text: ScoredText, calls: Sequence[PlacedCall]) -> Scored:
        key = tuple(calls)
        if key not in self._known:
            read = self.models.composer.ids.read
            self._known[key] = score(self.models.adapted, text, calls, read)
        return self._known[key]


def _without_results(at: int) -> MadeCall:
    return MadeCall(at, (), (), (), False)


def sums(text: ScoredText, losses: Tensor) -> dict[str, list[float]]:
    """Return what ``measures`` adds up, of a document's losses (T,)."""
    found = {"overall": [float(losses.sum()), float(len(losses))]}
    found["overall"] += [found["overall"][0], float(len(text.text.encode()))]
    for name, pieces in (
        ("target", [p.target for p in text.places]),
        ("entity", text.entities),
    ):
        of_each = [losses[list(p.tokens)] for p in pieces]
        found[name] = [
            float(sum(one.mean() for one in of_each)),
            float(len(of_each)),
            float(sum(one.sum() for one in of_each)),
            float(sum(p.bytes for p in pieces)),
        ]
    return found


def counted(
    text: ScoredText, own: Calls, at_gold: Calls | None, gold: Sequence[Sequence[str]]
) -> dict[str, int]:
    """Return the counts of a document's calls. ``gold`` has what the right queries bring at each
    place, and so tells whether the memory holds what is asked."""
    begun = {c.at: c for c in own.made}
    counts = {
        "places": len(text.places),
        "begun": len(begun),
        "begun_right": sum(p.at in begun for p in text.places),
        "own_query_right": 0, "own_results": 0, "own_target": 0,
        "asked": 0, "query_right": 0, "target": 0,
        "found": 0, "read": 0, "write": 0, "missing": 0,
    }  # fmt: skip
    at_places = {c.at: c for c in at_gold.made} if at_gold else {}
    for place, brought in zip(text.places, gold or [()] * len(text.places), strict=True):
        if one := at_places.get(place.at):
            counts["asked"] += 1
            counts["query_right"] += place.asked_by(one.queries)
            counts["target"] += place.stands_in(one.results)
        call = begun.get(place.at)
        if call:
            counts["own_query_right"] += place.asked_by(call.queries)
            counts["own_target"] += place.stands_in(call.results)
        counts[diagnosis(place, call, brought)] += 1
    counts["own_results"] = sum(c.kept for c in own.made)
    return counts


def diagnosis(place: Place, call: MadeCall | None, brought: Sequence[str]) -> str:
    """Return why a target was not read: it was ``found``; the memory does not hold it (``write``);
    no call was begun (``missing``); or its query did not bring it (``read``)."""
    if call and place.stands_in(call.results):
        return "found"
    if not place.stands_in(brought):
        return "write"
    return "read" if call else "missing"
