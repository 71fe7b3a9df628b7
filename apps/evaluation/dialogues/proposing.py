"""What a write head proposes for a conversation, read as the product reads one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from apps.common.names import normalise_name
from apps.evaluation.dialogues.files import Dialogue
from apps.evaluation.measuring.proposing import Names, Proposed, names_of
from apps.sources.chats import text_of_turns, turn_passages
from worker.chat.reading import read_turns
from worker.implications import Claim, Implications, fold
from worker.interfaces import WriteHead
from worker.literals import as_json, normal_form
from worker.types import Argument, PassageText, Proposal, RelationSpec, Span


@dataclass(frozen=True)
class Timed:
    """A proposal with from when until when it is said to hold, and the words that say it."""

    proposed: Proposed
    valid_from: date | None
    valid_to: date | None
    sentence: str


def proposals(
    head: WriteHead, dialogue: Dialogue, relations: Sequence[RelationSpec], *, implied: bool
) -> list[Timed]:
    """Return what would be put to reviewers, the surest first, each fact once, however often it is
    said; what follows from another one only where ``implied`` wants it."""
    names = {spec.id: spec.name for spec in relations}
    found: dict[tuple[str, str, str], Timed] = {}
    for session in dialogue.sessions:
        text = text_of_turns(session)
        for one, said in _held(head, text, relations, implied=implied):
            key = (_key(one.subject), one.relation_id, _key(one.object))
            proposed = Proposed(
                _called(one.subject), names[one.relation_id], _called(one.object), one.score
            )
            if key not in found or found[key].proposed.score < one.score:
                found[key] = Timed(proposed, one.valid_from, one.valid_to, said)
    return sorted(found.values(), key=lambda one: -one.proposed.score)


def _held(
    head: WriteHead, text: str, relations: Sequence[RelationSpec], *, implied: bool
) -> list[tuple[Proposal, str]]:
    passages = [
        PassageText(
            str(number),
            text[cut.start : cut.end],
            tuple(Span(s.start, s.end).shifted(-cut.start) for s in cut.sentences),
        )
        for number, cut in enumerate(turn_passages(text))
    ]
    held = [
        (one, one.sentence.of(passage.text))
        for passage, read in zip(passages, read_turns(head, passages, relations), strict=True)
        for one in read.proposals
        if one.holds
    ]
    follows = fold([_claim(one) for one, _ in held], Implications([] if implied else relations))
    return [one for number, one in enumerate(held) if number not in follows]


def _claim(one: Proposal) -> Claim:
    forward = one.subject.span <= one.object.span
    return Claim(_key(one.subject), one.relation_id, _key(one.object), one.score, forward)


def _key(argument: Argument) -> str:
    return normalise_name(argument.called)


def _called(argument: Argument) -> Names:
    value = normal_form(as_json(argument.value, argument.text))
    names = names_of(filter(None, (argument.text, argument.name)))
    return names | {f"value: {form}" for form in value.values()}
