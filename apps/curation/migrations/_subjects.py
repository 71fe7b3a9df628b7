r"""What was read of a subject is found by an index.

``curation_subjects`` returns the subjects of a MEM_WRITE call as they stand in it, escapes and all,
each in the form of ``curation_subject``; what it returns beside them is harmless, for the call is
parsed by whoever looks.
"""

FUNCTIONS = r"""
CREATE FUNCTION curation_subject(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(lower(normalize(name, NFKC)), '\s+', ' ', 'g'), E' .,;:!?"''«»“”‘’\\');
CREATE FUNCTION curation_subjects(call text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
RETURN ARRAY(
    SELECT DISTINCT curation_subject(found[1])
      FROM regexp_matches(call, '(?:--> |; )((?:[^\\;>]|\\.|>(?!>))*)>>', 'g') AS found
);
CREATE INDEX curation_passageextraction_subjects
    ON curation_passageextraction USING gin (curation_subjects(call)) WITH (fastupdate = off);
"""
