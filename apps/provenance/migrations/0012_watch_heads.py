"""Keep as well which heads a space chose, of what the heads of extractions and answers were made,
and which words of an answer no read of the memory bears out.

As apps/audit/rows.py had it at that time: table, space, private, hashed, digits, omitted.
"""

from django.db import migrations

JOB = ['state', 'attempts', 'lease_token', 'lease_until', 'error', 'rung_at', 'started_at', 'finished_at']
TABLES = [
    ('accounts_space', 'id', ['slug', 'name', 'description'], [], [], []),
    ('curation_extraction', 'space_id', [], [], [], JOB),
    ('asking_question', 'space_id', ['text'], [], [], JOB),
    ('asking_answer', 'question_id>asking_question.space_id',
     ['text', 'reason', 'calls', 'understood', 'reading', 'topic'], [], ['seconds'], []),
]
ARGUMENTS = "%s, %s, %s::text[], %s::text[], %s::text[], %s::text[]"
OPENED = """
INSERT INTO audit_event (space_id, actor_label, action, subject_type, payload, created_at)
SELECT space, 'memweb', 'log.opened', '', jsonb_build_object('rows', count(*)), now()
FROM audit_rowchange WHERE op = 'adopt' AND transaction = audit_transaction()
GROUP BY space ORDER BY space NULLS FIRST
"""


def watch(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT audit_transaction()")
        for table in TABLES:
            cursor.execute(f"SELECT audit_adopt({ARGUMENTS})", table)
            cursor.execute(f"SELECT audit_watch({ARGUMENTS})", table)
        cursor.execute(OPENED)


class Migration(migrations.Migration):
    dependencies = [
        ("provenance", "0011_erasings"),
        ("accounts", "0009_space_heads"),
        ("curation", "0022_head_made_of"),
        ("asking", "0015_progress"),
    ]
    operations = [migrations.RunPython(watch)]
