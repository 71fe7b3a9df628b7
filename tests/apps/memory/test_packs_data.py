"""The relation packs are complete, speakable and clear of each other and of the standard schema."""

from __future__ import annotations

from typing import Any

import pytest

from apps.memory.packs import UnknownPack, extra_packs, key_of, pack_named, packs
from apps.memory.services import cue_words_problem, role_problem
from apps.memory.services.relation_checks import check_relation
from tests.apps.memory.test_relations_data import (
    FIELDS,
    LIST_LENGTHS,
    RELATIONS,
    TYPES,
    normalise,
    repeated,
)
from worker.sentences import template_problem

ROWS: list[dict[str, Any]] = [dict(item) for pack in extra_packs() for item in pack.relations]
ALL = [*RELATIONS, *ROWS]
each_relation = pytest.mark.parametrize("relation", ROWS, ids=lambda r: r["name"])
# A trained vector is known by these names, and they mean what the standard alias means.
SHARED_WITH_AN_ALIAS = ["job title", "released on"]


def test_it_holds_the_packs_beside_the_standard_one() -> None:
    assert {pack.name: len(pack.relations) for pack in packs()} == {
        "standard": 95,
        "people": 11,
        "products": 7,
        "contracts": 7,
        "medicines": 6,
        "projects": 5,
    }
    assert all(pack.title and pack.description.endswith(".") for pack in packs())
    assert len({key_of(item) for item in ALL}) == len(ALL)


def test_it_names_the_pack_that_was_perhaps_meant() -> None:
    assert pack_named("people").title == "People and organisations"
    with pytest.raises(UnknownPack, match=r"no pack 'peple'\. Did you mean 'people'"):
        pack_named("peple")
    with pytest.raises(UnknownPack, match="There are: standard, people"):
        pack_named("")


@each_relation
def test_it_has_everything_that_a_standard_relation_has(relation: dict[str, Any]) -> None:
    own = set(relation) - {"implies", "implies_back"}
    assert own == FIELDS - {"wikidata_property", "inverse_property"}
    description = relation["description"]
    assert description.startswith("The subject is ")
    assert "the object is " in description
    assert description.count(".") == 1
    for field in ("subject_types", "object_types"):
        assert relation[field]
        assert relation[field] == [name for name in TYPES if name in relation[field]]
    for field, (fewest, most) in LIST_LENGTHS.items():
        assert fewest <= len(relation[field]) <= most
        assert repeated(relation[field]) == []
    assert relation["inverse_name"]


@each_relation
def test_it_can_be_said_and_asked(relation: dict[str, Any]) -> None:
    assert template_problem(relation["template"]) == ""
    assert relation["template"].endswith(".")
    for field, known in (("questions", "{subject}"), ("inverse_questions", "{object}")):
        for question in relation[field]:
            assert question.count("{") == question.count(known) == 1
            assert question.endswith(("?", "."))


@each_relation
def test_it_has_cue_words_and_says_what_its_facts_mean_in_time(relation: dict[str, Any]) -> None:
    assert relation["cue_words"]
    assert cue_words_problem(relation["cue_words"]) == ""
    assert role_problem(relation["role"], relation["object_types"]) == ""
    check_relation(**{k: relation[k] for k in ("template", "cue_words", "role", "object_types")})
    if set(relation["object_types"]) <= {"TIME", "NUM"}:
        assert not relation["lasts"]


def test_it_names_and_asks_no_two_relations_alike() -> None:
    forward = [text for r in ALL for text in (r["name"], *r["aliases"])]
    assert repeated(forward) == SHARED_WITH_AN_ALIAS
    assert repeated([question for r in ALL for question in r["questions"]]) == []
    assert repeated([question for r in ALL for question in r["inverse_questions"]]) == []
    assert repeated([r["inverse_name"] for r in ALL]) == ["child"]
    meaning = {normalise(text): r["name"] for r in ALL for text in (r["name"], *r["aliases"])}
    assert [r["name"] for r in ROWS if normalise(r["inverse_name"]) in meaning] == []


def test_it_implies_only_what_always_follows() -> None:
    """A firm that was acquired may have been sold since, a trade is no office, and who sits on a
    board is no member of the firm: these imply nothing."""
    implied = {
        r["name"]: (r.get("implies", []), r.get("implies_back", []))
        for r in ROWS
        if "implies" in r or "implies_back" in r
    }
    assert implied == {
        "chief executive": ([], ["employer"]),
        "active ingredient": (["has part"], []),
        "attendee": (["participant"], []),
    }
