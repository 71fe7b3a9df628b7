"""The explicit memories of an answer: that they still hold when it is written, and what is kept of
them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apps.asking.models import SHARES_IN, Answer, AttendedMemory
from apps.asking.services.errors import MemoryWentStale
from apps.explicit.services import memories_used
from worker.types import AttendedReference


def save_attended(
    answer: Answer,
    attended: Sequence[AttendedReference],
    why: Mapping[int, Mapping[str, float]] | None = None,
) -> None:
    """Save what an answer attended to and by what it was ranked, and count its uses.

    It is called after the citations were saved, in the same transaction: facts are locked before
    memories, as by whoever changes them. Raises MemoryWentStale where one of them is not what it
    was when it was found; whoever changes one from here on waits for the answer.
    """
    versions = {int(one.id): one.version for one in attended if not one.left_out}
    seconds = {int(one.id): one.seconds for one in attended}
    if not memories_used(versions, seconds):
        raise MemoryWentStale
    AttendedMemory.objects.bulk_create(
        AttendedMemory(
            answer=answer,
            number=number,
            memory=int(one.id),
            version=one.version,
            triples=[int(pk) for pk in one.facts],
            shares=_shares(one),
            why=dict((why or {}).get(int(one.id), {})),
            left_out=one.left_out[:300],
            name=one.name,
            sha256=one.sha256,
        )
        for number, one in enumerate(attended, start=1)
    )


def attended_told(attended: Sequence[AttendedReference]) -> dict[str, Any]:
    """Return what the event of an answer says of its explicit memories."""
    if not attended:
        return {}
    return {
        "attended": [
            {
                "memory": int(one.id),
                "version": one.version,
                "facts": [int(pk) for pk in one.facts],
                "shares": _shares(one),
                "name": one.name,
                "sha256": one.sha256,
                **({"left_out": True} if one.left_out else {}),
            }
            for one in attended
        ]
    }


def _shares(one: AttendedReference) -> list[list[int]]:
    return [[first, last, round(share * SHARES_IN)] for first, last, share in one.shares]
