"""The encoder read head: names found by the memory, the relation by the "read" adapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from worker.heads.answering import LONGEST_QUESTION, Reading, other_side, question_form, rules_out
from worker.heads.encoder.base import WEIGHTS, encoder, read_manifest
from worker.heads.encoder.direction import is_stated
from worker.heads.encoder.hops import Nested, nested
from worker.heads.encoder.mentions import NamedEntity, carried_over, named_entities
from worker.heads.encoder.relation_matching import ADAPTER, Match, RelationMatcher, mask
from worker.interfaces import Memory
from worker.types import EntityRef, Fact, QuestionContext, RelationSpec, TracedAnswer


@dataclass(frozen=True)
class Thresholds:
    """When a relation is taken for the one that is asked for. Scores are the matcher's."""

    margin: float = -0.5  # above "none of these"
    window: float = 1.0  # below the best relation
    most: int = 3  # relations tried for one entity
    clearer: float = -0.4  # how much more clearly an inner phrase must ask for its relation
    certain: float = 2.0  # by how much more there is no doubt that it does
    mistyped: float = 1.5  # taken off where an entity's type does not fit the relation's side
    mentions: int = 3  # entities of the question tried in turn
    branches: int = 5  # entities that a first step may lead to


class EncoderReadHead:
    """Answers by one or two reads of the memory, in sentences that each cite a fact.

    The question, with the entity's name replaced by its type, is matched with both sides of every
    relation. The best few relations are read, in order, as long as they score above "none of
    these" and near the best; the first that the memory has facts for is the answer.
    """

    name = "encoder"

    def __init__(self, folder: Path | None = None, thresholds: Thresholds | None = None) -> None:
        """Load the adapter in ``folder``, by default the shipped one. Raises WeightsMissing."""
        folder = folder or WEIGHTS / ADAPTER
        shared = encoder()
        self.matcher = RelationMatcher(shared, shared.load_adapter(ADAPTER, folder))
        self.version = str(read_manifest(ADAPTER, folder)["sha256"])[:12]
        self.thresholds = thresholds or Thresholds()

    def answer(self, question: str, memory: Memory, context: QuestionContext) -> TracedAnswer:
        """Answer from the memory's facts alone, or abstain with the reason; raises nothing for
        any text."""
        reading = Reading(memory, context.as_of)
        text = question.strip()
        if not text:
            return reading.abstain("The question is empty.")
        if len(text) > LONGEST_QUESTION:
            return reading.abstain(
                f"The question is longer than {LONGEST_QUESTION} characters; please shorten it."
            )
        named = named_entities(memory, text)
        if not named:
            carried = carried_over(text, context.turns)
            if carried is None:
                return reading.abstain("The memory knows no entity that the question names.")
            named = [carried]
        if question_form(text) == "yes_no" and len(named) > 1:
            return self._yes_no(reading, text, named)
        return self._names(reading, text, named)

    def candidates(
        self, text: str, named: NamedEntity, relations: Sequence[RelationSpec]
    ) -> list[Match]:
        """Return the relations that ``text`` may ask of ``named``, best first.

        Only the better side of each, except where both sides mean the same: who asks for
        someone's mother does not ask for the children.
        """
        masked = mask(text, named.start, named.end, named.type)
        limits = self.thresholds
        fitted = [
            self._fitted(match, named.type)
            for match in self.matcher.rank([masked, text], relations)
        ]
        fitted.sort(key=lambda match: -match.score)
        best = fitted[0].score if fitted else 0.0
        accepted: list[Match] = []
        sides: set[str] = set()
        for match in fitted:
            if match.margin < limits.margin or match.score < best - limits.window:
                break
            if match.relation.id not in sides or _symmetric(match.relation):
                accepted.append(match)
                sides.add(match.relation.id)
        return accepted[: limits.most]

    def _fitted(self, match: Match, type_: str) -> Match:
        relation = match.relation
        types = relation.subject_types if match.known == "subject" else relation.object_types
        if not type_ or not types or type_ in types:
            return match
        off = self.thresholds.mistyped
        return Match(relation, match.known, match.score - off, match.margin - off)

    def _names(self, reading: Reading, text: str, named: Sequence[NamedEntity]) -> TracedAnswer:
        relations = reading.memory.relations()
        tried: list[str] = []
        for mention in named[: self.thresholds.mentions]:
            whole = self.candidates(text, mention, relations)
            steps = nested(text, mention)
            if steps is not None:
                answer = self._two_steps(reading, text, mention, steps, whole[:1])
                if answer is not None:
                    return answer
            for match in whole:
                tried.append(f"{match.relation.name} of {mention.entities[0].name}")
                holders = self._holders(reading, text, mention, match)
                if len(holders) > 1:
                    return reading.abstain(_which(holders), _scores(match))
                if holders:
                    ((_, facts),) = holders
                    return reading.answer_names(
                        facts, match.known, question_form(text), _scores(match)
                    )
        if not tried:
            return reading.abstain("The question asks for none of the relations of the memory.")
        looked = ", ".join(dict.fromkeys(tried))
        return reading.abstain(f"The memory has no such fact; looked up: {looked}.")

    def _holders(
        self, reading: Reading, text: str, mention: NamedEntity, match: Match
    ) -> list[tuple[EntityRef, list[Fact]]]:
        """Return the entities that have facts of the relation, with these facts."""
        for entities in mention.ranked(text):
            holders = []
            for entity in entities[: self.thresholds.branches]:
                facts = list(reading.ask(match.relation, entity, match.known))
                if facts:
                    holders.append((entity, facts))
            if holders:
                return holders
        return []

    def _two_steps(
        self,
        reading: Reading,
        text: str,
        mention: NamedEntity,
        steps: Nested,
        whole: Sequence[Match],
    ) -> TracedAnswer | None:
        """Answer the inner question, then the outer one of its answers.

        ``whole`` is the best relation of the question read as one. None when the question does
        not read as two; it abstains when it does and a fact lacks.
        """
        length = mention.end - mention.start
        inner = NamedEntity(steps.name_at, steps.name_at + length, mention.entities)
        first = self.candidates(steps.inner, inner, reading.memory.relations())
        for match in first:
            if not self._reads_as_inner(match, steps, whole):
                continue
            holders = self._holders(reading, steps.inner, inner, match)
            if len(holders) != 1:
                continue
            led_to = {other_side(fact, match.known).id: fact for fact in holders[0][1]}
            found = self._second_step(reading, text, steps, match, list(led_to.values()), whole)
            if found is not None:
                return found
        return None

    def _reads_as_inner(self, match: Match, steps: Nested, whole: Sequence[Match]) -> bool:
        """Tell whether ``match`` is asked by the inner phrase alone.

        "The director of Y" gives the subject of a relation. Where the whole question asks for
        the same relation, its other words ("Who wrote the music for Y?") must have made that less
        clear, or they belong to it.
        """
        gives_object = match.known == "object" and not match.relation.name.endswith(" of")
        if steps.is_noun and gives_object:
            return False
        same = bool(whole) and whole[0].relation.id == match.relation.id
        return not same or match.score - whole[0].score > self.thresholds.clearer

    def _second_step(
        self,
        reading: Reading,
        text: str,
        steps: Nested,
        match: Match,
        bridges: Sequence[Fact],
        whole: Sequence[Match],
    ) -> TracedAnswer | None:
        relations = reading.memory.relations()
        chain: list[Fact] = []
        answers: list[EntityRef] = []
        asked: list[Match] = []
        for bridge in bridges[: self.thresholds.branches]:
            middle = other_side(bridge, match.known)
            outer = text[: steps.start] + middle.name + text[steps.end :]
            place = NamedEntity(steps.start, steps.start + len(middle.name), (middle,))
            for second in self.candidates(outer, place, relations):
                asked.append(second)
                facts = reading.ask(second.relation, middle, second.known)
                if facts:
                    chain += [bridge, *facts]
                    answers += [other_side(fact, second.known) for fact in facts]
                    break
        if not asked and (not whole or match.score - whole[0].score > self.thresholds.certain):
            return reading.abstain(
                "The question asks for something about "
                f"{', '.join(other_side(bridge, match.known).name for bridge in bridges[:3])} "
                "that is none of the relations of the memory.",
                _scores(match),
            )
        if not asked:
            return None
        scores = {**_scores(asked[0]), "first_relation": round(match.score, 4)}
        if not chain:
            looked = ", ".join(dict.fromkeys(second.relation.name for second in asked))
            return reading.abstain(
                f"The memory leads from {match.relation.name} no further; looked up: {looked}.",
                scores,
            )
        return reading.answer(chain, answers=answers, scores=scores)

    def _yes_no(self, reading: Reading, text: str, named: Sequence[NamedEntity]) -> TracedAnswer:
        first, second = sorted(named[:2], key=lambda mention: mention.start)
        masked = mask(text, second.start, second.end, second.type)
        masked = mask(masked, first.start, first.end, first.type)
        limits = self.thresholds
        ranked = self.matcher.rank([masked, text], reading.memory.relations())
        best = {match.relation.id: match for match in reversed(ranked)}
        matches = sorted(best.values(), key=lambda match: -match.score)[: limits.most]
        matches = [
            match
            for match in matches
            if match.margin >= limits.margin and match.score >= matches[0].score - limits.window
        ]
        if not matches:
            return reading.abstain("The question asks for none of the relations of the memory.")
        ruled_out: list[Fact] = []
        for match in matches:
            for left, right in ((first, second), (second, first)):
                if not is_stated(text, match.relation, left, right, first=first):
                    continue
                facts = reading.ask(match.relation, left.entities[0], "subject")
                goal = {entity.id for entity in right.entities}
                agreeing = [fact for fact in facts if fact.object.id in goal]
                if agreeing:
                    return reading.answer(
                        agreeing, answers=(), opening="Yes.", scores=_scores(match)
                    )
                if match is matches[0]:
                    asked = right.entities[0]
                    ruled_out += [fact for fact in facts if rules_out(fact, asked)]
        if ruled_out:
            return reading.answer(ruled_out, answers=(), opening="No.", scores=_scores(matches[0]))
        return reading.abstain(
            "The memory neither states this nor rules it out.", _scores(matches[0])
        )


def _symmetric(relation: RelationSpec) -> bool:
    return relation.inverse_name.casefold() == relation.name.casefold()


def _scores(match: Match) -> dict[str, float]:
    return {"relation": round(match.score, 4), "margin": round(match.margin, 4)}


def _which(holders: Sequence[tuple[EntityRef, list[Fact]]]) -> str:
    names = "; ".join(
        f"{entity.name} ({entity.description or entity.type or 'no description'})"
        for entity, _ in holders
    )
    return f"Several entities have this name, please say which one is meant: {names}."
