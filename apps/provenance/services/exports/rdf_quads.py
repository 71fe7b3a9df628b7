"""Facts as RDF, each in four named graphs of its own, shaped like a nanopublication.

The *head* names the other three. The *assertion* is the fact itself, one triple. The *provenance*
says what it rests on: evidence with the sentence (Web Annotation: a quote and its place in the
document), the decision that let it in, who made it, and the candidate with the extraction and the
write head. The *publication info* tells of the record: when it was made, what became of it, and how
the things are called. Every graph can be read alone, so that documents and people are described
again for each fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from apps.provenance.services.exports.facts import Fact
from apps.provenance.services.exports.names import Names
from apps.provenance.services.exports.prov_statements import MADE

PREFIXES: Final = {
    "np": "http://www.nanopub.org/nschema#",
    "prov": "http://www.w3.org/ns/prov#",
    "oa": "http://www.w3.org/ns/oa#",
    "dct": "http://purl.org/dc/terms/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "memweb": "urn:memweb:terms:",
}
A: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


class Literal(NamedTuple):
    """A text, or with a type of XML Schema ("dateTime") its value."""

    text: str
    type: str = ""


Term = str | Literal  # a text alone is an address, or a name with one of the prefixes
Triple = tuple[str, str, Term]


class Graph(NamedTuple):
    """A named graph: its address and its triples."""

    name: str
    triples: list[Triple]


def graphs(fact: Fact, names: Names) -> Iterator[Graph]:
    """Yield the four graphs of a fact."""
    part = {
        name: names.base + names.fact(fact["fact"], name)
        for name in ("nanopub", "head", "assertion", "provenance", "pubinfo")
    }
    yield Graph(
        part["head"],
        [
            (part["nanopub"], A, "np:Nanopublication"),
            (part["nanopub"], "np:hasAssertion", part["assertion"]),
            (part["nanopub"], "np:hasProvenance", part["provenance"]),
            (part["nanopub"], "np:hasPublicationInfo", part["pubinfo"]),
        ],
    )
    sides = _sides(fact, names)
    yield Graph(part["assertion"], [sides])
    yield Graph(part["provenance"], list(_provenance(fact, part["assertion"], names)))
    yield Graph(part["pubinfo"], list(_record(fact, part["nanopub"], sides, names)))


def _sides(fact: Fact, names: Names) -> tuple[str, str, str]:
    return (
        names.base + names.entity(fact["subject"]["id"]),
        names.base + names.relation(fact["relation"]["id"]),
        names.base + names.entity(fact["object"]["id"]),
    )


def _time(text: str) -> Literal:
    return Literal(text, "dateTime")


def _provenance(fact: Fact, assertion: str, names: Names) -> Iterator[Triple]:
    if fact["valid_from"]:
        yield assertion, "memweb:validFrom", Literal(fact["valid_from"], "date")
    if fact["valid_to"]:
        yield assertion, "memweb:validTo", Literal(fact["valid_to"], "date")
    seen: set[str] = set()
    for evidence in fact["evidence"]:
        yield from _evidence(fact, assertion, evidence, names, seen)
    for decision in fact["decisions"]:
        yield from _decision(fact, assertion, decision, names, seen)


def _person(person: dict[str, Any], names: Names, seen: set[str]) -> Iterator[Triple]:
    name = names.base + names.person(person["id"])
    if name not in seen:
        seen.add(name)
        yield name, A, "prov:Person"
        yield name, "rdfs:label", Literal(person["name"])


def _evidence(
    fact: Fact, assertion: str, evidence: dict[str, Any], names: Names, seen: set[str]
) -> Iterator[Triple]:
    name = names.base + names.evidence(fact["fact"], evidence["id"])
    document = names.base + names.document(evidence["document"]["id"])
    person = names.base + names.person(evidence["approved_by"]["id"])
    yield assertion, "prov:wasDerivedFrom", name
    yield name, A, "oa:SpecificResource"
    yield name, "oa:hasSource", document
    yield name, "prov:wasDerivedFrom", document
    yield name, "oa:hasSelector", f"{name}-quote"
    yield f"{name}-quote", A, "oa:TextQuoteSelector"
    yield f"{name}-quote", "oa:exact", Literal(evidence["sentence"])
    yield f"{name}-quote", "oa:refinedBy", f"{name}-place"
    start, end = evidence["sentence_span"]
    yield f"{name}-place", A, "oa:TextPositionSelector"
    yield f"{name}-place", "oa:start", Literal(str(start), "integer")
    yield f"{name}-place", "oa:end", Literal(str(end), "integer")
    yield name, "prov:wasAttributedTo", person
    yield name, "memweb:approvedAt", _time(evidence["approved_at"])
    if evidence["score"] is not None:
        yield name, "memweb:score", Literal(str(evidence["score"]), "double")
    if evidence["retracted_at"]:
        yield name, "prov:invalidatedAtTime", _time(evidence["retracted_at"])
    yield from _person(evidence["approved_by"], names, seen)
    if document not in seen:
        seen.add(document)
        yield document, A, "prov:Entity"
        yield document, "dct:title", Literal(evidence["document"]["title"])
        yield document, "memweb:sha256", Literal(evidence["document"]["sha256"])


def _decision(
    fact: Fact, assertion: str, decision: dict[str, Any], names: Names, seen: set[str]
) -> Iterator[Triple]:
    candidate = decision["candidate"]
    name = names.base + names.decision(candidate["id"], decision["id"])
    made = decision["action"] in MADE and decision["replaced"] != fact["fact"]
    if made:
        yield assertion, "prov:wasGeneratedBy", name
    else:
        yield name, "prov:used", assertion
    yield name, A, "prov:Activity"
    yield name, "memweb:action", Literal(decision["action"])
    yield name, "prov:endedAtTime", _time(decision["at"])
    yield name, "prov:wasAssociatedWith", names.base + names.person(decision["by"]["id"])
    yield from _person(decision["by"], names, seen)
    for key in ("reason", "statement"):
        if decision[key]:
            yield name, f"memweb:{key}", Literal(decision[key])
    if decision["undone_at"]:
        yield name, "memweb:undoneAt", _time(decision["undone_at"])
    proposed = names.base + names.candidate(candidate["id"])
    yield name, "prov:used", proposed
    if proposed not in seen:
        seen.add(proposed)
        yield from _candidate(proposed, candidate, names, seen)


def _candidate(
    name: str, candidate: dict[str, Any], names: Names, seen: set[str]
) -> Iterator[Triple]:
    yield name, A, "prov:Entity"
    yield name, "memweb:origin", Literal(candidate["origin"])
    yield name, "memweb:subjectText", Literal(candidate["subject"])
    yield name, "memweb:objectText", Literal(candidate["object"])
    if candidate["score"] is not None:
        yield name, "memweb:score", Literal(str(candidate["score"]), "double")
    if person := candidate["proposed_by"]:
        yield name, "prov:wasAttributedTo", names.base + names.person(person["id"])
        yield from _person(person, names, seen)
    if extraction := candidate["extraction"]:
        read = names.base + names.extraction(extraction["document"], extraction["id"])
        head = names.base + names.head(extraction["head"], extraction["version"])
        yield name, "prov:wasGeneratedBy", read
        yield read, A, "prov:Activity"
        yield read, "prov:used", names.base + names.document(extraction["document"])
        yield read, "prov:wasAssociatedWith", head
        yield head, A, "prov:SoftwareAgent"
        yield head, "rdfs:label", Literal(extraction["head"])
        yield head, "memweb:version", Literal(extraction["version"])
        if extraction["call"]:
            yield name, "memweb:call", Literal(extraction["call"])


def _record(
    fact: Fact, nanopub: str, sides: tuple[str, str, str], names: Names
) -> Iterator[Triple]:
    yield nanopub, "dct:created", _time(fact["recorded_at"])
    yield nanopub, "dct:isPartOf", names.base
    yield nanopub, "rdfs:label", Literal(fact["statement"])
    yield nanopub, "memweb:status", Literal(fact["status"])
    if fact["retracted_at"]:
        yield nanopub, "prov:invalidatedAtTime", _time(fact["retracted_at"])
    if fact["superseded_by"]:
        newer = names.base + names.fact(fact["superseded_by"], "nanopub")
        yield newer, "prov:wasRevisionOf", nanopub
    for side, name in zip(("subject", "relation", "object"), sides, strict=True):
        yield name, "rdfs:label", Literal(fact[side]["name"])
