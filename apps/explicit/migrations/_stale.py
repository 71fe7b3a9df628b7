"""Let the database itself mark memories stale, in the transaction of every change of what they
stand for, and say in a query whether one still holds."""

# Everything of a fact that a memory's text or its right to be shown depends on.
DIGEST = """
CREATE FUNCTION explicit_digest(fact bigint) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT md5(json_build_array(t.status, t.subject_id, t.relation_id, t.object_id, t.valid_from,
                                t.valid_to, s.name, o.name, r.name, r.template)::text)
      FROM memory_triple t JOIN memory_entity s ON s.id = t.subject_id
      JOIN memory_entity o ON o.id = t.object_id JOIN memory_relation r ON r.id = t.relation_id
     WHERE t.id = fact
$$;
"""
# Sentences that say beside theirs what was taken out of the memory are no longer to be read from.
SPOILT = """EXISTS (
            SELECT FROM memory_evidence e JOIN memory_triple t ON t.id = e.triple_id
             WHERE e.passage_id = {passage} AND e.sentence_start < {end} AND e.sentence_end > {start}
               AND t.status <> 'active')"""
SOUND = f"""
CREATE FUNCTION explicit_spoilt(passage bigint, starts bigint, ends bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT {SPOILT.format(passage="passage", start="starts", end="ends")}
$$;
CREATE FUNCTION explicit_sound(memory bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT EXISTS (SELECT FROM explicit_explicitfact WHERE memory_id = memory)
       AND NOT EXISTS (
            SELECT FROM explicit_explicitfact f LEFT JOIN memory_triple t ON t.id = f.triple_id
             WHERE f.memory_id = memory
               AND (t.status IS DISTINCT FROM 'active'
                    OR explicit_digest(f.triple_id) IS DISTINCT FROM f.digest))
       AND NOT EXISTS (
            SELECT FROM explicit_explicitsentence h
              LEFT JOIN memory_evidence e ON e.id = h.evidence_id
              LEFT JOIN sources_passage p ON p.id = h.passage_id
             WHERE h.memory_id = memory
               AND (e.id IS NULL OR e.retracted_at IS NOT NULL OR e.passage_id <> h.passage_id
                    OR e.sentence_start <> h.start OR e.sentence_end <> h."end"
                    OR p.text IS NULL OR p.text = ''
                    OR {SPOILT.format(passage="h.passage_id", start="h.start", end='h."end"')}))
$$;
"""
# In the order of their numbers, in which answers lock what they attended to: then neither waits for
# the other in a ring.
STALE = """
CREATE FUNCTION explicit_stale(memories bigint[]) RETURNS void LANGUAGE sql AS $$
    UPDATE explicit_explicitmemory m
       SET state = 'stale', version = m.version + 1, embedding = NULL, error = ''
      FROM (SELECT id FROM explicit_explicitmemory
             WHERE id = ANY(memories) AND state <> 'stale' ORDER BY id FOR NO KEY UPDATE) AS held
     WHERE m.id = held.id AND m.state <> 'stale'
$$;
CREATE FUNCTION explicit_stale_facts(facts bigint[]) RETURNS void LANGUAGE sql AS $$
    SELECT explicit_stale(ARRAY(
        SELECT memory_id FROM explicit_explicitfact WHERE triple_id = ANY(facts)
        UNION
        SELECT h.memory_id FROM memory_evidence e
          JOIN explicit_explicitsentence h ON h.passage_id = e.passage_id
           AND h.start < e.sentence_end AND h."end" > e.sentence_start
         WHERE e.triple_id = ANY(facts)))
$$;
"""
FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM explicit_explicitmemory) THEN {body} END IF;
    RETURN NULL;
END $$;
"""
FACTS = """
        PERFORM explicit_stale_facts(ARRAY(
            SELECT n.id FROM after n JOIN before o ON o.id = n.id
             WHERE (o.status, o.subject_id, o.relation_id, o.object_id, o.valid_from, o.valid_to)
                   IS DISTINCT FROM
                   (n.status, n.subject_id, n.relation_id, n.object_id, n.valid_from, n.valid_to)));
"""
EVIDENCE = """
        PERFORM explicit_stale_facts(ARRAY(
            SELECT unnest(ARRAY[o.triple_id, n.triple_id]) FROM after n JOIN before o ON o.id = n.id
             WHERE (o.triple_id, o.passage_id, o.sentence_start, o.sentence_end, o.retracted_at)
                   IS DISTINCT FROM
                   (n.triple_id, n.passage_id, n.sentence_start, n.sentence_end, n.retracted_at)));
"""
ENTITY = """
        PERFORM explicit_stale_facts(ARRAY(
            SELECT id FROM memory_triple WHERE subject_id = NEW.id OR object_id = NEW.id));
"""
RELATION = """
        PERFORM explicit_stale_facts(ARRAY(
            SELECT id FROM memory_triple WHERE relation_id = NEW.id));
"""
PASSAGE = """
        PERFORM explicit_stale(ARRAY(
            SELECT memory_id FROM explicit_explicitsentence WHERE passage_id = NEW.id));
"""
SETS = {"memory_triple": FACTS, "memory_evidence": EVIDENCE}  # one statement for however many rows
ROWS = {
    "memory_entity": (ENTITY, "old.name <> new.name"),
    "memory_relation": (
        RELATION, "old.name <> new.name OR old.template <> new.template",
    ),
    "sources_passage": (PASSAGE, "old.text <> new.text"),
}  # fmt: skip
TRIGGERS = "".join(
    FUNCTION.format(name=f"explicit_{table}", body=body)
    + f"CREATE TRIGGER explicit_stale AFTER UPDATE ON {table} REFERENCING OLD TABLE AS before"
    f" NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION explicit_{table}();\n"
    for table, body in SETS.items()
) + "".join(
    FUNCTION.format(name=f"explicit_{table}", body=body)
    + f"CREATE TRIGGER explicit_stale AFTER UPDATE ON {table} FOR EACH ROW WHEN ({when})"
    f" EXECUTE FUNCTION explicit_{table}();\n"
    for table, (body, when) in ROWS.items()
)
FUNCTIONS = DIGEST + SOUND + STALE + TRIGGERS
BACKWARD = "".join(
    f"DROP TRIGGER explicit_stale ON {table}; DROP FUNCTION explicit_{table}();\n"
    for table in (*SETS, *ROWS)
) + """
DROP FUNCTION explicit_stale_facts(bigint[]);
DROP FUNCTION explicit_stale(bigint[]);
DROP FUNCTION explicit_sound(bigint);
DROP FUNCTION explicit_spoilt(bigint, bigint, bigint);
DROP FUNCTION explicit_digest(bigint);
"""
