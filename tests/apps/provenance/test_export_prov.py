"""PROV-JSON and PROV-N: read back by the library of the standard's makers."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from prov.model import ProvActivity, ProvAgent, ProvDocument, ProvEntity

from apps.accounts.models import Space, User
from apps.memory.models import Entity
from tests.apps.provenance.exported import HOSTILE, World, exported, make_world

HERE = "https://memory.example.org/s/atlas/"


@pytest.fixture
def world(space: Space, alice: User, bob: User, export_dir: Path) -> World:
    made = make_world(space, alice, bob)
    Entity.objects.filter(pk=made.facts[0].object_id).update(name=HOSTILE)
    return made


def parsed(path: Path, format: str) -> ProvDocument:
    return ProvDocument.deserialize(content=path.read_bytes(), format=format)


def related(document: ProvDocument, kind: str, one: str) -> set[str]:
    """Return the second argument of the relations of a kind whose first is the address."""
    found = set()
    for record in document.get_records():
        if record.get_type().localpart == kind:
            formal = [value for _, value in record.formal_attributes if value is not None]
            if formal[0].uri == one:
                found.add(formal[1].uri)
    return found


def test_both_say_the_same(world: World, dave: User) -> None:
    as_json = parsed(exported(world.space, dave, "prov-json"), "json")
    as_text = parsed(exported(world.space, dave, "prov-n"), "provn")
    assert len(as_json.records) > 20
    assert as_json == as_text


@pytest.mark.parametrize(("format", "theirs"), [("prov-json", "json"), ("prov-n", "provn")])
def test_it_comes_back_equal_when_the_library_writes_it(
    world: World, dave: User, format: str, theirs: str
) -> None:
    document = parsed(exported(world.space, dave, format), theirs)
    again = io.StringIO(document.serialize(format=theirs))
    assert ProvDocument.deserialize(again, format=theirs) == document


def test_it_tells_who_approved_a_fact_and_from_which_sentence(world: World, dave: User) -> None:
    document = parsed(exported(world.space, dave, "prov-json"), "json")
    fact = f"{HERE}facts/{world.facts[0].pk}/"
    (decision,) = related(document, "Generation", fact)
    (person,) = related(document, "Association", decision)
    records: dict[str, Any] = {}
    for record in document.get_records((ProvEntity, ProvActivity, ProvAgent)):
        assert record.identifier.uri not in records, "said twice"
        records[record.identifier.uri] = record
    assert records[person].label == "bob"
    evidence = next(one for one in related(document, "Derivation", fact) if "evidence" in one)
    assert records[evidence].value == {"Ada Brook was born in Lindenau."}
    (source,) = related(document, "Derivation", evidence)
    assert source == f"{HERE}sources/{world.document.pk}/"
    assert records[source].label == HOSTILE[:200]
    said = {str(value) for value in records[fact].get_attribute("memweb:object")}
    assert said == {HOSTILE}
    candidate = next(one for one in related(document, "Derivation", fact) if "candidates" in one)
    (extraction,) = related(document, "Generation", candidate)
    (head,) = related(document, "Association", extraction)
    assert head == f"{HERE}audit/#head-encoder-185873aab25f%2F%C3%A4"
    assert records[head].get_attribute("memweb:version") == {"185873aab25f/ä"}
    retracted = f"{HERE}facts/{world.facts[2].pk}/"
    ended = [one for one in document.get_records() if one.get_type().localpart == "Invalidation"]
    assert retracted in {one.formal_attributes[0][1].uri for one in ended}


@pytest.mark.parametrize(("format", "theirs"), [("prov-json", "json"), ("prov-n", "provn")])
def test_an_empty_one_can_be_read(
    space: Space, dave: User, export_dir: Path, format: str, theirs: str
) -> None:
    assert parsed(exported(space, dave, format), theirs).records == []
