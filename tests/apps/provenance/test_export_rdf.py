"""TriG and JSON-LD: read back and asked by rdflib."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import RDF, RDFS, Dataset, Literal, Namespace, URIRef

from apps.accounts.models import Space, User
from apps.memory.models import Entity
from tests.apps.provenance.exported import HOSTILE, World, exported, make_world

HERE = "https://memory.example.org/s/atlas/"
NP = Namespace("http://www.nanopub.org/nschema#")
# rdflib uses parts of itself that it calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
FORMATS = pytest.mark.parametrize(("format", "theirs"), [("trig", "trig"), ("json-ld", "json-ld")])
WHO = """
PREFIX np: <http://www.nanopub.org/nschema#> PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX oa: <http://www.w3.org/ns/oa#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX dct: <http://purl.org/dc/terms/>
SELECT ?object ?who ?sentence ?title ?head WHERE {
  GRAPH ?h { ?nanopub np:hasAssertion ?a ; np:hasProvenance ?p }
  GRAPH ?a { ?subject ?relation ?object }
  GRAPH ?i { ?subject rdfs:label ?name }
  GRAPH ?p {
    ?a prov:wasGeneratedBy ?decision ; prov:wasDerivedFrom ?evidence .
    ?decision prov:wasAssociatedWith/rdfs:label ?who ; prov:used/prov:wasGeneratedBy ?read .
    ?read prov:wasAssociatedWith/rdfs:label ?head .
    ?evidence oa:hasSelector/oa:exact ?sentence ; oa:hasSource/dct:title ?title .
  }
}"""


@pytest.fixture
def world(space: Space, alice: User, bob: User, export_dir: Path) -> World:
    made = make_world(space, alice, bob)
    Entity.objects.filter(pk=made.facts[0].object_id).update(name=HOSTILE)
    return made


def parsed(path: Path, format: str) -> Dataset:
    data = Dataset()
    data.parse(data=path.read_text("utf-8"), format=format)
    return data


@FORMATS
def test_it_can_be_asked_who_approved_a_fact_and_from_which_sentence(
    world: World, dave: User, format: str, theirs: str
) -> None:
    data = parsed(exported(world.space, dave, format), theirs)
    rows = data.query(WHO, initBindings={"name": Literal("Ada Brook")})
    ((thing, who, sentence, title, head),) = list(rows)
    assert thing == URIRef(f"{HERE}memory/entities/{world.facts[0].object_id}/")
    assert str(who) == "bob"
    assert str(sentence) == "Ada Brook was born in Lindenau."
    assert str(title) == HOSTILE[:200]
    assert str(head) == "encoder"


@FORMATS
def test_hostile_names_survive(world: World, dave: User, format: str, theirs: str) -> None:
    data = parsed(exported(world.space, dave, format), theirs)
    thing = URIRef(f"{HERE}memory/entities/{world.facts[0].object_id}/")
    assert {str(label) for _, _, label, _ in data.quads((thing, RDFS.label, None, None))} == {
        HOSTILE
    }


def test_both_say_the_same(world: World, dave: User) -> None:
    trig = parsed(exported(world.space, dave, "trig"), "trig")
    json_ld = parsed(exported(world.space, dave, "json-ld"), "json-ld")
    assert len(set(trig.quads())) > 60
    assert set(trig.quads()) == set(json_ld.quads())


def test_each_fact_is_a_nanopublication(world: World, dave: User) -> None:
    data = parsed(exported(world.space, dave, "trig"), "trig")
    found = set(data.quads((None, RDF.type, NP.Nanopublication, None)))
    assert {str(one) for one, _, _, _ in found} == {
        f"{HERE}facts/{fact.pk}/#nanopub" for fact in world.facts
    }
    for nanopub, _, _, head in found:
        parts = [
            next(o for _, _, o, _ in data.quads((nanopub, NP[name], None, head)))
            for name in ("hasAssertion", "hasProvenance", "hasPublicationInfo")
        ]
        assert len({*parts, head}) == 4
        assert all(list(data.quads((None, None, None, part))) for part in parts)
        assert len(list(data.quads((None, None, None, parts[0])))) == 1


@FORMATS
def test_an_empty_one_can_be_read(
    space: Space, dave: User, export_dir: Path, format: str, theirs: str
) -> None:
    assert len(parsed(exported(space, dave, format), theirs)) == 0
