"""Keep as well what a question that was abstained from may mean, and which of that people chose.

As apps/audit/rows.py had it at that time: table, space, private, hashed, digits, omitted.
"""

from django.db import migrations

ANSWER = 'question_id>asking_question.space_id'
TABLES = [
    ('asking_answer', ANSWER,
     ['text', 'reason', 'calls', 'understood', 'reading', 'topic', 'perhaps'], [], ['seconds'], []),
    ('asking_readingchoice', 'answer_id>asking_answer.' + ANSWER, [], [], [], []),
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
    dependencies = [("provenance", "0013_erasing_progress"), ("asking", "0021_perhaps")]
    operations = [migrations.RunPython(watch)]
