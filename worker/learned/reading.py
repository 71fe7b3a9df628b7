"""Reading a passage once more, down to a low score, with what each score was made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from worker.learned.head import proposing_from
from worker.types import PassageText, Proposal, RelationSpec


@dataclass(frozen=True)
class Seen:
    """A proposal, and its signs by their names; none where the head has none."""

    proposal: Proposal
    signs: tuple[float, ...] = ()


def sign_names(head: Any) -> tuple[str, ...]:
    """Return the names of what a head's scores are made of; none for one that does not tell."""
    return tuple(getattr(head, "sign_names", ()))


def see(
    head: Any, passage: PassageText, relations: Sequence[RelationSpec], floor: float
) -> list[Seen]:
    """Return what a head proposes of a passage from a score on."""
    with proposing_from(head, floor):
        if not sign_names(head):
            (found,) = head.extract([passage], relations)
            return [Seen(one) for one in found.proposals]
        config = head.config
        head.config = replace(config, keep_signs=True)
        try:
            return [
                Seen(one, tuple(round(sign, 4) for sign in signs))
                for one, signs in head.signed(passage, relations)
            ]
        finally:
            head.config = config
