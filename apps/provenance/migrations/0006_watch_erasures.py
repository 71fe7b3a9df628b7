"""Keep the new columns of four tables as well, and say anew how a row stands once it was erased.

As apps/audit/rows.py had it at that time: table, space, private, hashed, digits, omitted.
"""

from django.db import migrations

TABLES = [
    ('accounts_user', '', ['username', 'first_name', 'last_name', 'email'], [],
     [], ['password', 'last_login']),
    ('accounts_space', 'id', ['slug', 'name', 'description'], [],
     [], []),
    ('sources_document', 'space_id', ['title', 'filename', 'content_sha256', 'note'], ['text'],
     [], []),
    ('asking_question', 'space_id', ['text'], [],
     [], ['state', 'attempts', 'lease_token', 'lease_until', 'error', 'rung_at', 'started_at', 'finished_at']),
]
ARGUMENTS = "%s, %s, %s::text[], %s::text[], %s::text[], %s::text[]"
# A change in which nothing changes: after what a row held before was erased of the log, the log
# holds again what it holds now. What is kept how is read from the trigger of the table.
RESTATE = """
CREATE FUNCTION audit_restate(watched text, numbers bigint[]) RETURNS bigint LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public SET timezone = 'UTC' AS $$
DECLARE
    arguments text[];
    restated bigint;
BEGIN
    SELECT string_to_array(encode(tgargs, 'escape'), '\\000') INTO STRICT arguments
    FROM pg_trigger WHERE tgrelid = to_regclass(quote_ident(watched)) AND tgname = 'audit_updated';
    EXECUTE format(
        'INSERT INTO audit_rowchange (transaction, space, "table", row, op, by, before, after,'
        ' private_before, private_after)'
        ' SELECT audit_transaction(), audit_space($1, kept), $2, (kept ->> ''id'')::bigint,'
        ' ''update'', session_user, image, image, private, private FROM (SELECT kept,'
        ' audit_public(kept, $3, $4, $5, $6) AS image, audit_private(kept, $3, $4) AS private'
        ' FROM (SELECT to_jsonb(one) AS kept FROM %I one WHERE id = ANY ($7) ORDER BY id) AS rows'
        ') AS images', watched)
        USING arguments[1], watched, arguments[2]::text[], arguments[3]::text[],
              arguments[4]::text[], arguments[5]::text[], numbers;
    GET DIAGNOSTICS restated = ROW_COUNT;
    RETURN restated;
END $$;
"""
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
        ("provenance", "0005_verifications"),
        ("accounts", "0008_erased_people_and_questions"),
        ("sources", "0004_erase_texts"),
        ("asking", "0013_erased_questions"),
        ("curation", "0021_erased_candidates"),
    ]
    operations = [migrations.RunSQL(RESTATE), migrations.RunPython(watch)]
