"""CSV: three tables in a zip, facts, evidence and decisions, joined by their numbers.

The files are as RFC 4180 has it: UTF-8, commas, a line of column names, CR LF, an empty cell where
there is nothing. A spreadsheet takes a cell that begins with ``= + - @``, a tab or a line end for a
formula and would run it; as OWASP recommends, such a cell gets an apostrophe in front. So does one
that would read like one of these (``'=1``): one apostrophe taken away from what begins with
apostrophes and one of these signs gives the text back.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from typing import Any, BinaryIO, Final

from apps.provenance.services.exports.facts import Fact
from apps.provenance.services.exports.names import Names
from apps.provenance.services.exports.parts import Parts

# The wide forms of the signs are taken for the signs themselves where spreadsheets are Asian.
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
# The columns of each table, with what they hold.
COLUMNS: Final[dict[str, dict[str, str]]] = {
    "facts": {
        "fact": "number of the fact",
        "address": "where its page is",
        "statement": "the fact as a sentence",
        "subject_id": "number of the subject",
        "subject": "its name",
        "subject_type": "PER, ORG, LOC, TIME, NUM, MISC or empty",
        "relation_id": "number of the relation",
        "relation": "its name",
        "relation_key": "its Wikidata property or name in a pack, where it has one",
        "object_id": "number of the object",
        "object": "its name",
        "object_type": "as of the subject",
        "object_kind": "item, time, quantity or text",
        "status": "active, superseded or retracted",
        "valid_from": "first day on which it holds, empty: not known",
        "valid_to": "first day on which it no longer holds",
        "recorded_at": "when it entered the memory (UTC)",
        "retracted_at": "when it was taken back (UTC)",
        "superseded_by": "number of the fact that replaced it",
    },
    "evidence": {
        "evidence": "number of the evidence",
        "fact": "number of its fact",
        "document_id": "number of the document",
        "document": "its title",
        "document_sha256": "SHA-256 of the document as it was given",
        "sentence": "the sentence that says it",
        "sentence_start": "its first character in the document's text",
        "sentence_end": "the character after its last",
        "subject_start": "as above, of the subject",
        "subject_end": "",
        "object_start": "as above, of the object",
        "object_end": "",
        "score": "how sure the head was, 0 to 1",
        "approved_by_id": "number of the person who approved it",
        "approved_by": "their name",
        "approved_at": "when (UTC)",
        "retracted_at": "when it was taken back (UTC)",
    },
    "decisions": {
        "decision": "number of the decision",
        "fact": "number of the fact",
        "action": "accept, edit, merge, supersede, keep, retract or end",
        "by_id": "number of the person",
        "by": "their name",
        "at": "when (UTC)",
        "reason": "in their words",
        "statement": "the fact as they saw it",
        "evidence": "number of the evidence that it made",
        "replaced": "number of the fact that it replaced or ended",
        "batch": "number of the batch that it was made in",
        "along_with": "number of the decision that took it along",
        "own_proposal": "True where they had proposed it themselves",
        "undone_by": "who undid it",
        "undone_at": "when (UTC)",
        "candidate": "number of the candidate",
        "origin": "head, import, correction or gap",
        "subject_text": "the subject as proposed",
        "object_text": "the object as proposed",
        "score": "how sure the head was, 0 to 1",
        "proposed_by": "the person who proposed it, where no head did",
        "reworded_by": "the person in whose words it stands",
        "extraction": "number of the extraction",
        "head": "the write head",
        "head_version": "the version of its weights",
        "call": "what it wrote, literally",
    },
}
PARTS: Final = tuple(COLUMNS)


def guarded(value: Any) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def add(fact: Fact, parts: Parts, names: Names) -> None:
    """Add the rows of a fact."""
    parts.put("facts", _row("facts", _fact_cells(fact, names)))
    for evidence in fact["evidence"]:
        parts.put("evidence", _row("evidence", _evidence_cells(fact, evidence)))
    for decision in fact["decisions"]:
        parts.put("decisions", _row("decisions", _decision_cells(fact, decision)))


def assemble(parts: Parts, names: Names, out: BinaryIO) -> None:
    """Write the zip."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in PARTS:
            with archive.open(f"{name}.csv", "w", force_zip64=True) as file:
                file.write(_line(COLUMNS[name]).encode())
                for piece in parts.pieces(name):
                    file.write(piece)
        archive.writestr("columns.csv", _columns())


def _columns() -> str:
    lines = [_line(("table", "column", "holds"))]
    lines += [_line((name, *one)) for name, table in COLUMNS.items() for one in table.items()]
    return "".join(lines)


def _row(table: str, cells: dict[str, Any]) -> str:
    return _line(cells[column] for column in COLUMNS[table])


def _line(values: Any) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([guarded(value) for value in values])
    return buffer.getvalue()


def _fact_cells(fact: Fact, names: Names) -> dict[str, Any]:
    subject, relation, thing = fact["subject"], fact["relation"], fact["object"]
    return fact | {
        "address": names.base + names.fact(fact["fact"]),
        "subject_id": subject["id"],
        "subject": subject["name"],
        "subject_type": subject["type"],
        "relation_id": relation["id"],
        "relation": relation["name"],
        "relation_key": relation["key"],
        "object_id": thing["id"],
        "object": thing["name"],
        "object_type": thing["type"],
        "object_kind": thing["kind"],
    }


def _evidence_cells(fact: Fact, evidence: dict[str, Any]) -> dict[str, Any]:
    document, person = evidence["document"], evidence["approved_by"]
    cells = evidence | {
        "evidence": evidence["id"],
        "fact": fact["fact"],
        "document_id": document["id"],
        "document": document["title"],
        "document_sha256": document["sha256"],
        "approved_by_id": person["id"],
        "approved_by": person["name"],
    }
    for name in ("sentence", "subject", "object"):
        cells[f"{name}_start"], cells[f"{name}_end"] = evidence[f"{name}_span"]
    return cells


def _decision_cells(fact: Fact, decision: dict[str, Any]) -> dict[str, Any]:
    candidate = decision["candidate"]
    extraction = candidate["extraction"] or {}
    return decision | {
        "decision": decision["id"],
        "fact": fact["fact"],
        "by_id": decision["by"]["id"],
        "by": decision["by"]["name"],
        "undone_by": _name(decision["undone_by"]),
        "candidate": candidate["id"],
        "origin": candidate["origin"],
        "subject_text": candidate["subject"],
        "object_text": candidate["object"],
        "score": candidate["score"],
        "proposed_by": _name(candidate["proposed_by"]),
        "reworded_by": _name(candidate["reworded_by"]),
        "extraction": extraction.get("id"),
        "head": extraction.get("head"),
        "head_version": extraction.get("version"),
        "call": extraction.get("call"),
    }


def _name(person: dict[str, Any] | None) -> str:
    return person["name"] if person else ""
