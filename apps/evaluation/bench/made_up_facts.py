"""A document of very many facts, each read by a head, accepted, and in the log: for measurements.

It is filled by SQL in a database that has nothing else, with the triggers that keep each change.
"""

from __future__ import annotations

from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Membership, Space, User
from apps.audit.services import record
from apps.common.models import Job
from apps.curation.models import Extraction
from apps.memory.models import Relation
from apps.sources.models import Document

MOST = 999_999  # what a name has digits for
PASSAGE = 40  # sentences, a fact each
BATCH = 100  # facts accepted in one transaction
TOWNS = 1_000
# All sentences are as long: "Person 000001 lives in Town 0001." and a space.
_SENTENCE, _SUBJECT, _OBJECT = 34, 13, 23
_PERSON = "'Person ' || lpad(n::text, 6, '0')"
_TOWN = f"'Town ' || lpad(mod(n, {TOWNS})::text, 4, '0')"
_SAID = f"{_PERSON} || ' lives in ' || {_TOWN} || '.'"
_STARTS = f"((n - 1) * {_SENTENCE})"
_SPANS = f"""{_STARTS}, {_STARTS} + {_SENTENCE - 1}, {_STARTS}, {_STARTS} + {_SUBJECT},
    {_STARTS} + {_OBJECT}, {_STARTS} + {_SENTENCE - 2}"""
_SPAN_COLUMNS = """sentence_start, sentence_end, subject_start, subject_end, object_start,
    object_end"""
_PASSAGE_OF = f"((n - 1) / {PASSAGE} + 1)"
_THOSE = "FROM generate_series(%(first)s, %(last)s) n"

_TEXT = f"SELECT string_agg({_SAID}, ' ' ORDER BY n) FROM generate_series(1, %s) n"  # noqa: S608
_PASSAGES = f"""
INSERT INTO sources_passage (id, document_id, index, start, "end", text, sentences)
SELECT {_PASSAGE_OF}, %(document)s, {_PASSAGE_OF} - 1, min({_STARTS}),
       max({_STARTS}) + {_SENTENCE - 1}, string_agg({_SAID}, ' ' ORDER BY n),
       ARRAY(SELECT edge FROM generate_series(min(n), max(n)) one,
             unnest(ARRAY[(one - 1) * {_SENTENCE}, one * {_SENTENCE} - 1]) edge ORDER BY edge)
FROM generate_series(1, %(last)s) n GROUP BY {_PASSAGE_OF}"""  # noqa: S608
_READ = f"""
INSERT INTO curation_passageextraction (extraction_id, passage_id, call, proposals, refused,
                                        seconds, created_at)
SELECT %(extraction)s, id, '{{MEM_WRITE--> ' || left(text, 30) || '}}', {PASSAGE}, 0, 0.5, now()
FROM sources_passage;
INSERT INTO memory_entity (id, space_id, name, normalised, type, kind, description, embedded_by,
                           created_at)
SELECT n + 1, %(space)s, {_TOWN}, lower({_TOWN}), 'LOC', 'item', '', '', now()
FROM generate_series(0, {TOWNS - 1}) n"""  # noqa: S608
_PROPOSED = f"""
INSERT INTO curation_candidate (id, space_id, origin, extraction_id, passage_id, subject_text,
    subject_type, relation_id, object_text, object_type, object_kind, state, version, created_at,
    wording, score, {_SPAN_COLUMNS})
SELECT n, %(space)s, 'head', %(extraction)s, {_PASSAGE_OF}, {_PERSON}, 'PER', %(relation)s, {_TOWN},
    'LOC', 'item', 'pending', 1, now(), '', 0.75, {_SPANS} {_THOSE};
INSERT INTO audit_event (space_id, actor_label, action, subject_type, subject_id, payload,
                         created_at)
VALUES (%(space)s, 'write head made-up', 'candidate.proposed', 'curation.extraction',
        %(extraction)s, jsonb_build_object('candidates', '[]'::jsonb, 'document', %(document)s),
        now())"""  # noqa: S608
_ACCEPTED = f"""
INSERT INTO memory_entity (id, space_id, name, normalised, type, kind, description, embedded_by,
                           created_at)
SELECT {TOWNS} + n, %(space)s, {_PERSON}, lower({_PERSON}), 'PER', 'item', '', '', now() {_THOSE};
INSERT INTO memory_triple (id, space_id, subject_id, relation_id, object_id, status, recorded_at,
                           read_count)
SELECT n, %(space)s, {TOWNS} + n, %(relation)s, mod(n, {TOWNS}) + 1, 'active', now(), 0 {_THOSE};
INSERT INTO memory_evidence (id, space_id, triple_id, passage_id, {_SPAN_COLUMNS}, score,
                             approved_by_id, approved_at)
SELECT n, %(space)s, n, {_PASSAGE_OF}, {_SPANS}, 0.75, %(actor)s, now() {_THOSE};
INSERT INTO audit_event (space_id, actor_id, actor_label, action, subject_type, subject_id, payload,
                         created_at)
SELECT %(space)s, %(actor)s, 'bench', 'evidence.added', 'memory.triple', n,
    jsonb_build_object('evidence', n, 'document', %(document)s, 'sentence', {_SAID}), now()
    {_THOSE};
UPDATE curation_candidate SET state = 'accepted', version = 2 WHERE id BETWEEN %(first)s
    AND %(last)s;
INSERT INTO curation_decision (id, candidate_id, action, actor_id, reason, before, statement,
                               chosen, own_proposal, triple_id, evidence_id, created_at)
SELECT n, n, 'accept', %(actor)s, '', '{{}}', {_SAID}, '{{}}', false, n, n, now() {_THOSE};
INSERT INTO audit_event (space_id, actor_id, actor_label, action, subject_type, subject_id, payload,
                         created_at)
SELECT %(space)s, %(actor)s, 'bench', 'candidate.accepted', 'curation.candidate', n,
    jsonb_build_object('decision', n, 'triple', n, 'evidence', n, 'document', %(document)s,
                       'fact', jsonb_build_object('subject', {_PERSON}, 'relation', 'residence',
                                                  'object', {_TOWN})), now() {_THOSE}"""  # noqa: S608
_WITH_NUMBERS = (
    "sources_passage", "memory_entity", "memory_triple", "memory_evidence", "curation_candidate",
    "curation_decision",
)  # fmt: skip


def make_facts(count: int) -> Document:
    """Return a document that says so many facts, all accepted: two events and five changed rows
    each, so many facts in a transaction."""
    document, given = _document(count)
    for first in range(1, count + 1, BATCH):
        those = given | {"first": first, "last": min(first + BATCH - 1, count)}
        _execute(_PROPOSED, those)
        _execute(_ACCEPTED, those)
    with connection.cursor() as cursor:
        for table in _WITH_NUMBERS:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608
            )
        cursor.execute("ANALYZE")
    return document


@transaction.atomic
def _document(count: int) -> tuple[Document, dict[str, int]]:
    """Write the document as it is read, and what its facts need."""
    with connection.cursor() as cursor:
        cursor.execute(_TEXT, [count])
        text = cursor.fetchone()[0]
    space = Space.objects.create(slug="facts", name="Facts")
    actor = User.objects.create(username="bench")
    Membership.objects.create(space=space, user=actor, role="owner")
    relation = Relation.objects.create(
        space=space, name="residence", template="{subject} lives in {object}."
    )
    document = Document.objects.create(
        space=space, title="Residents", format="text", filename="residents.txt",
        content_sha256="0" * 64, size=len(text), text=text, added_by=actor,
    )  # fmt: skip
    extraction = Extraction.objects.create(
        space=space, document=document, head="made-up", head_version="1", requested_by=actor,
        state=Job.State.DONE, finished_at=timezone.now(),
    )  # fmt: skip
    given = {
        "space": space.pk, "actor": actor.pk, "relation": relation.pk, "document": document.pk,
        "extraction": extraction.pk,
    }  # fmt: skip
    _execute(_PASSAGES, given | {"last": count})
    _execute(_READ, given)
    for log in (space, None):
        record(space=log, action="log.opened", actor=None, actor_label="bench", payload={"rows": 1})
    return document, given


@transaction.atomic
def _execute(statements: str, given: dict[str, int]) -> None:
    with connection.cursor() as cursor:
        for statement in statements.split(";"):
            cursor.execute(statement, given)
