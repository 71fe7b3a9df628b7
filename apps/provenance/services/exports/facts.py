"""Facts with all that stands behind them, in the order of their numbers, some at a time.

A fact is a mapping::

    {"fact", "statement", "subject", "relation", "object", "status", "valid_from", "valid_to",
     "recorded_at", "retracted_at", "superseded_by", "evidence": [...], "decisions": [...]}

``subject`` and ``object`` are {"id", "name", "type", "kind", "value"}, ``relation`` {"id", "name",
"key"}. Evidence has {"id", "document": {"id", "title", "sha256"}, "passage", "sentence" (its
words), "sentence_span", "subject_span", "object_span" (places in the document's text), "score",
"approved_by", "approved_at", "retracted_at"}; a decision {"id", "action", "by", "at", "reason",
"statement" (the fact as the person saw it), "evidence", "replaced", "batch", "along_with" (the
decision that took it along, on a message that says the same again), "own_proposal",
"undone_by", "undone_at", "candidate"}, whose candidate is {"id", "origin", "subject", "object",
"score", "mood", "proposed_by", "reworded_by", "extraction"}, whose extraction is None or {"id",
"document", "head", "version", "call", "at"}. A person is {"id", "name"}. Times are in UTC.
"""

from __future__ import annotations

import json
from typing import Any, Final

from django.db import connection

from apps.memory.controller.wording import sentence
from apps.provenance.services.exports.scopes import DECISIONS, Chosen, where

AT_ONCE: Final = 250
Fact = dict[str, Any]


def _person(column: str) -> str:
    """The person whose number stands in a column, or NULL."""
    return f"""(SELECT json_build_object('id', u.id, 'name', coalesce(
        nullif(trim(concat(u.first_name, ' ', u.last_name)), ''), u.username))
        FROM accounts_user u WHERE u.id = {column})"""  # noqa: S608 names are ours


def _entity(alias: str) -> str:
    return (
        f"json_build_object('id', {alias}.id, 'name', {alias}.name, 'type', {alias}.type,"
        f" 'kind', {alias}.kind, 'value', {alias}.value)"
    )


_EXTRACTION: Final = """(SELECT json_build_object('id', x.id, 'document', x.document_id,
    'head', x.head, 'version', x.head_version, 'at', coalesce(px.created_at, x.created_at),
    'call', px.call)
    FROM curation_extraction x LEFT JOIN curation_passageextraction px
        ON px.extraction_id = x.id AND px.passage_id = c.passage_id
    WHERE x.id = c.extraction_id)"""
_EVIDENCE: Final = f"""(SELECT coalesce(json_agg(json_build_object(
    'id', e.id,
    'document', json_build_object('id', doc.id, 'title', doc.title, 'sha256', doc.content_sha256),
    'passage', e.passage_id,
    'sentence', substr(p.text, e.sentence_start - p.start + 1, e.sentence_end - e.sentence_start),
    'sentence_span', json_build_array(e.sentence_start, e.sentence_end),
    'subject_span', json_build_array(e.subject_start, e.subject_end),
    'object_span', json_build_array(e.object_start, e.object_end),
    'score', e.score, 'approved_by', {_person("e.approved_by_id")},
    'approved_at', e.approved_at, 'retracted_at', e.retracted_at) ORDER BY e.id), '[]')
    FROM memory_evidence e JOIN sources_passage p ON p.id = e.passage_id
        JOIN sources_document doc ON doc.id = p.document_id
    WHERE e.triple_id = t.id)"""  # noqa: S608
_DECISIONS: Final = f"""(SELECT coalesce(json_agg(json_build_object(
    'id', d.id, 'action', d.action, 'by', {_person("d.actor_id")}, 'at', d.created_at,
    'reason', d.reason, 'statement', d.statement, 'evidence', d.evidence_id,
    'replaced', d.replaced_id, 'batch', d.batch_id, 'along_with', d.along_with_id,
    'own_proposal', d.own_proposal,
    'undone_by', {_person("d.undone_by_id")}, 'undone_at', d.undone_at,
    'candidate', json_build_object('id', c.id, 'origin', c.origin, 'subject', c.subject_text,
        'object', c.object_text, 'score', c.score, 'mood', c.mood,
        'proposed_by', {_person("c.proposed_by_id")},
        'reworded_by', {_person("c.reworded_by_id")}, 'extraction', {_EXTRACTION})
    ) ORDER BY d.id), '[]')
    FROM ({DECISIONS.format("t.id")}) own JOIN curation_decision d ON d.id = own.id
        JOIN curation_candidate c ON c.id = d.candidate_id)"""  # noqa: S608
_FACTS: Final = f"""
SELECT json_build_object('fact', t.id, 'statement', r.template, 'subject', {_entity("s")},
    'relation', json_build_object('id', r.id, 'name', r.name,
        'key', coalesce(nullif(r.wikidata_property, ''), r.name_in_pack)),
    'object', {_entity("o")}, 'status', t.status,
    'valid_from', t.valid_from, 'valid_to', t.valid_to, 'recorded_at', t.recorded_at,
    'retracted_at', t.retracted_at, 'superseded_by', t.superseded_by_id,
    'evidence', {_EVIDENCE}, 'decisions', {_DECISIONS})::text
FROM (SELECT t.* FROM memory_triple t WHERE {{where}} AND t.id > %(last)s AND t.id <= %(newest)s
      ORDER BY t.id LIMIT {AT_ONCE}) t
    JOIN memory_entity s ON s.id = t.subject_id JOIN memory_entity o ON o.id = t.object_id
    JOIN memory_relation r ON r.id = t.relation_id
ORDER BY t.id"""  # noqa: S608


def newest(chosen: Chosen) -> int:
    """Return the number of the last fact that is asked for now; 0 where there is none."""
    condition, parameters = where(chosen)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(max(t.id), 0) FROM memory_triple t WHERE {condition}",  # noqa: S608
            parameters,
        )
        return int(cursor.fetchone()[0])


def some_facts(chosen: Chosen, *, last: int, newest: int) -> list[Fact]:
    """Return up to ``AT_ONCE`` facts with larger numbers than ``last``, up to ``newest``."""
    condition, parameters = where(chosen)
    query = _FACTS.replace("{where}", condition)
    with connection.cursor() as cursor:
        cursor.execute(query, parameters | {"last": last, "newest": newest})
        return [_fact(text) for (text,) in cursor.fetchall()]


def numbers_of(chosen: Chosen) -> tuple[int, ...]:
    """Return the numbers of all facts that are asked for."""
    condition, parameters = where(chosen)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.id FROM memory_triple t WHERE {condition} ORDER BY t.id",  # noqa: S608
            parameters,
        )
        return tuple(number for (number,) in cursor.fetchall())


def _fact(text: str) -> Fact:
    fact: Fact = json.loads(text)
    fact["statement"] = sentence(
        fact["statement"],
        fact["relation"]["name"],
        subject=fact["subject"]["name"],
        object=fact["object"]["name"],
    )
    return fact
