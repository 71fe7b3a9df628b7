"""What every mode does: it opens for a space, and then answers one case after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from apps.evaluation.measuring.proposing import Proposed
from apps.evaluation.measuring.scratch_memory import Names
from apps.evaluation.models import Case
from worker.types import TracedAnswer


@dataclass(frozen=True)
class Given:
    """What came of a case.

    ``answers`` are what was answered, each by all of its names. ``claims`` counts what the text
    states, ``cited`` how much of that stands on facts of the memory, ``facts`` are the numbers of
    those, ``supporting`` counts those that bear a right answer out. ``score`` is how sure the head
    was, in [0, 1], where it says so. ``seconds`` are those of head, memory and check. ``refused``
    says why the product would have shown no answer, and ``late`` that this is because the worker's
    time for it was over. ``passages`` are the numbers of those that
    were put before a head without memory, ``proposed`` what a write head proposes, ``ranked``
    the relations that a question may ask for, each with the side that the question gives, the
    likeliest first. ``kept`` is what the result's answer keeps besides. ``traced`` is the answer
    itself where it came from the memory.
    """

    text: str = ""
    answers: tuple[Names, ...] = ()
    abstained: bool = False
    claims: int = 0
    cited: int = 0
    supporting: int = 0
    facts: tuple[int, ...] = ()
    calls: str = ""
    score: float | None = None
    seconds: float = 0.0
    refused: str = ""
    late: bool = False
    passages: tuple[int, ...] = ()
    proposed: tuple[Proposed, ...] = ()
    ranked: tuple[tuple[str, str], ...] = ()
    kept: Mapping[str, Any] = field(default_factory=dict)
    traced: TracedAnswer | None = field(default=None, repr=False)


class Answering(Protocol):
    """A mode that is open: its head is loaded. ``made_of`` says which head, and of what."""

    made_of: dict[str, Any]

    def answer(self, case: Case) -> Given:
        """Answer one case. What is no matter of this case (a server that is away, a lost lease) is
        raised."""
        ...


class NotReadyYet(Exception):
    """What a mode needs first (passages as vectors) is not all made yet; the next slice goes on."""


def made_of(head: Any, hashes: dict[str, str]) -> dict[str, Any]:
    """Return what a run keeps of the head that it asks."""
    return {"head": head.name, "version": head.version, "hashes": hashes}
