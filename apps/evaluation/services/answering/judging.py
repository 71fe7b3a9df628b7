"""What came of a case, compared with what is right: a result.

``Result.answer`` holds ``text``, ``given`` (what was answered, each with its names), ``calls``,
``facts`` (numbers of the triples that it cites), ``passages`` (numbers of those that a head without
memory was given), ``refused``, ``why`` (the diagnosis in a sentence) and what shows it, by numbers:
``triples`` and ``candidates``. ``gold`` counts what a
right answer would cite (the facts that the case was made from or, of a case that names none, its
right answers), and ``gold_cited`` how many of these the answer cites. Of a text it also has
``proposed`` (each fact in a line with its score and whether it is right), ``missed``, the counts of
``measures.COUNTS`` and, in ``tally``, for each relation how many facts were stated, found, proposed
and right. ``table`` is what a page shows besides: its ``columns`` and ``rows``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from apps.common.names import normalise_name
from apps.evaluation.measuring import scoring
from apps.evaluation.measuring.annotated import AnnotatedText, Stated, fact_said
from apps.evaluation.measuring.proposals_judged import Judged, judge, scores
from apps.evaluation.measuring.proposing import Names, Proposed, names_of
from apps.evaluation.models import Case, Result, Run
from apps.evaluation.services.answering.from_memory import right_answers
from apps.evaluation.services.answering.given import Given
from apps.memory.models import Relation

Outcome = Result.Outcome
HOLDING: Final = ("stated", "ended")
TOP: Final = 5  # proposals of a text, or relations of a question, that are looked at first
_CALLED: Final = ("property", "relation")


def judge_question(run: Run, case: Case, given: Given) -> Result:
    """Compare an answer with the right ones. Where there is none, only abstaining is right."""
    right = right_answers(case)
    score = scoring.score(given.answers, right, abstained=given.abstained)
    outcome = _outcome(bool(right), given, exact=score.exact, f1=score.f1)
    refused = outcome == Outcome.REFUSED
    gold, gold_cited = _gold(case, given, right)
    return result_of(
        run, case, given, outcome, 0.0 if refused else score.f1,
        gold=gold, gold_cited=gold_cited, supporting=given.supporting,
    )  # fmt: skip


def judge_text(run: Run, case: Case, text: AnnotatedText, given: Given) -> Result:
    """Compare the proposals for a text with the facts that it states; ``text`` is the case as
    ``read_as`` reads it."""
    judged = judge(text, given.proposed, Stated.is_strictly)
    good = sum(judged.right)
    exact = good == len(judged.right) and judged.complete
    f1 = 1.0 if exact else float(scores([judged])["f1"])
    outcome = _outcome(bool(text.facts), given, exact=exact, f1=f1)
    result = result_of(
        run, case, given, outcome, 0.0 if outcome == Outcome.REFUSED else f1,
        gold=len(text.facts), gold_cited=judged.found, supporting=good,
    )  # fmt: skip
    stated = [one for one in case.expected if one.get("mood", "stated") in HOLDING]
    result.answer |= _facts_told(judged, [fact_said(one) for one in stated])
    return result


def read_as(case: Case, relations: Mapping[str, str]) -> AnnotatedText:
    """Return a case as the evaluations of texts have it: what a text denies counts among what it
    does not state. ``relations`` has the name of each by all that it is called."""
    stated = [one for one in case.expected if one.get("mood", "stated") in HOLDING]
    denied = [one for one in case.expected if one.get("mood", "stated") not in HOLDING]
    return AnnotatedText(
        case.kind,
        case.text,
        _stated(stated, relations),
        _stated(case.given.get("ok", ()), relations),
        _stated([*case.given.get("not", ()), *denied], relations),
    )


def _stated(facts: Sequence[Mapping[str, Any]], relations: Mapping[str, str]) -> tuple[Stated, ...]:
    return tuple(
        Stated(
            names_of(_names(fact, "subject")),
            relation_of(fact, relations),
            names_of(_names(fact, "object")),
        )
        for fact in facts
    )


def relation_of(fact: Mapping[str, Any], relations: Mapping[str, str]) -> str:
    """Return the name in the space of the relation of a fact: by its Wikidata property, where the
    fact has one, else by what it is called; as it stands where the space has none such."""
    known = (relations.get(normalise_name(str(fact.get(key) or ""))) for key in _CALLED)
    return next(filter(None, known), str(fact["relation"]))


def _facts_told(judged: Judged, stated: Sequence[str]) -> dict[str, Any]:
    """Return what an answer keeps of its facts: each proposal with its verdict, what was missed,
    and for each relation how many facts were stated, found, proposed and right. ``stated`` has the
    text's facts in a line each."""
    text = judged.text
    tally: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    proposed, missed = [], []
    for one, is_right in zip(judged.proposals, judged.right, strict=True):
        tally[one.relation][2] += 1
        tally[one.relation][3] += is_right
        proposed.append([one.said, round(one.score, 4), _verdict(text, one, is_right=is_right)])
    for fact, said in zip(text.facts, stated, strict=True):
        found = any(fact.is_strictly(one) for one in judged.proposals)
        tally[fact.relation][0] += 1
        tally[fact.relation][1] += found
        if not found:
            missed.append(said)
    top = judged.right[:TOP]
    counts = {
        "unstated": len(text.unstated), "false": judged.false,
        "top": len(top), "top_right": sum(top),
    }  # fmt: skip
    told = {"proposed": proposed, "missed": missed, "tally": dict(tally), **counts}
    return {key: value for key, value in told.items() if value}


def _verdict(text: AnnotatedText, one: Proposed, *, is_right: bool) -> str:
    if is_right:
        return "right" if any(fact.is_strictly(one) for fact in text.facts) else "ok"
    return "false" if any(fact.is_strictly(one) for fact in text.unstated) else "wrong"


def judge_ranking(run: Run, case: Case, given: Given, names: Mapping[str, str]) -> Result:
    """Compare the relations that a question may ask for, the likeliest first, with the one that it
    asks for and the side that it gives."""
    asked = {"relation": case.relation, "property": case.given.get("property")}
    wanted = (relation_of(asked, names), str(case.given["side"]))
    place = next((at for at, one in enumerate(given.ranked, 1) if one == wanted), 0)
    outcome = Outcome.WRONG
    if given.refused:
        outcome = Outcome.REFUSED
    elif place:
        outcome = Outcome.RIGHT if place == 1 else Outcome.PARTLY
        outcome = outcome if place <= TOP else Outcome.WRONG
    f1 = 1 / place if place else 0.0
    result = result_of(
        run, case, given, outcome, f1, gold=1, gold_cited=int(place == 1), supporting=0
    )
    result.answer |= {"ranked": [list(one) for one in given.ranked[:TOP]], "place": place}
    return result


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


def result_of(
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
    """Return the result of a case: what was given, and what it counts as."""
    answer: dict[str, Any] = {
        "text": given.text,
        "given": [sorted(names) for names in given.answers],
        "calls": given.calls,
        "facts": list(given.facts),
        "passages": list(given.passages),
        "refused": given.refused,
        "gold": gold,
        "gold_cited": gold_cited,
        **given.kept,
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
