"""Measure a read head on forms of questions that no single read answers.

    python -m worker.training.read_forms [--weights DIR] [--reported | --turned] [--failures]

``data/forms.json`` holds a small made-up memory and two sets of questions about it: those that
the reading of such forms was written on, and those to report. Kinds: ``two`` things asked about
one name, ``before`` or during something that is named, a pronoun for a ``list``. Besides, wordings
for both sides of relations that are easily turned round, asked of the middle of a chain of three.
One JSON object goes to standard output.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from worker.heads.answering import turn_of
from worker.heads.scripted.memory import InMemoryMemory, Named
from worker.interfaces import Memory, ReadHead
from worker.training.read_data import relation_spec
from worker.training.read_head import RELATIONS
from worker.types import QuestionContext, TracedAnswer, Turn

FORMS = Path(__file__).parent / "data" / "forms.json"
TODAY = date(2024, 6, 1)
_CHAINS = {
    "ORG": ("Dornwell", "Krastek", "Ulmani"),
    "PER": ("Odo Varn", "Tessa Brill", "Ilka Hoss"),
    "MISC": ("Silver Thorn", "Amber Gale", "Winter Loom"),
    "LOC": ("Vasholm", "Tarnby", "Ostrell"),
}


@dataclass(frozen=True)
class FormCase:
    """A question after others, the names of all right answers (none: abstaining is right), and
    what the answer must name as unknown."""

    kind: str
    question: str
    answers: frozenset[str]
    turns: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def read_cases(part: str, path: Path = FORMS) -> list[FormCase]:
    """Return the questions of "development" or "reported"."""
    return [
        FormCase(
            item["kind"],
            item["question"],
            frozenset(item["answers"]),
            tuple(item.get("turns", ())),
            tuple(item.get("unknown", ())),
        )
        for item in json.loads(path.read_text(encoding="utf-8"))[part]
    ]


def build_memory(path: Path = FORMS) -> InMemoryMemory:
    """Return the memory of the questions: years are whole ones, the last one excluded."""
    memory = _empty_memory()
    for subject, type_, relation, object_, other, *years in json.loads(
        path.read_text(encoding="utf-8")
    )["facts"]:
        begins, ends = (date(int(year), 1, 1) if year else None for year in years or (None, None))
        memory.add(
            Named(subject, type_),
            relation,
            Named(object_, other),
            valid_from=begins,
            valid_to=ends,
            superseded=ends is not None,
        )
    return memory


def read_turned(path: Path = FORMS) -> list[tuple[Memory, list[FormCase]]]:
    """Return, for each relation of "turned", a chain of three and what is asked of its middle."""
    found: list[tuple[Memory, list[FormCase]]] = []
    for item in json.loads(path.read_text(encoding="utf-8"))["turned"]:
        memory = _empty_memory()
        chain = _CHAINS[item["type"]]
        for subject, object_ in pairwise(chain):
            memory.add(Named(subject, item["type"]), item["relation"], Named(object_, item["type"]))
        cases = [
            FormCase(side, wording.replace("{x}", chain[1]), frozenset({name}))
            for side, name in (("object", chain[2]), ("subject", chain[0]))
            for wording in item[side]
        ]
        found.append((memory, cases))
    return found


def _empty_memory() -> InMemoryMemory:
    items = json.loads(RELATIONS.read_text(encoding="utf-8"))
    turned = {
        item["wikidata_property"]: item["inverse_property"]
        for item in items
        if item["inverse_property"]
    }
    turned |= {other: one for one, other in turned.items()}
    return InMemoryMemory([relation_spec(item) for item in items], turned=turned)


def ask(head: ReadHead, memory: Memory, case: FormCase) -> TracedAnswer:
    """Ask the questions of a case one after the other and return the last answer."""
    turns: tuple[Turn, ...] = ()
    for question in case.turns:
        given = head.answer(question, memory, QuestionContext(turns=turns))
        turns += (turn_of(question, given),)
    return head.answer(case.question, memory, QuestionContext(turns=turns))


def is_right(case: FormCase, answer: TracedAnswer) -> bool:
    """Tell whether an answer gives exactly the right names and says what is unknown."""
    if not case.answers:
        return answer.abstained
    given = {entity.name for entity in answer.answers}
    _, _, unknown = answer.text.partition("I don't know")
    return given == case.answers and all(name in unknown for name in case.unknown)


def measure(
    head: ReadHead, asked: Sequence[tuple[Memory, Sequence[FormCase]]]
) -> tuple[dict[str, dict[str, int]], list[str]]:
    """Return right answers for each kind, and the questions that went wrong with what came."""
    figures: dict[str, dict[str, int]] = {}
    wrong: list[str] = []
    for memory, cases in asked:
        for case in cases:
            answer = ask(head, memory, case)
            of_kind = figures.setdefault(case.kind, {"n": 0, "right": 0, "abstained": 0})
            of_kind["n"] += 1
            of_kind["abstained"] += answer.abstained
            if is_right(case, answer):
                of_kind["right"] += 1
            else:
                wrong.append(f"{case.question} -> {answer.text} {list(answer.understood)}")
    return figures, wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures of one part of the questions."""
    from worker.heads.encoder.read_head import EncoderReadHead

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path)
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--reported", action="store_true", help="the second set of questions")
    part.add_argument("--turned", action="store_true", help="both sides of relations")
    parser.add_argument("--failures", action="store_true", help="print what went wrong too")
    options = parser.parse_args(arguments)
    head = EncoderReadHead(options.weights, today=lambda: TODAY)
    asked: Sequence[tuple[Memory, Sequence[FormCase]]] = read_turned()
    if not options.turned:
        cases = read_cases("reported" if options.reported else "development")
        asked = [(build_memory(), cases)]
    figures, wrong = measure(head, asked)
    result: dict[str, Any] = {"kinds": figures}
    if options.failures:
        result["wrong"] = wrong
    json.dump(result, sys.stdout, indent=2, ensure_ascii=False)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
