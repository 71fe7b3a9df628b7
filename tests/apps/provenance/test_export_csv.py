"""CSV: tables that no spreadsheet runs, and that come back as they were."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Space, User
from apps.memory.models import Entity
from apps.provenance.services.exports.csv_tables import COLUMNS, guarded
from tests.apps.provenance.exported import (
    GUARDED,
    HOSTILE,
    World,
    exported,
    make_world,
    unguarded,
)

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


@pytest.fixture
def world(space: Space, alice: User, bob: User, export_dir: Path) -> World:
    return make_world(space, alice, bob)


def tables(path: Path) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {
            name.removesuffix(".csv"): list(
                csv.DictReader(io.StringIO(archive.read(name).decode(), newline=""), strict=True)
            )
            for name in archive.namelist()
        }


def test_its_tables_are_joined_by_their_numbers(world: World, dave: User) -> None:
    found = tables(exported(world.space, dave, "csv"))
    assert [row["fact"] for row in found["facts"]] == [str(fact.pk) for fact in world.facts]
    first = found["facts"][0]
    assert first["address"] == f"https://memory.example.org/s/atlas/facts/{world.facts[0].pk}/"
    assert (first["subject"], first["relation"], first["object"]) == (
        "Ada Brook", "place of birth", "Lindenau",
    )  # fmt: skip
    assert (first["valid_from"], first["retracted_at"]) == ("", "")
    assert {row["fact"] for row in found["evidence"]} <= {row["fact"] for row in found["facts"]}
    evidence = found["evidence"][0]
    assert evidence["approved_by"] == "bob"
    assert unguarded(evidence["document"]) == HOSTILE[:200]
    decision = found["decisions"][0]
    assert (decision["by"], decision["action"], decision["head"]) == ("bob", "accept", "encoder")
    assert decision["evidence"] == evidence["evidence"]
    assert unguarded(found["evidence"][2]["document"]) == "-1+2"
    assert found["evidence"][2]["document"] == "'-1+2"


def test_it_tells_what_each_column_holds(world: World, dave: User) -> None:
    found = tables(exported(world.space, dave, "csv"))
    told = [(row["table"], row["column"]) for row in found["columns"]]
    assert told == [(name, column) for name, table in COLUMNS.items() for column in table]
    for name, table in COLUMNS.items():
        assert list(found[name][0]) == list(table)


def test_no_cell_is_a_formula(world: World, dave: User) -> None:
    Entity.objects.filter(space=world.space).update(name="=1+cmd|' /C calc'!A0")
    found = tables(exported(world.space, dave, "csv"))
    cells = [cell for rows in found.values() for row in rows for cell in row.values()]
    assert [cell for cell in cells if cell.startswith(DANGEROUS)] == []
    assert found["facts"][0]["subject"] == "'=1+cmd|' /C calc'!A0"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_what_is_guarded_comes_back(text: str) -> None:
    cell = guarded(text)
    assert not cell.startswith(DANGEROUS)
    assert unguarded(cell) == text
    assert (cell != text) == bool(GUARDED.match(cell))


@pytest.mark.parametrize("text", ["", "'s-Hertogenbosch", "Ada", "'", "5", "(1)", None])
def test_it_leaves_what_is_no_formula(text: str | None) -> None:
    assert guarded(text) == (text or "")


def test_an_empty_one_has_its_column_names(space: Space, dave: User, export_dir: Path) -> None:
    with zipfile.ZipFile(exported(space, dave, "csv")) as archive:
        assert archive.read("facts.csv").decode() == ",".join(COLUMNS["facts"]) + "\r\n"
