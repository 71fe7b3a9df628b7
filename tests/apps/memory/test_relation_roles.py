"""What follows from a fact is known by its relation's role, whoever added the relation."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Space, User
from apps.memory import services
from apps.memory.controller import MemoryController
from apps.memory.forms import ROLES
from apps.memory.models import Relation
from apps.memory.services.relation_checks import OBJECTS
from tests import factories
from worker import registry
from worker.types import QuestionContext

URL = "/s/atlas/memory/relations/add/"


@pytest.fixture
def add(alice: User, sign_in):
    """Add a relation in the browser of the space's owner: its name, role and types."""
    owner = sign_in(alice)

    def added(name: str, role: str, subject: str, object_: str, **more: str) -> Relation:
        told = {"name": name, "template": f"{{subject}} {name} {{object}}.", "role": role}
        types = {"subject_types": [subject], "object_types": [object_]}
        assert owner.post(URL, told | types | more).status_code == 302
        return Relation.objects.get(name=name)

    return added


def _fact(space: Space, subject: str, relation: Relation, object_: str) -> None:
    for name, types in ((subject, relation.subject_types), (object_, relation.object_types)):
        if types != ["TIME"]:
            factories.make_entity(space, name, type=types[0])
    factories.make_triple(space, subject, relation, object_)


def _ask(space: Space, question: str) -> tuple[str, list[str]]:
    """Return how an answer begins, and the names in it."""
    memory = MemoryController(space, embedder=registry.embedder("scripted")).as_memory()
    head = registry.read_head("encoder")
    answer = head.answer(question, memory, QuestionContext(as_of=date(2020, 6, 1)))
    return answer.text.partition(".")[0], [entity.name for entity in answer.answers]


DONT_KNOW = "I don't know"


@pytest.mark.parametrize(
    ("roles", "says"),
    [
        (("inception", "dissolution"), "50 years old at the end"),
        (("starts", "ends"), "50 years old at the end"),
        (("dissolution", "inception"), DONT_KNOW),
        (("", ""), DONT_KNOW),
    ],
)
def test_a_beginning_and_an_end_give_an_age(
    space: Space, add, roles: tuple[str, str], says: str
) -> None:
    lit, dark = (
        add(name, role, "LOC", "TIME")
        for name, role in zip(("was first lit on", "went dark on"), roles, strict=True)
    )
    _fact(space, "Gull Light", lit, "4 May 1900")
    _fact(space, "Gull Light", dark, "9 May 1950")
    text, _ = _ask(space, "How old was Gull Light when it closed?")
    assert text == says


@pytest.mark.parametrize(("role", "expected"), [("inception", ["Tern Light"]), ("", [])])
def test_a_beginning_tells_the_older_one(space: Space, add, role: str, expected) -> None:
    lit = add("was first lit on", role, "LOC", "TIME")
    _fact(space, "Gull Light", lit, "4 May 1900")
    _fact(space, "Tern Light", lit, "9 May 1850")
    assert _ask(space, "Which is older, Gull Light or Tern Light?")[1] == expected


@pytest.mark.parametrize(
    ("role", "says", "of_another"),
    [
        *((role, "Yes", DONT_KNOW) for role in ("within", "country", "continent")),
        *((role, "No", "No") for role in ("from", "")),
    ],
)
def test_what_lies_in_a_place_lies_in_what_that_lies_in(
    space: Space, add, role: str, says: str, of_another: str
) -> None:
    told = {"single_valued": "on", "questions": "Where does {subject} stand?"}
    stands = add("stands in", "", "ORG", "LOC", **told)
    inside = add("lies inside", role, "LOC", "LOC")
    _fact(space, "Solvang Museum", stands, "Lindenau")
    _fact(space, "Lindenau", inside, "Norland")
    _fact(space, "Oakham", inside, "Westmark")
    assert _ask(space, "Does Solvang Museum stand in Norland?")[0] == says
    assert _ask(space, "Does Solvang Museum stand in Westmark?")[0] == of_another


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        *((role, ["Ada Brook"]) for role in ("from", "citizenship", "origin", "country")),
        *((role, []) for role in ("within", "")),
    ],
)
def test_somebody_is_from_where_it_says(space: Space, add, role: str, expected: list[str]) -> None:
    _fact(space, "Ada Brook", add("has a hut at", role, "PER", "LOC"), "Lindenau")
    assert _ask(space, "Who is from Lindenau?")[1] == expected


FATHERS, CHILDREN = "Who is Ada Brook's father's father?", "Who is the grandchild of Ada Brook?"
GRANDFATHER, GRANDCHILD = "Who is the grandfather of Ada Brook?", "Who is Carl Dorn's grandchild?"
WIFE, BROTHER = "Who is Carl Dorn's wife?", "Who is Ada Brook's brother?"
ANSWERS = {
    "father": {FATHERS: "Carl Dorn", GRANDFATHER: "Carl Dorn", GRANDCHILD: "Ada Brook"},
    "mother": {GRANDCHILD: "Ada Brook"},
    "parent": {FATHERS: "Carl Dorn", GRANDFATHER: "Carl Dorn", GRANDCHILD: "Ada Brook"},
    "child": {CHILDREN: "Carl Dorn"},
    "spouse": {WIFE: "Ben Hale"},
    "sibling": {BROTHER: "Ben Hale"},
    "": {},
}  # fmt: skip


@pytest.mark.parametrize("role", ANSWERS)
def test_kin_is_found_by_what_the_relation_says_of_the_family(space: Space, add, role: str) -> None:
    kin = add("next of kin (m)", role, "PER", "PER")
    _fact(space, "Ada Brook", kin, "Ben Hale")
    _fact(space, "Ben Hale", kin, "Carl Dorn")
    questions = (FATHERS, CHILDREN, GRANDFATHER, GRANDCHILD, WIFE, BROTHER)
    found = {one: _ask(space, one)[1] for one in questions}
    assert {one: names[0] for one, names in found.items() if names} == ANSWERS[role]
    assert all(len(names) < 2 for names in found.values())


def test_an_own_relation_counts_beside_the_shipped_one(space: Space, add) -> None:
    services.relations_load(space=space, actor=None)
    own = add("parent (m)", "father", "PER", "PER")
    _fact(space, "Ada Brook", Relation.objects.get(name="father"), "Ben Hale")
    _fact(space, "Ben Hale", own, "Carl Dorn")
    for question in (FATHERS, GRANDFATHER):
        assert _ask(space, question)[1] == ["Carl Dorn"]


def test_a_form_offers_every_role_once(space: Space, alice: User, sign_in) -> None:
    offered = ["", *(role for _, group in ROLES[1:] for role, _ in group)]
    assert sorted(offered) == sorted(Relation.Role.values)
    page = sign_in(alice).get(URL).content.decode()
    for role in offered:
        assert page.count(f'<option value="{role}"') >= 1
    for group in ("Times", "Order", "Places", "Family"):
        assert f'<optgroup label="{group}">' in page


@pytest.mark.parametrize("role", [role for role in Relation.Role.values if role in OBJECTS])
def test_it_refuses_a_role_that_such_objects_cannot_have(
    space: Space, alice: User, sign_in, role: str
) -> None:
    fits, why = OBJECTS[role]
    told = {"name": "ties to", "template": "{subject} ties to {object}.", "role": role}
    client = sign_in(alice)
    wrong = client.post(URL, told | {"object_types": ["ORG", "NUM"]})
    assert (wrong.status_code, Relation.objects.count()) == (422, 0)
    assert why in wrong.content.decode()
    given = services.RelationInput("ties to", role=role, object_types=("ORG",))
    with pytest.raises(services.InvalidRelation, match=why[:20]):
        services.relation_create(space=space, actor=alice, given=given)
    assert client.post(URL, told | {"object_types": ["ORG", fits]}).status_code == 302
    assert Relation.objects.get().role == role


def test_the_database_knows_no_other_role(space: Space) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.make_relation(space, "rival", role="rival")
