"""The relations that every space starts with are complete, consistent and unambiguous."""

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from apps.memory.models import Relation
from apps.memory.services import cue_words_problem, role_problem
from worker.types import RelationRole

DATA_FILE = Path(__file__).parents[3] / "apps" / "memory" / "data" / "relations.json"
RELATIONS: list[dict[str, Any]] = json.loads(DATA_FILE.read_text(encoding="utf-8"))
PROPERTY_IDS = re.findall(
    r"P\d+",
    """
    P6 P17 P19 P20 P22 P25 P26 P27 P30 P31 P35 P36 P37 P39 P40 P50 P54 P57 P58 P69 P86 P102
    P108 P112 P118 P123 P127 P131 P136 P137 P140 P150 P155 P156 P159 P161 P162 P166 P170
    P171 P172 P175 P176 P178 P179 P190 P194 P205 P206 P241 P264 P272 P276 P279 P355 P361
    P364 P400 P403 P449 P463 P488 P495 P527 P551 P569 P570 P571 P576 P577 P580 P582 P585
    P607 P674 P676 P706 P710 P737 P740 P749 P800 P807 P840 P937 P1001 P1056 P1336 P1344
    P1365 P1366 P1376 P1412 P1441 P3373
""",
)
FIELDS = {
    "wikidata_property",
    "name",
    "description",
    "aliases",
    "inverse_name",
    "inverse_property",
    "single_valued",
    "subject_types",
    "object_types",
    "template",
    "questions",
    "inverse_questions",
    "lasts",
    "cue_words",
    "role",
}
TYPES = ["PER", "ORG", "LOC", "TIME", "NUM", "MISC"]
LIST_LENGTHS = {"aliases": (3, 8), "questions": (4, 8), "inverse_questions": (3, 6)}


def each_relation(check: Callable[[dict[str, Any]], None]) -> Callable[[], None]:
    """Check every relation in one test, which names all that fail: 95 tests take longer to set up
    than to run."""

    def test() -> None:
        failed = {}
        for relation in RELATIONS:
            try:
                check(relation)
            except AssertionError as error:
                failed[relation["wikidata_property"]] = str(error)
        assert failed == {}

    test.__doc__ = check.__doc__
    return test


def normalise(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def repeated(texts: list[str]) -> list[str]:
    return [text for text, count in Counter(map(normalise, texts)).items() if count > 1]


def test_it_holds_the_95_relations_in_the_order_of_their_ids() -> None:
    assert len(PROPERTY_IDS) == 95
    assert [relation["wikidata_property"] for relation in RELATIONS] == PROPERTY_IDS


@each_relation
def test_it_has_exactly_the_documented_fields(relation: dict[str, Any]) -> None:
    assert set(relation) - {"implies", "implies_back"} == FIELDS
    assert isinstance(relation["single_valued"], bool)
    for field in ("name", "description", "inverse_name", "template"):
        assert relation[field] == relation[field].strip() != ""


@each_relation
def test_it_describes_both_sides_in_one_sentence(relation: dict[str, Any]) -> None:
    description = relation["description"]
    assert description.startswith("The subject is ")
    assert "the object is " in description
    assert description.count(".") == 1
    assert description.endswith(".")


@each_relation
def test_it_has_a_template_with_each_placeholder_once(relation: dict[str, Any]) -> None:
    template = relation["template"]
    assert template.count("{subject}") == 1
    assert template.count("{object}") == 1
    assert template.endswith(".")
    assert template.format(subject="A", object="B").count("{") == 0


@each_relation
def test_it_asks_with_the_known_side_only(relation: dict[str, Any]) -> None:
    for field, known, asked in (
        ("questions", "{subject}", "{object}"),
        ("inverse_questions", "{object}", "{subject}"),
    ):
        for question in relation[field]:
            assert question.count(known) == 1
            assert asked not in question
            assert question.endswith(("?", "."))


@each_relation
def test_it_varies_its_wordings(relation: dict[str, Any]) -> None:
    for field, (fewest, most) in LIST_LENGTHS.items():
        assert fewest <= len(relation[field]) <= most
        assert repeated(relation[field]) == []


@each_relation
def test_it_allows_known_types_in_their_order(relation: dict[str, Any]) -> None:
    for field in ("subject_types", "object_types"):
        types = relation[field]
        assert types
        assert types == [name for name in TYPES if name in types]


@each_relation
def test_it_says_what_its_facts_mean_in_time(relation: dict[str, Any]) -> None:
    assert cue_words_problem(relation["cue_words"]) == ""
    assert role_problem(relation["role"], relation["object_types"]) == ""
    assert bool(relation["cue_words"]) == relation["lasts"]
    if relation["object_types"] == ["TIME"]:
        assert not relation["lasts"]


def test_it_has_a_relation_for_every_role() -> None:
    shipped = {relation["role"] for relation in RELATIONS}
    assert shipped | {"parent"} == set(Relation.Role.values)  # theirs are fathers and mothers
    assert set(Relation.Role.values) == set(get_args(RelationRole))


def test_it_names_no_two_relations_alike() -> None:
    forward = [text for r in RELATIONS for text in (r["name"], *r["aliases"])]
    assert repeated(forward) == []


def test_it_asks_no_two_relations_with_the_same_words() -> None:
    assert repeated([question for r in RELATIONS for question in r["questions"]]) == []
    assert repeated([question for r in RELATIONS for question in r["inverse_questions"]]) == []


def test_it_pairs_inverse_properties_both_ways() -> None:
    by_id = {relation["wikidata_property"]: relation for relation in RELATIONS}
    paired = [relation for relation in RELATIONS if relation["inverse_property"] is not None]
    assert len(paired) == 19
    for relation in paired:
        inverse = by_id[relation["inverse_property"]]
        assert inverse["inverse_property"] == relation["wikidata_property"]
        assert relation["inverse_name"] == inverse["name"]


def test_it_gives_an_inverse_name_that_means_one_relation() -> None:
    # A child is seen so from the father's and from the mother's side; neither is its sole inverse.
    assert repeated([relation["inverse_name"] for relation in RELATIONS]) == ["child"]
    meaning = {
        normalise(text): r["wikidata_property"]
        for r in RELATIONS
        for text in (r["name"], *r["aliases"])
    }
    for relation in RELATIONS:
        named = meaning.get(normalise(relation["inverse_name"]))
        if relation["inverse_name"] != "child":
            assert named == relation["inverse_property"]
