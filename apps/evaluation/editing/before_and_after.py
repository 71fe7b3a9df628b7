"""Memories that take many edits, and what questions come to before and after."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.evaluation.editing.cases import EditCase
from apps.evaluation.editing.editor import Edited, Editor
from apps.evaluation.measuring.progress import Progress, Tell
from apps.evaluation.measuring.scratch_memory import (
    Asker,
    Names,
    Reply,
    names_of,
    throwaway_space,
)
from apps.memory.models import Relation
from apps.memory.services import embed_pending, relations_load
from apps.memory.services.bulk import Fact, facts_load
from worker.interfaces import Embedder, ReadHead

OTHER_FACTS = 3  # about each subject, for the harder locality
_SEED = 5
_NAMED = {"PER", "ORG", "LOC", "MISC"}
_SYLLABLES = ("vor", "lin", "qua", "bel", "tos", "mer", "dax", "une", "fip", "gor", "sha", "wey")


@dataclass(frozen=True)
class Outcome:
    """What a question was answered with: the names of each answer, whatever the wording.

    ``stated`` is the text of an answer without names, as a yes or no is.
    """

    abstained: bool
    given: frozenset[Names]
    text: str
    stated: str = ""

    def same(self, other: Outcome) -> bool:
        """Tell whether both say the same: the same answers, or both that there is none."""
        return (self.abstained, self.given, self.stated) == (
            other.abstained,
            other.given,
            other.stated,
        )

    def gives(self, name: str) -> bool:
        """Tell whether a name is among the answers."""
        wanted = normalise_name(name)
        return any(wanted in names for names in self.given)


@dataclass(frozen=True)
class Result:
    """A case after all edits; ``before`` and ``after`` are of its unrelated question."""

    case: EditCase
    edited: Edited
    question: Outcome
    rephrasing: Outcome
    before: Outcome
    after: Outcome


@dataclass(frozen=True)
class OtherFact:
    """A fact about an edited subject, and what a question for it came to."""

    fact: Fact
    question: str
    before: Outcome
    after: Outcome


def edit_and_ask(
    cases: Sequence[EditCase], head: ReadHead, embedder: Embedder, tell: Tell
) -> list[Result]:
    """Return what each case comes to in a memory with nothing but the edits."""
    with throwaway_space() as space:
        relations_load(space=space, actor=None)
        before = _ask_all(space, head, embedder, [case.unrelated for case in cases],
                          tell, "unrelated questions before the edits")  # fmt: skip
        edited = _edit_all(space, cases, head, embedder, tell)
        texts = [t for c in cases for t in (c.question, c.rephrasing, c.unrelated)]
        after = _ask_all(space, head, embedder, texts, tell, "questions after the edits")
    return [
        Result(case, edited[n], after[3 * n], after[3 * n + 1], before[n], after[3 * n + 2])
        for n, case in enumerate(cases)
    ]


def ask_of_same_subjects(
    results: Sequence[Result], head: ReadHead, embedder: Embedder, tell: Tell
) -> list[OtherFact]:
    """Return what questions for other facts of the edited subjects come to.

    Each subject gets a few invented facts first, of relations that fit a thing of its kind and
    that no edit of it took. Only what is answered right before the edits is returned.
    """
    rng = random.Random(_SEED)
    with throwaway_space() as space:
        relations_load(space=space, actor=None)
        facts = other_facts(space, results, rng)
        facts_load(space=space, facts=facts, actor=None, embedder=embedder)
        texts = [rng.choice(f.relation.questions).replace("{subject}", f.subject) for f in facts]
        label = "other facts of the same subjects, {} the edits".format
        before = _ask_all(space, head, embedder, texts, tell, label("before"))
        _edit_all(space, [result.case for result in results], head, embedder, tell)
        after = _ask_all(space, head, embedder, texts, tell, label("after"))
    rows = [OtherFact(*row) for row in zip(facts, texts, before, after, strict=True)]
    return [row for row in rows if row.before.gives(row.fact.object)]


def _edit_all(
    space: Space, cases: Sequence[EditCase], head: ReadHead, embedder: Embedder, tell: Tell
) -> list[Edited]:
    editor = Editor(space, head)
    progress = Progress(tell, "edits", len(cases))
    edited = []
    for number, case in enumerate(cases, start=1):
        edited.append(editor.edit(case))
        progress.at(number)
    while embed_pending(embedder=embedder, space=space):
        pass
    return edited


def _ask_all(
    space: Space, head: ReadHead, embedder: Embedder, texts: Sequence[str], tell: Tell, label: str
) -> list[Outcome]:
    asker = Asker(space, head, embedder)
    progress = Progress(tell, label, len(texts))
    outcomes = []
    for number, text in enumerate(texts, start=1):
        outcomes.append(outcome_of(space, asker.ask(text)))
        progress.at(number)
    return outcomes


def outcome_of(space: Space, reply: Reply) -> Outcome:
    """Return what a reply says, by the names that the memory has for its answers."""
    answer = reply.answer
    if answer is None:
        return Outcome(False, frozenset(), reply.refused, stated=reply.refused)
    names = names_of(space, {int(entity.id) for entity in answer.answers})
    given = frozenset(names[entity.id] for entity in answer.answers)
    stated = "" if answer.abstained or given else answer.text
    return Outcome(answer.abstained, given, answer.text, stated)


def other_facts(space: Space, results: Sequence[Result], rng: random.Random) -> list[Fact]:
    """Return invented facts about the subjects, none of a relation that an edit took."""
    taken: dict[str, set[str]] = {}
    types: dict[str, set[str]] = {}
    for result in results:
        relation, subject = result.edited.relation, result.case.subject
        if relation is not None:
            taken.setdefault(subject, set()).add(relation.normalised)
            known = result.edited.known == "subject"
            types.setdefault(subject, set()).update(
                relation.subject_types if known else relation.object_types
            )
    usable = [
        relation
        for relation in space.relations.defer("embedding").order_by("pk")
        if relation.questions and set(relation.object_types) <= _NAMED
    ]
    facts = []
    for subject in dict.fromkeys(result.case.subject for result in results):
        fits = [
            relation
            for relation in usable
            if relation.normalised not in taken.get(subject, ())
            # What states the same from the other side rightly changes with an edit.
            and not _equivalent(relation) & taken.get(subject, set())
            and set(relation.subject_types) & (types.get(subject) or _NAMED)
        ]
        for relation in rng.sample(fits, min(OTHER_FACTS, len(fits))):
            facts.append(Fact(subject, relation, _invented(rng)))
    return facts


def _equivalent(relation: Relation) -> set[str]:
    return {relation.inverse.normalised} if relation.inverse else set()


def _invented(rng: random.Random) -> str:
    """Return a name that no file has."""
    words = ["".join(rng.choices(_SYLLABLES, k=rng.randint(2, 3))) for _ in range(2)]
    return " ".join(word.capitalize() for word in words)


def failures(results: Sequence[Result]) -> dict[str, int]:
    """Return how often questions and rephrasings failed, and in which way."""
    counts: Counter[str] = Counter()
    for result in results:
        for what, outcome in (("question", result.question), ("rephrasing", result.rephrasing)):
            if not outcome.gives(result.case.answer):
                counts[f"{what}: {_why(result, outcome)}"] += 1
    return dict(counts.most_common())


def _why(result: Result, outcome: Outcome) -> str:
    if result.edited.how == "refused":
        return "the edit was refused"
    return "it abstained" if outcome.abstained else "another answer"
