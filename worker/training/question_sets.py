"""Facts and questions about them, as files for ``manage.py evaluate questions``.

    python -m worker.training.question_sets --data dev_revised.json --part report \\
        --triples facts.jsonl --questions questions.jsonl [--each 150] [--seed 2]

The facts are those of Re-DocRED's documents, the same for both parts. The questions are about the
first fifth of the documents, whose names the training does not use, and in wordings that it leaves
out; each is about names that stand for one entity only. ``--part tune`` takes the first half of
these facts, the wordings that the training keeps apart and those of ``data/chosen.json``, to
choose settings with; ``--part report`` takes the other half and the wordings of
``data/asked.json``, which nothing is chosen by.
Re-DocRED has no periods: those of the kinds ``time`` (the year stands in the question) and
``as_of`` (it stands beside it) are drawn by lot and written into the facts.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.heads.scripted.memory import InMemoryMemory, normalise
from worker.training import read_data, redocred
from worker.training.question_source import Period, SetSource, periods_of
from worker.training.read_data import Wordings
from worker.training.read_head import RELATIONS
from worker.training.read_questions import TestQuestion, load_memory
from worker.types import Side

KINDS = ("single", "list", "inverse", "count", "yes_no", "two_hops", "three_hops", "time", "as_of",
         "misspelt", "absent", "outside", "unknown")  # fmt: skip
PARTS = ("tune", "report")
CHOSEN = Path(__file__).parent / "data" / "chosen.json"
ASKED = Path(__file__).parent / "data" / "asked.json"
_PERIODS_SEED = 2  # apart from the questions', so that the facts are the same for all of them
_VALUE_NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
                "ten", "eleven", "twelve")  # fmt: skip


def rows_of(
    memory: InMemoryMemory,
    periods: Mapping[str, Period],
    names: Mapping[str, Sequence[str]],
) -> Iterator[dict[str, Any]]:
    """Return the lines of the file of facts."""
    for fact in memory.facts():
        row: dict[str, Any] = {
            "subject": fact.subject.name,
            "relation": fact.relation.wikidata_property,
            "object": fact.object.name,
            "subject_aliases": [n for n in names[fact.subject.id] if n != fact.subject.name],
            "object_aliases": [n for n in names[fact.object.id] if n != fact.object.name],
        }
        if fact.triple_id in periods:
            begin, end = periods[fact.triple_id]
            row |= {"valid_from": begin.isoformat(), "valid_to": end.isoformat() if end else None}
        yield row


def line_of(question: TestQuestion, names: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the line of a question."""
    answers = [list(names[id_]) for id_ in sorted(question.answers)]
    value, as_of = getattr(question, "value", ""), getattr(question, "as_of", "")
    if value.isdecimal() and int(value) < len(_VALUE_NAMES):
        answers = [[value, _VALUE_NAMES[int(value)]]]
    elif value:
        answers = [[value]]
    row: dict[str, Any] = {"question": question.text, "answers": answers, "kind": question.kind}
    return row | ({"as_of": as_of} if as_of else {})


def names_by_id(documents: Sequence[redocred.GoldDocument]) -> dict[str, list[str]]:
    """Return the names of each entity by its id in the memory of ``load_memory``."""
    names: dict[str, dict[str, None]] = defaultdict(dict)
    for document in documents:
        for mentions in document.entities:
            known = {m.span.of(document.text) for m in mentions}
            ordered = sorted(known, key=lambda name: (-len(name), name))
            names[f"e:{normalise(ordered[0]) or ordered[0]}"].update(dict.fromkeys(ordered))
    return {id_: list(those) for id_, those in names.items()}


@dataclass(frozen=True)
class Written:
    """What the questions of a part are made of."""

    wordings: Wordings
    steps: Mapping[str, Sequence[str]]
    outside: Sequence[str]


def written_for(part: str) -> Written:
    """Return the wordings of a part; none of them is one that the read head is trained on."""
    train, apart = read_data.read_wordings(RELATIONS)
    chosen = _written(CHOSEN)
    if part == "tune":
        wordings = _joined(apart, chosen.wordings.without(train))
        outside = json.loads(read_data.OUTSIDE.read_text(encoding="utf-8"))["apart"]
        return Written(wordings, chosen.steps, [*outside, *chosen.outside])
    asked = _written(ASKED)
    unseen = asked.wordings.without(train).without(apart).without(chosen.wordings)
    wordings = Wordings({label: texts for label, texts in unseen.patterns.items() if texts})
    return Written(wordings, asked.steps, asked.outside)


def _written(path: Path) -> Written:
    whole = json.loads(path.read_text(encoding="utf-8"))
    sides: tuple[tuple[Side, str], ...] = (("subject", "forward"), ("object", "inverse"))
    patterns = {
        (pid, known): tuple(those[key])
        for pid, those in whole["wordings"].items()
        for known, key in sides
    }
    return Written(Wordings(patterns), whole["steps"], whole["outside"])


def _joined(one: Wordings, other: Wordings) -> Wordings:
    more = other.without(one).patterns
    return Wordings(
        {label: (*texts, *more.get(label, ())) for label, texts in one.patterns.items()}
    )


def make(
    data: Path, *, part: str, each: int, seed: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the lines of facts and of questions. Raises MalformedDocuments and OSError."""
    items = json.loads(RELATIONS.read_text(encoding="utf-8"))
    relations = [read_data.relation_spec(item) for item in items]
    documents = redocred.read(data)
    memory, facts = load_memory(documents, relations)
    half = len(facts) // 2
    written = written_for(part)
    same = read_data.equivalents(RELATIONS)
    asked_about = facts[:half] if part == "tune" else facts[half:]
    source = SetSource(memory, asked_about, written.wordings, same, written.outside, seed)
    source.steps = written.steps
    source.periods = periods_of(facts, _PERIODS_SEED)
    names = names_by_id(documents)
    questions = [line_of(q, names) for kind in KINDS for q in source.draw(kind, each)]
    random.Random(seed).shuffle(questions)
    return list(rows_of(memory, source.periods, names)), questions


def main(arguments: Sequence[str] | None = None) -> None:
    """Write both files: the command ``python -m worker.training.question_sets``."""
    parser = argparse.ArgumentParser(description="Write facts and questions about them.")
    parser.add_argument("--data", type=Path, required=True, help="a file in DocRED format")
    parser.add_argument("--triples", type=Path, required=True, help="the file of facts to write")
    parser.add_argument("--questions", type=Path, required=True, help="that of questions")
    parser.add_argument("--part", choices=PARTS, default="report", help="which half to ask about")
    parser.add_argument("--each", type=int, default=150, help="questions of each kind")
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args(arguments)
    try:
        rows, questions = make(
            options.data, part=options.part, each=options.each, seed=options.seed
        )
        for path, lines in ((options.triples, rows), (options.questions, questions)):
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            path.write_text(text, encoding="utf-8")
    except redocred.MalformedDocuments as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}")
    kinds = {kind: sum(line["kind"] == kind for line in questions) for kind in KINDS}
    print(json.dumps({"facts": len(rows), "questions": len(questions), "kinds": kinds}))


if __name__ == "__main__":
    main()
