"""JSON Lines: a fact with all that stands behind it."""

from __future__ import annotations

import json

import pytest

from apps.accounts.models import Space, User
from tests.apps.provenance.exported import HOSTILE, World, exported, make_world


@pytest.fixture
def world(space: Space, alice: User, bob: User, export_dir: object) -> World:
    return make_world(space, alice, bob)


def test_it_tells_of_each_fact_with_all_that_stands_behind_it(world: World, dave: User) -> None:
    lines = exported(world.space, dave, "jsonl").read_text("utf-8").split("\n")
    assert lines.pop() == ""
    facts = [json.loads(line) for line in lines]
    assert [fact["fact"] for fact in facts] == [fact.pk for fact in world.facts]
    ada = facts[0]
    assert ada["statement"] == "Ada Brook was born in Lindenau."
    assert ada["subject"]["name"] == "Ada Brook"
    assert ada["relation"]["name"] == "place of birth"
    (evidence,) = ada["evidence"]
    assert evidence["sentence"] == "Ada Brook was born in Lindenau."
    assert evidence["document"]["title"] == HOSTILE[:200]
    text, (start, end) = world.document.text, evidence["object_span"]
    assert text[start:end] == "Lindenau"
    assert evidence["approved_by"]["name"] == "bob"
    (decision,) = ada["decisions"]
    assert decision["action"] == "accept"
    assert decision["evidence"] == evidence["id"]
    candidate = decision["candidate"]
    assert candidate["score"] == 0.8
    extraction = candidate["extraction"]
    assert (extraction["head"], extraction["version"]) == ("encoder", "185873aab25f/ä")
    assert extraction["call"] == "({MEM_WRITE--> a>>b>>c})"
    assert [fact["status"] for fact in facts] == ["active", "active", "retracted"]
    assert facts[2]["retracted_at"].endswith("+00:00")


def test_it_is_empty_where_there_is_nothing(space: Space, dave: User, export_dir: object) -> None:
    assert exported(space, dave, "jsonl").read_bytes() == b""
