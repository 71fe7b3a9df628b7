"""Texts foreseen by a language model that reads the space's memory, and without it. Nothing is
written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from math import exp
from typing import Any, Final

from django.conf import settings

from apps.accounts.models import Space
from apps.evaluation.models import Case, Result, Run
from apps.evaluation.perplexity.memories import reading
from apps.evaluation.services.answering.diagnosis import Found, diagnosed
from apps.evaluation.services.answering.given import Given, made_of
from apps.evaluation.services.answering.judging import result_of
from apps.evaluation.services.answering.trying import tried
from apps.memory.controller import MemoryController
from worker import registry
from worker.errors import WorkerError
from worker.setups import HeadSetup
from worker.training import redocred
from worker.types import MemoryQuery

NO_RELATIONS: Final = (
    "None of the relations in use has a Wikidata property, by which documents of this kind name "
    "theirs. Switch the standard relations on."
)
MEASURED: Final = {"overall": "all", "target": "target", "entity": "name"}
NUMBERS: Final = (
    *(f"{one}_{what}" for one in MEASURED.values() for what in ("on", "off", "n")),
    "places", "begun", "begun_right", "found",
)  # fmt: skip
SAID: Final = {
    "overall": "The whole text",
    "target": "What could be looked up",
    "entity": "All names",
}
COLUMNS: Final = ("Perplexity of", "With the memory", "Without", "How many")
SAME: Final = 0.01  # of a loss: less is no difference
Outcome = Result.Outcome


class Foreseen:
    """The mode ``memory`` for perplexity: a language model with its adapter for reading."""

    def __init__(self, space: Space, setup: HeadSetup, known_at: datetime) -> None:
        """Raises CannotLoad, and WorkerError where no relation is known by its property."""
        registry.keep_at_most(settings.HEADS_MB * 2**20)
        self._foreseer = registry.foreseer(setup)
        controller = MemoryController(space, embedder=registry.embedder(settings.EMBEDDER))
        specs = controller.relations()
        self._names = {s.wikidata_property: s.name for s in specs if s.wikidata_property}
        if not self._names:
            raise WorkerError(NO_RELATIONS, permanent=True)
        self._read: Callable[[MemoryQuery], Sequence[str]] = reading(
            controller.as_memory(known_at=known_at)
        )
        self.made_of: dict[str, Any] = made_of(self._foreseer, registry.hashes_of(self._foreseer))

    def answer(self, case: Case) -> Given:
        """Score one document."""
        document = redocred.document(dict(case.given["document"]))

        def foresee() -> dict[str, Any]:
            return self._foreseer.foresee(document, self._names, self._read)

        one = tried("The language model", case.text, foresee)
        if one.value is None:
            return Given(seconds=one.seconds, refused=one.refused)
        numbers, text = numbers_of(one.value), ""
        if numbers["target_n"]:
            on, off = (_perplexity(numbers, "target", side) for side in ("on", "off"))
            text = f"{on} with the memory, {off} without"
        kept = {**numbers, "table": {"columns": COLUMNS, "rows": _rows(numbers)}}
        if one.value["left_out"]:
            kept["left_out"] = one.value["left_out"]
        return Given(text=text or "nothing to look up", seconds=one.seconds, kept=kept)


def numbers_of(row: Mapping[str, Any]) -> dict[str, float]:
    """Return what is measured of a document: losses with the memory and without, of how many
    tokens or names, and what became of the places where it could be looked up."""
    on, off = row["memories"]["memory"]["own_positions"]["priced"], row["off"]
    found: dict[str, float] = {}
    for measure, short in MEASURED.items():
        found[f"{short}_on"] = round(on[measure][0], 6)
        found[f"{short}_off"] = round(off[measure][0], 6)
        found[f"{short}_n"] = on[measure][1]
    calls = row["memories"]["memory"]["calls"]
    return (
        found
        | {name: calls[name] for name in ("places", "begun", "begun_right", "found")}
        | {name: calls[name] for name in ("write", "missing", "read")}
    )


def _perplexity(numbers: Mapping[str, float], short: str, side: str) -> str:
    n = numbers[f"{short}_n"]
    return f"{exp(numbers[f'{short}_{side}'] / n):,.2f}" if n else "–"


def _rows(numbers: Mapping[str, float]) -> list[list[str]]:
    return [
        [
            SAID[measure], _perplexity(numbers, short, "on"), _perplexity(numbers, short, "off"),
            f"{numbers[f'{short}_n']:,.0f}",
        ]
        for measure, short in MEASURED.items()
    ]  # fmt: skip


def judge_foreseen(run: Run, case: Case, given: Given) -> Result:
    """Say whether the memory helped: right where what could be looked up became likelier, wrong
    where it became less likely, abstained where there was nothing or made no difference."""
    kept = given.kept
    outcome, part = Outcome.ABSTAINED, 0.0
    if given.refused:
        outcome = Outcome.REFUSED
    elif n := kept["target_n"]:
        change = (kept["target_on"] - kept["target_off"]) / n
        if abs(change) >= SAME:
            outcome = Outcome.RIGHT if change < 0 else Outcome.WRONG
        part = kept["found"] / kept["places"] if kept["places"] else 0.0
    result = result_of(
        run, case, given, outcome, part, gold=int(kept.get("places", 0)),
        gold_cited=int(kept.get("found", 0)), supporting=0,
    )  # fmt: skip
    return result if outcome == Outcome.RIGHT else diagnosed(result, _diagnose(given))


def _diagnose(given: Given) -> Found:
    """Return what kept the memory from helping most often."""
    kept = given.kept
    if given.refused:
        return Found("refused", given.refused)
    said = f"Of {kept['places']:.0f} that could be looked up"
    if kept["write"] and kept["write"] >= max(kept["missing"], kept["read"]):
        return Found("missing", f"{said}, the memory does not hold {kept['write']:.0f}.")
    if kept["missing"] or kept["read"]:
        return Found(
            "misread",
            f"{said}, {kept['missing']:.0f} were not asked for, and {kept['read']:.0f} by a "
            "question that did not bring them.",
        )
    return Found()
