"""Nationality words mean their country, and speak of what they modify alone."""

import pytest

from apps.sources.passages import sentences
from worker.english.demonyms import country_named, country_of, names_language
from worker.heads.encoder.proposals import EntityMentions, may_be_said
from worker.mentions.nationality import nationalities
from worker.relation_roles import role_of
from worker.types import MentionSpan, RelationSpec, Span


def read(text, *names):
    """Return (word, country, of) for each nationality word, and the mentions that are left."""
    mentions = [MentionSpan(Span(text.index(n), text.index(n) + len(n)), t) for n, t in names]
    own = [Span(s.start, s.end) for s in sentences(text)]
    kept, found = nationalities(text, mentions, own)
    said = [(f.mention.span.of(text), f.country, f.of.span.of(text) if f.of else "") for f in found]
    return said, [(m.span.of(text), m.type) for m in kept]


PEOPLE = [("Ines Okafor", "PER"), ("Jonas Weber", "PER"), ("Basel", "LOC")]


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        (
            "Ines Okafor, a Nigerian lawyer, met Jonas Weber in Basel.",
            PEOPLE,
            ("Nigerian", "Nigeria", "Ines Okafor"),
        ),
        (
            "The Dutch firm Northwind Freight hired Selma Marsh of Cork.",
            [("Northwind Freight", "ORG"), ("Selma Marsh", "PER"), ("Cork", "LOC")],
            ("Dutch", "Netherlands", "Northwind Freight"),
        ),
        (
            "Walt Wimmer, the first great American poet, lived nearby. Jersey City was quiet.",
            [("Walt Wimmer", "PER"), ("Jersey City", "LOC")],
            ("American", "United States", "Walt Wimmer"),
        ),
        (
            "Nigerian lawyer Ines Okafor met Jonas Weber in Basel.",
            PEOPLE,
            ("Nigerian", "Nigeria", "Ines Okafor"),
        ),
        ("Erik Dahl is Finnish.", [("Erik Dahl", "PER")], ("Finnish", "Finland", "Erik Dahl")),
        (
            "Erik Dahl was a South African painter.",
            [("Erik Dahl", "PER")],
            ("South African", "South Africa", "Erik Dahl"),
        ),
        (
            "The Salt Road is a Swedish film of 1987.",
            [("The Salt Road", "MISC")],
            ("Swedish", "Sweden", "The Salt Road"),
        ),
        (
            "Tarn (a Swiss bank) met Ines Okafor.",
            [("Tarn", "ORG"), ("Ines Okafor", "PER")],
            ("Swiss", "Switzerland", "Tarn"),
        ),
        ("the Swede Erik Dahl", [("Erik Dahl", "PER")], ("Swede", "Sweden", "Erik Dahl")),
    ],
)
def test_a_nationality_word_speaks_of_what_it_modifies(text, names, expected):
    said, kept = read(text, *names)
    assert said == [expected]
    assert kept == names
    tagged = (expected[0], "LOC")
    assert read(text, *names, tagged) == (said, names)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Erik Dahl is not a Finnish painter.", [("Erik Dahl", "PER")]),
        ("Erik Dahl met a Finnish painter in Basel.", [("Erik Dahl", "PER"), ("Basel", "LOC")]),
        ("Erik Dahl, a friend of a Finnish painter, left.", [("Erik Dahl", "PER")]),
        ("Erik Dahl sails Finnish waters.", [("Erik Dahl", "PER")]),
        ("Erik Dahl, an Irish-American painter, left.", [("Erik Dahl", "PER")]),
        ("Erik Dahl is a Finnish-born painter.", [("Erik Dahl", "PER")]),
        ("The Norwegian city of Bergen and Erik Dahl.", [("Bergen", "LOC"), ("Erik Dahl", "PER")]),
        ("The Norwegian city Bergen is wet.", [("Bergen", "LOC")]),
        ("Basel, a Swiss city, is old.", [("Basel", "LOC")]),
        ("The Dutch company lost to Erik Dahl.", [("Erik Dahl", "PER")]),
        ("Erik Dahl, a Dutch firm, won.", [("Erik Dahl", "PER")]),
        ("“Is Erik Dahl who a Dutch firm hired?”", [("Erik Dahl", "PER")]),
    ],
)
def test_it_speaks_of_nothing_else(text, names):
    assert [of for _, _, of in read(text, *names)[0] if of] == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Anna Holt speaks Norwegian and Dutch.", "Norwegian"),
        ("Anna Holt speaks Norwegian and Dutch.", "Dutch"),
        ("It was translated into Swedish.", "Swedish"),
        ("a Finnish-language newspaper", "Finnish"),
        ("She writes in French.", "French"),
    ],
)
def test_a_language_is_a_language(text, word):
    assert read(text, (word, "LOC")) == ([], [(word, "MISC")])


def test_a_word_that_modifies_nothing_named_is_kept_as_a_mention_of_its_country():
    assert read("They sail Finnish waters.", ("Finnish", "MISC")) == (
        [("Finnish", "Finland", "")],
        [],
    )


@pytest.mark.parametrize(
    ("word", "country"),
    [("Dutch", "Netherlands"), ("Dutchmen", "Netherlands"), ("Americans", "United States"),
     ("NORWEGIAN", "Norway"), ("Soviet", "Soviet Union"), ("New Zealander", "New Zealand"),
     ("Dominican", ""), ("dutch", ""), ("Northwind", ""), ("", ""), ("Swiss", "Switzerland")],
)  # fmt: skip
def test_a_word_means_one_country_or_none(word, country):
    assert country_of(word) == country


def test_countries_have_other_names_and_languages_are_told_apart():
    assert country_named("the Netherlands") == country_named("Holland") == "Netherlands"
    assert country_named("us") == ""
    assert country_named("Basel") == ""
    assert names_language("Dutch")
    assert not names_language("Swiss")


@pytest.mark.parametrize(
    ("type_", "roles"),
    [("PER", ["citizenship"]), ("ORG", ["country"]), ("MISC", ["country", "origin"]), ("LOC", [])],
)
def test_it_is_said_by_what_a_relation_means(type_, roles):
    text = "The Norwegian Gull sails."
    ship, word = MentionSpan(Span(14, 18), type_), MentionSpan(Span(4, 13), "LOC")
    subject = EntityMentions((ship,), type_)
    country = EntityMentions((word,), "LOC", "Norway", ship)
    kinds = ("citizenship", "country", "origin", "within", "from", "continent", "")
    told = {one: RelationSpec("1", "hails under", role=one) for one in kinds}
    assert [r for r, one in told.items() if may_be_said(text, one, subject, country)] == roles


@pytest.mark.parametrize(
    ("name", "role", "expected"),
    [
        ("Nationality", "", "citizenship"),
        ("country of citizenship", "", "citizenship"),
        ("country of origin", "", "origin"),
        ("Country", "", "country"),
        ("country", "within", "within"),
        ("country house", "", ""),
        ("Mother", "", "mother"),
        ("godmother", "", ""),
    ],
)
def test_a_plain_name_says_what_a_relation_without_a_role_means(name, role, expected):
    assert role_of(RelationSpec("1", name, role=role)) == expected
