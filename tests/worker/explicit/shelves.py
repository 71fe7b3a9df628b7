"""A memory with explicit memories, and a tiny model that makes and reads them."""

from __future__ import annotations

from pathlib import Path

from tests.worker.causal import tiny
from worker.blobs import Folder
from worker.explicit.making import ReferenceMaker
from worker.heads.causal.adapters import LoadedHead
from worker.heads.scripted.memory import InMemoryMemory, Named
from worker.references import KeptReference, Shelf
from worker.types import MemoryQuery, RelationSpec

BORN = RelationSpec(
    "1", "place of birth", template="{subject} was born in {object}.", lasts=False,
    questions=("Where was {subject} born?",),
)  # fmt: skip


def tiny_head() -> LoadedHead:
    base = tiny.base()
    return LoadedHead(base, base.model, {"settings": {"kept": 4, "share": 0.5}}, "v1")


class Shelved(InMemoryMemory):
    """Facts of a test, each with an explicit memory in a folder."""

    def __init__(self, folder: Path, maker: ReferenceMaker) -> None:
        super().__init__([BORN])
        self.blobs, self.maker = Folder(folder), maker
        self.kept: list[KeptReference] = []
        self.asked: list[list[str]] = []
        self.trouble = ""

    def born(self, who: str, where: str) -> KeptReference:
        self.add(Named(who, "PER"), "1", Named(where, "LOC"))
        fact = next(
            one
            for one in self.read(MemoryQuery("place of birth", subject=who)).facts
            if one.object.name == where
        )
        (reference,) = self.maker.references([(f"{who} was born in {where}.", ("f1",))])
        (made,) = self.maker.put(self.blobs, [reference], [(who, where)])
        kept = KeptReference(
            str(len(self.kept) + 1), 1, made.name, made.sha256, made.bytes, made.tokens, (fact,)
        )
        self.kept.append(kept)
        return kept

    def shelf(self, stretches, made_by, each) -> Shelf:
        self.asked.append(list(stretches))
        assert made_by == self.maker.said
        return Shelf(self.blobs, tuple(self.kept), self.trouble)
