"""Let the database itself keep before and after of every changed row, and refuse to change what it
keeps.

``audit_watch`` makes the triggers of one table; the migrations of ``apps.provenance`` call it, and
any later one that adds a column to a recorded table calls it again.
"""

FUNCTIONS = """
ALTER TABLE audit_rowchange ALTER COLUMN id SET DEFAULT nextval('audit_event_id_seq');

-- The number that all that this transaction writes has in common. A number that was set by hand or
-- by an earlier transaction counts for nothing.
CREATE FUNCTION audit_transaction() RETURNS bigint LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    own text := pg_current_xact_id()::text;
    known text := current_setting('memweb.transaction', true);
    drawn bigint;
BEGIN
    IF split_part(known, ':', 1) = own THEN
        RETURN split_part(known, ':', 2)::bigint;
    END IF;
    drawn := nextval('audit_event_id_seq');
    PERFORM set_config('memweb.transaction', own || ':' || drawn, true);
    RETURN drawn;
END $$;

CREATE FUNCTION audit_event_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.transaction := audit_transaction();
    NEW.salt := gen_random_uuid();
    NEW.erased := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_event_stamp BEFORE INSERT ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_event_stamp();

-- What of a row is public, as jsonb; numbers that are no integers as text.
CREATE FUNCTION audit_public(kept jsonb, private text[], hashed text[], digits text[],
                             omitted text[]) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    shown jsonb := kept - private - hashed - omitted;
    one text;
BEGIN
    FOREACH one IN ARRAY digits LOOP
        shown := shown || jsonb_build_object(one, kept ->> one);
    END LOOP;
    RETURN shown;
END $$;
-- What of a row is private.
CREATE FUNCTION audit_private(kept jsonb, private text[], hashed text[]) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    hidden jsonb := '{}';
    one text;
BEGIN
    FOREACH one IN ARRAY private LOOP
        hidden := hidden || jsonb_build_object(one, kept -> one);
    END LOOP;
    FOREACH one IN ARRAY hashed LOOP
        hidden := hidden
            || jsonb_build_object(one, encode(sha256(convert_to(kept ->> one, 'UTF8')), 'hex'));
    END LOOP;
    RETURN hidden;
END $$;

-- The space of a row: "column>table.column>table.column", "space_id", "id" or "" for the site.
CREATE FUNCTION audit_space(path text, kept jsonb) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    steps text[];
    found bigint;
BEGIN
    IF path NOT LIKE '%>%' THEN
        RETURN kept ->> path;
    END IF;
    steps := string_to_array(replace(path, '>', '.'), '.');
    found := kept ->> steps[1];
    FOR step IN 2 .. array_length(steps, 1) BY 2 LOOP
        EXECUTE format('SELECT %I FROM public.%I WHERE id = $1', steps[step + 1], steps[step])
            INTO found USING found;
    END LOOP;
    RETURN found;
END $$;

-- Arguments: space, private, hashed, digits, omitted (see apps/audit/rows.py).
CREATE FUNCTION audit_keep_inserted() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public SET timezone = 'UTC' AS $$
BEGIN
    INSERT INTO audit_rowchange (transaction, space, "table", row, op, by, after, private_after)
    SELECT audit_transaction(), audit_space(TG_ARGV[0], kept), TG_TABLE_NAME,
           (kept ->> 'id')::bigint, 'insert', session_user,
           audit_public(kept, TG_ARGV[1]::text[], TG_ARGV[2]::text[], TG_ARGV[3]::text[],
                        TG_ARGV[4]::text[]),
           audit_private(kept, TG_ARGV[1]::text[], TG_ARGV[2]::text[])
    FROM (SELECT to_jsonb(one) AS kept FROM inserted one) AS rows;
    RETURN NULL;
END $$;

CREATE FUNCTION audit_keep_changed() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, public SET timezone = 'UTC' AS $$
DECLARE
    private text[] := TG_ARGV[1];
    hashed text[] := TG_ARGV[2];
    digits text[] := TG_ARGV[3];
    omitted text[] := TG_ARGV[4];
    old_row jsonb := to_jsonb(OLD) - omitted;
    new_row jsonb;
    is_update boolean := TG_OP = 'UPDATE';
BEGIN
    IF is_update THEN
        new_row := to_jsonb(NEW) - omitted;
        IF old_row = new_row THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO audit_rowchange (transaction, space, "table", row, op, by,
                                 before, after, private_before, private_after)
    VALUES (audit_transaction(), audit_space(TG_ARGV[0], coalesce(new_row, old_row)), TG_TABLE_NAME,
            OLD.id, lower(TG_OP), session_user,
            audit_public(old_row, private, hashed, digits, omitted),
            CASE WHEN is_update THEN audit_public(new_row, private, hashed, digits, omitted) END,
            audit_private(old_row, private, hashed),
            CASE WHEN is_update THEN audit_private(new_row, private, hashed) END);
    RETURN NULL;
END $$;

-- Makes the triggers of a table, or makes them anew for the columns that it has now.
CREATE FUNCTION audit_watch(watched text, space text, private text[], hashed text[],
                            digits text[], omitted text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    arguments text := format('%L, %L, %L, %L, %L', space, private, hashed, digits, omitted);
    columns text;
BEGIN
    SELECT string_agg(format('%I', column_name), ', ') INTO columns
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = watched AND column_name <> ALL (omitted);
    EXECUTE format('CREATE OR REPLACE TRIGGER audit_inserted AFTER INSERT ON %I '
        'REFERENCING NEW TABLE AS inserted '
        'FOR EACH STATEMENT EXECUTE FUNCTION audit_keep_inserted(%s)', watched, arguments);
    EXECUTE format('CREATE OR REPLACE TRIGGER audit_updated AFTER UPDATE OF %s ON %I '
        'FOR EACH ROW EXECUTE FUNCTION audit_keep_changed(%s)', columns, watched, arguments);
    EXECUTE format('CREATE OR REPLACE TRIGGER audit_deleted AFTER DELETE ON %I '
        'FOR EACH ROW EXECUTE FUNCTION audit_keep_changed(%s)', watched, arguments);
END $$;

-- Keeps the rows that stand in a table as they are, where recording of it begins or its columns
-- have changed. Returns how many.
CREATE FUNCTION audit_adopt(watched text, space text, private text[], hashed text[],
                            digits text[], omitted text[]) RETURNS bigint LANGUAGE plpgsql
    SET search_path = pg_catalog, public SET timezone = 'UTC' AS $$
DECLARE
    adopted bigint;
BEGIN
    EXECUTE format(
        'INSERT INTO audit_rowchange (transaction, space, "table", row, op, by, after,'
        ' private_after) SELECT audit_transaction(), audit_space($1, kept), $2,'
        ' (kept ->> ''id'')::bigint, ''adopt'', session_user,'
        ' audit_public(kept, $3, $4, $5, $6), audit_private(kept, $3, $4)'
        ' FROM (SELECT to_jsonb(one) AS kept FROM %I one ORDER BY id) AS rows', watched)
        USING space, watched, private, hashed, digits, omitted;
    GET DIAGNOSTICS adopted = ROW_COUNT;
    RETURN adopted;
END $$;

-- Erasing what is private is the one change of these tables that is let through: its hash is
-- left in its place, so that every proof holds. A wrong hash would be found by every verification.
CREATE FUNCTION audit_event_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unerased boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        unerased := OLD.erased IS NULL;
        OLD.erased := NEW.erased;
        OLD.salt := NULL;
        OLD.actor_label := '';
        OLD.payload := '{}';
        IF unerased AND length(NEW.erased) = 32 AND OLD = NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit events are append-only: % refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_event_append_only();
CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION audit_event_append_only();
CREATE FUNCTION audit_rowchange_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unerased boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        unerased := OLD.erased IS NULL;
        OLD.erased := NEW.erased;
        OLD.salt := NULL;
        OLD.private_before := NULL;
        OLD.private_after := NULL;
        IF unerased AND length(NEW.erased) = 32 AND OLD = NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'kept changes are append-only: % refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_rowchange_no_change BEFORE UPDATE OR DELETE ON audit_rowchange
    FOR EACH ROW EXECUTE FUNCTION audit_rowchange_append_only();
CREATE TRIGGER audit_rowchange_no_truncate BEFORE TRUNCATE ON audit_rowchange
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rowchange_append_only();

CREATE FUNCTION audit_erase_events(numbers bigint[], hashes bytea[]) RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    UPDATE audit_event e SET erased = given.hash, salt = NULL, actor_label = '', payload = '{}'
    FROM unnest(numbers, hashes) AS given (number, hash)
    WHERE e.id = given.number AND e.erased IS NULL;
$$;
CREATE FUNCTION audit_erase_changes(numbers bigint[], hashes bytea[]) RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    UPDATE audit_rowchange c
    SET erased = given.hash, salt = NULL, private_before = NULL, private_after = NULL
    FROM unnest(numbers, hashes) AS given (number, hash)
    WHERE c.id = given.number AND c.erased IS NULL;
$$;
"""
