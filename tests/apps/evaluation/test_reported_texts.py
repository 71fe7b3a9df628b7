# ruff: noqa: E501 (texts stand as they were reported)
"""The smallest texts that people reported as misread, through the shipped write head: what must be
proposed of each, and what must not."""

import pytest

pytest.importorskip("torch")

from apps.evaluation.measuring.annotated import Stated
from apps.evaluation.measuring.proposing import names_of, proposals
from apps.evaluation.measuring.schema import pack_relations
from apps.memory.packs import pack_named
from worker import registry

TEXTS = [
    (
        "Oskar Veldt visited Tallinn.",
        [],
        [("Oskar Veldt", "place of birth", "Tallinn")],
    ),
    (
        "Oskar Veldt was born in Tallinn.",
        [("Oskar Veldt", "place of birth", "Tallinn")],
        [],
    ),
    (
        "Oskar Veldt flew over Tallinn.",
        [],
        [("Oskar Veldt", "place of birth", "Tallinn")],
    ),
    (
        "Oskar Veldt dislikes Tallinn.",
        [],
        [("Oskar Veldt", "place of birth", "Tallinn")],
    ),
    (
        "Oskar Veldt was refused entry to Tallinn.",
        [],
        [("Oskar Veldt", "place of birth", "Tallinn")],
    ),
    (
        "Mira Kovalenko reviewed The Salt Road.",
        [],
        [
            ("The Salt Road", "author", "Mira Kovalenko"),
            ("The Salt Road", "director", "Mira Kovalenko"),
        ],
    ),
    (
        "Clara Brantley is the daughter of Petra Lomansk.",
        [("Petra Lomansk", "child", "Clara Brantley")],
        [
            ("Clara Brantley", "child", "Petra Lomansk"),
            ("Clara Brantley", "spouse", "Petra Lomansk"),
        ],
    ),
    (
        "Petra Lomansk was not born in Zagreb.",
        [],
        [("Petra Lomansk", "place of birth", "Zagreb")],
    ),
    (
        "It is not true that Hugo Brantley is a citizen of Norway.",
        [],
        [("Hugo Brantley", "country of citizenship", "Norway")],
    ),
    (
        "Lars Ekdahl is not a member of the Harbour Guild.",
        [],
        [("Lars Ekdahl", "member of", "Harbour Guild")],
    ),
    (
        "Northwind Freight is headquartered in St. Gallen, Switzerland, not in the U.S.",
        [("Northwind Freight", "headquarters location", "St. Gallen")],
        [("Northwind Freight", "country", "U.S.")],
    ),
    (
        "If Northwind Freight was founded in 1951, the records would say so.",
        [],
        [("Northwind Freight", "inception", "1951")],
    ),
    (
        "Was Petra Lomansk born in Zagreb?",
        [],
        [("Petra Lomansk", "place of birth", "Zagreb")],
    ),
    (
        "Hugo Brantley will become a citizen of Norway.",
        [],
        [("Hugo Brantley", "country of citizenship", "Norway")],
    ),
    (
        "Jonas Weber founded Weberlux in 1990. Karin Weber leads Weberlux today.",
        [("Weberlux", "founded by", "Jonas Weber")],
        [("Weberlux", "founded by", "Karin Weber")],
    ),
    (
        "Petra Lomansk was born in Bratislava. Hugo Brantley was born in Leeds.",
        [
            ("Petra Lomansk", "place of birth", "Bratislava"),
            ("Hugo Brantley", "place of birth", "Leeds"),
        ],
        [("Petra Lomansk", "place of birth", "Leeds")],
    ),
    (
        "Marie Curie was born in Warsaw. Pierre Curie was born in Paris.",
        [("Marie Curie", "place of birth", "Warsaw"), ("Pierre Curie", "place of birth", "Paris")],
        [("Marie Curie", "place of birth", "Paris")],
    ),
    (
        "Anna Holt, a Norwegian painter, was born in Oslo. Erik Dahl, a Finnish painter, was born in Turku.",
        [
            ("Anna Holt", "place of birth", "Oslo"),
            ("Erik Dahl", "place of birth", "Turku"),
            ("Anna Holt", "country of citizenship", "Norway"),
        ],
        [("Anna Holt", "place of birth", "Turku")],
    ),
    (
        "Oslo lies in Norway. Turku lies in Finland.",
        [("Oslo", "country", "Norway"), ("Turku", "country", "Finland")],
        [("Oslo", "country", "Finland"), ("Turku", "country", "Norway")],
    ),
    (
        "Tarn is a town in Norland. Vell is a town in Sudland.",
        [],
        [
            ("Tarn", "located in the administrative territorial entity", "Sudland"),
            ("Tarn", "country", "Sudland"),
        ],
    ),
    pytest.param(
        "Ines Okafor, a Nigerian lawyer, met Jonas Weber in Basel.",
        [("Ines Okafor", "country of citizenship", "Nigeria")],
        [("Jonas Weber", "country of citizenship", "Nigeria"), ("Basel", "country", "Nigeria")],
    ),
    (
        "The Dutch firm Northwind Freight hired Selma Marsh of Cork.",
        [("Northwind Freight", "country", "Netherlands")],
        [
            ("Selma Marsh", "country of citizenship", "Netherlands"),
            ("Cork", "country", "Netherlands"),
        ],
    ),
    (
        "Petra Lomansk was born in Bratislava and died in Vienna.",
        [
            ("Petra Lomansk", "place of birth", "Bratislava"),
            ("Petra Lomansk", "place of death", "Vienna"),
        ],
        [],
    ),
    (
        "Petra Lomansk and Hugo Brantley were born in Bratislava and Leeds respectively.",
        [
            ("Petra Lomansk", "place of birth", "Bratislava"),
            ("Hugo Brantley", "place of birth", "Leeds"),
        ],
        [("Petra Lomansk", "place of birth", "Leeds")],
    ),
    (
        "Hugo Brantley met Petra Lomansk in 1946. He was born in Leeds. She was born in Bratislava.",
        [
            ("Hugo Brantley", "place of birth", "Leeds"),
            ("Petra Lomansk", "place of birth", "Bratislava"),
        ],
        [],
    ),
    (
        "| Name | Born in |\n|---|---|\n| Petra Lomansk | Bratislava |\n| Hugo Brantley | Leeds |",
        [
            ("Petra Lomansk", "place of birth", "Bratislava"),
            ("Hugo Brantley", "place of birth", "Leeds"),
        ],
        [("Petra Lomansk", "place of birth", "Leeds")],
    ),
    (
        "Petra Lomansk's husband Hugo Brantley was born in Leeds.",
        [
            ("Petra Lomansk", "spouse", "Hugo Brantley"),
            ("Hugo Brantley", "place of birth", "Leeds"),
        ],
        [("Petra Lomansk", "place of birth", "Leeds")],
    ),
    (
        "Tom Yates was born on 2021-11-30.",
        [("Tom Yates", "date of birth", "2021-11-30")],
        [],
    ),
    (
        "The Salt Road was published on 1987/10/02.",
        [("The Salt Road", "publication date", "1987/10/02")],
        [],
    ),
    (
        "The headquarters of Northwind Freight were in Bergen until 2009.",
        [("Northwind Freight", "headquarters location", "Bergen")],
        [("Northwind Freight", "inception", "2009")],
    ),
    pytest.param(
        "In the US, dental insurance is provided through MetCare.",
        [],
        [("MetCare", "country", "US")],
        marks=pytest.mark.xfail(
            reason="the shipped weights take where a firm does something for its country",
            strict=True,
        ),
    ),
    (
        "Anna Kerr is married to Paul Kerr. Their son Leo Kerr studied at Alder University.",
        [("Anna Kerr", "spouse", "Paul Kerr"), ("Leo Kerr", "educated at", "Alder University")],
        [],
    ),
    (
        "Adelman Construction was founded in 1998 by Ann Roe and Bo Lind. It is headquartered in Portland, Oregon.",
        [
            ("Adelman Construction", "founded by", "Ann Roe"),
            ("Adelman Construction", "founded by", "Bo Lind"),
            ("Adelman Construction", "inception", "1998"),
            ("Adelman Construction", "headquarters location", "Portland"),
        ],
        [],
    ),
    pytest.param(
        '"We did it," said Adam Seller, Everton co-founder.',
        [("Everton", "founded by", "Adam Seller")],
        [],
    ),
    (
        "The integration of Woodbridge's team into Mariner ends the deal by which Mariner bought Woodbridge.",
        [],
        [("Mariner", "owned by", "Woodbridge")],
    ),
]


def fact(subject, relation, object_):
    return Stated(names_of([subject]), relation, names_of([object_]))


@pytest.mark.parametrize(("text", "stated", "unstated"), TEXTS)
def test_it_proposes_what_a_text_states_and_nothing_else_that_was_reported(text, stated, unstated):
    found = proposals(
        registry.write_head("encoder"), text, pack_relations([pack_named("standard")])
    )
    missed = [one for one in stated if not any(fact(*one).is_strictly(p) for p in found)]
    false = [one for one in unstated if any(fact(*one).is_strictly(p) for p in found)]
    assert (missed, false) == ([], [])
