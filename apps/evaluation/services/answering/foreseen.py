"""Texts foreseen by a language model that reads the space's memory, and without it. Nothing is
written."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from math import exp
from typing import Any, Final

from django.conf import settings

from apps.accounts.models import Space
from apps.evaluation.models import Case, Result, Run
from apps.evaluation.perplexity.memories import Read, reading
from apps.evaluation.services.answering.begun import Begun
from apps.evaluation.services.answering.diagnosis import Found, diagnosed, refused
from apps.evaluation.services.answering.given import Given, NotReadyYet, made_of
from apps.evaluation.services.answering.judging import result_of
from apps.evaluation.services.answering.made_memory import MadeMemory, document_of
from apps.evaluation.services.answering.trying import tried
from apps.memory.controller import MemoryController
from worker import registry, stopping
from worker.errors import WorkerError
from worker.setups import HeadSetup

NO_RELATIONS: Final = (
    "None of the relations in use has a Wikidata property, by which documents of this kind name "
    "theirs. Switch the standard relations on."
)
MEASURED: Final = {"overall": "all", "target": "target", "entity": "name"}
NUMBERS: Final = (
    *(f"{one}_{what}" for one in MEASURED.values() for what in ("on", "off", "n")),
    "places", "begun", "begun_right", "found",
    "control_n", "control_off", "control_wrong", "control_empty", "control_left",
)  # fmt: skip
SAID: Final = {
    "overall": "The whole text",
    "target": "What could be looked up",
    "entity": "All names",
}
COLUMNS: Final = ("Perplexity of", "With the memory", "Without", "How many")
MOST_OTHERS: Final = 20  # documents whose facts are the wrong answers of one
SEED: Final = 7  # of the lot that chooses among them, as on the command line
SAME: Final = 0.01  # of a loss: less is no difference
Outcome = Result.Outcome
_begun: Begun[dict[str, Any]] = Begun()


class Foreseen:
    """A mode for perplexity: a language model with its adapter for reading, and a memory, by
    default that of the space. Each document is scored with it and without, and then in the
    controls."""

    def __init__(
        self, space: Space, setup: HeadSetup, known_at: datetime, *, holds: str = ""
    ) -> None:
        """``holds`` says what the memory holds where it is not the space's own
        (``made_memory``). Raises CannotLoad, and WorkerError where no relation is known by its
        property."""
        registry.keep_at_most(settings.HEADS_MB * 2**20)
        self._foreseer = registry.foreseer(setup)
        self._made = MadeMemory(holds, space) if holds else None
        hashes = registry.hashes_of(self._foreseer)
        if self._made:
            self._names, hashes = self._made.names, hashes | self._made.hashes
        else:
            controller = MemoryController(space, embedder=registry.embedder(settings.EMBEDDER))
            specs = controller.relations()
            self._names = {s.wikidata_property: s.name for s in specs if s.wikidata_property}
            self._read: Read = reading(controller.as_memory(known_at=known_at))
        if not self._names:
            raise WorkerError(NO_RELATIONS, permanent=True)
        self.made_of: dict[str, Any] = made_of(self._foreseer, hashes)
        self._key = (holds, known_at, self._foreseer.version, *sorted(hashes.items()))

    def answer(self, case: Case) -> Given:
        """Score one document. Raises NotReadyYet where the controls, or what the write head is to
        read first, are left for another slice."""
        key = (*self._key, case.pk)
        done = _begun.of(key, dict)
        began = time.monotonic()
        one = tried("The language model", case.text, lambda: self._both(case, done, began))
        done["seconds"] = done.get("seconds", 0.0) + one.seconds
        if one.value is None:
            _begun.end(key)
            return Given(seconds=done["seconds"], refused=one.refused)
        if "controls" not in done:
            raise NotReadyYet
        _begun.end(key)
        numbers, text = numbers_of(done["row"]) | control_numbers(done["controls"]), ""
        if numbers["target_n"]:
            on, off = (_perplexity(numbers, "target", side) for side in ("on", "off"))
            text = f"{on} with the memory, {off} without"
        kept = {**numbers, "table": {"columns": COLUMNS, "rows": _rows(numbers)}}
        if done["row"]["left_out"]:
            kept["left_out"] = done["row"]["left_out"]
        return Given(text=text or "nothing to look up", seconds=done["seconds"], kept=kept)

    def _both(self, case: Case, done: dict[str, Any], began: float) -> bool:
        """Score what is left of a document, the controls in a slice of their own where the first
        took long; tell that it went well."""
        document = document_of(case)
        if "row" not in done:
            done["row"] = self._row(case)
            if time.monotonic() - began >= settings.SLICE_SECONDS:
                return True
        others = [document_of(one) for one in others_of(case)]
        done["controls"] = self._foreseer.controls(document, self._names, others, SEED)
        return True

    def _row(self, case: Case) -> dict[str, Any]:
        document = document_of(case)
        if self._made is None:
            return self._foreseer.foresee(document, self._names, self._read)
        with ExitStack() as stack:
            read = self._made.read(stack, case)
            if read is not None:
                # In a transaction that is taken back: a lease renewed in it would be, too, and
                # would keep whoever cancels the run waiting.
                stack.enter_context(stopping.asked(lambda: None))
            return self._foreseer.foresee(document, self._names, read)


def others_of(case: Case) -> list[Case]:
    """Return documents of the version whose facts the control takes its wrong answers from: those
    that follow, and the first ones behind the last."""
    rows = Case.objects.filter(version=case.version_id).order_by("number")
    found = list(rows.filter(number__gt=case.number)[:MOST_OTHERS])
    return found + list(rows.filter(number__lt=case.number)[: MOST_OTHERS - len(found)])


def control_numbers(row: Mapping[str, Any]) -> dict[str, float]:
    """Return the losses of the targets without the memory and in the controls, of how many."""
    said = {
        "control_off": "off", "control_wrong": "wrong_answers", "control_empty": "empty_memory",
        "control_left": "empty_answers",
    }  # fmt: skip
    return {
        "control_n": row["off"][1],
        **{name: round(row[key][0], 6) for name, key in said.items()},
    }


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
        return refused(given)
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
