"""The schema of a space: which relations there are and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Func, Value
from django.utils import timezone

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.audit.versions import check_version
from apps.common.names import normalise_name
from apps.common.text import plain
from apps.memory.models import Relation
from apps.memory.services.relation_checks import check_relation
from worker.sentences import one_of_each

SYSTEM = "memweb"  # who acted where nobody did
MOST_WORDINGS = 40  # of one side that are learnt from questions; the read head reads no more
_PLACES = {"{subject}": "questions", "{object}": "inverse_questions"}


class InverseTaken(ValueError):
    """The relation chosen as inverse is the inverse of another one already."""

    def __init__(self, inverse: Relation, of: Relation) -> None:
        super().__init__(
            f"“{inverse.name}” is the inverse of “{of.name}” already, and has only one."
        )


@dataclass(frozen=True)
class RelationInput:
    """Everything that an owner says about a relation.

    ``inverse`` is another relation that states the same facts from the other side; the relation
    itself, where both sides are alike ("sibling"). ``same_both_ways`` says the latter for a
    relation that is not saved yet.
    """

    name: str
    description: str = ""
    aliases: tuple[str, ...] = ()
    inverse: Relation | None = None
    same_both_ways: bool = False
    inverse_name: str = ""
    single_valued: bool = False
    subject_types: tuple[str, ...] = ()
    object_types: tuple[str, ...] = ()
    template: str = ""
    questions: tuple[str, ...] = ()
    inverse_questions: tuple[str, ...] = ()
    wikidata_property: str = ""
    lasts: bool = True
    cue_words: tuple[str, ...] = ()
    role: str = ""
    name_in_pack: str = ""
    examples: tuple[str, ...] = ()
    implies: tuple[str, ...] = ()
    implies_back: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, value in list(vars(self).items()):
            if isinstance(value, str):
                object.__setattr__(self, name, plain(value))
            elif isinstance(value, tuple):
                object.__setattr__(self, name, tuple(plain(one) for one in value))

    def check(self) -> None:
        """Raise InvalidRelation where the heads could not use what is said."""
        check_relation(
            template=self.template,
            cue_words=self.cue_words,
            role=self.role,
            object_types=self.object_types,
            examples=self.examples,
        )

    def columns(self) -> dict[str, Any]:
        """Return the plain columns, without the inverse."""
        columns = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(self).items()
            if name not in ("inverse", "same_both_ways")
        }
        return columns | {"normalised": normalise_name(self.name)}


def pair_inverse(relation: Relation, inverse: Relation | None) -> None:
    """Make two relations each other's inverse, and free the one that was it before."""
    if inverse is not None and inverse.inverse is not None and inverse.inverse != relation:
        raise InverseTaken(inverse, inverse.inverse)
    rows = Relation.objects.filter(space_id=relation.space_id)
    rows.filter(inverse=relation).update(inverse=None)
    rows.filter(pk=relation.pk).update(inverse=inverse)
    if inverse is not None:
        rows.filter(pk=inverse.pk).update(inverse=relation)
    relation.inverse = relation if inverse is not None and inverse.pk == relation.pk else inverse


def _inverse(relation: Relation, given: RelationInput) -> Relation | None:
    return relation if given.same_both_ways else given.inverse


def _plain(given: RelationInput) -> dict[str, Any]:
    """Return the input as an event tells of it."""
    inverse = given.inverse.name if given.inverse else None
    plain = given.columns() | {"inverse": given.name if given.same_both_ways else inverse}
    plain.pop("normalised")
    return plain


def relation_create(*, space: Space, actor: User | None, given: RelationInput) -> Relation:
    """Add a relation. Raises IntegrityError for a name that the space has, InvalidRelation and
    InverseTaken."""
    given.check()
    with transaction.atomic():
        relation = Relation.objects.create(space=space, **given.columns())
        pair_inverse(relation, _inverse(relation, given))
        record(
            space=space, action="relation.created", actor=actor, actor_label=SYSTEM,
            subject=relation, payload=_plain(given),
        )  # fmt: skip
        return relation


def relation_shown(relation: Relation) -> dict[str, Any]:
    """Return what the form of a relation shows of it."""
    names = [name for name in RelationInput.__dataclass_fields__ if name != "same_both_ways"]
    return {name: getattr(relation, name) for name in names if name != "inverse"} | {
        "inverse": relation.inverse_id
    }


def relation_change(
    *, relation: Relation, actor: User, given: RelationInput, version: str | None = None
) -> Relation:
    """Change a relation; its facts stay. Raises IntegrityError for a name in use, InvalidRelation,
    InverseTaken, and ChangedMeanwhile where the form shows another ``version`` of it."""
    given.check()
    with transaction.atomic():
        row = Relation.objects.select_for_update().defer("embedding").get(pk=relation.pk)
        check_version(row, relation_shown(row), version)
        inverse = _inverse(row, given)
        columns = given.columns()
        changed = {
            name: [getattr(row, name), value]
            for name, value in columns.items()
            if getattr(row, name) != value and name != "normalised"
        }
        if row.inverse_id != (inverse.pk if inverse else None):
            changed["inverse"] = [
                row.inverse.name if row.inverse else None, inverse.name if inverse else None
            ]  # fmt: skip
        if not changed:
            return row
        if {"name", "description"} & changed.keys():
            columns |= {"embedding": None, "embedded_by": ""}
        Relation.objects.filter(pk=row.pk).update(**columns)
        if "name" in changed:
            _rename_implied(row, given.name)
        pair_inverse(row, inverse)
        record(
            space=row.space, action="relation.changed", actor=actor, subject=row,
            payload={"changed": changed},
        )  # fmt: skip
        return Relation.objects.get(pk=row.pk)


def _rename_implied(relation: Relation, name: str) -> None:
    """Let the relations that imply this one know it by its new name."""
    rows = Relation.objects.filter(space_id=relation.space_id)
    for field in ("implies", "implies_back"):
        naming = rows.filter(**{f"{field}__contains": [relation.name]})
        naming.update(
            **{field: Func(F(field), Value(relation.name), Value(name), function="array_replace")}
        )


def relation_learn(*, relation: Relation, actor: User, wording: str) -> bool:
    """Add a wording to the questions that a relation is known by.

    ``wording`` has ``{subject}`` or ``{object}`` in the place of what it names. False where the
    relation has it already, or as many as are read. Raises ValueError for one without a place.
    """
    columns = [name for place, name in _PLACES.items() if one_of_each(wording, (place,))]
    if not columns:
        raise ValueError("a wording has {subject} or {object} once, and no other braces")
    column = columns[0]
    with transaction.atomic():
        rows = Relation.objects.select_for_update(no_key=True).defer("embedding")
        row = rows.get(pk=relation.pk)
        known: list[str] = getattr(row, column)
        if relation_knows(row, wording) or len(known) >= MOST_WORDINGS:
            return False
        Relation.objects.filter(pk=row.pk).update(**{column: [*known, wording]})
        record(
            space=row.space, action="relation.changed", actor=actor, subject=row,
            payload={"changed": {column: [known, [*known, wording]]}},
        )  # fmt: skip
        return True


def relation_knows(relation: Relation, wording: str) -> bool:
    """Tell whether a wording is among the questions of a relation, whatever its case and end."""
    known = {_plain_wording(one) for one in [*relation.questions, *relation.inverse_questions]}
    return _plain_wording(wording) in known


def _plain_wording(wording: str) -> str:
    return normalise_name(wording.rstrip("?!. "))


def relation_retire(*, relation: Relation, actor: User) -> bool:
    """Retire a relation: it keeps its facts and gets no new ones. False when it was retired."""
    with transaction.atomic():
        rows = Relation.objects.filter(pk=relation.pk, retired_at__isnull=True)
        if not rows.update(retired_at=timezone.now()):
            return False
        record(
            space=relation.space, action="relation.retired", actor=actor, subject=relation,
            payload={"name": relation.name},
        )  # fmt: skip
        return True


def relation_restore(*, relation: Relation, actor: User) -> bool:
    """Bring a retired relation back. False when it is in use."""
    with transaction.atomic():
        rows = Relation.objects.filter(pk=relation.pk, retired_at__isnull=False)
        if not rows.update(retired_at=None):
            return False
        record(
            space=relation.space, action="relation.restored", actor=actor, subject=relation,
            payload={"name": relation.name},
        )  # fmt: skip
        return True
