"""What a relation implies is its owner's to say, and survives a new name of what is implied."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.audit.models import Event
from apps.memory.forms import RelationForm
from apps.memory.models import Relation
from apps.memory.services import RelationInput, relation_change
from apps.memory.services.relations import relation_shown
from tests import factories


@pytest.fixture
def located(space) -> Relation:
    return factories.make_relation(space, "located in", template="{subject} lies in {object}.")


def form(space, relation=None, **values):
    given = {"name": "capital of", "template": "{subject} is the capital of {object}.", **values}
    return RelationForm(given, space=space, relation=relation)


def test_an_owner_says_what_a_relation_implies(space, located, alice, client):
    client.force_login(alice)
    sent = {
        "name": "capital of", "template": "{subject} is the capital of {object}.",
        "implies": "Located  In", "lasts": "yes",
    }  # fmt: skip
    answer = client.post(reverse("memory:relation-add", args=[space.slug]), sent)
    assert answer.status_code == 302
    made = Relation.objects.get(name="capital of")
    assert (made.implies, made.implies_back) == (["located in"], [])
    page = client.get(reverse("memory:relation-edit", args=[space.slug, made.pk]))
    assert "located in</textarea>" in page.content.decode()
    assert Event.objects.get(action="relation.created").payload["implies"] == ["located in"]


@pytest.mark.parametrize("field", ["implies", "implies_back"])
def test_it_names_other_relations_of_the_space_alone(space, located, field):
    factories.make_relation(factories.make_space("another"), "elsewhere")
    assert "no relation “elsewhere”" in str(form(space, **{field: "elsewhere"}).errors[field])
    own = form(space, located, name="located in", **{field: "located in"})
    assert "other relations" in str(own.errors[field])
    assert not form(space, **{field: ""}).errors


def test_a_new_name_of_what_is_implied_is_followed(space, located, alice):
    capital = factories.make_relation(space, "capital of", implies=["located in", "near"])
    other = factories.make_relation(space, "contains", implies_back=["located in"])
    given = {name: value for name, value in relation_shown(located).items() if name != "inverse"}
    plain = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
    relation_change(
        relation=located, actor=alice, given=RelationInput(**plain | {"name": "lies in"})
    )
    capital.refresh_from_db()
    other.refresh_from_db()
    assert (capital.implies, other.implies_back) == (["lies in", "near"], ["lies in"])
