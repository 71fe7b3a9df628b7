"""Questions with the calls that answer them, for the read head.

Most are made: a wording of ``worker.wordings``, invented names in it and invented results, so
that nothing but the read tells the answer. Others come from the question worlds of
``data/questions``, where a chain of reads gives exactly the answers that their writer gave.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker import sentences
from worker.english.verbs import AUXILIARIES
from worker.training.causal.read_points import MOST_QUERIES, GoldMemory
from worker.types import MemoryQuery, RelationSpec
from worker.wordings import Form, Wording, read_wordings

THREE_STEPS = 0.2  # of the questions of several steps
IS_TRUE = 0.5  # of those for a yes or no are asked as "Is it true that ...?"
YES = "Yes."
TIME_KINDS = {"time": "TIME", "quantity": "NUM"}


@dataclass(frozen=True)
class Mixture:
    """Shares of the questions that are made.

    Of ``absent`` the memory knows nothing: their call brings no result and they have no answers.
    ``conditions`` ask for what two reads have in common, ``several`` take two steps or three,
    ``whether`` ask for a yes or no.
    """

    absent: float = 0.0
    conditions: float = 0.0
    several: float = 0.3
    whether: float = 0.0


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


def _own_questions(spec: RelationSpec) -> Iterator[Wording]:
    """Yield the example questions of a relation as wordings."""
    sides: tuple[tuple[Form, str, Sequence[str]], ...] = (
        ("forward", "{subject}", spec.questions),
        ("inverse", "{object}", spec.inverse_questions),
    )
    for form, slot, texts in sides:
        for text in texts:
            if text.count(slot) == 1:
                yield Wording("", spec.key, spec.name, form, text.replace(slot, "{x}"))


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
        self.conditions = [w for w in usable if w.form == "condition"]
        self.asking += [wording for spec in relations for wording in _own_questions(spec)]
        self.sentences = [spec for spec in relations if "{subject}" in spec.template]

    def questions(
        self, count: int, rng: random.Random, mixture: Mixture | None = None
    ) -> Iterator[AskedQuestion]:
        """Yield questions of one step, and those of the shares of ``mixture``."""
        shares = mixture or Mixture()
        kinds: Sequence[tuple[float, Callable[[random.Random], AskedQuestion | None]]] = (
            (shares.conditions, self._condition),
            (shares.several, self._steps),
            (shares.whether, self._whether),
        )
        for _ in range(count):
            lot, made = rng.random(), None
            for share, make in kinds:
                if 0 <= lot < share:
                    made = make(rng)
                lot -= share
            made = made or self._one_step(rng)
            if len(made.calls) == 1 and rng.random() < shares.absent:
                made = AskedQuestion(made.text, ((made.calls[0][0], ()),), ())
            yield made

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

    def _steps(self, rng: random.Random) -> AskedQuestion | None:
        """Return a question whose name is said by what is known of another one, and so on."""
        count = 3 if rng.random() < THREE_STEPS else 2
        wordings = [rng.choice(self.asking), *(rng.choice(self.phrases) for _ in range(count - 1))]
        wordings.reverse()  # in the order in which they are looked up
        if len({w.key for w in wordings}) < count:
            return None
        known, asked = self._types(wordings[0])
        name = text = self._name(known, rng)
        reached: tuple[str, ...] = (name,)
        calls = []
        for number, wording in enumerate(wordings):
            known, asked = self._types(wording)
            if number < count - 1:
                shared = sorted(set(asked) & set(self._types(wordings[number + 1])[0]))
                if not shared:
                    return None
                results = self._results(shared, rng)[: 2 if number == 0 else 1]
            else:
                results = self._results(asked, rng)
            relation, by_subject = self.relations[wording.key].name, wording.known == "subject"
            calls.append((tuple(query(relation, one, by_subject) for one in reached), results))
            text, reached = wording.text.replace("{x}", text), results
        return AskedQuestion(text, tuple(calls), reached)

    def _whether(self, rng: random.Random) -> AskedQuestion | None:
        """Return a question for a yes or no: "Was A born in B?"."""
        spec = rng.choice(self.sentences)
        subject, object_ = self._name(spec.subject_types, rng), self._name(spec.object_types, rng)
        text = _whether(
            sentences.fill(spec.template, subject=subject, object=object_), subject, rng
        )
        if subject == object_ or not text:
            return None
        others = self._results(spec.object_types, rng)[1:]
        results = tuple(dict.fromkeys((object_, *others)))
        return AskedQuestion(text, (((query(spec.name, subject, True),), results),), (YES,))

    def _condition(self, rng: random.Random) -> AskedQuestion | None:
        """Return a question for what two reads have in common: "Who works for A and was ..."."""
        wording, condition = rng.choice(self.asking), rng.choice(self.conditions)
        if wording.known != "object" or wording.key == condition.key:
            return None
        (known, asked), (second, limited) = self._types(wording), self._types(condition)
        shared = sorted(set(asked) & set(limited))
        if not shared:
            return None
        names = [self._name(known, rng), self._name(second, rng)]
        pool = list(dict.fromkeys(self._name(shared, rng) for _ in range(8)))
        common, extra = pool[: rng.choice((1, 1, 2))], pool[2:]
        calls = []
        for one, name in zip((wording, condition), names, strict=True):
            found = [*common, *rng.sample(extra, min(len(extra), rng.randint(0, 3)))]
            rng.shuffle(found)
            relation = self.relations[one.key].name
            calls.append(((query(relation, name, False),), tuple(found)))
        both = tuple(n for n in calls[0][1] if n in calls[1][1])
        text = wording.text.replace("{x}", names[0]).rstrip("?.")
        return AskedQuestion(
            f"{text}, {condition.text.replace('{x}', names[1])}?", tuple(calls), both
        )


def _whether(sentence: str, subject: str, rng: random.Random) -> str:
    """Return a sentence as a question for a yes or no; "" for a verb that would have to change."""
    said = sentence.rstrip(".")
    if not said.startswith(subject):
        return f"Is it true that {said[0].lower()}{said[1:]}?"
    verb, _, rest = said.removeprefix(subject).strip().partition(" ")
    if rng.random() < IS_TRUE:
        return f"Is it true that {said}?"
    return f"{verb.capitalize()} {subject} {rest}?" if verb in AUXILIARIES else ""


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
