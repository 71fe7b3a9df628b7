"""How people ask for the shipped relations in their own words, by a relation's key.

Two writers wrote the same forms for every relation (README.md). A head knows a relation that it
was trained on by these texts too, beside the words that its owner may have changed. A fifth of
what the second writer wrote is kept apart, to report on.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from worker.types import Side

Form: TypeAlias = Literal["forward", "inverse", "phrase_forward", "phrase_inverse", "condition"]

FOLDER = Path(__file__).parent
WRITERS = ("a", "b")
SIDES_OF: Mapping[Form, Side] = {
    "forward": "subject",
    "inverse": "object",
    "phrase_forward": "subject",
    "phrase_inverse": "object",
    "condition": "object",
}
_APART = 5  # one text of the second writer in so many


class MalformedWordings(ValueError):
    """A line holds no wordings of a relation."""


@dataclass(frozen=True)
class Wording:
    """A text with ``{x}`` by which the relation of a key is asked for from one side."""

    writer: str
    key: str
    name: str  # of the relation, as it is shipped
    form: Form
    text: str
    apart: bool = False  # neither trained on nor known by

    @property
    def known(self) -> Side:
        """The side of the relation that ``{x}`` stands for."""
        return SIDES_OF[self.form]

    @property
    def phrased(self) -> str:
        """The text, a condition with words that it limits."""
        return f"the ones {self.text}" if self.form == "condition" else self.text


def read_wordings(folder: Path = FOLDER) -> list[Wording]:
    """Return all texts of all writers. Raises MalformedWordings, with file and line."""
    found: list[Wording] = []
    for writer in WRITERS:
        path = folder / f"{writer}.jsonl"
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            if not line:
                continue
            try:
                row = json.loads(line)
                texts = [(form, str(text)) for form in SIDES_OF for text in row[form]]
                key, name = str(row["key"]), str(row["relation"])
            except (ValueError, KeyError, TypeError) as error:
                raise MalformedWordings(f"{path.name}, line {number}: {error!r}") from error
            for form, text in texts:
                if text.count("{x}") != 1:
                    raise MalformedWordings(
                        f"{path.name}, line {number}: {text!a} has not one {{x}}"
                    )
                found.append(Wording(writer, key, name, form, text))
    return _with_apart(found)


def _with_apart(found: Sequence[Wording]) -> list[Wording]:
    """Return the texts with those marked that are kept apart; what the first writer has too is
    not."""
    others = {(one.key, one.known, one.text) for one in found if one.writer != WRITERS[-1]}

    def apart(one: Wording) -> bool:
        seen = one.writer != WRITERS[-1] or (one.key, one.known, one.text) in others
        return not seen and zlib.crc32(one.text.encode()) % _APART == 0

    return [replace(one, apart=apart(one)) for one in found]


@cache
def known_wordings() -> Mapping[tuple[str, Side], tuple[str, ...]]:
    """Return the texts that a relation is known by, by its key and the known side."""
    found: dict[tuple[str, Side], list[str]] = defaultdict(list)
    for one in read_wordings():
        if not one.apart:
            found[one.key, one.known].append(one.phrased)
    return {label: tuple(texts) for label, texts in found.items()}


@cache
def relation_names() -> Mapping[str, str]:
    """Return the names of the relations that there are wordings of, by key."""
    return {one.key: one.name for one in read_wordings()}
