"""The words by which misspelt names are found, made anew from the names."""

from __future__ import annotations

from django.db import connection, transaction

from apps.accounts.models import Space
from apps.memory.controller.writing import lock

_WORDS = """
SELECT word FROM (
    SELECT normalised FROM memory_entity WHERE space_id = %(space)s
    UNION ALL SELECT normalised FROM memory_alias WHERE space_id = %(space)s
) AS names, unnest(string_to_array(memory_fold(normalised), ' ')) AS word
"""
_DROP = f"DELETE FROM memory_word WHERE space_id = %(space)s AND word NOT IN ({_WORDS})"  # noqa: S608
_ADD = f"""
INSERT INTO memory_word (space_id, word)
SELECT DISTINCT %(space)s::bigint, word FROM ({_WORDS}) AS found
 WHERE length(word) BETWEEN 4 AND 100 AND word !~ '[0-9]'
ON CONFLICT DO NOTHING
"""  # noqa: S608


def words_rebuild(*, space: Space) -> tuple[int, int]:
    """Make the words of a space those of its names; returns how many were added and dropped.

    Triggers keep them up to date: this is for rows that came past the triggers, as from a restore
    with triggers off.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock(space)
        cursor.execute(_DROP, {"space": space.pk})
        dropped = cursor.rowcount
        cursor.execute(_ADD, {"space": space.pk})
        return cursor.rowcount, dropped
