"""Relations that a file describes as the form of a relation does: ``--relations FILE``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.questions.files import RelationLine
from apps.memory.forms import RelationForm
from apps.memory.services.relations import InverseTaken, relation_create

_LISTS = frozenset(
    ["examples", "aliases", "cue_words", "subject_types", "object_types", "implies",
     "implies_back", "questions", "inverse_questions"]
)  # fmt: skip
_FLAGS = frozenset(["single_valued", "lasts", "same_both_ways"])


def add_relations(space: Space, lines: Sequence[RelationLine]) -> None:
    """Add the relations in order, checked as the form checks them; a line may name those before
    it and those of the space. Raises EvaluationError, with the line, for the first fault."""
    for line in lines:
        try:
            form = RelationForm(_as_posted(space, line.fields), space=space)
        except ValueError as error:
            raise EvaluationError(f"{line.file}, line {line.line}: {error}.") from error
        if not form.is_valid():
            field, messages = next(iter(form.errors.items()))
            why = " ".join(str(message) for message in messages)
            raise EvaluationError(f'{line.file}, line {line.line}: "{field}": {why}')
        try:
            relation_create(space=space, actor=None, given=form.given())
        except InverseTaken as error:
            raise EvaluationError(f'{line.file}, line {line.line}: "inverse": {error}') from error


def _as_posted(space: Space, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields as a browser sends them. Raises ValueError."""
    posted: dict[str, Any] = {}
    for name, value in fields.items():
        if name not in RelationForm.base_fields:
            near = get_close_matches(name, RelationForm.base_fields, n=1)
            hint = f"; did you mean {near[0]!a}" if near else ""
            raise ValueError(f"a relation has no field {name!a}{hint}")
        if not _fits(name, value):
            kind = "list of texts" if name in _LISTS else "true or false"
            raise ValueError(f'"{name}" is no {kind if name in _LISTS | _FLAGS else "text"}')
        posted[name] = value
        if name in _LISTS and not name.endswith("_types"):
            posted[name] = "\n".join(value)  # of single words as well
    if "lasts" in posted:
        posted["lasts"] = "yes" if posted["lasts"] else "no"
    if posted.get("inverse"):
        posted["inverse"] = _known(space, posted["inverse"])
    return posted


def _fits(name: str, value: object) -> bool:
    if name in _LISTS:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, bool if name in _FLAGS else str)


def _known(space: Space, name: str) -> int:
    rows = space.relations.filter(normalised=normalise_name(name))
    found = rows.values_list("pk", flat=True).first()
    if found is None:
        raise ValueError(f'"inverse": there is no relation {name!a}')
    return found
