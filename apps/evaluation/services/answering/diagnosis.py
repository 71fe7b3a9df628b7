"""Why a case failed, from the case, its answer and the rows of the memory.

The steps stand in the order in which they are looked for: what a right answer would rest on is held
(the question was misread), was held or holds for another time (out of date), is proposed (waiting,
rejected); else the answer rests on a wrong fact, or the memory lacks the right one. It is the order
of ``apps.asking.services.diagnosis``, which diagnoses an answer that a person marked, by its rows;
a run has none, and knows from the start what is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from apps.evaluation.measuring.annotated import AnnotatedText, Stated
from apps.evaluation.models import Case, Result
from apps.evaluation.services.answering.asked import Asked
from apps.evaluation.services.answering.given import Given
from apps.evaluation.services.answering.judging import HOLDING, relation_of
from apps.memory.models import Triple


@dataclass(frozen=True)
class Diagnosis:
    """A diagnosis for people: ``repair`` says what can be done about it."""

    label: str
    explains: str
    repair: str


DIAGNOSES: Final[Mapping[str, Diagnosis]] = {
    "misread": Diagnosis(
        "Misread",
        "What is right was at hand, and the head took the words for something else.",
        "Give the relation an example question, or the thing another name.",
    ),
    "wrong-fact": Diagnosis(
        "Wrong fact",
        "The answer rests on a fact that is not right.",
        "Edit the fact, or take it out of the memory.",
    ),
    "missing": Diagnosis(
        "Missing",
        "The memory does not hold what is right, and nobody has proposed it.",
        "Add a document that says it, or propose the fact.",
    ),
    "waiting": Diagnosis(
        "Waiting for review",
        "What is right is proposed, and nobody has decided it yet.",
        "Review it.",
    ),
    "rejected": Diagnosis(
        "Rejected",
        "What is right was proposed, and a reviewer rejected it.",
        "Look at the decision again, or at what the benchmark expects.",
    ),
    "outdated": Diagnosis(
        "Out of date",
        "The memory held what is right, or holds it for another time.",
        "Look at the fact's times, or make a new version of the benchmark.",
    ),
    "too-long": Diagnosis(
        "Took too long",
        "A worker was not through with it in the time that it has for one case.",
        "Cut the text into shorter ones, take a quicker head, or give workers more time "
        "(JOB_SECONDS).",
    ),
    "refused": Diagnosis(
        "Refused",
        "The check of citations, or an error of the head, left no answer.",
        "See the reason; the log of the worker may say more.",
    ),
}


@dataclass(frozen=True)
class Found:
    """A diagnosis of one case: ``why`` in a sentence, and the rows that show it."""

    key: str = ""
    why: str = ""
    triples: tuple[int, ...] = ()
    candidates: tuple[int, ...] = ()


def diagnosed(result: Result, found: Found) -> Result:
    """Return a result with its diagnosis and the rows that show it."""
    result.diagnosis = found.key
    shown = {"why": found.why, "triples": found.triples, "candidates": found.candidates}
    result.answer |= {key: value for key, value in shown.items() if value}
    return result


def refused(given: Given) -> Found:
    """Return why there was no answer: the head took too long, or another reason."""
    return Found("too-long" if given.late else "refused", given.refused)


def diagnose_question(asked: Asked, given: Given, outcome: str) -> Found:
    """Return why a question was not answered rightly; nothing of one that was, and of an answer
    without memory, which rests on no rows."""
    if outcome == Result.Outcome.RIGHT:
        return Found()
    if given.refused:
        return refused(given)
    if given.traced is None:
        return Found()
    if not asked.expected:
        return _of_an_answer_too_many(asked, given)
    return _by_gold(asked) or _by_facts(asked) or _by_candidates(asked) or _by_answer(asked, given)


def _of_an_answer_too_many(asked: Asked, given: Given) -> Found:
    """Say where an answer comes from that should not be there."""
    facts = asked.cited(given.facts)
    if found := _of_another_relation(asked, facts):
        return found
    if facts:
        return Found("wrong-fact", "The memory holds facts that answer this.", _pks(facts))
    return Found("misread", "It was answered without a fact.")


def _of_another_relation(asked: Asked, facts: Sequence[Triple]) -> Found | None:
    """Say that an answer rests on facts of a relation that the case does not ask for."""
    other = [one for one in facts if asked.relations and one.relation_id not in asked.relations]
    if not other:
        return None
    name = other[0].relation.name
    return Found("misread", f"It was answered by “{name}”, which is not asked for.", _pks(other))


def _by_gold(asked: Asked) -> Found | None:
    """Look at the facts that the case was made from, where it was made from the memory."""
    rows = asked.gold
    if not rows:
        return None
    for row in rows:
        if found := _of_the_past(asked, row):
            return found
    return Found("misread", "The memory holds all that is needed for this.", _pks(rows))


def _of_the_past(asked: Asked, row: Triple) -> Found | None:
    """Say why a fact does not count; None where it does."""
    if not asked.knew(row):
        return Found(
            "missing", "The memory learnt this after the moment that the run asks about.", (row.pk,)
        )
    if asked.holds(row):
        return None
    if row.status == Triple.Status.SUPERSEDED:
        return Found("outdated", "Another fact has taken the place of this one.", (row.pk,))
    if row.status == Triple.Status.RETRACTED:
        return Found("missing", "This fact was taken out of the memory.", (row.pk,))
    return Found("outdated", "The memory holds this fact for another time.", (row.pk,))


def _by_facts(asked: Asked) -> Found | None:
    """Look for facts that join what the question names with what is right."""
    rows = asked.joining()
    held = [row for row in rows if asked.knew(row) and asked.holds(row)]
    if held:
        return Found(
            "misread", "The memory held the right fact, and the question did not lead to it.",
            _pks(held),
        )  # fmt: skip
    return _of_the_past(asked, rows[0]) if rows else None


def _by_candidates(asked: Asked) -> Found | None:
    rows = asked.candidates()
    waiting = [row for row in rows if row.is_open]
    if waiting:
        return Found(
            "waiting", "The fact is proposed and waits in review.",
            candidates=tuple(row.pk for row in waiting),
        )  # fmt: skip
    if rows:
        return Found(
            "rejected", "The fact was proposed, and rejected.",
            candidates=tuple(row.pk for row in rows),
        )  # fmt: skip
    return None


def _by_answer(asked: Asked, given: Given) -> Found:
    """Look at what was answered instead, or why nothing was."""
    facts = asked.cited(given.facts)
    if facts and not given.abstained:
        if found := _of_another_relation(asked, facts):
            return found
        return Found("wrong-fact", "The memory holds these facts instead.", _pks(facts))
    if why := asked.lacks_relation():
        return Found("missing", why)
    if asked.here and asked.is_value and given.abstained and asked.knows_some():
        return Found("misread", "The memory has such facts of what the question names.")
    if not asked.here:
        return Found(
            "missing",
            "The memory knows nothing under a name that the question uses. Where it has the thing "
            "under another name, add this one there.",
        )
    return Found("missing", "The memory does not hold this fact, and nobody has proposed it.")


def diagnose_text(
    case: Case, text: AnnotatedText, given: Given, outcome: str, in_use: Iterable[str]
) -> Found:
    """Return why a text was not read rightly. ``text`` is as judging takes it, ``in_use`` are the
    names of the relations that are in use."""
    if outcome == Result.Outcome.RIGHT:
        return Found()
    if given.refused:
        return refused(given)
    lost = [one for one in text.facts if not any(one.is_strictly(p) for p in given.proposed)]
    if lost:
        return _not_proposed(lost, given, set(in_use))
    return _proposed_too_much(case, text, given)


def _not_proposed(lost: Sequence[Stated], given: Given, in_use: set[str]) -> Found:
    """Say what became of facts that a text states."""
    for fact in lost:
        if fact.relation not in in_use:
            return Found("missing", f"The relation “{fact.relation}” is not in use in this space.")
        for one in given.proposed:
            if one.subject & fact.subject and one.object & fact.object:
                return Found("misread", f"“{fact.relation}” was read as “{one.relation}”.")
    return Found("missing", f"“{lost[0].relation}” was not found in the text.")


def _proposed_too_much(case: Case, text: AnnotatedText, given: Given) -> Found:
    """Say what was proposed that a text does not state."""
    good = (*text.facts, *text.also_right)
    wrong = [p for p in given.proposed if not any(one.is_strictly(p) for one in good)]
    denied = [one for one in case.expected if one.get("mood", "stated") not in HOLDING]
    said = [*case.given.get("not", ()), *denied]
    for fact, one in zip(said, text.unstated, strict=True):
        if not any(one.is_strictly(p) for p in wrong):
            continue
        mood = fact.get("mood", "stated")
        if mood not in HOLDING:
            return Found("misread", f"The text has it as {mood}, and it was proposed.")
        return Found("misread", "The text only looks as if it stated this.")
    return Found("wrong-fact", "Something was proposed that the text does not state.")


def diagnose_ranking(case: Case, given: Given, outcome: str, names: Mapping[str, str]) -> Found:
    """Return why a question was taken for another relation. ``names`` has the name of each relation
    that was ranked by all that it is called."""
    if outcome == Result.Outcome.RIGHT:
        return Found()
    if given.refused:
        return refused(given)
    asked = {"relation": case.relation, "property": case.given.get("property")}
    name = relation_of(asked, names)
    if name not in {one for one, _ in given.ranked}:
        return Found("missing", f"The relation “{case.relation}” is not in use in this space.")
    first, side = given.ranked[0]
    from_side = "" if side == case.given["side"] else f", from its {side}"
    return Found("misread", f"It was taken for “{first}”{from_side}.")


def _pks(rows: Sequence[Triple]) -> tuple[int, ...]:
    return tuple(row.pk for row in rows)
