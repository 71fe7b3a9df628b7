"""What the memory knows around some things, many relations at once.

For whoever looks for readings of a question that the memory can answer; an answer itself is read
by MEM_READ, one read after the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from apps.memory.controller.facts import Held, Row, held_of, held_with
from apps.memory.controller.refs import relation_spec
from apps.memory.controller.resolve import equivalent, the_relation
from apps.memory.controller.types import Scope
from apps.memory.models import Relation
from worker.types import OPPOSITE, SIDES, Fact, RelationSpec, Side

MOST = 2_000  # facts of one look


def around(
    scope: Scope,
    entities: Sequence[str],
    steps: Sequence[tuple[str, Side]],
    *,
    each: int,
    as_of: date | None,
    known_at: datetime | None,
) -> list[Fact]:
    """Return facts of any time with one of the entities on the side that a step knows.

    ``steps`` are ids of relations and the known side. Of one thing and step no more than ``each``
    come, the oldest first. What an equivalent relation states from the other side is turned round.
    """
    held = _held(as_of, known_at)
    ids = [int(one) for one in entities if one.isdecimal()]
    rows = {one: row for one, _ in steps if (row := _row(scope, one)) is not None}
    found: dict[tuple[str, str, str, date | None], Fact] = {}
    for known in SIDES:
        asked = [rows[one] for one, side in steps if side == known and one in rows]
        for fact in _one_side(scope, held, ids, asked, known, each):
            key = (fact.relation.id, fact.subject.id, fact.object.id, fact.valid_from)
            found.setdefault(key, fact)
    return list(found.values())


def whole(
    scope: Scope,
    relations: Sequence[str],
    *,
    each: int,
    as_of: date | None,
    known_at: datetime | None,
) -> list[Fact]:
    """Return facts of any time, or of ``as_of``, of each of the relations, given by their ids; of
    a relation that has more than ``each`` none."""
    held = _held(as_of, known_at)
    rows = [row for one in relations if (row := _row(scope, one)) is not None]
    facts = all_of(scope, held, rows, each + 1)
    counts = Counter(fact.relation.id for fact in facts)
    return [fact for fact in facts if counts[fact.relation.id] <= each]


def all_of(scope: Scope, held: Held, rows: Sequence[Relation], each: int) -> list[Fact]:
    """Return facts of relations, of each no more than ``each`` that are stored as such and as many
    that its equivalent states, turned round."""
    specs = {relation.pk: relation_spec(relation) for relation in rows}
    back = {pk: specs[one.pk] for one in rows if (pk := equivalent(one)) is not None}
    found: dict[tuple[str, str, str, date | None], Fact] = {}
    for stated, turned in ((specs, False), (back, True)):
        for row in held_of(scope, [*stated], held, each):
            fact = _fact(row, stated[row.relation], turned=turned)
            key = (fact.relation.id, fact.subject.id, fact.object.id, fact.valid_from)
            found.setdefault(key, fact)
    return list(found.values())


def _held(as_of: date | None, known_at: datetime | None) -> Held:
    if as_of is not None:
        return Held(known_at, past=True, since=as_of, until=as_of)
    return Held(known_at, past=True)


def _one_side(
    scope: Scope, held: Held, ids: Sequence[int], asked: Sequence[Relation], known: Side, each: int
) -> Iterator[Fact]:
    """Yield the facts of relations with one of the things on a side, also those that an
    equivalent relation states from the other one."""
    other = OPPOSITE[known]
    specs = {relation.pk: relation_spec(relation) for relation in asked}
    back = {pk: specs[one.pk] for one in asked if (pk := equivalent(one)) is not None}
    for side, stated in ((known, specs), (other, back)):
        pairs = {(entity, pk): 0.0 for entity in ids for pk in stated}
        for row in held_with(scope, pairs, side, held, MOST, each=each):
            yield _fact(row, stated[row.relation], turned=side != known)


def _row(scope: Scope, id_: str) -> Relation | None:
    return the_relation(scope, int(id_)) if id_.isdecimal() else None


def _fact(row: Row, relation: RelationSpec, *, turned: bool) -> Fact:
    subject, object_ = (row.object, row.subject) if turned else (row.subject, row.object)
    return Fact(str(row.id), subject, relation, object_, row.valid_from, row.valid_to)
