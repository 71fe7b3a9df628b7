"""The text protocol: every name survives, and broken calls say where they break."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.protocol import (
    ProtocolError,
    escape,
    find_calls,
    parse_read,
    parse_write,
    serialise_read,
    serialise_write,
)
from worker.types import MemoryQuery

special = st.text(alphabet="\\;(){}> \n\r\t-enr\u00e9\u3000M", max_size=12)
names = st.one_of(special, st.text(max_size=30))
triples = st.lists(st.tuples(names, names, names), max_size=4)
queries = st.lists(
    st.one_of(
        st.builds(MemoryQuery, relation=names, subject=names),
        st.builds(MemoryQuery, relation=names, object=names),
    ),
    max_size=4,
)


@given(triples)
def test_it_brings_every_written_triple_back(items):
    assert parse_write(serialise_write(items)) == items


@given(queries, st.one_of(st.none(), st.lists(names, max_size=4)))
def test_it_brings_every_read_back(asked, results):
    call = parse_read(serialise_read(asked, results))
    assert call.queries == tuple(asked)
    assert call.results == (None if results is None else tuple(results))


@given(triples, queries, st.lists(names, max_size=3))
def test_it_finds_calls_inside_prose(items, asked, results):
    write, read = serialise_write(items), serialise_read(asked, results)
    text = f"He said ({{ so {write} and (then) {read}."
    found = find_calls(text)
    assert [(call.kind, call.text) for call in found] == [("write", write), ("read", read)]
    assert all(text[call.start : call.end] == call.text for call in found)


@given(st.text(alphabet="({})MEM_WRITEAD->; ab\\", max_size=60))
def test_it_raises_nothing_but_protocol_errors(text):
    find_calls(text)
    for parse in (parse_write, parse_read):
        with contextlib.suppress(ProtocolError):
            parse(text)


def test_it_writes_the_documented_form():
    assert (
        serialise_write([("Marie Curie", "place of birth", "Warsaw"), ("a", "b", "c")])
        == "({MEM_WRITE--> Marie Curie>>place of birth>>Warsaw; a>>b>>c})"
    )
    asked = [
        MemoryQuery(relation="place of birth", subject="Marie Curie"),
        MemoryQuery(relation="place of birth", object="Warsaw"),
    ]
    assert (
        serialise_read(asked, ["Warsaw", "Marie Curie"])
        == "({MEM_READ(Marie Curie>>place of birth>>; >>place of birth>>Warsaw)"
        "--> Warsaw; Marie Curie})"
    )


def test_it_keeps_empty_lists_and_unanswered_reads_apart():
    assert parse_write("({MEM_WRITE-->})") == []
    assert parse_write("({MEM_WRITE-->   })") == []
    asked = [MemoryQuery(relation="r", subject="s")]
    assert parse_read(serialise_read(asked, [])).results == ()
    assert parse_read(serialise_read(asked, [""])).results == ("",)
    assert parse_read(serialise_read(asked, None)).results is None


def test_it_leaves_single_angle_brackets_readable():
    assert escape("a -> b") == "a -> b"
    assert escape("a >> b") == "a \\>\\> b"
    assert escape("Rio (city); {x}") == "Rio \\(city\\)\\; \\{x\\}"


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("MEM_WRITE", 0),
        ("({MEM_WRITE--> a>>b})", 15),
        ("({MEM_WRITE--> a>>b>>c; })", 24),
        ("({MEM_WRITE--> a>>b>>c", 22),
        ("({MEM_WRITE--> a>>b(>>c})", 19),
        ("({MEM_WRITE--> a\\x>>b>>c})", 16),
        ("({MEM_WRITE--> a>>b>>c\\", 22),
        ("({MEM_WRITE--> a>>b>>c}) more", 24),
    ],
)
def test_it_says_where_a_broken_write_breaks(text, position):
    with pytest.raises(ProtocolError) as caught:
        parse_write(text)
    assert caught.value.position == position
    assert str(position) in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "({MEM_READ(a>>b>>c)--> d})",
        "({MEM_READ(a>>>>)--> d})",
        "({MEM_READ(a>>b>>) d})",
        "({MEM_READ(a>>b>>)--> d>>e})",
        "({MEM_READ(a>>b>>)--> d; })",
    ],
)
def test_it_refuses_a_broken_read(text):
    with pytest.raises(ProtocolError):
        parse_read(text)


def test_a_read_may_ask_for_all_facts_of_a_relation():
    read = parse_read("({MEM_READ(>>b>>)--> d; e})")
    assert read.queries == (MemoryQuery("b"),)
    assert read.queries[0].whole
    assert serialise_read(read.queries, read.results) == "({MEM_READ(>>b>>)--> d; e})"
    with pytest.raises(ValueError, match="at most one"):
        MemoryQuery("b", subject="a", object="c")


def test_it_ignores_an_unfinished_call_before_a_finished_one():
    text = "({MEM_WRITE--> a>>b ({MEM_WRITE--> a>>b>>c})"
    assert [call.text for call in find_calls(text)] == ["({MEM_WRITE--> a>>b>>c})"]
