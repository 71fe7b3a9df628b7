"""The remote read head: a server says what to look up; the memory answers, or nobody does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from worker.heads.asked import Asked
from worker.heads.called import CalledReads
from worker.heads.questions import why_no_question, why_unread
from worker.heads.remote import schema
from worker.heads.remote.client import Client
from worker.heads.remote.config import RemoteConfig
from worker.heads.remote.interleaved import Interleaved
from worker.heads.remote.lookups import (
    Lookups,
    NotAsked,
    Resolver,
    UnlikeLookups,
    said_lookups,
)
from worker.heads.remote.replies import Spent, json_in, without_echo
from worker.heads.remote.version import hashes_of, version_of
from worker.interfaces import Memory
from worker.reading.say import described
from worker.types import QuestionContext, RelationSpec, TracedAnswer

if TYPE_CHECKING:  # torch comes with it
    from worker.heads.encoder.relation_matching import RelationMatcher

_MOST_TURNS = 3
_NOT_READ = "The language model gave nothing twice that could be looked up."


class RemoteReadHead:
    """Has a server turn a question into look-ups, makes them, and answers with the facts read.

    What the server says beside that is not looked at: it cannot bring a fact into an answer.
    Raises RemoteMissing where no server is configured.
    """

    name = "remote"

    def __init__(
        self,
        config: RemoteConfig | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.config = config or RemoteConfig.from_environment()
        self.client = Client(self.config)
        self.today = today
        model = self.config.model
        if self.config.mode == "adapters":
            model = self.config.read_model
        self.version = version_of(self.config, model)
        self.hashes = hashes_of(self.config, model)

    def answer(self, question: str, memory: Memory, context: QuestionContext) -> TracedAnswer:
        """Answer from the memory's facts alone, or abstain. Raises WorkerError where the server
        fails."""
        asked = Asked(question, memory, context, self.today())
        if why := why_unread(asked.text):
            return asked.reading().abstain(why)
        spent = Spent()
        if self.config.mode == "adapters":
            called = Interleaved(self.config, self.client, CalledReads(asked), spent)
            answer = called.answer(asked.text, self.matcher)
        else:
            answer = self._looked_up(asked, spent)
        return replace(answer, spent=spent.whole())

    def _looked_up(self, asked: Asked, spent: Spent) -> TracedAnswer:
        resolver = Resolver(asked)
        if why := _not_asked(asked, resolver):
            return asked.reading().abstain(why)
        said = self._said(asked, spent)
        if said is None:
            return asked.reading().abstain(_NOT_READ)
        if not said.lookups:
            return asked.reading().abstain(
                "The language model found none of the memory's relations in the question."
            )
        try:
            question = resolver.question(said)
        except NotAsked as error:
            return asked.reading().abstain(f"The question was not understood: {error}.")
        answer = asked.looked_up(question, asked.reading, self.matcher)
        note = f"Looked up, as a language model read it: {described(question.target)}."
        return replace(answer, understood=(note, *answer.understood))

    @cached_property
    def matcher(self) -> RelationMatcher:
        """What tells whether a word of a question speaks of a relation: the encoder's."""
        from worker.heads.encoder.matcher import trained_matcher

        return trained_matcher()

    def _said(self, asked: Asked, spent: Spent) -> Lookups | None:
        """Return what the server says is to be looked up; None where it says nothing of the kind,
        asked twice."""
        relations = _in_use(asked.memory.relations(), self.config.relations)
        ask = schema.chat(
            self.config,
            schema.read_prompt(relations),
            _conversation(asked),
            schema.lookups_schema(relations),
        )
        deadline = self.client.deadline()
        for _ in range(2):
            (reply,) = self.client.all([ask], deadline)
            spent.add(reply)
            try:
                value = json_in(without_echo(reply.text, ask.body["messages"]), "lookups")
                if value is None:
                    raise UnlikeLookups("it holds no JSON object")
                return said_lookups(value)
            except UnlikeLookups as error:
                ask = schema.repair(ask, reply.text, str(error))
        return None


def _not_asked(asked: Asked, resolver: Resolver) -> str:
    """Return, in a sentence, why no server is asked; nothing where it is."""
    if not any(one.start == 0 for one in asked.named) and (why := why_no_question(asked.text)):
        return why
    if not resolver.names_anything:
        return "The memory knows no entity that the question names."
    return ""


def _in_use(relations: Sequence[RelationSpec], most: int) -> list[RelationSpec]:
    """Return the relations to ask among: those that the memory has facts of come first."""
    return sorted(relations, key=lambda relation: not relation.used)[:most]


def _conversation(asked: Asked) -> str:
    turns = [
        f"Earlier question: {turn.question}\nEarlier answer: {turn.answer}"
        for turn in asked.context.turns[-_MOST_TURNS:]
    ]
    if asked.context.topic:
        turns.append(f"The question is about: {asked.context.topic.name}")
    return "\n".join([*turns, f"Question: {asked.text}"])
