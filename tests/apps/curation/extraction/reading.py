"""A document of three passages, and heads that fail at one of them."""

from __future__ import annotations

from apps.curation.models import Extraction
from apps.curation.services import (
    extraction_request,
    extraction_run,
)
from worker.heads.scripted.write_head import ScriptedWriteHead
from worker.protocol import serialise_write

TEXTS = (
    "Ada Brook was born in Lindenau. The day was cold.",
    "The Brook Institute was founded by Ada Brook. It still stands.",
    "Carl Voss was born in Mirefeld. He was a baker.",
)


class FakeHead(ScriptedWriteHead):
    """The scripted head, with something that goes wrong before the passage ``at``."""

    def __init__(self, error: BaseException, at: int) -> None:
        super().__init__()
        self.error, self.at, self.calls = error, at, 0

    def extract(self, passages, relations):
        self.calls += len(passages)
        if self.calls > self.at:
            raise self.error
        return super().extract(passages, relations)


def called(proposals) -> str:
    """Return the call of proposals whose relation is the place of birth."""
    return serialise_write(
        [(p.subject.called, "place of birth", p.object.called) for p in proposals]
    )


def run(document, alice) -> Extraction:
    return extraction_run(extraction_id=extraction_request(document=document, actor=alice).pk)
