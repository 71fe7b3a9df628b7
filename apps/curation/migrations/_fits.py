"""A candidate's spans stay inside its passage, and its parts belong to its space."""

FUNCTIONS = """
CREATE FUNCTION curation_candidate_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    passage_start integer;
    passage_end integer;
    passage_space bigint;
BEGIN
    IF (SELECT space_id FROM memory_relation WHERE id = NEW.relation_id) <> NEW.space_id THEN
        RAISE EXCEPTION 'a candidate and its relation belong to one space'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.passage_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT p.start, p."end", d.space_id INTO STRICT passage_start, passage_end, passage_space
      FROM sources_passage p JOIN sources_document d ON d.id = p.document_id
     WHERE p.id = NEW.passage_id;
    IF passage_space <> NEW.space_id THEN
        RAISE EXCEPTION 'a candidate and its passage belong to one space'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.sentence_start < passage_start OR NEW.sentence_end > passage_end THEN
        RAISE EXCEPTION 'candidate [%, %) leaves its passage [%, %)', NEW.sentence_start,
            NEW.sentence_end, passage_start, passage_end USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER curation_candidate_fits BEFORE INSERT OR UPDATE ON curation_candidate
    FOR EACH ROW EXECUTE FUNCTION curation_candidate_fits();
"""
