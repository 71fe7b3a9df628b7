"""What a head has at hand when it is asked: the memory, or something else in its place.

Every mode fits one interface, so that the same questions can be put to all of them side by side.

>>> [mode.name for mode in QUESTION_MODES.values() if not mode.possible(space)]
['memory']
>>> QUESTION_MODES["memory"].open(space, setup, known_at).answer(case)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, TypeAlias

from django.conf import settings

from apps.accounts.models import Space
from apps.evaluation.services.answering.edits import EditsTried
from apps.evaluation.services.answering.foreseen import Foreseen
from apps.evaluation.services.answering.from_memory import FromMemory
from apps.evaluation.services.answering.given import Answering
from apps.evaluation.services.answering.made_memory import EXTRACTED, GOLD, NONE, OTHERS
from apps.evaluation.services.answering.ranking import RelationsRanked
from apps.evaluation.services.answering.texts_read import TextsRead
from apps.evaluation.services.answering.without_memory import ClosedBook, Retrieval, WholeDocument
from apps.sources.models import Document
from worker import offers, registry
from worker.setups import HeadSetup, HeadSide

Open: TypeAlias = Callable[[Space, HeadSetup, datetime], Answering]


@dataclass(frozen=True)
class Mode:
    """One way of answering. ``label`` and ``explains`` are for people; ``lacks`` says of a setup in
    a space why the mode is not possible, and how to make it possible."""

    name: str
    label: str
    explains: str
    open: Open
    lacks: Callable[[Space, HeadSetup], str]
    default: Callable[[Space], HeadSetup]
    offered: Callable[[], tuple[str, ...]]

    @property
    def backends(self) -> tuple[str, ...]:
        """The backends that can be asked in this mode."""
        return self.offered()

    def possible(self, space: Space, setup: HeadSetup | None = None) -> str:
        """Say why the mode is not possible with a setup, or with the one that it takes without a
        choice; empty where it is."""
        return self.lacks(space, setup or self.default(space))


def _chosen(side: HeadSide) -> Callable[[Space], HeadSetup]:
    def chosen(space: Space) -> HeadSetup:
        if side == "read":
            return HeadSetup.of(space.read_head, default=settings.READ_HEAD)
        return HeadSetup.of(space.write_head, default=settings.WRITE_HEAD)

    return chosen


def _offered(side: HeadSide) -> Callable[[], tuple[str, ...]]:
    return lambda: tuple(one.name for one in offers.offers(side))


def _lacks(side: HeadSide) -> Callable[[Space, HeadSetup], str]:
    return lambda space, setup: offers.trouble_of(side, setup)


def _language_model(space: Space) -> HeadSetup:
    """Return the language model that the space chose or, where it chose none, one that is here."""
    own = next((one["base"] for one in (space.read_head, space.write_head) if one.get("base")), "")
    if own:
        return HeadSetup("causal", own)
    if space.read_head.get("backend", settings.READ_HEAD).endswith("remote"):
        return HeadSetup("remote")
    bases = offers.bases()
    here = next((one.name for one in bases if not one.trouble), bases[0].name if bases else "")
    return HeadSetup("causal", here)


def _reading_model(space: Space) -> HeadSetup:
    """Return the language model that the space reads its memory with, or one that is here."""
    chosen = HeadSetup.of(space.read_head, default=settings.READ_HEAD)
    if chosen.base:
        return HeadSetup("causal", chosen.base, chosen.adapter)
    bases = offers.bases()
    here = next((one.name for one in bases if not one.trouble), bases[0].name if bases else "")
    return HeadSetup("causal", here)


def _no_model(space: Space, setup: HeadSetup) -> str:
    return registry.text_missing(setup)


def _no_model_or_text(space: Space, setup: HeadSetup) -> str:
    if not Document.objects.filter(space=space, erased_at=None).exists():
        return "This space has no documents that could be read. Add one first."
    return registry.text_missing(setup)


def _text_heads() -> tuple[str, ...]:
    return ("causal", "remote")


_MEMORY: Final = Mode(
    "memory",
    "With the memory",
    "The read head looks the answer up in the memory, as it does for people.",
    FromMemory,
    _lacks("read"),
    _chosen("read"),
    _offered("read"),
)
_READS: Final = Mode(
    "memory",
    "Write head",
    "The write head reads each text; what it would put to reviewers is compared with what the text "
    "states.",
    TextsRead,
    _lacks("write"),
    _chosen("write"),
    _offered("write"),
)
_READS_ALL: Final = Mode(
    "memory",
    "Write head",
    "The write head reads each document; what it finds is compared with what was annotated, what "
    "follows from another fact included, as the annotators had it.",
    partial(TextsRead, implied=True),
    _lacks("write"),
    _chosen("write"),
    _offered("write"),
)
_RANKS: Final = Mode(
    "memory",
    "Read head",
    "The read head ranks the relations of the space by the text of each question, before it looks "
    "anything up.",
    RelationsRanked,
    _lacks("read"),
    _chosen("read"),
    _offered("read"),
)
_CLOSED: Final = Mode(
    "closed-book",
    "Closed book",
    "A language model answers from what it was trained on, without memory or documents.",
    ClosedBook,
    _no_model,
    _language_model,
    _text_heads,
)
_RETRIEVAL: Final = Mode(
    "retrieval",
    "Text retrieval",
    "A language model reads the four passages of the documents that are nearest to the question "
    "(RAG), and answers from them.",
    Retrieval,
    _no_model_or_text,
    _language_model,
    _text_heads,
)
_DOCUMENT: Final = Mode(
    "document",
    "Whole document",
    "A language model reads the document that the case was made from, else the one with the "
    "nearest passage, as far as it fits, and answers from it.",
    WholeDocument,
    _no_model_or_text,
    _language_model,
    _text_heads,
)
_EDITED: Final = Mode(
    "memory",
    "Read head",
    "Each edit is made in the memory as it is, the read head is asked before and after, and the "
    "edit is taken back. Nobody sees anything of it.",
    EditsTried,
    _lacks("read"),
    _chosen("read"),
    _offered("read"),
)
_FORESEEN: Final = Mode(
    "memory",
    "Language model that reads the memory",
    "A language model on this machine reads each document word by word, with the memory at hand "
    "and without it. Nothing of the document comes into the memory.",
    Foreseen,
    lambda space, setup: registry.foreseer_missing(setup),
    _reading_model,
    lambda: ("causal",),
)


def _foreseen(name: str, label: str, explains: str) -> Mode:
    """Return the mode in which a language model reads another memory than the space's."""

    def lacks(space: Space, setup: HeadSetup) -> str:
        trouble = registry.foreseer_missing(setup)
        if name == EXTRACTED and not trouble:
            return offers.trouble_of("write", _chosen("write")(space))
        return trouble

    opened = partial(Foreseen, holds=name)
    return Mode(name, label, explains, opened, lacks, _reading_model, lambda: ("causal",))


_MADE: Final = (
    _foreseen(
        GOLD, "The annotated facts", "The same with a memory of all facts that are annotated in "
        "these documents: the best that any memory could do.",
    ),
    _foreseen(
        EXTRACTED, "What the write head finds", "The same with a memory of what the write head "
        "proposes from these documents, all of it taken and none reviewed.",
    ),
    _foreseen(
        OTHERS, "Facts of other documents", "The same with a memory of facts of other documents "
        "of this benchmark alone.",
    ),
    _foreseen(NONE, "An empty memory", "The same with nothing in the memory."),
)  # fmt: skip
QUESTION_MODES: Final[Mapping[str, Mode]] = {
    mode.name: mode for mode in (_MEMORY, _CLOSED, _RETRIEVAL, _DOCUMENT)
}
TEXT_MODES: Final[Mapping[str, Mode]] = {_READS.name: _READS}
TEXT_MODES_IMPLIED: Final[Mapping[str, Mode]] = {_READS_ALL.name: _READS_ALL}
EDIT_MODES: Final[Mapping[str, Mode]] = {_EDITED.name: _EDITED}
FORESEEING_MODES: Final[Mapping[str, Mode]] = {mode.name: mode for mode in (_FORESEEN, *_MADE)}
RANKING_MODES: Final[Mapping[str, Mode]] = {_RANKS.name: _RANKS}
