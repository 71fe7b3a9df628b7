"""Files with one JSON object a line: facts, questions and relations of ``evaluate questions``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.scratch_memory import Names, normalised_names
from apps.memory.controller import EntityInput, InvalidName
from worker.types import ENTITY_TYPES

T = TypeVar("T")
LONGEST_RELATION = 120  # code points, as the column has it
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEAR_OR_MONTH = re.compile(r"\d{4}(?:-\d{2})?")
_DIRECTIONS = ("forward", "inverse")


class WrongLine(Exception):
    """What is wrong with a line, without its number."""


@dataclass(frozen=True)
class FactLine:
    """A line of a triples file; ``relation`` is a name or a Wikidata property id."""

    line: int
    subject: str
    relation: str
    object: str
    subject_aliases: tuple[str, ...]
    object_aliases: tuple[str, ...]
    subject_type: str
    object_type: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class QuestionLine:
    """A line of a questions file; no answers mean that abstaining is right. ``turns`` are the
    questions of the conversation before it, oldest first; ``uses`` are the relations that it needs,
    each with the name that it is asked of and "forward" or "inverse"."""

    line: int
    text: str
    answers: tuple[Names, ...]
    kind: str
    as_of: date | None
    turns: tuple[str, ...] = ()
    uses: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class RelationLine:
    """A line of a file of relations; ``fields`` are those of the form of a relation."""

    file: str
    line: int
    fields: Mapping[str, Any]


def read_relations(path: Path) -> list[RelationLine]:
    """Return the relations of a file, not yet checked. Raises EvaluationError as
    ``read_facts`` does."""
    return _read(path, lambda line, row: RelationLine(path.name, line, row), "relations")


def read_facts(path: Path) -> list[FactLine]:
    """Return the facts of a file. Raises EvaluationError, with the line, for the first fault."""
    return _read(path, _fact, "facts")


def read_questions(path: Path) -> list[QuestionLine]:
    """Return the questions of a file. Raises EvaluationError, with the line, as above."""
    return _read(path, question_of, "questions")


def _read(path: Path, make: Callable[[int, Mapping[str, Any]], T], what: str) -> list[T]:
    found = []
    for number, text in _lines(path):
        try:
            found.append(make(number, _object(text)))
        except (WrongLine, InvalidName) as error:
            raise EvaluationError(f"{path.name}, line {number}: {error}.") from error
    if not found:
        raise EvaluationError(f"{path} holds no {what}.")
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        number = error.object[: error.start].count(b"\n") + 1
        raise EvaluationError(f"{path.name}, line {number}: it is not UTF-8.") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def _object(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise WrongLine(f"it is not JSON ({error.msg} at column {error.colno})") from error
    except (ValueError, RecursionError) as error:
        raise WrongLine("it is not JSON that can be read") from error
    if not isinstance(found, dict):
        raise WrongLine("it holds no JSON object")
    return found


def _fact(line: int, row: Mapping[str, Any]) -> FactLine:
    relation = " ".join(_text(row, "relation").split())
    if len(relation) > LONGEST_RELATION:
        raise WrongLine(f'"relation" has more than {LONGEST_RELATION} characters')
    valid_from, valid_to = _first_day(row, "valid_from"), _first_day(row, "valid_to")
    if valid_from and valid_to and valid_from >= valid_to:
        raise WrongLine('"valid_from" does not lie before "valid_to"')
    return FactLine(
        line=line,
        subject=EntityInput(_text(row, "subject")).name,
        relation=relation,
        object=EntityInput(_text(row, "object")).name,
        subject_aliases=_aliases(row, "subject_aliases"),
        object_aliases=_aliases(row, "object_aliases"),
        subject_type=_type(row, "subject_type"),
        object_type=_type(row, "object_type"),
        valid_from=valid_from,
        valid_to=valid_to,
    )


def question_of(line: int, row: Mapping[str, Any]) -> QuestionLine:
    """Return the question that an object states. Raises WrongLine."""
    answers = row.get("answers")
    if not isinstance(answers, list):
        raise WrongLine('"answers" is missing or no list of lists of names')
    for number, names in enumerate(answers, start=1):
        if not isinstance(names, list) or not names or not all(map(_is_name, names)):
            raise WrongLine(f'answer {number} of "answers" is no list of names')
    return QuestionLine(
        line=line,
        text=_text(row, "question"),
        answers=tuple(normalised_names(names) for names in answers),
        kind=_text(row, "kind"),
        as_of=_day(row, "as_of"),
        turns=_turns(row),
        uses=_uses(row),
    )


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise WrongLine(f'"{key}" is missing or no text' if key in row else f'"{key}" is missing')
    return value


def _aliases(row: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = row.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(map(_is_name, value)):
        raise WrongLine(f'"{key}" is no list of names')
    return tuple(EntityInput(name).name for name in value)


def _turns(row: Mapping[str, Any]) -> tuple[str, ...]:
    value = row.get("turns")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(map(_is_name, value)):
        raise WrongLine('"turns" is no list of questions')
    return tuple(value)


def _uses(row: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    value = row.get("uses")
    if value is None:
        return ()
    if not isinstance(value, list):
        raise WrongLine('"uses" is no list')
    for number, one in enumerate(value, start=1):
        if not isinstance(one, list) or len(one) != 3 or not all(map(_is_name, one)):
            raise WrongLine(f'{number} of "uses" is no list of a name, a relation and a direction')
        if one[2] not in _DIRECTIONS:
            raise WrongLine(
                f'the direction in {number} of "uses" is none of {", ".join(_DIRECTIONS)}'
            )
    return tuple((name, relation, direction) for name, relation, direction in value)


def _type(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key) or ""
    if value and value not in ENTITY_TYPES:
        raise WrongLine(f'"{key}" is none of {", ".join(ENTITY_TYPES)}')
    return str(value)


def _first_day(row: Mapping[str, Any], key: str) -> date | None:
    """Return a day, of a year or a month the first."""
    value = row.get(key)
    if isinstance(value, str) and _YEAR_OR_MONTH.fullmatch(value):
        value += "-01" if "-" in value else "-01-01"
    return _day({key: value}, key, "day, month or year such as 1998-05-31, 1998-05 or 1998")


def _day(row: Mapping[str, Any], key: str, what: str = "day such as 1998-05-31") -> date | None:
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise WrongLine(f'"{key}" is no {what}')
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise WrongLine(f'"{key}": there is no day {value}') from error
