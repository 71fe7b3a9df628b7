"""What a relation means beside its name: its role, which stands in the relation itself."""

from __future__ import annotations

from collections.abc import Sequence

from worker.types import RelationRole, RelationSpec

BEGINNINGS: tuple[RelationRole, ...] = ("inception", "starts")  # the object is when it began
ENDINGS: tuple[RelationRole, ...] = ("dissolution", "ends")
AROUND: tuple[RelationRole, ...] = ("within", "country", "continent")  # a place that it lies in
KIN: tuple[RelationRole, ...] = ("father", "mother", "parent", "child", "spouse", "sibling")
# What one or two words name beyond doubt has its meaning without a role as well.
_BY_NAME: dict[str, RelationRole] = {
    "father": "father", "mother": "mother", "parent": "parent", "child": "child",
    "spouse": "spouse", "sibling": "sibling", "country": "country", "nationality": "citizenship",
    "citizenship": "citizenship", "country of citizenship": "citizenship",
    "country of origin": "origin",
}  # fmt: skip


def role_of(relation: RelationSpec) -> RelationRole:
    """Return the role of a relation; of one that has none the role that its plain name says.

    >>> role_of(RelationSpec("1", "Dad", role="father")), role_of(RelationSpec("2", "Father"))
    ('father', 'father')
    """
    return relation.role or _BY_NAME.get(relation.name.casefold(), "")


def with_role(relations: Sequence[RelationSpec], role: RelationRole) -> tuple[RelationSpec, ...]:
    """Return the relations of a role; where none has it, those whose plain names say it."""
    own = tuple(one for one in relations if one.role == role)
    return own or tuple(one for one in relations if role_of(one) == role)
