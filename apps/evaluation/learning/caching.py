"""What a write head finds in documents, read once and kept in a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from apps.evaluation.measuring.errors import EvaluationError
from apps.evaluation.measuring.progress import Progress
from worker.english.anaphors import is_anaphor
from worker.interfaces import WriteHead
from worker.learned.curve import Found
from worker.learned.reading import see, sign_names
from worker.training.metrics import passage_of
from worker.training.redocred import GoldDocument
from worker.types import Argument, RelationSpec

LOWEST: Final = 0.02  # the score from which proposals are kept


@dataclass(frozen=True)
class Cache:
    """A file of JSON lines: first which head read what, then what it found in each document, in
    their order."""

    path: Path
    head: WriteHead
    relations: Sequence[RelationSpec]

    def found(self, documents: Sequence[GoldDocument], progress: Progress) -> list[list[Found]]:
        """Return what the head finds in each document; those that the file has are not read again.
        Raises EvaluationError for a file of another head or other documents."""
        head = self._first_line(documents)
        rows = self._rows(head)
        try:
            with self.path.open("a", encoding="utf-8") as file:
                if not rows:
                    file.write(head + "\n")
                for number in range(max(len(rows) - 1, 0), len(documents)):
                    file.write(json.dumps(self._read(documents[number], number)) + "\n")
                    file.flush()
                    progress.at(number + 1)
        except OSError as error:
            raise EvaluationError(f"{self.path} cannot be written: {error.strerror}.") from error
        return [
            [(s, r, o, score, tuple(signs)) for s, r, o, score, signs in row]
            for row in self._rows(head)[1:]
        ]

    def _first_line(self, documents: Sequence[GoldDocument]) -> str:
        texts = hashlib.sha256("\n".join(d.text for d in documents).encode()).hexdigest()
        asked = sorted(spec.id for spec in self.relations)
        names = sign_names(self.head)
        return json.dumps(
            {
                "head": self.head.version,
                "documents": texts,
                "relations": asked,
                "signs": list(names),
            }
        )

    def _rows(self, head: str) -> list[Any]:
        if not self.path.exists():
            return []
        lines = self.path.read_text(encoding="utf-8").splitlines()
        if lines and lines[0] != head:
            raise EvaluationError(
                f"{self.path} is of another head or other documents; name another file."
            )
        try:
            return [json.loads(line) for line in lines]
        except ValueError as error:
            raise EvaluationError(f"{self.path} is damaged: {error}. Remove it.") from error

    def _read(self, document: GoldDocument, number: int) -> list[list[Any]]:
        keys = {spec.id: spec.key for spec in self.relations}
        seen = see(self.head, passage_of(document, number), self.relations, LOWEST)
        return [
            [
                _named(one.proposal.subject), keys[one.proposal.relation_id],
                _named(one.proposal.object), round(one.proposal.score, 6), one.signs,
            ]
            for one in seen
            if one.proposal.holds
        ]  # fmt: skip


def _named(argument: Argument) -> str:
    """Return the mention at hand, or what it stands for where it is a pronoun."""
    return argument.called if is_anaphor(argument.text) else argument.text
