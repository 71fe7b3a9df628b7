"""The words of a space's names, kept by the database, so that misspelt ones can be found."""

# Two words at a distance of d share a form with at most d letters left out; for words of more than
# seven letters it is enough to look at the first seven (SymSpell's prefix filter, W. Garbe 2012).
VARIANTS = """
CREATE FUNCTION memory_variants(space bigint, word text) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000
RETURN CASE WHEN length(word) >= 8 THEN ARRAY[{whole}, {one}, {two}]
    ELSE ARRAY[{whole}, {one}] END;
"""
_WORDS = "unnest(string_to_array(memory_fold(normalised), ' ')) AS word"
_KEPT = "length(word) BETWEEN 4 AND 100 AND word !~ '[0-9]'"
_KEY = "ARRAY[gone.space_id || ':' || gone.word]"
_ADD = f"""
    INSERT INTO memory_word (space_id, word)
    SELECT DISTINCT space_id, word FROM {{names}}, {_WORDS}
     WHERE {_KEPT} ORDER BY space_id, word
    ON CONFLICT DO NOTHING;
"""
_DROP = f"""
    DELETE FROM memory_word AS known
     USING (SELECT DISTINCT space_id, word FROM {{names}}, {_WORDS} WHERE {_KEPT}) AS gone
     WHERE known.space_id = gone.space_id AND known.word = gone.word
       AND NOT EXISTS (SELECT FROM memory_entity
                        WHERE memory_keys(space_id, normalised) @> {_KEY})
       AND NOT EXISTS (SELECT FROM memory_alias
                        WHERE memory_keys(space_id, normalised) @> {_KEY});
"""
_ROW = "(SELECT {row}.space_id, {row}.normalised) AS name"


def _function(name: str, *statements: str) -> str:
    body = "".join(statements)
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN{body}"
        "    RETURN NULL;\nEND $$;\n"
    )


# Rows that come or go in bulk cost one statement; a change of a vector costs nothing.
KEEP = """
CREATE INDEX memory_word_variants ON memory_word
    USING gin (memory_variants(space_id, word)) WITH (fastupdate = off);
""" + "".join(
    [
        _function("memory_words_add", _ADD.format(names="new_names")),
        _function("memory_words_drop", _DROP.format(names="old_names")),
        _function(
            "memory_words_change",
            _ADD.format(names=_ROW.format(row="NEW")),
            _DROP.format(names=_ROW.format(row="OLD")),
        ),
    ]
)
TABLES = ("memory_entity", "memory_alias")
TRIGGERS = "".join(
    f"""
CREATE TRIGGER {table}_words_add AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS new_names FOR EACH STATEMENT EXECUTE FUNCTION memory_words_add();
CREATE TRIGGER {table}_words_drop AFTER DELETE ON {table}
    REFERENCING OLD TABLE AS old_names FOR EACH STATEMENT EXECUTE FUNCTION memory_words_drop();
CREATE TRIGGER {table}_words_change AFTER UPDATE ON {table} FOR EACH ROW
    WHEN (old.normalised <> new.normalised OR old.space_id <> new.space_id)
    EXECUTE FUNCTION memory_words_change();
"""
    for table in TABLES
)


def _hash(*parts: str) -> str:
    return f"hashtextextended({' || '.join(parts)}, space)"


def _forms() -> dict[str, str]:
    """Return the hashes of the first seven letters, whole, without each, and without each two.

    Written out, PostgreSQL inlines them: twenty times as fast as a set of rows.
    """
    one = [_hash(f"left(word, {i - 1})", f"substr(word, {i + 1}, {7 - i})") for i in range(1, 8)]
    two = [
        _hash(
            f"left(word, {i - 1})",
            f"substr(word, {i + 1}, {j - i - 1})",
            f"substr(word, {j + 1}, {7 - j})",
        )
        for i in range(1, 8)
        for j in range(i + 1, 8)
    ]
    return {"whole": _hash("left(word, 7)"), "one": ", ".join(one), "two": ", ".join(two)}


FUNCTIONS = VARIANTS.format(**_forms()) + KEEP + TRIGGERS
