"""The remote read head: a server says what to look up; the memory answers, or nobody does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from worker.heads.answering import Reading
from worker.heads.encoder.asked_time import as_days, time_of
from worker.heads.encoder.mentions import NamedEntity
from worker.heads.questions import is_past, why_no_question, why_unread
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
from worker.heads.timing import AskedTime, Timed, on_day
from worker.interfaces import Memory
from worker.reading.items import Named, items_of
from worker.reading.look_up import looked_up, why_nothing
from worker.reading.question import Question, Thing
from worker.reading.say import described
from worker.reading.spans import laid_out, moved
from worker.reading.stems import own_names
from worker.types import QuestionContext, RelationSpec, Span, TracedAnswer

_MOST_TURNS = 3
_NOT_READ = "The language model gave nothing twice that could be looked up."


@dataclass(frozen=True)
class _Asked:
    """One question and what surrounds it."""

    text: str
    memory: Memory
    context: QuestionContext
    today: date

    def reading(self, time: AskedTime | None = None) -> Reading:
        as_of = on_day(self.context.as_of) if self.context.as_of else None
        return Reading(self.memory, time or as_of, past=is_past(self.text), today=self.today)


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
        asked = _Asked(question.strip(), memory, context, self.today())
        if why := why_unread(asked.text):
            return asked.reading().abstain(why)
        spent = Spent()
        if self.config.mode == "adapters":
            interleaved = Interleaved(self.config, self.client, asked.reading(), spent)
            answer = interleaved.answer(asked.text)
        else:
            answer = self._looked_up(asked, spent)
        placed = tuple(moved(one, question) for one in answer.questions)
        return replace(answer, questions=placed, spent=spent.whole())

    def _looked_up(self, asked: _Asked, spent: Spent) -> TracedAnswer:
        resolver = Resolver(asked.text, asked.memory, asked.context)
        if why := _not_asked(asked.text, resolver):
            return asked.reading().abstain(why)
        said = self._said(asked, spent)
        if said is None:
            return asked.reading().abstain(_NOT_READ)
        if not said.lookups:
            return asked.reading().abstain(
                "The language model found none of the memory's relations in the question."
            )
        try:
            target = resolver.target(said)
            among = resolver.thing(said.among) if said.among else None
        except NotAsked as error:
            return asked.reading().abstain(f"The question was not understood: {error}.")
        own = own_names(asked.text, asked.memory.relations())
        timed, named = time_of(asked.text, resolver.named, asked.today, own)
        question = Question(
            said.form,
            target,
            among=among if said.form == "whether" else None,
            time=timed.time if timed else None,
            text=asked.text,
            time_spans=(Span(timed.start, timed.end),) if timed else (),
        )
        return _told(asked, _laid_out(question, named), timed)

    def _said(self, asked: _Asked, spent: Spent) -> Lookups | None:
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


def _not_asked(text: str, resolver: Resolver) -> str:
    """Return, in a sentence, why no server is asked; nothing where it is."""
    if not any(one.start == 0 for one in resolver.named) and (why := why_no_question(text)):
        return why
    if not resolver.names_anything:
        return "The memory knows no entity that the question names."
    return ""


def _in_use(relations: Sequence[RelationSpec], most: int) -> list[RelationSpec]:
    """Return the relations to ask among: those that the memory has facts of come first."""
    return sorted(relations, key=lambda relation: not relation.used)[:most]


def _conversation(asked: _Asked) -> str:
    turns = [
        f"Earlier question: {turn.question}\nEarlier answer: {turn.answer}"
        for turn in asked.context.turns[-_MOST_TURNS:]
    ]
    if asked.context.topic:
        turns.append(f"The question is about: {asked.context.topic.name}")
    return "\n".join([*turns, f"Question: {asked.text}"])


def _laid_out(question: Question, named: Sequence[NamedEntity]) -> Question:
    """Return the question with the words that each of its parts accounts for."""
    stretches = [
        Named(
            one.start,
            one.end,
            Thing(one.entities, question.text[one.start : one.end], (Span(one.start, one.end),)),
            one.type,
        )
        for one in named
    ]
    return laid_out(question, items_of(question.text, stretches))


def _told(asked: _Asked, question: Question, timed: Timed | None) -> TracedAnswer:
    """Return the answer of the memory, or the abstention that says where the search ended."""
    answer = looked_up(question, asked.reading) or why_nothing(question, asked.reading)
    notes = [f"Looked up, as a language model read it: {described(question.target)}."]
    if timed:
        notes.append(as_days(timed.time))
    return replace(answer, understood=(*notes, *answer.understood))
