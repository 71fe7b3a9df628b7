"""What an answer may attend to, and how the explicit memory of a space stands."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from apps.accounts.models import Space
from apps.explicit.models import ExplicitBuild, ExplicitChoice, ExplicitMemory
from apps.memory.controller.wording import statement_of
from apps.memory.fading import counted_sql
from apps.memory.models import Evidence, Triple

# Looked at for each that is wanted: what no longer holds, and was not marked, is left out.
SPARE = 4


@dataclass(frozen=True)
class Near:
    """A memory that an answer may attend to, as it stood in one snapshot of the database."""

    id: int
    version: int
    name: str
    sha256: str
    bytes: int
    tokens: int
    distance: float
    strength: float
    useful: float
    subject: int
    form: str
    facts: tuple[int, ...]


BY_DISTANCE: Final[Mapping[str, Any]] = {
    "factor": 0.0, "decay": 0.0, "faded": 0.0, "liked": 0.0, "half_liked": 1.0, "half_life": 1.0,
}  # fmt: skip

# One statement, so that freshness, facts and vectors are of one snapshot. The nearest are looked
# for first, then asked whether they hold, whatever their state says, and ranked as
# ``worker.spacing.rank`` has it: by distance, by the strength of their strongest fact, and by how
# often who asks was answered from them. A fact that nobody ever read or confirmed keeps its
# strength until it is due.
_NEAREST = f"""
SELECT v.stretch, n.id, n.version, n.name, n.sha256, n.bytes, n.tokens, n.distance,
       coalesce(s.strength, 1), coalesce(u.useful, 0),
       n.subject_id, n.form,
       ARRAY(SELECT triple_id FROM explicit_explicitfact WHERE memory_id = n.id ORDER BY triple_id)
  FROM unnest(%(vectors)s::text[]) WITH ORDINALITY AS v(vector, stretch),
       LATERAL (
           SELECT m.id, m.version, m.name, m.sha256, m.bytes, m.tokens,
                  m.subject_id, m.form, m.embedding <=> v.vector::halfvec AS distance
             FROM explicit_explicitmemory m
            WHERE m.space_id = %(space)s AND m.state = 'fresh' AND m.maker = %(maker)s
              AND m.embedded_by = %(embedder)s
            ORDER BY distance, m.id LIMIT %(look)s
       ) AS n
  LEFT JOIN LATERAL (
      SELECT max(power(1 + %(factor)s * greatest(0, extract(epoch FROM now() - CASE
                     WHEN k.confirmations = 0 AND k.used_at IS NULL THEN k.due_at
                     ELSE greatest(k.held_at, k.used_at) END)) / 86400 / k.stability,
                 %(decay)s)) AS strength
        FROM explicit_explicitfact f JOIN memory_factschedule k ON k.triple_id = f.triple_id
       WHERE f.memory_id = n.id AND k.stability IS NOT NULL
  ) AS s ON TRUE
  LEFT JOIN LATERAL (
      SELECT {counted_sql("counted", "counted_at")} AS useful
        FROM explicit_explicituseful WHERE user_id = %(user)s AND subject_id = n.subject_id
  ) AS u ON TRUE
 WHERE explicit_sound(n.id)
 ORDER BY v.stretch,
          n.distance + %(faded)s * (1 - coalesce(s.strength, 1))
              - %(liked)s * coalesce(u.useful, 0) / (coalesce(u.useful, 0) + %(half_liked)s),
          n.id
"""  # noqa: S608 - of our own words alone


def nearest(
    *,
    space: int,
    maker: str,
    embedder: str,
    vectors: Sequence[str],
    count: int,
    ranking: Mapping[str, Any] = BY_DISTANCE,
    user: int | None = None,
) -> list[list[Near]]:
    """Return for each vector, given as pgvector writes it, the memories of a space nearest to it,
    at most ``count``: fresh ones whose facts are all as they were, of one maker. ``ranking`` holds
    the numbers of ``worker.spacing``, by default none that count; ``user`` is whom retrieval
    adapts to, if to anybody."""
    values: dict[str, Any] = {
        "vectors": list(vectors),
        "space": space,
        "maker": maker,
        "embedder": embedder,
        "look": SPARE * count,
        "user": user,
        **ranking,
    }
    found: list[list[Near]] = [[] for _ in vectors]
    with connection.cursor() as cursor:
        cursor.execute(_NEAREST, values)
        for row in cursor.fetchall():
            stretch, values_of_one = row[0], (*row[1:-1], tuple(row[-1]))
            if len(found[stretch - 1]) < count:
                found[stretch - 1].append(Near(*values_of_one))
    return found


_SAME = """
SELECT m.id, m.version, m.name, m.sha256, m.bytes, m.tokens, 0.0, 1.0, 0.0, m.subject_id, m.form,
       ARRAY(SELECT triple_id FROM explicit_explicitfact WHERE memory_id = m.id ORDER BY triple_id)
  FROM explicit_explicitmemory m
 WHERE m.id = ANY(%(ids)s) AND m.space_id = %(space)s AND m.state = 'fresh' AND m.maker = %(maker)s
   AND m.version = (%(said)s::jsonb ->> m.id::text)::int AND explicit_sound(m.id)
 ORDER BY array_position(%(ids)s::bigint[], m.id)
"""


def as_then(*, space: int, maker: str, versions: Mapping[int, int]) -> list[Near]:
    """Return those of these memories, by number and version and in this order, that are still what
    they were; of one maker."""
    values: dict[str, Any] = {
        "ids": list(versions), "space": space, "maker": maker,
        "said": json.dumps({str(pk): version for pk, version in versions.items()}),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SAME, values)
        rows = [(*row[:-1], tuple(row[-1])) for row in cursor.fetchall()]
    return [Near(*row) for row in rows]


_STANDING = """
SELECT m.id FROM explicit_explicitmemory m
 WHERE m.id = ANY(%s) AND m.state = 'fresh' AND explicit_sound(m.id)
   AND m.version = (%s::jsonb ->> m.id::text)::int
"""


def still_holding(versions: Mapping[int, int]) -> frozenset[int]:
    """Return which of these memories, with the versions that were attended to, still hold."""
    said = json.dumps({str(pk): version for pk, version in versions.items()})
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [list(versions), said])
        return frozenset(pk for (pk,) in cursor.fetchall())


def choice_of(space: Space) -> ExplicitChoice | None:
    """Return what an owner chose; None where nobody ever did."""
    return ExplicitChoice.objects.filter(space=space).select_related("changed_by").first()


def is_on(space: Space) -> bool:
    """Return whether a space keeps explicit memories."""
    return ExplicitChoice.objects.filter(space=space, is_on=True).exists()


def numbers(space: Space) -> dict[str, int]:
    """Return how many memories a space has in each state, and what the fresh ones take."""
    rows = ExplicitMemory.objects.filter(space=space).order_by()
    found = {
        row["state"]: row["number"] for row in rows.values("state").annotate(number=Count("pk"))
    }
    fresh = Q(state=ExplicitMemory.State.FRESH)
    size = rows.aggregate(size=Sum("bytes", filter=fresh))["size"] or 0
    return {state: found.get(state, 0) for state in ExplicitMemory.State.values} | {"bytes": size}


def open_build(space: Space) -> ExplicitBuild | None:
    """Return the build that waits or is under way."""
    return ExplicitBuild.objects.filter(space=space, state__in=ExplicitBuild.OPEN).first()


def memories_of(space: Space, state: str = "") -> QuerySet[ExplicitMemory]:
    """Return the memories of a space, of one state where it is given, the newest first."""
    rows = ExplicitMemory.objects.filter(space=space).select_related("subject")
    rows = rows.filter(state=state) if state else rows
    return rows.defer("embedding", "subject__embedding").order_by("-pk")


@dataclass(frozen=True)
class ShownFact:
    """A fact of a memory in words, and whether it was changed since the memory was made."""

    triple: Triple
    statement: str
    changed: bool


@dataclass(frozen=True)
class ShownSentence:
    """A sentence of a memory, from a document, as evidence that somebody approved."""

    evidence: Evidence
    text: str


def facts_of(memory: ExplicitMemory) -> tuple[list[ShownFact], list[ShownSentence]]:
    """Return what a memory says: its facts in words, as they are now, and its sentences."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT triple_id FROM explicit_explicitfact"
            " WHERE memory_id = %s AND explicit_digest(triple_id) IS DISTINCT FROM digest",
            [memory.pk],
        )
        changed = {pk for (pk,) in cursor.fetchall()}
    rows = memory.facts.select_related("triple__subject", "triple__relation", "triple__object")
    facts = [
        ShownFact(row.triple, statement_of(row.triple), row.triple_id in changed) for row in rows
    ]
    held = memory.sentences.select_related("evidence__passage__document", "evidence__approved_by")
    sentences = []
    for one in held.defer("evidence__passage__document__text"):
        passage = one.evidence.passage
        text = passage.text[one.start - passage.start : one.end - passage.start]
        sentences.append(ShownSentence(one.evidence, text))
    return facts, sentences
