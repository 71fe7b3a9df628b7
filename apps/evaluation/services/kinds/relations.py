"""Questions with the relation that each asks for: the read head ranks the relations of the space,
from both sides, by the text of the question alone."""

from __future__ import annotations

from typing import Final

from apps.evaluation.models import Benchmark, Case, Result, Run
from apps.evaluation.services.answering.diagnosis import diagnose_ranking, diagnosed
from apps.evaluation.services.answering.given import Given
from apps.evaluation.services.answering.judging import judge_ranking, relation_names
from apps.evaluation.services.answering.modes import RANKING_MODES
from apps.evaluation.services.formats.relations import COLUMNS, relation_case
from apps.evaluation.services.kinds.kind import Judge, Kind, Words
from apps.evaluation.services.kinds.measures import OF_RELATIONS

_JSON: Final = """{"question": "Who was born in Lindenau?",
 "relation": "place of birth",
 "side": "object"}"""
_TABLE: Final = """question,relation,side
Where was Ada Brook born?,P19,subject"""


def _judging(run: Run) -> Judge:
    names = relation_names(run)

    def judge(case: Case, given: Given) -> Result:
        result = judge_ranking(run, case, given, names)
        return diagnosed(result, diagnose_ranking(case, given, result.outcome, names))

    return judge


RELATIONS: Final = Kind(
    name=Benchmark.Kind.RELATIONS,
    label=Benchmark.Kind.RELATIONS.label,
    side="read",
    words=Words(
        case="Question",
        right="Asks for",
        came="Taken for",
        nothing="",
        examples=(("JSON Lines, or a list in JSON:", _JSON), ("CSV:", _TABLE)),
        note="side is what of the fact the question gives: subject (without it) or object. A "
        "Wikidata property may stand for the relation; R19 gives the object. Files of "
        "SimpleQuestions, four columns with tabs and no heading, are read as they are.",
    ),
    read=relation_case,
    required=("question", "relation"),
    longest=1_000,
    modes=RANKING_MODES,
    judging=_judging,
    measures=OF_RELATIONS,
    unheaded=COLUMNS,
)
