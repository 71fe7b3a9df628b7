"""Begin to keep every change of the rows of these tables, and the rows as they stand.

As apps/audit/rows.py had it at that time: table, space, private, hashed, digits, omitted.
"""

from django.db import migrations

TABLES = [
    ('accounts_user', '', ['username', 'first_name', 'last_name', 'email'], [],
     [], ['password', 'last_login']),
    ('accounts_space', 'id', ['slug', 'name', 'description'], [],
     [], []),
    ('accounts_membership', 'space_id', [], [],
     [], []),
    ('accounts_invitation', 'space_id', ['label'], [],
     [], ['digest']),
    ('sources_document', 'space_id', ['title', 'filename', 'content_sha256', 'note'], ['text'],
     [], []),
    ('sources_passage', 'document_id>sources_document.space_id', [], ['text'],
     [], []),
    ('memory_entity', 'space_id', ['name', 'value', 'description'], [],
     [], ['normalised', 'embedding', 'embedded_by']),
    ('memory_alias', 'space_id', ['name'], [],
     [], ['normalised']),
    ('memory_relation', 'space_id', ['name', 'description', 'aliases', 'inverse_name', 'template', 'questions', 'inverse_questions', 'cue_words', 'implies', 'implies_back', 'name_in_pack', 'examples'], [],
     [], ['normalised', 'embedding', 'embedded_by']),
    ('memory_triple', 'space_id', [], [],
     [], ['read_count', 'last_read_at']),
    ('memory_evidence', 'space_id', [], [],
     ['score'], []),
    ('memory_entitymerge', 'space_id', ['names', 'named'], [],
     [], []),
    ('curation_extraction', 'space_id', [], [],
     [], ['state', 'attempts', 'lease_token', 'lease_until', 'error', 'rung_at', 'started_at', 'finished_at']),
    ('curation_passageextraction', 'extraction_id>curation_extraction.space_id', ['call'], [],
     ['seconds'], ['mentions']),
    ('curation_unstated', 'read_in_id>curation_passageextraction.extraction_id>curation_extraction.space_id', ['subject_text', 'object_text'], [],
     ['score'], []),
    ('curation_rowimport', 'space_id', ['problems'], [],
     [], ['state', 'attempts', 'lease_token', 'lease_until', 'error', 'rung_at', 'started_at', 'finished_at', 'candidates']),
    ('curation_candidate', 'space_id', ['subject_text', 'object_text', 'object_value', 'wording'], [],
     ['score'], []),
    ('curation_relationproposal', 'space_id', ['name', 'subject_text', 'object_text', 'question_text', 'reason'], [],
     [], []),
    ('curation_batch', 'space_id', [], [],
     [], []),
    ('curation_decision', 'candidate_id>curation_candidate.space_id', ['reason', 'before', 'statement'], [],
     ['seconds'], []),
    ('asking_conversation', 'space_id', ['title'], [],
     [], []),
    ('asking_question', 'space_id', ['text'], [],
     [], ['state', 'attempts', 'lease_token', 'lease_until', 'error', 'rung_at', 'started_at', 'finished_at']),
    ('asking_answer', 'question_id>asking_question.space_id', ['text', 'reason', 'calls', 'understood', 'reading', 'topic'], [],
     ['seconds'], []),
    ('asking_readcall', 'answer_id>asking_answer.question_id>asking_question.space_id', ['call', 'subject', 'relation', 'object', 'candidates', 'results'], [],
     [], []),
    ('asking_citation', 'answer_id>asking_answer.question_id>asking_question.space_id', ['statement', 'sentence', 'document_title', 'approved_by_label'], [],
     [], []),
    ('asking_answermark', 'answer_id>asking_answer.question_id>asking_question.space_id', ['expected', 'diagnosis'], [],
     [], []),
    ('asking_answerconfirmation', 'answer_id>asking_answer.question_id>asking_question.space_id', [], [],
     [], []),
    ('asking_misreading', 'mark_id>asking_answermark.answer_id>asking_answer.question_id>asking_question.space_id', ['reading'], [],
     [], []),
]
# Where rows were there before, each log begins with the event that they belong to.
ARGUMENTS = "%s, %s, %s::text[], %s::text[], %s::text[], %s::text[]"
OPENED = """
INSERT INTO audit_event (space_id, actor_label, action, subject_type, payload, created_at)
SELECT space, 'memweb', 'log.opened', '', jsonb_build_object('rows', count(*)), now()
FROM audit_rowchange WHERE op = 'adopt' GROUP BY space ORDER BY space NULLS FIRST
"""


def watch(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT audit_adopt({ARGUMENTS})", table)
            cursor.execute(f"SELECT audit_watch({ARGUMENTS})", table)
        cursor.execute(OPENED)


class Migration(migrations.Migration):
    dependencies = [
        ("provenance", "0001_initial"),
        ("audit", "0004_keep_changes"),
        ("accounts", "0006_propose_implied"),
        ("sources", "0002_spans_fit"),
        ("memory", "0020_whole_relations"),
        ("curation", "0020_implied"),
        ("asking", "0012_topics"),
    ]
    operations = [migrations.RunPython(watch)]
