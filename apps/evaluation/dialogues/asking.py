"""Questions put to a memory that holds the facts of a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.evaluation.dialogues.files import AskedOf, Dialogue
from apps.evaluation.measuring import scoring
from apps.evaluation.measuring.scratch_memory import Asker, Reply, names_of, throwaway_space
from apps.memory.models import Relation
from apps.memory.packs import Pack
from apps.memory.services import pack_switch_on, relations_load
from apps.memory.services.bulk import Fact, facts_load
from worker.interfaces import Embedder, ReadHead

Outcome: TypeAlias = Literal["right", "wrong", "abstained", "rightly abstained", "refused"]


def outcomes(
    dialogue: Dialogue, head: ReadHead, embedder: Embedder, packs: Sequence[Pack]
) -> list[tuple[AskedOf, Outcome, str]]:
    """Ask every question of a conversation over its own facts; return what came of each, and the
    answer. A relation that no pack has is added by its name."""
    if not dialogue.questions:
        return []
    with throwaway_space() as space:
        relations_load(space=space, actor=None)
        for pack in packs:
            pack_switch_on(space=space, actor=None, pack=pack)
        facts_load(space=space, facts=_facts(space, dialogue), actor=None, embedder=embedder)
        asker = Asker(space, head, embedder)
        return [(one, *_outcome(space, one, asker.ask(one.text))) for one in dialogue.questions]


def _facts(space: Space, dialogue: Dialogue) -> list[Fact]:
    rows: dict[str, Relation] = {row.normalised: row for row in space.relations.all()}
    for one in dialogue.facts:
        if (name := normalise_name(one.relation)) not in rows:
            rows[name] = Relation.objects.create(space=space, name=one.relation)
    return [
        Fact(
            subject=one.subject,
            relation=rows[normalise_name(one.relation)],
            object=one.object,
            valid_from=one.valid_from,
            valid_to=one.valid_to,
        )
        for one in dialogue.facts
    ]


def _outcome(space: Space, asked: AskedOf, reply: Reply) -> tuple[Outcome, str]:
    answer = reply.answer
    if answer is None:
        return "refused", reply.refused
    if answer.abstained:
        return ("abstained" if asked.answers else "rightly abstained"), answer.text
    ends = {entity.id for fact in answer.cited for entity in (fact.subject, fact.object)}
    names = names_of(space, {int(id_) for id_ in ends | {e.id for e in answer.answers}})
    right = [frozenset(normalise_name(name) for name in asked.answers)] if asked.answers else []
    given = scoring.answers_given(answer, right, names)
    score = scoring.score(given.answers, right, abstained=False)
    return ("right" if score.exact else "wrong"), answer.text
