"""Files of other systems become facts and texts; what is left out is counted."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from apps.sources import foreign
from apps.sources.errors import EmptyFile, NotRecognised, SourceError, TooLarge, TooManyRows
from apps.sources.foreign import found as found_
from apps.sources.foreign import table
from apps.sources.parsing import parse_foreign

# Written by the systems' own code, with a scripted model; the version stands in the name.
EXPORTS = Path(__file__).parent
MEM0 = {
    "results": [
        {"id": "1", "memory": "Ada Brook lives in Lindenau.", "user_id": "u"},
        {"id": "2", "memory": "Ada Brook lives in Lindenau."},
        {"id": "3", "memory": " "},
        {"id": "4", "memory": "Gone.", "state": "deleted"},
        "nonsense",
    ],
    "relations": [
        {"source": "ada_brook", "relationship": "lives_in", "destination": "lindenau"},
        {"source": "ada_brook", "relationship": "likes", "destination": None},
    ],
}
GRAPHITI = {
    "nodes": [
        {"uuid": "a", "name": "Ada Brook", "labels": ["Entity", "Person"]},
        {"uuid": "b", "name": "Brook <b>Institute</b>", "labels": ["Entity", "Organization"]},
        {"uuid": "c", "name": "x" * 10_000, "labels": []},
    ],
    "edges": [
        {
            "uuid": "1", "source_node_uuid": "a", "target_node_uuid": "b", "name": "WORKS_FOR",
            "fact": "Ada Brook worked for the Institute.", "episodes": ["e"],
            "valid_at": "2001-05-01T00:00:00Z", "invalid_at": "2004-06-01T12:30:00Z",
        },
        {
            "source_node_uuid": "b", "target_node_uuid": "a", "name": "FOUNDED_BY", "fact": "F.",
            "expired_at": "2020-01-01T00:00:00+00:00",
        },
        {"source_node_uuid": "a", "target_node_uuid": "gone", "name": "KNOWS", "fact": "K."},
        {"source_node_uuid": "a", "target_node_uuid": "c", "name": "KNOWS", "fact": "K."},
        {"source_node_uuid": "a", "target_node_uuid": "a", "name": "KNOWS", "fact": "K."},
        {
            "source_node_uuid": "a", "target_node_uuid": "b", "name": "LEFT",
            "valid_at": "2023-02-31T00:00:00Z",
        },
        {
            "source_node_uuid": "a", "target_node_uuid": "b", "name": "LEFT",
            "valid_at": "2003-02-01", "invalid_at": "2001-02-01",
        },
    ],
    "episodes": [{"uuid": "e", "name": "chat of May", "content": "Ada told that she works."}],
}  # fmt: skip
COGNEE = {
    "nodes": [
        {"id": "1", "type": "Entity", "name": "ada brook"},
        {"id": "2", "type": "Entity", "name": "lindenau"},
        {"id": "3", "type": "EntityType", "name": "person"},
        {"id": "4", "type": "DocumentChunk", "text": "Ada Brook was born in Lindenau."},
    ],
    "edges": [
        {
            "source": "1", "target": "2", "relationship_name": "born_in",
            "edge_text": "Ada Brook was born in Lindenau.",
        },
        {"source": "1", "target": "3", "relationship_name": "is_a"},
        {"source": "4", "target": "1", "relationship_name": "contains"},
        {"source": "1", "target": "9", "relationship_name": "born_in"},
    ],
}  # fmt: skip
TURTLE = """@prefix ex: <http://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:ada a ex:Person ; rdfs:label "Ada Brook"@en, "Ada Bach"@de ;
  ex:birthPlace ex:Old_Lindenau ; ex:birthDate "1970-05-01"^^xsd:date ;
  ex:motto "Immer weiter"@de ; ex:knows [ ex:age 3 ] .
"""


def wikidata() -> dict[str, object]:
    def item(number: str) -> dict[str, object]:
        return {"type": "wikibase-entityid", "value": {"entity-type": "item", "id": number}}

    def time(text: str, precision: int) -> dict[str, object]:
        return {"type": "time", "value": {"time": text, "precision": precision}}

    def snak(value: dict[str, object], **more: object) -> dict[str, object]:
        return {"snaktype": "value", "datavalue": value, **more}

    def qualified(value: dict[str, object], **qualifiers: object) -> dict[str, object]:
        return {"mainsnak": snak(value), "rank": "normal", "qualifiers": qualifiers}

    quote = {"type": "monolingualtext", "value": {"text": "Ada rests in Lindenau.", "text2": 1}}
    height = {"amount": "+1.70", "unit": "http://www.wikidata.org/entity/Q3"}
    return {
        "entities": {
            "Q1": {
                "id": "Q1",
                "labels": {"de": {"value": "Ada Bach"}, "en": {"value": "Ada Brook"}},
                "claims": {
                    "P20": [
                        {
                            "mainsnak": snak(item("Q2")),
                            "rank": "preferred",
                            "references": [{"snaks": {"P1683": [snak(quote)]}}],
                        },
                        {"mainsnak": snak(item("Q2")), "rank": "deprecated"},
                        {"mainsnak": snak(item("Q99")), "rank": "normal"},
                        {"mainsnak": {"snaktype": "somevalue"}, "rank": "normal"},
                    ],
                    "P569": [
                        {"mainsnak": snak(time("+1970-00-00T00:00:00Z", 9)), "rank": "normal"},
                        {"mainsnak": snak(time("-0044-03-15T00:00:00Z", 11)), "rank": "normal"},
                        {"mainsnak": snak(time("+1900-00-00T00:00:00Z", 7)), "rank": "normal"},
                        {"mainsnak": snak(time("+12000-00-00T00:00:00Z", 9)), "rank": "normal"},
                    ],
                    "P551": [
                        qualified(
                            item("Q2"),
                            P580=[snak(time("+1992-05-00T00:00:00Z", 10))],
                            P582=[snak(time("+1994-00-00T00:00:00Z", 9))],
                        ),
                        qualified(item("Q2"), P585=[snak(time("+2001-02-03T00:00:00Z", 11))]),
                    ],
                    "P2048": [{"mainsnak": snak({"type": "quantity", "value": height})}],
                    "P214": [
                        {"mainsnak": snak({"type": "string", "value": "9"}, datatype="external-id")}
                    ],
                },
            },
            "Q2": {"id": "Q2", "labels": {"mul": {"value": "Lindenau"}}, "claims": []},
            "Q3": {"id": "Q3", "labels": {"en": {"value": "metre"}}, "claims": []},
            "P20": {"id": "P20", "labels": {"en": {"value": "place of death"}}},
        }
    }


def read(data: object) -> foreign.Found:
    return foreign.read(json.dumps(data).encode())


def told(found: foreign.Found) -> list[tuple[str, str, str]]:
    return [(row.subject, row.relation, row.object) for row in found.facts]


def test_it_reads_memories_once_and_relations_of_the_graph():
    found = read(MEM0)
    assert (found.system, found.texts) == ("mem0", ["Ada Brook lives in Lindenau."])
    assert told(found) == [("ada_brook", "lives in", "lindenau")]
    assert sum(found.left_out.values()) == 4


def test_it_reads_edges_with_their_sentence_and_end():
    found = read(GRAPHITI)
    first, second, _ = found.facts
    assert told(found)[0] == ("Ada Brook", "works for", "Brook <b>Institute</b>")
    assert (first.subject_type, first.object_type) == ("PER", "ORG")
    assert (first.evidence, first.source) == ("Ada Brook worked for the Institute.", "chat of May")
    assert (first.valid_from, first.valid_to) == (date(2001, 5, 1), date(2004, 6, 2))
    assert second.valid_to == date(2020, 1, 1)  # expired at its first moment
    assert told(found)[2] == ("Ada Brook", "knows", "Ada Brook")
    assert found.texts == ["Ada told that she works."]
    assert found.left_out == {
        "one of its ends is not in the file": 1,
        found_.TOO_LONG: 1,
        found_.NO_SUCH_DATE: 1,
        found_.EMPTY_PERIOD: 1,
    }


def test_it_reads_a_graph_without_what_is_about_its_store():
    found = read(COGNEE)
    assert told(found) == [("ada brook", "born in", "lindenau")]
    assert found.facts[0].subject_type == "PER"
    assert found.facts[0].evidence == found.texts[0] == "Ada Brook was born in Lindenau."
    assert sorted(found.left_out.values()) == [1, 1]


def test_it_reads_the_records_of_an_exchange_archive():
    lines = [
        {"kind": "entity", "external_id": "1", "name": "Ada"},
        {"kind": "entity", "external_id": "2", "name": "Oakham"},
        {
            "kind": "fact", "external_id": "3", "subject_ref": "1", "predicate": "left",
            "object_ref": "2", "invalid_at": "2001-01-01T00:00:00Z",
        },
    ]  # fmt: skip
    found = foreign.read("\n".join(map(json.dumps, lines)).encode())
    assert told(found) == [("Ada", "left", "Oakham")]
    assert found.facts[0].valid_to == date(2001, 1, 1)


def test_it_reads_graphml_and_expands_nothing():
    head = '<?xml version="1.0"?><graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    body = """<key id="n_name" for="node" attr.name="name"/><graph>
      <key id="e_r" for="edge" attr.name="relationship_name"/>
      <node id="1"><data key="n_name">Ada</data></node>
      <node id="2"><data key="n_name">Oakham &amp; Co</data></node>
      <edge source="1" target="2"><data key="e_r">leads</data></edge></graph></graphml>"""
    found = foreign.read((head + body).encode())
    assert told(found) == [("Ada", "leads", "Oakham & Co")]
    with pytest.raises(NotRecognised, match="declares entities"):
        foreign.read(f'<?xml version="1.0"?><!DOCTYPE g [<!ENTITY a "b">]>{body}'.encode())


def test_it_reads_statements_with_rank_validity_and_reference():
    found = read(wikidata())
    by_relation: dict[str, list[found_.TripleRow]] = {}
    for row in found.facts:
        by_relation.setdefault(row.relation, []).append(row)
    (death,) = by_relation["P20"]
    assert (death.subject, death.object) == ("Ada Brook", "Lindenau")
    assert death.evidence == "Ada rests in Lindenau."
    assert found.labels == {"P20": "place of death"}
    assert [row.object for row in by_relation["P569"]] == ["1970", "44 BC"]
    lived, visited = by_relation["P551"]
    assert (lived.valid_from, lived.valid_to) == (date(1992, 5, 1), date(1995, 1, 1))
    assert (visited.valid_from, visited.valid_to) == (date(2001, 2, 3), date(2001, 2, 4))
    assert by_relation["P2048"][0].object == "1.70 metre"
    assert found.left_out == {
        "a deprecated statement": 1,
        "what it names has no label in the file": 1,
        "a value that is unknown or none": 1,
        "its time is less precise than a year": 1,
        found_.NO_SUCH_DATE: 1,
        "a value of the kind “external-id”": 1,
    }


@pytest.mark.parametrize("data", ["turtle", "ntriples", "json-ld"])
def test_it_reads_rdf_with_labels_and_types(data):
    if data == "turtle":
        text = TURTLE
    elif data == "ntriples":
        text = (
            "<http://example.org/ada> <http://example.org/birthPlace> "
            "<http://example.org/Old_Lindenau> .\n<http://example.org/ada> "
            '<http://www.w3.org/2000/01/rdf-schema#label> "Ada Brook" .\n'
        )
    else:
        context = {"ex": "http://example.org/", "name": "http://schema.org/name"}
        ada = {"@id": "ex:ada", "ex:birthPlace": {"@id": "ex:Old_Lindenau"}}
        label = {"http://www.w3.org/2000/01/rdf-schema#label": "Ada Brook"}
        text = json.dumps({"@context": context, **ada, **label})
    found = foreign.read(text.encode())
    key = "http://example.org/birthPlace"
    assert found.system == "RDF"
    assert ("Ada Brook", key, "Old Lindenau") in told(found)
    assert found.labels[key] == "birth place"
    if data == "turtle":
        born = next(row for row in found.facts if row.object_type == "TIME")
        assert (born.object, born.subject_type) == ("1970-05-01", "PER")
        assert found.left_out["a text in another language than English"] == 1
        assert found.left_out[found_.UNNAMED] == 2  # both statements about the nameless one


@pytest.mark.parametrize(
    "context",
    [
        "http://example.org/c.jsonld",
        {"@import": "http://example.org/c"},
        [{"a": {"@context": "x"}}],
    ],
)
def test_it_fetches_no_context(context):
    with pytest.raises(NotRecognised, match="nothing is fetched"):
        read({"@context": context, "@id": "http://example.org/a", "http://e.org/b": "c"})


def test_it_lets_columns_be_chosen():
    found = foreign.read(b"who;what;Since\nAda Brook;Oakham;1992\nCarl;Lindenau;31.2.\nodd\n")
    assert found.columns == ["who", "what", "Since"]
    assert found.facts == []
    assert found.left_out.total() == 1
    assert table.guess(["Name", "Value", "other"]) == {"subject": 0, "object": 1}
    chosen = {"subject": 0, "object": 1, "valid_from": 2}
    facts = table.facts_of(found, chosen, relation="lives in")
    assert told(facts) == [("Ada Brook", "lives in", "Oakham")]
    assert facts.facts[0].valid_from == date(1992, 1, 1)
    assert facts.left_out[found_.NO_SUCH_DATE] == 1


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (json.dumps(GRAPHITI)[:-200], "not whole"),
        ("[" * 100_000, "nested too deeply|not whole"),
        ("{}", "none of the systems"),
        ('{"nodes": [], "edges": []}', "none of the systems"),
        ("@prefix ex: <http://example.org/> .\nex:a ex:b", "not readable as RDF"),
        ("Only words.", "none of the formats"),
        ('<?xml version="1.0"?><graphml>', "not readable as XML"),
        ('a,b\n"c', "not readable as CSV"),
    ],
)
def test_it_says_what_is_wrong_with_a_file(data, problem):
    with pytest.raises(NotRecognised, match=problem):
        foreign.read(data.encode())


def test_it_refuses_what_is_empty_or_too_much(monkeypatch):
    with pytest.raises(EmptyFile):
        foreign.read(b" \n")
    with pytest.raises(TooLarge):
        parse_foreign(b"x" * 100, max_bytes=99)
    monkeypatch.setattr(found_, "MAX_ROWS", 2)
    with pytest.raises(TooManyRows):
        read(GRAPHITI)


def test_it_reads_in_a_process_that_can_reach_nothing():
    found = parse_foreign(TURTLE.encode())
    assert [row.object for row in found.facts if row.object_type == "TIME"] == ["1970-05-01"]
    assert foreign.from_json(json.loads(json.dumps(found.to_json()))) == found
    with pytest.raises(SourceError):
        parse_foreign(b'{"a": ')


def test_it_reads_what_mem0_itself_writes() -> None:
    found = foreign.read((EXPORTS / "mem0-2.2.1.json").read_bytes())
    assert (found.system, found.facts, found.left_out.total()) == ("mem0", [], 0)
    assert found.texts == [
        "Ada Brook has worked at Siemens since March 2024.",
        "Ada Brook lives in Porto.",
        "Ada Brook lived in Lisbon until 3 May 2026.",
        "Ben Marsh plays for Halden FC.",
    ]


def test_it_reads_what_graphiti_itself_writes() -> None:
    found = foreign.read((EXPORTS / "graphiti-0.31.2.json").read_bytes())
    assert (found.system, found.left_out.total(), len(found.texts)) == ("Graphiti", 0, 3)
    facts = {(row.subject, row.relation, row.object): row for row in found.facts}
    assert set(facts) == {
        ("Ada Brook", "works at", "Siemens"),
        ("Ada Brook", "lives in", "Lisbon"),
        ("Ada Brook", "lives in", "Porto"),
        ("Ben Marsh", "plays for", "Halden FC"),
    }
    left = facts["Ada Brook", "lives in", "Lisbon"]
    assert (left.valid_from, left.valid_to) == (date(2020, 1, 1), date(2026, 5, 3))
    assert (left.evidence, left.source) == (
        "Ada Brook lived in Lisbon until 3 May 2026.", "message 2",
    )  # fmt: skip
