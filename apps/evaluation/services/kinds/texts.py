"""Texts with the facts that they state, from single sentences to annotated documents: the write
head reads them, and what it would put to reviewers is compared with what is stated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from apps.evaluation.models import Benchmark, Case, Result, Run
from apps.evaluation.services.answering.diagnosis import diagnose_text, diagnosed
from apps.evaluation.services.answering.given import Given
from apps.evaluation.services.answering.judging import judge_text, read_as, relation_names
from apps.evaluation.services.answering.modes import TEXT_MODES, TEXT_MODES_IMPLIED
from apps.evaluation.services.benchmarks.cases import NewCase
from apps.evaluation.services.formats.docred import docred_case
from apps.evaluation.services.formats.texts import joined, text_case
from apps.evaluation.services.kinds.kind import Judge, Kind, Words
from apps.evaluation.services.kinds.measures import OF_DOCUMENTS, OF_SENTENCES
from apps.memory.controller import MemoryController

_SENTENCE: Final = """{"text": "Ada Brook was not born in Lindenau.",
 "kind": "denied", "facts": [],
 "not": [{"subject": "Ada Brook",
          "relation": "place of birth",
          "object": "Lindenau"}]}"""
_DOCUMENT: Final = """{"text": "Ada Brook grew up in Corvo. …",
 "kind": "letter",
 "facts": [{"subject": "Ada Brook",
            "relation": "place of birth",
            "object": "Lindenau",
            "subject_names": ["Addie"]}]}"""
_CSV: Final = "text,subject,relation,object"
_DOCRED: Final = """[{"title": "Ada Brook",
  "sents": [["Ada", "Brook", "was", "born",
             "in", "Lindenau", "."]],
  "vertexSet": [
    [{"sent_id": 0, "pos": [0, 2], "type": "PER"}],
    [{"sent_id": 0, "pos": [5, 6], "type": "LOC"}]],
  "labels": [{"h": 0, "r": "P19", "t": 1}]}]"""
_ONE_FACT: Final = (
    "In CSV a line has one fact. Lines with the same text that follow each other are one case. A "
    "text without facts states nothing. “not” are facts that a careless reader would take from it, "
    "“ok” those that may be proposed besides."
)


def relations_of(case: NewCase) -> Sequence[str]:
    """Return the relations of the facts that a text states, each once."""
    return list(dict.fromkeys(fact["relation"] for fact in case.expected))


def _judging(run: Run) -> Judge:
    relations = relation_names(run)
    in_use = {spec.name for spec in MemoryController(run.space).relations()}

    def judge(case: Case, given: Given) -> Result:
        text = read_as(case, relations)
        result = judge_text(run, case, text, given)
        return diagnosed(result, diagnose_text(case, text, given, result.outcome, in_use))

    return judge


STATEMENTS: Final = Kind(
    name=Benchmark.Kind.STATEMENTS,
    label=Benchmark.Kind.STATEMENTS.label,
    side="write",
    words=Words(
        case="Text",
        right="It states",
        came="Proposed",
        nothing="nothing",
        examples=(("JSON Lines, or a list in JSON:", _SENTENCE), ("CSV:", _CSV)),
        note=_ONE_FACT,
    ),
    read=text_case,
    required=("text",),
    longest=20_000,
    modes=TEXT_MODES,
    judging=_judging,
    measures=OF_SENTENCES,
    joined=joined,
    relations=relations_of,
    by_facts=True,
)
DOCUMENTS: Final = Kind(
    name=Benchmark.Kind.DOCUMENTS,
    label=Benchmark.Kind.DOCUMENTS.label,
    side="write",
    words=Words(
        case="Document",
        right="It states",
        came="Proposed",
        nothing="nothing",
        examples=(("JSON Lines, or a list in JSON:", _DOCUMENT), ("CSV:", _CSV)),
        note=_ONE_FACT,
    ),
    read=text_case,
    required=("text",),
    longest=200_000,
    modes=TEXT_MODES,
    judging=_judging,
    measures=OF_DOCUMENTS,
    joined=joined,
    relations=relations_of,
    most_cases=20_000,
    by_facts=True,
)
EXTRACTION: Final = Kind(
    name=Benchmark.Kind.EXTRACTION,
    label=Benchmark.Kind.EXTRACTION.label,
    side="write",
    words=Words(
        case="Document",
        right="Annotated",
        came="Proposed",
        nothing="nothing",
        examples=(
            ("A list in JSON, as DocRED and Re-DocRED have it, or a document a line:", _DOCRED),
        ),
        note="Every name of an entity counts. Relations are Wikidata’s properties; a space knows "
        "them by its standard relations.",
    ),
    read=docred_case,
    required=(),
    tables=False,
    longest=200_000,
    modes=TEXT_MODES_IMPLIED,
    judging=_judging,
    measures=OF_DOCUMENTS,
    relations=relations_of,
    most_cases=20_000,
    by_facts=True,
)
