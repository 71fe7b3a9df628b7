"""The examples of the documentation are what the calls take and give, and no stop-gaps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from jsonschema import Draft202012Validator
from rest_framework import serializers

from apps.accounts.models import Role, Space
from apps.api.examples import OF_ANSWERS, NoExample, answer_example, call_example
from apps.api.examples.calls import CALLS
from apps.api.schema import statuses
from apps.api.views import described
from apps.asking.models import AnswerMark, Question
from apps.asking.services import answer_mark, question_answer_here
from apps.audit.models import Event
from apps.curation.models import Candidate, Decision, RelationProposal
from apps.curation.services import foreign as imported
from apps.curation.services import relation_propose
from apps.memory.models import Entity, Relation, Triple
from apps.sources import foreign
from apps.sources.models import Document
from tests import factories
from tests.apps.api.conftest import Program
from tests.apps.api.test_documentation import VIEWS
from tests.apps.asking.rows import QUESTION, fill

OPERATIONS = {
    f"{view.__name__}_{method.lower()}": (route, method, call)
    for route, view in VIEWS.items()
    for method, call in view.calls.items()
}
WITH_BODY = {name: one for name, one in OPERATIONS.items() if one[2].body}
STOP_GAPS = {"string", "words", "foo", "bar", "todo", "example", "x"}
GRAPH = {
    "nodes": [{"uuid": "a", "name": "Ada Brook"}, {"uuid": "b", "name": "Lindenau"}],
    "edges": [
        {"uuid": "e", "name": "BIRTHPLACE", "source_node_uuid": "a", "target_node_uuid": "b"}
    ],
    "episodes": [],
}
FILES = {
    "births.json": json.dumps([{"question": "Where was Ada Brook born?", "answers": ["Lindenau"]}]),
    "graph.json": json.dumps(GRAPH),
}


def sent(body: type[serializers.Serializer[Any]], example: dict[str, Any]) -> dict[str, Any]:
    """Return an example with its file, where it tells of one by its name."""
    files = [
        name for name, field in body().fields.items() if isinstance(field, serializers.FileField)
    ]
    return example | {
        name: SimpleUploadedFile(example[name], FILES[example[name]].encode())
        for name in files
        if name in example
    }


@pytest.mark.parametrize("name", WITH_BODY)
def test_an_example_of_a_call_is_what_it_takes(name: str) -> None:
    _, _, call = WITH_BODY[name]
    example = call_example(name, call.body)
    serializer = call.body(data=sent(call.body, example))
    assert serializer.is_valid(), serializer.errors
    assert set(example) <= set(serializer.fields)


def test_an_example_of_an_answer_is_as_it_is_documented() -> None:
    whole = described()
    number = 0
    for path, methods in whole["paths"].items():
        for method, call in methods.items():
            for answer in call["responses"].values():
                for said in answer.get("content", {}).values():
                    shape = said.get("schema", {}) | {"components": whole["components"]}
                    for one in said.get("examples", {}).values():
                        faults = Draft202012Validator(shape).iter_errors(one["value"])
                        assert [str(fault) for fault in faults] == [], f"{method} {path}"
                        number += 1
    assert number > 1_000


def scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for one in value.values():
            yield from scalars(one)
    elif isinstance(value, list):
        for one in value:
            yield from scalars(one)
    else:
        yield value


def test_no_example_is_a_stop_gap() -> None:
    for name, (_, _, call) in OPERATIONS.items():
        examples = [call_example(name, call.body)] if call.body else []
        examples += [answer_example(call.answer())] if call.answer else []
        for example in examples:
            said = {one for one in scalars(example) if isinstance(one, str)}
            assert not said & STOP_GAPS, name
            assert "additionalProp" not in json.dumps(example), name
            numbered = {key: one for key, one in example.items() if key.endswith("id")}
            assert 0 not in numbered.values(), name


def test_a_field_without_an_example_is_an_error() -> None:
    class NewOut(serializers.Serializer[Any]):
        colour = serializers.CharField()

    with pytest.raises(NoExample, match=r"NewOut\.colour"):
        answer_example(NewOut())
    with pytest.raises(NoExample, match="New_post"):
        call_example("New_post", NewOut)


def test_no_example_is_left_over() -> None:
    assert set(CALLS) <= set(WITH_BODY)
    there: dict[str, set[str]] = {}

    def look(shape: Any) -> None:
        shape = getattr(shape, "child", shape)
        if isinstance(shape, serializers.Serializer):
            there[type(shape).__name__] = set(shape.fields)
            for field in shape.fields.values():
                look(field)

    for _, _, call in OPERATIONS.values():
        if call.answer:
            look(call.answer())
    assert set(OF_ANSWERS) <= set(there)
    unknown = {name: set(own) - there[name] for name, own in OF_ANSWERS.items()}
    assert not any(unknown.values()), unknown


@pytest.fixture
def client(
    space: Space, program: Program, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Client:
    """Return a program with every role in a space that holds a little of everything."""
    settings.READ_HEAD = settings.WRITE_HEAD = "scripted"
    settings.API_CALLS_AT_ONCE = 10_000
    monkeypatch.setattr("apps.api.streams.LONGEST", 0.0)  # of an answer that nobody makes
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)
    monkeypatch.setattr(imported, "parse_foreign", lambda data, **_: foreign.read(data))
    person = factories.make_user("erin")
    factories.grant(space, person, *Role.values)
    _, evidence = fill(space, person)
    factories.make_candidate(evidence.passage.document, factories.make_user("finn"))
    answer = question_answer_here(space=space, actor=person, text=QUESTION).answer
    answer_mark(answer=answer, actor=person, expected="Halden")
    relation_propose(
        space=space, actor=person, name="apprentice of", subject="Ada Brook", object="Edith Moor",
        question=answer.question_id, question_text="Who taught Ada Brook?",
    )  # fmt: skip
    return program(person)


def number_of(route: str, made: dict[str, int]) -> str:
    """Return an address of something that there is, where there is something of its kind."""
    word = route.partition("/<int:pk>")[0].rpartition("/")[2]
    kinds = {
        "documents": Document, "candidates": Candidate, "triples": Triple, "relations": Relation,
        "entities": Entity, "events": Event, "decisions": Decision, "questions": Question,
        "marks": AnswerMark, "relation-proposals": RelationProposal,
    }  # fmt: skip
    row = kinds[word].objects.order_by("pk").first() if word in kinds else None
    number = made.get(word, 10**9) if row is None else row.pk
    named = {"username": "bob", "role": "reviewer", "conversation": "support-17", "side": "write",
             "kind": "triple"}  # fmt: skip
    found = route.replace("<slug:slug>", "atlas").replace("<int:pk>", str(number))
    for word, value in named.items():
        found = found.replace(f"<str:{word}>", value)
    return found.replace("<int:number>", "1").replace("<str:name>", "people")


def ordered() -> list[tuple[str, Any]]:
    """Return the calls: those first that make something, from which others go on."""
    return sorted(WITH_BODY.items(), key=lambda one: ("<int:pk>" in one[1][0], one[1][0]))


def about_rows(said: Any, made: dict[str, int]) -> Any:
    """Return an example that is about rows that there are, in the place of its numbers."""
    triple = Triple.objects.order_by("pk").first()
    rows = {
        "relation": triple.relation_id, "facts": [triple.pk], "target": triple.object_id,
        "birthplace": triple.relation_id,
        "benchmark": made.get("benchmarks", 10**9), "run": made.get("runs", 10**9),
    }  # fmt: skip
    if isinstance(said, list):
        return [about_rows(one, made) for one in said]
    if said == "document:17":
        return f"document:{Document.objects.earliest('pk').pk}"
    if not isinstance(said, dict):
        return said
    return {
        name: rows[name] if type(value) is type(rows.get(name)) else about_rows(value, made)
        for name, value in said.items()
    }


def test_the_calls_take_their_examples(client: Client) -> None:
    """Sent to what there is, no example is refused for its form; most are done."""
    done, made, refused = set(), dict[str, int](), dict[str, bytes]()
    for name, (route, method, call) in ordered():
        body = sent(call.body, about_rows(call_example(name, call.body), made))
        where = number_of(route, made)
        if any(isinstance(one, SimpleUploadedFile) for one in body.values()):
            answer = client.post(where, body)
        else:
            whole = json.dumps(body)
            answer = client.generic(method, where, whole, content_type="application/json")
        if answer.status_code not in statuses(call, method) or answer.status_code == 400:
            refused[name] = answer.content
        word, _, number = answer.headers.get("Location", "").rpartition("/")
        if number.isdigit():
            made[word.rpartition("/")[2]] = int(number)
        if answer.status_code < 300:
            done.add(name)
    assert b"The file has 0 columns." in refused.pop("ImportColumns_post")  # it is no table
    assert refused == {}
    assert len(done) > 50, sorted(set(WITH_BODY) - done)
