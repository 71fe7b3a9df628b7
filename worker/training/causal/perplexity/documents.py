"""One document in all rows: who says where to read, what to ask and what is answered."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from worker.training.causal.perplexity.calls import (
    Asks,
    Calls,
    MadeCall,
    TextReader,
    read_all,
)
from worker.training.causal.perplexity.drafts import Drafts
from worker.training.causal.perplexity.line import Line
from worker.training.causal.perplexity.measures import MEASURES
from worker.training.causal.perplexity.passes import Passes
from worker.training.causal.perplexity.reads import Read
from worker.training.causal.perplexity.scoring import PlacedCall, PlainText, Scored
from worker.training.causal.perplexity.texts import Place, ScoredText
from worker.training.causal.sequences import Composer

Row = dict[str, Any]


@dataclass(frozen=True)
class Models:
    """A base, the same with an adapter, and what writes and queries with it."""

    base: Passes
    adapted: Passes
    composer: Composer
    asks: Asks
    window: int


class DocumentScorer:
    """Scores documents. ``pool`` has the places of all of them, whose results are the wrong
    answers of others; without it, only what the model does of its own is scored, with each memory
    and with reading switched off."""

    def __init__(
        self,
        models: Models,
        memories: Mapping[str, Read | None],
        pool: Sequence[Place] | None,
        seed: int,
    ) -> None:
        self.models, self.memories, self.pool, self.seed = models, memories, pool, seed

    def document(self, text: ScoredText) -> Row:
        """Return all sums and counts of a document, as ``json.dumps`` takes them. Those that are
        scored side by side, in threads, read in passes together."""
        with self.models.adapted.member():
            return _Document(self, text).row()

    def controls(self, text: ScoredText) -> Row:
        """Return TARGET of a document with reading switched off and of its controls."""
        return _Document(self, text).controls()

    def wrong(self, place: Place, rng: random.Random) -> tuple[str, ...]:
        """Return the results of another place: one that asks the same relation, where there is
        one, and none of which is right here."""
        right = place.names | {r.casefold() for r in place.point.results}
        others = [
            p for p in self.pool or () if right.isdisjoint(r.casefold() for r in p.point.results)
        ]
        relation = place.point.queries[0].relation
        alike = [p for p in others if p.point.queries[0].relation == relation]
        return rng.choice(alike or others).point.results if others else ()


class _Document:
    """One document: what was found of it so far."""

    def __init__(self, scorer: DocumentScorer, text: ScoredText) -> None:
        self.scorer, self.models, self.text = scorer, scorer.models, text
        self.plain = PlainText(self.models.adapted, text, self.models.composer.ids.read)
        self._known: dict[tuple[PlacedCall, ...], Scored] = {}
        self._drafts = Drafts(self.models.composer.ids)
        for place in text.places:
            self._drafts.add(self.models.composer.query_ids(place.point.queries), place.at)
        for piece in text.entities:
            self._drafts.add_name([text.ids[at] for at in piece.tokens])

    def row(self) -> Row:
        text = self.text
        return {
            "title": text.title,
            "tokens": len(text.ids),
            "left_out": text.left_out,
            "places": len(text.places),
            "off": sums(text, self.plain.scored.given()),
            **self._oracles(),
            "memories": {name: self._memory(read) for name, read in self.scorer.memories.items()},
        }

    def controls(self) -> Row:
        """Return the sums of TARGET alone, the one that the controls are compared with too."""
        without = sums(self.text, self.plain.scored.given(), ["target"])
        found = self._controls()
        return {"off": without["target"], **{name: one["target"] for name, one in found.items()}}

    def _oracles(self) -> Row:
        """Return the rows that no memory has part in, where they are wanted: the base itself,
        right answers, and controls."""
        if self.scorer.pool is None:
            return {}
        text, own = self.text, self.models.composer.ids.own
        base = PlainText(self.models.base, text, own[0], banned=own).scored
        return {
            "base": sums(text, base.given()),
            "gold_answers": self._gold([(p.name,) for p in text.places]),
            "controls": self._controls(),
        }

    def _memory(self, read: Read | None) -> Row:
        """Return the rows that depend on a memory; None is an empty one, of which nothing is
        asked, since whatever is asked brings nothing."""
        if read is None:
            return self._empty()
        reader = TextReader(
            self.plain, self.models.composer, self.models.asks, read, window=self.models.window
        )
        text = self.text
        results = [read_all(read, p.point.queries) for p in text.places]
        if self.scorer.pool is None:
            own = reader.at_its_places(self._drafts)
            return {
                "own_positions": self._made(own), "calls": counted(text, own, None, results),
            }  # fmt: skip
        at_gold = reader.at([p.at for p in text.places], self._drafts)
        self._drafted(at_gold)
        own = reader.at_its_places(self._drafts)
        self._drafted(own)
        return {
            "own_positions": self._made(own),
            "gold_positions": self._made(at_gold),
            "gold_queries": self._gold(results),
            "calls": counted(text, own, at_gold, results),
        }

    def _drafted(self, calls: Calls) -> None:
        """Keep what was asked: with another memory much of it is asked again."""
        for call in calls.made:
            if call.queries:
                self._drafts.add(call.ids, call.at)

    def _empty(self) -> Row:
        text, plain = self.text, self.plain.scored
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

    def _made(self, calls: Calls) -> Row:
        scored = self._score(calls.placed(self.models.composer), calls.line)
        return {
            "given": sums(self.text, scored.given()),
            "priced": sums(self.text, scored.priced(calls.taken_out())),
        }

    def _gold(self, results: Sequence[Sequence[str]]) -> Row:
        """Return the sums with the right queries at the right places, and these results."""
        text = self.text
        scored = self._score(self._placed(results))
        empty = [p.at for p, those in zip(text.places, results, strict=True) if not those]
        return {"given": sums(text, scored.given()), "priced": sums(text, scored.priced(empty))}

    def _controls(self) -> Row:
        """Return TARGET, which is all that the controls are for."""
        rng = random.Random(f"{self.scorer.seed} {self.text.title}")
        wrong = [self.scorer.wrong(place, rng) for place in self.text.places]
        nothing: list[tuple[str, ...]] = [()] * len(wrong)
        return {
            "wrong_answers": self._target(self._placed(wrong)),
            "empty_answers": self._target(self._placed(nothing, keep_empty=True)),
            "empty_memory": self._empty()["own_positions"]["priced"],
        }

    def _placed(
        self, results: Sequence[Sequence[str]], *, keep_empty: bool = False
    ) -> list[PlacedCall]:
        composer, text = self.models.composer, self.text
        room = self.models.window - len(text.start) - len(text.ids)
        placed = []
        for place, those in zip(text.places, results, strict=True):
            ids = (*composer.query_ids(place.point.queries), *composer.result_ids(those))
            if (those or keep_empty) and len(ids) <= room:
                room -= len(ids)
                placed.append(PlacedCall(place.at, ids))
        return placed

    def _target(self, calls: Sequence[PlacedCall]) -> Row:
        wanted = sorted({at for p in self.text.places for at in p.target.tokens})
        return sums(self.text, self.plain.given_at(calls, wanted), ["target"])

    def _score(self, calls: Sequence[PlacedCall], line: Line | None = None) -> Scored:
        key = tuple(calls)
        if key not in self._known:
            self._known[key] = self.plain.score(calls, line)
        return self._known[key]


def _without_results(at: int) -> MadeCall:
    return MadeCall(at, (), (), (), False)


def sums(
    text: ScoredText, losses: Tensor, measures: Collection[str] = MEASURES
) -> dict[str, list[float]]:
    """Return what ``measures`` adds up, of a document's losses (T,)."""
    found = {}
    if "overall" in measures:
        whole = float(losses.sum())
        found["overall"] = [whole, float(len(losses)), whole, float(len(text.text.encode()))]
    pieces_of = {"target": [p.target for p in text.places], "entity": list(text.entities)}
    for name, pieces in pieces_of.items():
        if name not in measures:
            continue
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
