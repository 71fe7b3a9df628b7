"""What a mention is: whole, inside one line, titles outside, and of the type that the text says."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.english import anaphors, demonyms, given_names, kinds, occupations, roles, titles
from worker.mentions import edges, phrases
from worker.mentions.kinds import decided_type
from worker.mentions.overlay import overlaid
from worker.mentions.respectively import crossed
from worker.types import ENTITY_TYPES, MentionSpan, Span


def tag(text, *names):
    """Return mentions: ("Oslo", "LOC") is the first "Oslo" of the text."""
    return [MentionSpan(Span(text.index(n), text.index(n) + len(n)), t) for n, t in names]


def seen(text, *names):
    return [(m.span.of(text), m.type) for m in overlaid(text, tag(text, *names))]


@pytest.mark.parametrize(
    "module", [anaphors, demonyms, given_names, kinds, occupations, roles, titles, edges, phrases]
)
def test_their_examples_hold(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("text", "tags", "expected"),
    [
        (
            "Trumpeter Sal Benvenuto left.",
            [("Trumpeter Sal Benvenuto", "PER")],
            [("Sal Benvenuto", "PER")],
        ),
        ("Potter Smith left.", [("Potter Smith", "PER")], [("Potter Smith", "PER")]),
        (
            "Tom Yates was born on 2021-11-30.",
            [("Tom Yates", "PER"), ("2021", "TIME"), ("11-30", "TIME")],
            [("Tom Yates", "PER"), ("2021-11-30", "TIME")],
        ),
        (
            "published on 1987/10/02.",
            [("1987", "TIME"), ("10/02", "NUM")],
            [("1987/10/02", "TIME")],
        ),
        ("Aldric was born around 1340.", [("1340", "TIME")], [("around 1340", "TIME")]),
        ("Aldric was born before 1340.", [("1340", "TIME")], [("before 1340", "TIME")]),
        ("Aldric was born before 1340.", [], [("before 1340", "TIME")]),
        ("They were in Bergen until 2009.", [("2009", "TIME")], [("2009", "TIME")]),
        ("paid EUR 41.5 million", [("41.5", "NUM"), ("EUR", "ORG")], [("EUR 41.5 million", "NUM")]),
        ("a term of 24 months", [("24 months", "TIME")], [("24 months", "NUM")]),
        (
            "requires Python 3.11 and",
            [("Python", "ORG"), ("3.11", "TIME")],
            [("Python 3.11", "MISC")],
        ),
        ("Apache Spark 3.5 is out", [("Apache Spark", "ORG")], [("Apache Spark 3.5", "MISC")]),
        ("won the 24 Hours of Le Mans", [("24 Hours of Le Mans", "MISC")], None),
        ("from 1914 to 1918", [("from 1914 to 1918", "TIME")], None),
        ("the road SR-520 is shut", [("SR-520", "LOC")], None),
        ("write to ada@example.org", [("ada", "PER")], [("ada@example.org", "MISC")]),
        ("in May it rained", [("May", "LOC")], [("May", "TIME")]),
        ("May Holt sang", [("May", "PER")], None),
    ],
)
def test_closed_forms_win_over_tags_and_yield_to_names(text, tags, expected):
    assert seen(text, *tags) == (tags if expected is None else expected)


@pytest.mark.parametrize(
    ("text", "tags", "expected"),
    [
        (
            "/PressWire/ -- Larkspur University",
            [("PressWire/ -- Larkspur University", "ORG")],
            ["PressWire", "Larkspur University"],
        ),
        ("| Petra Lomansk | Oslo |", [("Petra Lomansk | Oslo", "PER")], ["Petra Lomansk", "Oslo"]),
        ("Acme\nOslo", [("Acme\nOslo", "ORG")], ["Acme", "Oslo"]),
        ("“The Salt Road”,", [("“The Salt Road”,", "MISC")], ["The Salt Road"]),
        ("in the U.S. and", [("U.S.", "LOC")], ["U.S."]),
        ("Kestrel Bank Ltd. is", [("Kestrel Bank Ltd.", "ORG")], ["Kestrel Bank Ltd."]),
        ("the Solvang Museum.", [("Solvang Museum.", "ORG")], ["Solvang Museum"]),
        ("Acme (UK) and", [("Acme (UK)", "ORG")], ["Acme (UK)"]),
        ("knows C++ and C#", [("C++", "MISC"), ("C#", "MISC")], ["C++", "C#"]),
        ("AC/DC played", [("AC/DC", "ORG")], ["AC/DC"]),
        ("-- /", [("-- /", "ORG")], []),
    ],
)
def test_a_mention_stands_in_one_line_and_cell_and_ends_with_a_word(text, tags, expected):
    assert [name for name, _ in seen(text, *tags)] == expected


@pytest.mark.parametrize(
    ("text", "tags", "expected"),
    [
        ("Dr. Tom Ferro came", [("Dr. Tom Ferro", "PER")], [("Tom Ferro", "PER")]),
        ("President Maria Lund", [("President Maria Lund", "PER")], [("Maria Lund", "PER")]),
        ("CFO Ann Dorn", [("CFO Ann Dorn", "ORG")], [("Ann Dorn", "ORG")]),
        ("Everton co-founder", [("Everton co-founder", "ORG")], [("Everton", "ORG")]),
        ("joined as CFO", [("CFO", "ORG")], [("CFO", "MISC")]),
        ("its new President", [("President", "PER")], [("President", "MISC")]),
        ("as Vice President of", [("Vice President", "ORG")], [("Vice President", "MISC")]),
        ("Queen Victoria reigned", [("Queen Victoria", "PER")], [("Queen Victoria", "PER")]),
        ("General Motors grew", [("General Motors", "ORG")], [("General Motors", "ORG")]),
    ],
)
def test_titles_are_no_organisations_and_stand_outside_names(text, tags, expected):
    assert seen(text, *tags) == expected


@given(
    text=st.text(alphabet="Aa1 .,-/|\n\t“”()'—$%€:;é\u0301Dr", max_size=60),
    cuts=st.lists(st.integers(0, 60), max_size=8),
    types=st.lists(st.sampled_from(ENTITY_TYPES), min_size=4, max_size=4),
)
def test_whatever_is_tagged_mentions_are_clean(text, cuts, types):
    edges_ = sorted({min(c, len(text)) for c in cuts})
    tags = [
        MentionSpan(Span(a, b), t)
        for (a, b), t in zip(zip(edges_[::2], edges_[1::2], strict=False), types, strict=False)
        if a < b
    ]
    end = 0
    for mention in overlaid(text, tags):
        own = mention.span.of(text)
        assert mention.span.start >= end
        end = mention.span.end
        assert not set(own) & set("\n\t|—")
        assert own[0].isalnum() or own[0] in "$€"
        assert own[-1].isalnum() or own[-1] in "%€$).\u0301"


@pytest.mark.parametrize(
    ("text", "name", "tagged", "expected"),
    [
        ("Marlon, a wealth advisory firm, grew.", "Marlon", "PER", "ORG"),
        ("The Dutch firm Jan Brouwer hired her.", "Jan Brouwer", "PER", "ORG"),
        ("Jan Brouwer B.V. hired her.", "Jan Brouwer B.V.", "PER", "ORG"),
        ("Paris, a Swiss actress, sang.", "Paris", "LOC", "PER"),
        ("Mr Frost came.", "Frost", "ORG", "PER"),
        ("The CFO of Brouwer and Brouwer's shareholders met.", "Brouwer", "PER", "ORG"),
        ("Oslo, Norway, is cold.", "Oslo", "LOC", "LOC"),
        ("Anna Holt, a bank manager, left.", "Anna Holt", "PER", "PER"),
        ("Anna Holt left the bank.", "Anna Holt", "PER", "PER"),
    ],
)
def test_the_text_decides_over_the_look_of_a_name(text, name, tagged, expected):
    assert decided_type(text, tag(text, (name, tagged)), [Span(0, len(text))]) == expected


def test_the_type_is_decided_over_all_mentions():
    text = "Brouwer grew. Brouwer, a firm, paid. Brouwer left."
    at = [i for i in range(len(text)) if text.startswith("Brouwer", i)]
    mentions = [MentionSpan(Span(i, i + 7), "PER") for i in at]
    assert decided_type(text, mentions, [Span(0, 13), Span(14, 36), Span(37, 50)]) == "ORG"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann Lee and Bo Ray live in Oslo and Turku respectively.", True),
        ("Ann Lee and Bo Ray live in Oslo and in Turku, in that order.", True),
        ("Ann Lee and Bo Ray live in Oslo and Turku.", False),
        ("Ann Lee saw Bo Ray in Oslo and Turku respectively.", False),
        ("Respectively. Ann Lee and Bo Ray live in Oslo and Turku.", False),
    ],
)
def test_lists_that_go_together_in_their_order_are_not_crossed(text, expected):
    names = [("Ann Lee", "PER"), ("Bo Ray", "PER"), ("Oslo", "LOC"), ("Turku", "LOC")]
    mentions = tag(text, *names)
    ann, bo, oslo, turku = (m.span for m in mentions)
    sentence = Span(text.index("Ann"), len(text))
    assert crossed(text, sentence, ann, turku, mentions) is expected
    assert crossed(text, sentence, oslo, bo, mentions) is expected
    assert not crossed(text, sentence, ann, oslo, mentions)
    assert not crossed(text, sentence, ann, bo, mentions)
