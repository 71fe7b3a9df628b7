"""Passages hold exactly the text of their document, and what was read never changes: a document's
text goes when it is erased, and that of a conversation grows at its end.
"""

FUNCTIONS = r"""
-- What is read of an erased document comes too late.
CREATE FUNCTION sources_passage_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    this record;
    whole text;
    whole_id bigint;
    part text;  -- whole from part_start to part_end
    part_start integer;
    part_end integer;
BEGIN
    -- One read of each document's text for all passages written by the statement. To find a
    -- character, PostgreSQL counts from the start of the text, so that it is cut from a part.
    FOR this IN SELECT * FROM written ORDER BY document_id, start LOOP
        IF whole_id IS DISTINCT FROM this.document_id THEN
            SELECT text INTO STRICT whole FROM sources_document
             WHERE id = this.document_id AND erased_at IS NULL;
            whole_id := this.document_id;
            part_end := -1;
        END IF;
        IF this."end" > part_end THEN
            part_start := this.start;
            part_end := greatest(this."end", this.start + 50000);
            part := substr(whole, part_start + 1, part_end - part_start);
        END IF;
        IF this.text = ''
           OR substr(part, this.start - part_start + 1, this."end" - this.start) <> this.text THEN
            RAISE EXCEPTION 'passage [%, %) is not the text of its document',
                this.start, this."end" USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER sources_passage_fits AFTER INSERT ON sources_passage
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION sources_passage_fits();

CREATE FUNCTION sources_passage_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    OLD.text := '';
    IF OLD = NEW AND EXISTS (SELECT FROM sources_document
                             WHERE id = NEW.document_id AND erased_at IS NOT NULL) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a passage never changes: evidence points into it'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER sources_passage_stays BEFORE UPDATE ON sources_passage
    FOR EACH ROW EXECUTE FUNCTION sources_passage_stays();

CREATE FUNCTION sources_document_text_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.text = ''
        AND OLD.space_id = NEW.space_id THEN
        RETURN NEW;
    END IF;

    IF OLD.format = 'chat' AND NEW.format = 'chat' AND OLD.erased_at IS NULL
        AND NEW.erased_at IS NULL AND NEW.erased_by_id IS NULL AND OLD.space_id = NEW.space_id
        AND length(NEW.text) > length(OLD.text) AND starts_with(NEW.text, OLD.text || E'\n') THEN
        RETURN NEW;
    END IF;

    RAISE EXCEPTION 'the text of a document never changes: evidence counts its characters'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER sources_document_text_stays
    BEFORE UPDATE OF text, content_sha256, space_id, erased_at, erased_by_id
    ON sources_document FOR EACH ROW
    WHEN (OLD.text IS DISTINCT FROM NEW.text
          OR OLD.content_sha256 IS DISTINCT FROM NEW.content_sha256
          OR OLD.space_id IS DISTINCT FROM NEW.space_id
          OR OLD.erased_at IS DISTINCT FROM NEW.erased_at
          OR OLD.erased_by_id IS DISTINCT FROM NEW.erased_by_id)
    EXECUTE FUNCTION sources_document_text_stays();
"""
