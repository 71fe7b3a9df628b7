"""Evidence stays inside its passage; a triple and its parts belong to one space."""

FUNCTIONS = """
CREATE FUNCTION memory_triple_one_space() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM memory_entity
          WHERE id IN (NEW.subject_id, NEW.object_id) AND space_id <> NEW.space_id) > 0
       OR (SELECT space_id FROM memory_relation WHERE id = NEW.relation_id) <> NEW.space_id THEN
        RAISE EXCEPTION 'a triple and its parts belong to one space'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER memory_triple_one_space
    BEFORE INSERT OR UPDATE OF space_id, subject_id, relation_id, object_id ON memory_triple
    FOR EACH ROW EXECUTE FUNCTION memory_triple_one_space();

CREATE FUNCTION memory_evidence_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    passage_start integer;
    passage_end integer;
    passage_space bigint;
BEGIN
    SELECT p.start, p."end", d.space_id INTO STRICT passage_start, passage_end, passage_space
      FROM sources_passage p JOIN sources_document d ON d.id = p.document_id
     WHERE p.id = NEW.passage_id;
    IF NEW.sentence_start < passage_start OR NEW.sentence_end > passage_end THEN
        RAISE EXCEPTION 'evidence [%, %) leaves its passage [%, %)', NEW.sentence_start,
            NEW.sentence_end, passage_start, passage_end USING ERRCODE = 'check_violation';
    END IF;
    IF passage_space <> NEW.space_id
       OR (SELECT space_id FROM memory_triple WHERE id = NEW.triple_id) <> NEW.space_id THEN
        RAISE EXCEPTION 'evidence, passage and triple belong to one space'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER memory_evidence_fits BEFORE INSERT OR UPDATE ON memory_evidence
    FOR EACH ROW EXECUTE FUNCTION memory_evidence_fits();
"""
