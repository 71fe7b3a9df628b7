"""Rows of the database out of the images that a log keeps of them, under new numbers.

An image is what ``to_jsonb`` made of a row (``apps.audit.rows``), so ``jsonb_populate_recordset``
makes a row of it again. What an image leaves out is derived anew or empty: vectors are made by the
worker, jobs have ended.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any, Final

from django.apps import apps
from django.db import connection, models

from apps.audit.rows import SEALED
from apps.common.models import Job
from apps.common.names import normalise_name

AT_ONCE: Final = 500
PEOPLE: Final = "accounts_user"
SPACE: Final = "accounts_space"
# Who may do what here is for the owners of this place to say.
LEFT_OUT: Final = frozenset({PEOPLE, SPACE, "accounts_membership", "accounts_invitation"})
# Every table of a space's own, those that others name first.
TABLES: Final = tuple(one.table for one in SEALED if one.table not in LEFT_OUT)
ERASED: Final = "[erased]"
# Columns with the number of a row that are no foreign keys.
_NUMBERS: Final = {
    ("curation_candidate", "question"): "asking_question",
    ("curation_relationproposal", "question"): "asking_question",
}
Image = dict[str, Any]


@dataclass
class Numbers:
    """The new number of each row that is imported, by its table and old number."""

    space: int
    people: Mapping[int, int]
    new: dict[str, dict[int, int]] = field(default_factory=dict)

    def draw(self, table: str, old: Iterable[int]) -> None:
        """Give rows of a table new numbers, in the order of the old ones."""
        ordered = sorted(old)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [table, len(ordered)],
            )
            drawn = sorted(number for (number,) in cursor.fetchall())
        self.new[table] = dict(zip(ordered, drawn, strict=True))

    def of(self, table: str, old: Any) -> int | None:
        """Return the number that a row has here; None where it was not imported."""
        if old is None:
            return None
        if table == SPACE:
            return self.space
        if table == PEOPLE:
            return self.people.get(old)
        return self.new.get(table, {}).get(old)


@cache
def _models() -> dict[str, type[models.Model]]:
    return {model._meta.db_table: model for model in apps.get_models()}


def model_of(table: str) -> type[models.Model]:
    """Return the model of a table."""
    return _models()[table]


def people_in(rows: Mapping[tuple[str, int], Image]) -> set[int]:
    """Return the numbers of the people whom rows name."""
    columns = {
        table: [name for name, to in _references(table).items() if to == PEOPLE] for table in TABLES
    }
    return {
        image[name]
        for (table, _), image in rows.items()
        for name in columns.get(table, ())
        if image.get(name) is not None
    }


def batched(images: Iterable[Image]) -> Iterator[list[Image]]:
    """Yield rows as many at a time as are written at once."""
    source = iter(images)
    while some := list(islice(source, AT_ONCE)):
        yield some


def insert(table: str, images: list[Image]) -> int:
    """Write rows as they are, and return how many. Raises DatabaseError."""
    name = connection.ops.quote_name(table)
    query = f"INSERT INTO {name} SELECT * FROM jsonb_populate_recordset(NULL::{name}, %s::jsonb)"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, [json.dumps(images)])
    return len(images)


def renumbered(
    table: str, rows: Iterable[tuple[int, Image]], numbers: Numbers, text: Callable[[Image], str]
) -> Iterator[Image]:
    """Yield the images of a table's rows as they are written here. ``text`` gives the text of a
    document or passage."""
    model = model_of(table)
    references = _references(table)
    hashed = next(one.hashed for one in SEALED if one.table == table)
    for old, image in rows:
        made: Image = {}
        for one in model._meta.concrete_fields:
            column = str(one.column)
            made[column] = image[column] if column in image else _lacking(one, old)
        for column, other in references.items():
            made[column] = numbers.of(other, made[column])
        if hashed:
            made["text"] = text(image)
        if "normalised" in made:
            made["normalised"] = normalise_name(made["name"])
        made["id"] = numbers.of(table, old)
        if mend := _MENDERS.get(table):
            mend(made, numbers)
        yield made


def _references(table: str) -> dict[str, str]:
    """Return the columns that hold the number of a row, with its table."""
    found = {column: to for (own, column), to in _NUMBERS.items() if own == table}
    for one in model_of(table)._meta.concrete_fields:
        related: Any = one.related_model
        if one.is_relation and related is not None:
            found[str(one.column)] = str(related._meta.db_table)
    return found


def _lacking(one: models.Field[Any, Any], old: int) -> Any:
    """Return what stands in a column that an image has not: it was left out, or erased."""
    if one.column == "state" and issubclass(one.model, Job):
        return Job.State.DONE
    if one.null or one.is_relation or one.primary_key:
        return None
    if one.has_default():
        return one.get_default()
    if one.column == "name":
        return f"{ERASED} {old}"
    if isinstance(one, (models.CharField, models.TextField)):
        return "" if one.blank else ERASED
    return None


def _keys(values: Mapping[str, Any], table: str, numbers: Numbers) -> dict[str, Any]:
    """Return a mapping whose keys are numbers of rows, with the new ones."""
    return {str(numbers.of(table, int(key)) or key): value for key, value in values.items()}


def _merge(image: Image, numbers: Numbers) -> None:
    triple, evidence = "memory_triple", "memory_evidence"
    image["moved"] = _keys(image["moved"], triple, numbers)
    image["duplicates"] = {
        key: numbers.of(triple, value)
        for key, value in _keys(image["duplicates"], triple, numbers).items()
    }
    image["evidence"] = {
        key: numbers.of(triple, value)
        for key, value in _keys(image["evidence"], evidence, numbers).items()
    }
    image["pointers"] = [numbers.of("memory_entity", one) for one in image["pointers"]]
    image["names"] = [
        [name, numbers.of("sources_passage", passage)] for name, passage in image["names"]
    ]


def _decision(image: Image, numbers: Numbers) -> None:
    before = image["before"]
    if isinstance(before, dict) and "relation" in before:
        image["before"] = before | {"relation": numbers.of("memory_relation", before["relation"])}


def _named(value: Any, numbers: Numbers, table: str = "memory_entity") -> Any:
    """Return {"id", ...} with the new number."""
    if not isinstance(value, dict) or "id" not in value:
        return value
    number = value["id"]
    new = numbers.of(table, int(number)) if str(number).isdigit() else None
    return value | {"id": type(number)(new) if new is not None else number}


def _answer(image: Image, numbers: Numbers) -> None:
    topic = image["topic"]
    if isinstance(topic, dict):
        others = [_named(one, numbers) for one in topic.get("others", [])]
        image["topic"] = topic | {"entity": _named(topic.get("entity"), numbers), "others": others}
    image["reading"] = _reading(image["reading"], numbers)
    if "perhaps" in image:  # which the logs of earlier versions have not
        image["perhaps"] = _reading(image["perhaps"], numbers)


def _reading(value: Any, numbers: Numbers) -> Any:
    """Return how a question was read with the new numbers: things have a type, relations none."""
    if isinstance(value, list):
        return [_reading(one, numbers) for one in value]
    if not isinstance(value, dict):
        return value
    table = "memory_entity" if "type" in value else "memory_relation"
    inner = {key: _reading(one, numbers) for key, one in value.items()}
    return _named(inner, numbers, table) if "name" in value else inner


def _read_call(image: Image, numbers: Numbers) -> None:
    image["candidates"] = [
        _named(one, numbers, "memory_relation" if one.get("role") == "relation" else
               "memory_entity")
        | {"distance": _fraction(one.get("distance"))}
        for one in image["candidates"]
    ]  # fmt: skip
    image["results"] = [
        one | {"triple": numbers.of("memory_triple", one.get("triple"))} for one in image["results"]
    ]


def _mark(image: Image, numbers: Numbers) -> None:
    found = image["diagnosis"]
    if not isinstance(found, dict):
        return
    tables = {
        "citation": "asking_citation",
        "triple": "memory_triple",
        "decision": "curation_decision",
    }
    changed: Image = {
        key: numbers.of(to, found.get(key)) for key, to in tables.items() if key in found
    }
    if "candidates" in found:
        changed["candidates"] = [
            numbers.of("curation_candidate", one) for one in found["candidates"]
        ]
    image["diagnosis"] = found | changed


def _misreading(image: Image, numbers: Numbers) -> None:
    image["reading"] = _reading(image["reading"], numbers)


def _fraction(value: Any) -> Any:
    """A leaf holds fractions as text."""
    return float(value) if isinstance(value, str) else value


_MENDERS: Final[dict[str, Callable[[Image, Numbers], None]]] = {
    "memory_entitymerge": _merge,
    "curation_decision": _decision,
    "asking_answer": _answer,
    "asking_readcall": _read_call,
    "asking_answermark": _mark,
    "asking_misreading": _misreading,
}
