"""Which entities a question names, and where."""

from __future__ import annotations

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.memory.controller import MemoryConfig, MemoryController
from apps.memory.controller.finding import _ngrams
from apps.memory.controller.types import Scope
from apps.memory.models import Alias, Entity
from tests import factories


@pytest.fixture
def memory(space: Space) -> MemoryController:
    return MemoryController(space)


def found(memory: MemoryController, text: str) -> list[tuple[str, str]]:
    """Return (the text at the offsets, the entity) in the order of the answer."""
    return [(text[start:end], entity.name) for start, end, entity in memory.find_entities(text)]


@pytest.mark.parametrize(
    ("name", "text", "surface"),
    [
        ("Ada Brook", "Where was Ada Brook born?", "Ada Brook"),
        ("Ada Brook", "where was ada  brook born", "ada  brook"),
        ("Ada Brook", "What is Ada Brook's trade?", "Ada Brook"),
        ("Ada Brook", "What is Ada Brook’s trade?", "Ada Brook"),
        ("The Beatles", "the Beatles' first album", "the Beatles"),
        ("Ada Brook", "“Ada Brook” — who is it?", "Ada Brook"),
        ("St. Mary's Church", "Who built St. Mary’s Church?", "St. Mary’s Church"),
        ("O'Brien", "Who is O'Brien?", "O'Brien"),
        ("C++", "Who made C++?", "C++"),
        ("Yahoo!", "Who founded Yahoo!", "Yahoo"),
        ("U.S.", "Who leads the U.S.?", "U.S"),
        ("Lindenau (Saxonia)", "Who lives in Lindenau (Saxonia)?", "Lindenau (Saxonia)"),
        ("Rue de l'Étoile", "Où est la rue de l'étoile ?", "rue de l'étoile"),
        ("1921", "What happened in 1921?", "1921"),
        ("AT&T", "Who owns AT&T?", "AT&T"),
        ("Ada Brook", "Tell me of Ada\nBrook.", "Ada\nBrook"),
    ],
)
def test_it_finds_a_name_with_its_offsets(
    memory: MemoryController, space: Space, name: str, text: str, surface: str
) -> None:
    factories.make_entity(space, name)
    assert found(memory, text) == [(surface, name)]


@pytest.mark.parametrize(
    "text",
    ["", "   ", "Brookfield is a town", "xAda brook", "Ada, a brook", "adabrooks", "\0"],
)
def test_it_finds_nothing_inside_words(memory: MemoryController, space: Space, text: str) -> None:
    factories.make_entity(space, "Brook" if "field" in text else "Ada Brook")
    assert memory.find_entities(text) == []


def test_it_prefers_the_longest_name(memory: MemoryController, space: Space) -> None:
    for name in ("Brook", "Ada Brook", "Brook Institute of Botany", "Botany"):
        factories.make_entity(space, name)
    text = "Did Ada Brook found the Brook Institute of Botany, asked Brook?"
    assert found(memory, text) == [
        ("Brook Institute of Botany", "Brook Institute of Botany"),
        ("Ada Brook", "Ada Brook"),
        ("Brook", "Brook"),
    ]


def test_it_finds_aliases_merged_names_and_all_homonyms(
    memory: MemoryController, space: Space
) -> None:
    target = factories.make_entity(space, "Ada Brook")
    Alias.objects.create(space=space, entity=target, name="the painter of Lindenau")
    factories.make_entity(space, "A. B.", merged_into=target)
    Entity.objects.create(space=space, name="Ada Brook", description="doctor")
    assert found(memory, "Is the painter of Lindenau A. B.?") == [
        ("the painter of Lindenau", "Ada Brook"),
        ("A. B", "Ada Brook"),
    ]
    hits = memory.find_entities("Ada Brook")
    assert [(start, end, e.description) for start, end, e in hits] == [
        (0, 9, ""),
        (0, 9, "doctor"),
    ]


def test_it_finds_every_place_of_a_name(memory: MemoryController, space: Space) -> None:
    factories.make_entity(space, "Ada")
    assert [hit[:2] for hit in memory.find_entities("Ada and Ada, ada")] == [
        (0, 3),
        (8, 11),
        (13, 16),
    ]


def test_it_asks_the_database_once_however_long_the_text_is(
    memory: MemoryController, space: Space
) -> None:
    factories.make_entity(space, "Ada Brook")
    text = "Who, if anyone, knows what? " * 350 + "Ada Brook"
    started = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        assert found(memory, text) == [("Ada Brook", "Ada Brook")]
    assert len(queries) == 1
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("marks", ["#", "#.", "(-", ".", ",#", "# "])
def test_it_reads_any_run_of_punctuation_once(marks: str) -> None:
    scope = Scope(None, None, MemoryConfig())  # type: ignore[arg-type]
    started = time.perf_counter()
    grams = _ngrams(marks * 40_000 + " (Ada)", scope)
    assert {"ada", "(ada", "ada)", "(ada)"} <= grams.keys()
    assert time.perf_counter() - started < 5  # two minutes, were each mark looked back from


def test_it_bounds_the_names_that_it_looks_up() -> None:
    scope = Scope(None, None, MemoryConfig(most_ngrams=100))  # type: ignore[arg-type]
    text = " ".join(f"w{n}" for n in range(5000))
    grams = _ngrams(text, scope)
    assert 100 <= len(grams) <= 108
    assert "w0" in grams


@pytest.mark.parametrize(
    ("name", "text", "surface"),
    [
        ("東京タワー", "東京タワーはどこにありますか", "東京タワー"),
        ("北京", "谁出生在北京市区", "北京"),
        ("กรุงเทพ", "ใครเกิดที่กรุงเทพครับ", "กรุงเทพ"),
    ],
)
def test_it_finds_names_where_no_blanks_stand_between_words(
    memory: MemoryController, space: Space, name: str, text: str, surface: str
) -> None:
    factories.make_entity(space, name)
    assert found(memory, text) == [(surface, name)]


@given(st.text(max_size=200))
def test_it_gives_offsets_that_hold_the_name(text: str) -> None:
    scope = Scope(None, None, MemoryConfig())  # type: ignore[arg-type]
    for normalised, places in _ngrams(text, scope).items():
        for start, end in places:
            assert 0 <= start < end <= len(text)
            surface = normalise_name(text[start:end])
            assert surface.replace("’", "'") == normalised.replace("’", "'")
