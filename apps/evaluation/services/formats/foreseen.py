"""A document in DocRED format as a text that is foreseen: with its annotations as they came, which
say where the memory could be looked up."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from apps.evaluation.services.benchmarks.cases import NewCase
from apps.evaluation.services.formats.docred import docred_case
from apps.evaluation.services.formats.rows import Row
from worker.training import redocred
from worker.training.causal.spacing import spaced

KEPT: Final = ("title", "sents", "vertexSet", "labels")


def foreseen_case(row: Row, is_csv: bool) -> NewCase:
    """Return the case of a document, which no table has. Raises ValueError."""
    case = docred_case(row, is_csv)
    document = {key: row.fields[key] for key in KEPT if key in row.fields}
    text = spaced(redocred.document(dict(document))).text
    return replace(case, text=text, given=case.given | {"document": document})
