"""What came of a case, compared with what is right: a result.

``Result.answer`` holds ``text``, ``given`` (what was answered, each with its names), ``calls``,
``facts`` (numbers of the triples that it cites), ``passages`` (numbers of those that a head without
memory was given), ``refused``, ``why`` (the diagnosis in a sentence) and what shows it, by numbers:
``triples`` and ``candidates``. ``gold`` counts what a
right answer would cite (the facts that the case was made from or, of a case that names none, its
right answers), and ``gold_cited`` how many of these the answer cites.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from apps.common.names import normalise_name
from apps.evaluation.measuring import scoring
from apps.evaluation.measuring.annotated import Stated
from apps.evaluation.measuring.proposing import Names, names_of
from apps.evaluation.models import Case, Result, Run
from apps.evaluation.services.runs.answering import Given
from apps.evaluation.services.runs.from_memory import right_answers
from apps.memory.models import Relation

Outcome = Result.Outcome
HOLDING: Final = ("stated", "ended")


def judge_question(run: Run, case: Case, given: Given) -> Result:
    """Compare an answer with the right ones. Where there is none, only abstaining is right."""
    right = right_answers(case)
    score = scoring.score(given.answers, right, abstained=given.abstained)
    outcome = _outcome(bool(right), given, exact=score.exact, f1=score.f1)
    refused = outcome == Outcome.REFUSED
    gold, gold_cited = _gold(case, given, right)
    return _result(
        run, case, given, outcome, 0.0 if refused else score.f1,
        gold=gold, gold_cited=gold_cited, supporting=given.supporting,
    )  # fmt: skip


def judge_sentence(run: Run, case: Case, given: Given, relations: Mapping[str, str]) -> Result:
    """Compare the proposals for a sentence with the facts that it states. ``relations`` has the
    name of each by all that it is called."""
    facts = stated_facts(case, relations)
    right = [any(fact.is_strictly(one) for fact in facts) for one in given.proposed]
    found = sum(any(fact.is_strictly(one) for one in given.proposed) for fact in facts)
    good = sum(right)
    exact = good == len(right) and found == len(facts)
    f1 = 1.0 if exact else _f1(good, len(right), found, len(facts))
    outcome = _outcome(bool(facts), given, exact=exact, f1=f1)
    refused = outcome == Outcome.REFUSED
    return _result(
        run, case, given, outcome, 0.0 if refused else f1,
        gold=len(facts), gold_cited=found, supporting=good,
    )  # fmt: skip


def stated_facts(case: Case, relations: Mapping[str, str]) -> list[Stated]:
    """Return the facts that a sentence states: neither what it denies nor what it asks."""
    return [
        Stated(
            names_of(_names(fact, "subject")),
            relations.get(normalise_name(str(fact["relation"])), str(fact["relation"])),
            names_of(_names(fact, "object")),
        )
        for fact in case.expected
        if fact.get("mood", "stated") in HOLDING
    ]


def relation_names(run: Run) -> dict[str, str]:
    """Return the name of each relation of the space by all that it is called."""
    rows = list(Relation.objects.filter(space=run.space_id).defer("embedding").order_by("pk"))
    found = {row.normalised: row.name for row in rows}
    for row in rows:
        for called in filter(None, (row.wikidata_property, row.name_in_pack, *row.aliases)):
            found.setdefault(normalise_name(called), row.name)
    return found


def _names(fact: Mapping[str, Any], side: str) -> Sequence[str]:
    return [fact[side], *fact.get(f"{side}_names", ())]


def _f1(good: int, proposed: int, found: int, facts: int) -> float:
    if not good or not found:
        return 0.0
    precision, recall = good / proposed, found / facts
    return 2 * precision * recall / (precision + recall)


def _outcome(answerable: bool, given: Given, *, exact: bool, f1: float) -> Outcome:
    if given.refused:
        return Outcome.REFUSED
    if exact:
        return Outcome.RIGHT
    if given.abstained and answerable:
        return Outcome.ABSTAINED
    return Outcome.PARTLY if f1 else Outcome.WRONG


def _gold(case: Case, given: Given, right: Sequence[Names]) -> tuple[int, int]:
    """Return what a right answer would cite, and how much of it this one does."""
    if gold := set(case.rests_on.get("triples", ())):
        return len(gold), len(gold & set(given.facts))
    borne = [one for one in right if given.supporting and any(one & got for got in given.answers)]
    return len(right), len(borne)


def _result(
    run: Run,
    case: Case,
    given: Given,
    outcome: Outcome,
    f1: float,
    *,
    gold: int,
    gold_cited: int,
    supporting: int,
) -> Result:
    answer: dict[str, Any] = {
        "text": given.text,
        "given": [sorted(names) for names in given.answers],
        "calls": given.calls,
        "facts": list(given.facts),
        "passages": list(given.passages),
        "refused": given.refused,
        "gold": gold,
        "gold_cited": gold_cited,
    }
    return Result(
        run=run,
        case=case,
        outcome=outcome,
        did_abstain=given.abstained,
        f1=f1,
        score=given.score,
        claims=given.claims,
        cited=given.cited,
        supporting=supporting,
        facts=len(given.facts),
        seconds=given.seconds,
        answer={key: value for key, value in answer.items() if value or key == "text"},
    )
