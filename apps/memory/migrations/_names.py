"""Names are found by their words, whatever their order, accents, hyphens and full stops.

``memory_fold`` writes a name as ``apps.memory.controller.words.fold`` does. The keys of a name are
its words and the whole of it without blanks, each with the space in front, so that the index
serves one space alone. No column is added: the tables are not written anew.
"""

# The same characters in every locale and every version of Unicode: see controller.words.
FUNCTIONS = r"""
CREATE FUNCTION memory_fold(name text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(
    btrim(regexp_replace(
        replace(replace(translate(
            regexp_replace(
                normalize(name, NFKD) COLLATE "C",
                U&'[\0300-\036F\0591-\05C7\0640\064B-\065F\0670''\2018\2019\02BB\02BC`\00B4]',
                '', 'g'),
            U&'\0142\00F8\0111\0131\0127\0167', 'lodiht'),
            U&'\00E6', 'ae'), U&'\0153', 'oe'),
        U&'[\0001-/:-@\005B-\005F{-\00A9\00AB-\00B1\00B6-\00B8\00BB\00BF\00D7\00F7\2000-\206F'
        '\2190-\2BFF\2E00-\2E7F\3000-\3004\3008-\3020\3030\30FB\FE00-\FE0F\+01F000-\+01FAFF]+',
        ' ', 'g')),
    '(?<=(^| )[^ ]) (?=[^ ]( |$))', '', 'g');

-- Far above what it costs, so that tables are never read row by row for want of statistics.
CREATE FUNCTION memory_keys(space bigint, name text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000
RETURN (
    SELECT CASE WHEN folded = '' THEN '{}' ELSE string_to_array(
        space || ':' || replace(folded, ' ', ' ' || space || ':')
        || ' ' || space || ':' || replace(folded, ' ', ''), ' ') END
    FROM memory_fold(name) AS folded
);

CREATE INDEX memory_entity_keys ON memory_entity
    USING gin (memory_keys(space_id, normalised)) WITH (fastupdate = off);
CREATE INDEX memory_alias_keys ON memory_alias
    USING gin (memory_keys(space_id, normalised)) WITH (fastupdate = off);
"""
