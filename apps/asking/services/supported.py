"""An answer without what no read of the memory bears out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from apps.asking.models import Answer
from worker.types import TracedAnswer

NOTHING_LEFT = "The head had words for an answer, and no fact of the memory bears them out."


def supported(answer: TracedAnswer) -> TracedAnswer:
    """Return an answer without what no read bears out: an abstention where nothing is left.

    ``answer`` is one that the memory has checked (``RecordedMemory.check``).
    """
    if not answer.unsupported:
        return answer
    left = _without(answer.text, ((one.start, one.end) for one in answer.unsupported))
    if left:
        return replace(answer, text=left, unsupported=())
    reason = answer.reason or NOTHING_LEFT
    return replace(
        answer,
        text=f"I don't know. {reason}",
        abstained=True,
        reason=reason,
        cited=(),
        answers=(),
        unsupported=(),
    )


def supported_text(answer: Answer) -> str:
    """Return of an answer's text what its reads bear out, as later questions may lean on it."""
    return _without(answer.text, answer.unsupported)


def _without(text: str, spans: Iterable[Iterable[int]]) -> str:
    pieces, end = [], 0
    for start, after in spans:
        pieces.append(text[end:start])
        end = after
    pieces.append(text[end:])
    return re.sub(r" {2,}", " ", "".join(pieces)).strip() if end else text
