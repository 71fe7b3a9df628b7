"""Reading while writing, with a model that says what the test has written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.worker.causal.said import IDS, TOKENIZER, TOKENS, Said, call_ids
from worker.heads.causal.constraint import CopyText, ReadConstraint, RelationTrie, Vocabulary
from worker.heads.causal.interleaved import Call, Limits, Written, write_on
from worker.heads.causal.tokens import encode, name_ids
from worker.types import MemoryQuery


def query(subject: str = "Ada Lovelace", relation: str = "place of birth") -> MemoryQuery:
    return MemoryQuery(relation, subject=subject)


def written(
    said: Sequence[int],
    ask: Callable[[Sequence[MemoryQuery]], Sequence[str]],
    **options: object,
) -> tuple[Written, Said]:
    vocabulary = Vocabulary(TOKENIZER, IDS)
    trie = RelationTrie(vocabulary, ["place of birth", "employer"])
    question = CopyText(vocabulary, "Where was Ada Lovelace born, and who is she?")

    def constraint(calls: Sequence[Call], text: str) -> ReadConstraint:
        names = [name for one in calls for name in one.results]
        return ReadConstraint([question, *(CopyText(vocabulary, n) for n in names)], trie)

    session = Said([*said, IDS.stop])
    made = write_on(session, TOKENS, constraint, ask, **options)  # type: ignore[arg-type]
    return made, session


def test_it_puts_results_where_the_call_stands() -> None:
    said = [
        *encode(TOKENIZER, "She was born in"),
        *call_ids(query()),
        *encode(TOKENIZER, " London"),
    ]

    made, session = written(said, lambda queries: ["London"])

    assert made.text == "She was born in London"
    assert made.calls == [Call((query(),), ("London",))]
    results = [*name_ids(TOKENIZER, "London"), IDS.end]
    assert session.seen[1:] == [
        *encode(TOKENIZER, "She was born in"), *call_ids(query()), *results,
        *encode(TOKENIZER, " London"),
    ]  # fmt: skip


def test_it_takes_a_call_without_results_out_and_writes_on() -> None:
    said = [*call_ids(query()), *encode(TOKENIZER, " nowhere")]

    made, session = written(said, lambda queries: [])

    assert made.calls == [Call((query(),), ())]
    assert made.kept == []
    assert made.text == " nowhere"
    assert IDS.read not in session.seen


def test_it_takes_a_call_that_was_made_before_out() -> None:
    said = [*call_ids(query()), *call_ids(query()), *encode(TOKENIZER, " London")]

    made, session = written(said, lambda queries: ["London"])

    assert made.calls == [Call((query(),), ("London",))]
    assert session.seen.count(IDS.read) == 1


def test_it_goes_on_from_names_that_a_call_has_brought() -> None:
    asked: list[MemoryQuery] = []

    def ask(queries: Sequence[MemoryQuery]) -> list[str]:
        asked.extend(queries)
        return ["Analytical Society"] if len(asked) == 1 else ["London"]

    first, second = query(relation="employer"), query("Analytical Society")
    made, _ = written([*call_ids(first), *call_ids(second)], ask)

    assert asked == [first, second]
    assert [one.results for one in made.calls] == [("Analytical Society",), ("London",)]


def test_it_keeps_at_most_thirty_results_in_the_order_of_the_memory() -> None:
    names = [f"Name {chr(65 + n % 26)}{n}" for n in range(40)]

    made, _ = written(call_ids(query()), lambda queries: names)

    assert made.calls[0].results == tuple(names[:30])


def test_it_ends_at_its_limits_and_when_it_is_cancelled() -> None:
    endless = encode(TOKENIZER, "She was born in London. " * 20)

    short, _ = written(endless, lambda queries: [], limits=Limits(tokens=5))
    stopped, _ = written(endless, lambda queries: [], cancelled=lambda: True)

    assert short.ended == "limit"
    assert (stopped.ended, stopped.text) == ("cancelled", "")


def test_it_ends_where_a_model_does_nothing_but_call_in_vain() -> None:
    said = call_ids(query()) * 30

    made, _ = written(said, lambda queries: [], limits=Limits(calls=3))

    assert made.ended in ("limit", "stop")
    assert len(made.calls) == 1


def test_it_tells_each_step() -> None:
    steps: list[tuple[str, int]] = []
    said = [*call_ids(query()), *encode(TOKENIZER, " London")]

    written(said, lambda queries: ["London"], told=lambda w: steps.append((w.text, len(w.calls))))

    assert steps[0] == ("", 1)
    assert steps[-1] == (" London", 1)


@pytest.mark.parametrize("begins", [True, False])
def test_it_begins_with_a_call_where_it_is_told_to(begins: bool) -> None:
    said = encode(TOKENIZER, " London")

    made, _ = written(said, lambda queries: ["London"], begins=begins)

    assert bool(made.calls) is begins
