"""Questions with the calls that answer them, for the read head.

Most are made: a wording of ``worker.wordings``, invented names in it and invented results, so
that nothing but the read tells the answer. Others come from the question worlds of
``data/questions``, where a chain of reads gives exactly the answers that their writer gave.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.training.causal.read_points import MOST_QUERIES, GoldMemory
from worker.types import MemoryQuery, RelationSpec
from worker.wordings import Wording, read_wordings

TWO_STEPS = 0.3  # of the questions that are made
TIME_KINDS = {"time": "TIME", "quantity": "NUM"}


@dataclass(frozen=True)
class AskedQuestion:
    """A question, its calls in order with what each brought, and the answers."""

    text: str
    calls: tuple[tuple[tuple[MemoryQuery, ...], tuple[str, ...]], ...]
    answers: tuple[str, ...]


def query(relation: str, name: str, by_subject: bool) -> MemoryQuery:
    """Return the query for what a name has by a relation."""
    if by_subject:
        return MemoryQuery(relation, subject=name)
    return MemoryQuery(relation, object=name)


class QuestionMaker:
    """Makes questions of wordings and invented names.

    ``names`` has names by type; relations without types take any.
    """

    def __init__(
        self, relations: Sequence[RelationSpec], names: Mapping[str, Sequence[str]]
    ) -> None:
        self.relations = {spec.key: spec for spec in relations}
        self.names = names
        usable = [w for w in read_wordings() if not w.apart and w.key in self.relations]
        self.asking = [w for w in usable if w.form in ("forward", "inverse")]
        self.phrases = [w for w in usable if w.form.startswith("phrase")]
        for spec in relations:
            for form, texts in (("forward", spec.questions), ("inverse", spec.inverse_questions)):
                for text in texts:
                    slot = "{subject}" if form == "forward" else "{object}"
                    if text.count(slot) == 1:
                        plain = text.replace(slot, "{x}")
                        self.asking.append(
                            Wording("", spec.key, spec.name, form, plain)  # type: ignore[arg-type]
                        )

    def questions(self, count: int, rng: random.Random) -> Iterator[AskedQuestion]:
        """Yield questions of one step and of two."""
        for _ in range(count):
            made = self._two_steps(rng) if rng.random() < TWO_STEPS else None
            yield made or self._one_step(rng)

    def _types(self, wording: Wording) -> tuple[Sequence[str], Sequence[str]]:
        """Return the types of what a wording names and of what it asks for."""
        spec = self.relations[wording.key]
        known, asked = spec.subject_types, spec.object_types
        return (known, asked) if wording.known == "subject" else (asked, known)

    def _name(self, types: Sequence[str], rng: random.Random) -> str:
        pool = self.names.get(rng.choice(types) if types else "MISC") or self.names["MISC"]
        return rng.choice(pool)

    def _results(self, types: Sequence[str], rng: random.Random) -> tuple[str, ...]:
        count = rng.choice((1, 1, 1, 1, 2, 2, 3, 5))
        return tuple(dict.fromkeys(self._name(types, rng) for _ in range(count)))

    def _one_step(self, rng: random.Random) -> AskedQuestion:
        wording = rng.choice(self.asking)
        known, asked = self._types(wording)
        name, results = self._name(known, rng), self._results(asked, rng)
        spec = self.relations[wording.key]
        asks = query(spec.name, name, wording.known == "subject")
        return AskedQuestion(wording.text.replace("{x}", name), (((asks,), results),), results)

    def _two_steps(self, rng: random.Random) -> AskedQuestion | None:
        outer, inner = rng.choice(self.asking), rng.choice(self.phrases)
        known, between = self._types(inner)
        needs, asked = self._types(outer)
        if not set(between) & set(needs) or outer.key == inner.key:
            return None
        shared = sorted(set(between) & set(needs))
        name = self._name(known, rng)
        first = self._results(shared, rng)[:2]
        results = self._results(asked, rng)
        phrase = inner.text.replace("{x}", name)
        one = query(self.relations[inner.key].name, name, inner.known == "subject")
        two = tuple(
            query(self.relations[outer.key].name, found, outer.known == "subject")
            for found in first
        )
        text = outer.text.replace("{x}", phrase)
        return AskedQuestion(text, (((one,), first), (two, results)), results)


def world_questions(facts: Path, questions: Path) -> Iterator[AskedQuestion]:
    """Yield the questions of a world that a chain of reads answers exactly. Raises OSError."""
    memory = GoldMemory()
    names: dict[str, str] = {}
    for row in _rows(facts):
        memory.add(row["subject"], row["relation"], row["object"])
        for side in ("subject", "object"):
            for alias in row.get(f"{side}_aliases") or ():
                memory.add_alias(alias, row[side])
            names[row[side].casefold()] = row[side]
    for row in _rows(questions):
        made = _chained(row, memory)
        if made:
            yield made


def _chained(row: Mapping[str, Any], memory: GoldMemory) -> AskedQuestion | None:
    uses: Sequence[Any] = row.get("uses") or ()
    # A chain begins with a name, which must stand in the question as the call gives it, since
    # calls copy; and each further step takes what the one before has found.
    starred = [one[0] == "*" for one in uses]
    if not row["answers"] or row.get("as_of") or starred != [False] + [True] * (len(uses) - 1):
        return None
    if uses[0][0] not in row["question"]:
        return None
    reached: tuple[str, ...] = (uses[0][0],)
    calls = []
    for _, relation, side in uses:
        queries = tuple(query(relation, name, side == "forward") for name in reached)
        if len(queries) > MOST_QUERIES:
            return None
        reached = tuple(dict.fromkeys(one for q in queries for one in memory.read(q)))
        calls.append((queries, reached))
    if not _equal(reached, row["answers"]):
        return None
    return AskedQuestion(row["question"], tuple(calls), reached)


def _equal(found: Sequence[str], answers: Sequence[Sequence[str]]) -> bool:
    """Tell whether what was found are the answers, each by any of its names."""
    wanted = [set(map(str.casefold, names)) for names in answers]
    return len(found) == len(wanted) and all(
        any(name.casefold() in those for those in wanted) for name in found
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)
