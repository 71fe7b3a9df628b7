r"""What was read of a subject is found by an index.

``curation_subjects`` returns the subjects of a MEM_WRITE call as they stand in it, escapes and all,
each in the form of ``curation_subject``; what it returns beside them is harmless, for the call is
parsed by whoever looks.
"""

from django.db import migrations

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
"""
INDEX = """
CREATE INDEX curation_passageextraction_subjects
    ON curation_passageextraction USING gin (curation_subjects(call)) WITH (fastupdate = off);
"""


class Migration(migrations.Migration):
    dependencies = [("curation", "0025_proposed_when_due")]

    operations = [
        migrations.RunSQL(
            FUNCTIONS,
            "DROP FUNCTION curation_subjects(text); DROP FUNCTION curation_subject(text);",
        ),
        migrations.RunSQL(INDEX, "DROP INDEX curation_passageextraction_subjects;"),
    ]
