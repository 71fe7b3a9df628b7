"""The kinds of benchmarks. What reads files, does runs and shows them asks the kind, and does not
ask which one it is.

>>> kind_of("documents").measures["recall"].label
'Recall'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from apps.accounts.models import Space
from apps.evaluation.services.answering.errors import UnknownMode
from apps.evaluation.services.answering.modes import Mode
from apps.evaluation.services.kinds.edits import EDITS
from apps.evaluation.services.kinds.foreseen import FORESEEN
from apps.evaluation.services.kinds.kind import Kind, Words
from apps.evaluation.services.kinds.measures import Measure
from apps.evaluation.services.kinds.questions import QUESTIONS
from apps.evaluation.services.kinds.relations import RELATIONS
from apps.evaluation.services.kinds.texts import DOCUMENTS, EXTRACTION, STATEMENTS
from worker.setups import HeadSetup

__all__ = [
    "ALL_MEASURES",
    "KINDS",
    "Kind",
    "Words",
    "default_setup",
    "kind_of",
    "mode_of",
]

KINDS: Final[Mapping[str, Kind]] = {
    str(kind.name): kind
    for kind in (QUESTIONS, STATEMENTS, DOCUMENTS, EXTRACTION, RELATIONS, EDITS, FORESEEN)
}
ALL_MEASURES: Final[Mapping[str, Measure]] = {
    name: one for kind in reversed(list(KINDS.values())) for name, one in kind.measures.items()
}


def kind_of(name: str) -> Kind:
    """Return the kind of a name, as ``Benchmark.kind`` has it."""
    return KINDS[name]


def mode_of(kind: str, name: str) -> Mode:
    """Return a mode of benchmarks of a kind. Raises UnknownMode with the list."""
    modes = kind_of(kind).modes
    if name not in modes:
        raise UnknownMode(f"There is no mode {name!r} here. There are: {', '.join(modes)}.")
    return modes[name]


def default_setup(space: Space, kind: str, name: str) -> HeadSetup:
    """Return the setup that a mode takes without a choice. Raises UnknownMode."""
    return mode_of(kind, name).default(space)
