"""The remote write head: a server says what a passage states, and the passage is asked whether."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from worker.heads.proposing import extraction_of
from worker.heads.remote import schema
from worker.heads.remote.calls import CallsOfSentences
from worker.heads.remote.client import Ask, Client
from worker.heads.remote.config import RemoteConfig
from worker.heads.remote.facts import (
    Found,
    SaidFact,
    UnlikeFacts,
    found_in,
    said_facts,
)
from worker.heads.remote.replies import Reply, Spent, json_in, without_echo
from worker.heads.remote.version import hashes_of, version_of
from worker.types import PassageExtraction, PassageText, RelationSpec


@dataclass(frozen=True)
class _Part:
    """What is asked of a passage: some of the relations."""

    passage: int
    relations: tuple[RelationSpec, ...]
    ask: Ask


class RemoteWriteHead:
    """Asks a server for the facts of each passage; believes those whose names stand in it.

    Raises RemoteMissing where no server is configured.
    """

    name = "remote"

    def __init__(self, config: RemoteConfig | None = None) -> None:
        self.config = config or RemoteConfig.from_environment()
        self.client = Client(self.config)
        model = self.config.model
        if self.config.mode == "adapters":
            model = self.config.write_model
        self.version = version_of(self.config, model)
        self.hashes = hashes_of(self.config, model)

    def extract(
        self, passages: Sequence[PassageText], relations: Sequence[RelationSpec]
    ) -> list[PassageExtraction]:
        """Return one extraction per passage, in order. Raises WorkerError where the server fails,
        or twice answers with what cannot be read."""
        if not relations:
            return [PassageExtraction(one.id, (), "({MEM_WRITE-->})") for one in passages]
        spent = [Spent() for _ in passages]
        if self.config.mode == "adapters":
            said = CallsOfSentences(self.config, self.client).said(passages, spent)
        else:
            said = self._said(passages, relations, spent)
        by_name = _by_name(relations)
        specs = {relation.id: relation for relation in relations}
        return [
            _made(passage, found_in(passage, facts, by_name), unlike, specs, used)
            for passage, (facts, unlike), used in zip(passages, said, spent, strict=True)
        ]

    def _said(
        self,
        passages: Sequence[PassageText],
        relations: Sequence[RelationSpec],
        spent: Sequence[Spent],
    ) -> list[tuple[list[SaidFact], int]]:
        """Return for each passage the facts that the server says, and how many items are none."""
        most = self.config.relations
        groups = [tuple(relations[at : at + most]) for at in range(0, len(relations), most)]
        parts = [
            _Part(number, group, self._ask(passage, group))
            for number, passage in enumerate(passages)
            for group in groups
            if passage.text.strip()
        ]
        read = ask_twice(
            self.client, [part.ask for part in parts], said_facts,
            lambda number, reply: spent[parts[number].passage].add(reply),
        )  # fmt: skip
        said: list[tuple[list[SaidFact], int]] = [([], 0) for _ in passages]
        for part, (facts, unlike) in zip(parts, read, strict=True):
            before, others = said[part.passage]
            said[part.passage] = ([*before, *facts], others + unlike)
        return said

    def _ask(self, passage: PassageText, relations: Sequence[RelationSpec]) -> Ask:
        return schema.chat(
            self.config,
            schema.write_prompt(relations),
            f"Passage:\n{passage.text}",
            schema.facts_schema(relations),
        )


def ask_twice(
    client: Client,
    asks: Sequence[Ask],
    read: Callable[[Mapping[str, object]], tuple[list[SaidFact], int]],
    count: Callable[[int, Reply], None],
) -> list[tuple[list[SaidFact], int]]:
    """Return what ``read`` makes of the JSON of each answer; what cannot be read is asked for once
    more. Raises WorkerError where that cannot be read either."""
    deadline = client.deadline()
    found: dict[int, tuple[list[SaidFact], int]] = {}
    left = dict(enumerate(asks))
    for last in (False, True):
        replies = client.all(list(left.values()), deadline) if left else []
        again: dict[int, Ask] = {}
        for (number, ask), reply in zip(left.items(), replies, strict=True):
            count(number, reply)
            try:
                found[number] = read(value_of(ask, reply))
            except UnlikeFacts as error:
                if last:
                    raise client.failed(
                        f"was asked twice and its model {client.config.model!r} gave no facts in "
                        f"the form that was asked for: {error}", permanent=True,
                    ) from None  # fmt: skip
                again[number] = schema.repair(ask, reply.text, str(error))
        left = again
    return [found[number] for number in range(len(asks))]


def value_of(ask: Ask, reply: Reply) -> Mapping[str, object]:
    """Return the JSON object of a reply. Raises UnlikeFacts."""
    value = json_in(without_echo(reply.text, ask.body["messages"]), "facts")
    if value is None and reply.cut:
        raise UnlikeFacts("the answer was cut off before its end, so it has to be shorter")
    if value is None:
        raise UnlikeFacts("it holds no JSON object")
    return value


def _by_name(relations: Sequence[RelationSpec]) -> dict[str, RelationSpec]:
    by_name: dict[str, RelationSpec] = {}
    for relation in relations:
        by_name.setdefault(" ".join(relation.name.split()).casefold(), relation)
    return by_name


def _made(
    passage: PassageText,
    found: Found,
    unlike: int,
    specs: Mapping[str, RelationSpec],
    spent: Spent,
) -> PassageExtraction:
    if unlike:
        found.dropped["form"] += unlike
    made = extraction_of(passage, found.proposals, specs)
    return replace(made, dropped=tuple(sorted(found.dropped.items())), spent=spent.whole())
