"""Keep before and after of every change of the rows of these tables.

As apps/audit/rows.py had it at that time: table, space, private, hashed, digits, omitted. A
migration that adds a column to one of them calls ``audit_adopt`` and ``audit_watch`` for it again.
"""

JOB = [
    "state",
    "attempts",
    "lease_token",
    "lease_until",
    "error",
    "rung_at",
    "started_at",
    "finished_at",
]
ANSWER = "answer_id>asking_answer.question_id>asking_question.space_id"
TABLES = [
    (
        "accounts_user",
        "",
        ["username", "first_name", "last_name", "email"],
        [],
        [],
        ["password", "last_login"],
    ),
    ("accounts_space", "id", ["slug", "name", "description"], [], [], []),
    ("accounts_membership", "space_id", [], [], [], []),
    ("accounts_invitation", "space_id", ["label"], [], [], ["digest"]),
    (
        "sources_document",
        "space_id",
        ["title", "filename", "content_sha256", "note"],
        ["text"],
        [],
        [],
    ),
    ("sources_passage", "document_id>sources_document.space_id", [], ["text"], [], []),
    (
        "memory_entity",
        "space_id",
        ["name", "value", "description"],
        [],
        [],
        ["normalised", "embedding", "embedded_by"],
    ),
    ("memory_alias", "space_id", ["name"], [], [], ["normalised"]),
    (
        "memory_relation",
        "space_id",
        [
            "name",
            "description",
            "aliases",
            "inverse_name",
            "template",
            "questions",
            "inverse_questions",
            "cue_words",
            "implies",
            "implies_back",
            "name_in_pack",
            "examples",
        ],
        [],
        [],
        ["normalised", "embedding", "embedded_by"],
    ),
    ("memory_triple", "space_id", [], [], [], ["read_count", "last_read_at"]),
    ("memory_evidence", "space_id", [], [], ["score"], []),
    ("memory_entitymerge", "space_id", ["names", "named"], [], [], []),
    ("curation_extraction", "space_id", [], [], [], JOB),
    (
        "curation_passageextraction",
        "extraction_id>curation_extraction.space_id",
        ["call"],
        [],
        ["seconds"],
        ["mentions"],
    ),
    (
        "curation_unstated",
        "read_in_id>curation_passageextraction.extraction_id>curation_extraction.space_id",
        ["subject_text", "object_text"],
        [],
        ["score"],
        [],
    ),
    ("curation_rowimport", "space_id", ["problems"], [], [], [*JOB, "candidates"]),
    (
        "curation_candidate",
        "space_id",
        ["subject_text", "object_text", "object_value", "wording"],
        [],
        ["score"],
        [],
    ),
    (
        "curation_relationproposal",
        "space_id",
        ["name", "subject_text", "object_text", "question_text", "reason"],
        [],
        [],
        [],
    ),
    ("curation_batch", "space_id", [], [], [], []),
    (
        "curation_decision",
        "candidate_id>curation_candidate.space_id",
        ["reason", "before", "statement"],
        [],
        ["seconds"],
        [],
    ),
    ("asking_conversation", "space_id", ["title"], [], [], []),
    ("asking_question", "space_id", ["text"], [], [], JOB),
    (
        "asking_answer",
        "question_id>asking_question.space_id",
        ["text", "reason", "calls", "understood", "reading", "topic", "perhaps"],
        [],
        ["seconds"],
        [],
    ),
    (
        "asking_readcall",
        ANSWER,
        ["call", "subject", "relation", "object", "candidates", "results"],
        [],
        [],
        [],
    ),
    (
        "asking_citation",
        ANSWER,
        ["statement", "sentence", "document_title", "approved_by_label"],
        [],
        [],
        [],
    ),
    ("asking_answermark", ANSWER, ["expected", "diagnosis"], [], [], []),
    ("asking_answerconfirmation", ANSWER, [], [], [], []),
    ("asking_misreading", "mark_id>asking_answermark." + ANSWER, ["reading"], [], [], []),
    ("asking_readingchoice", ANSWER, [], [], [], []),
    ("provenance_withdrawal", "space_id", ["name", "reason"], [], [], []),
    ("provenance_withdrawnrow", "withdrawal_id>provenance_withdrawal.space_id", [], [], [], []),
]
WATCH = "SELECT audit_watch(%s, %s, %s::text[], %s::text[], %s::text[], %s::text[])"
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


def watch(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.executemany(WATCH, TABLES)
