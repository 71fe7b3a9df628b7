"""Two owners write at once: nobody's text is lost without a word."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Role, Space, User
from apps.audit.models import Event
from apps.audit.versions import ChangedMeanwhile, check_version, version_of
from apps.memory import services
from apps.memory.models import Entity, Relation
from tests import factories
from tests.threads import at_once

RELATIONS = "/s/atlas/memory/relations/"
SETTINGS = "/s/atlas/settings/"


@pytest.fixture
def erin(space: Space) -> User:
    """A second owner."""
    user = factories.make_user("erin")
    factories.grant(space, user, Role.OWNER)
    return user


@pytest.fixture
def capital(space: Space) -> Relation:
    services.relations_load(space=space, actor=None)
    return space.relations.get(name="capital")


def filled_in(client: Client, page: str) -> dict[str, Any]:
    """Return what the browser would send of a form as it was opened."""
    context = client.get(page).context
    fields = {field.html_name: field.value() for field in context["form"]}
    sent = {
        name: value.strftime("%Y-%m-%d") if hasattr(value, "strftime") else value
        for name, value in fields.items()
        if value not in (None, False)
    }
    return sent | {"version": context["version"]}


def test_it_tells_the_second_of_two_owners(space, alice, erin, capital, sign_in) -> None:
    page = f"{RELATIONS}{capital.pk}/"
    first, second = sign_in(alice), sign_in(erin)
    hers, theirs = filled_in(first, page), filled_in(second, page)
    new = ["What is the seat of {subject}?"]
    saved = first.post(page, hers | {"template": "{object} is the seat of {subject}.",
                                     "questions": "\n".join(new)})  # fmt: skip
    assert saved.status_code == 302
    mine = theirs | {"template": "{object} is the main city of {subject}.", "description": "Mine."}
    refused = second.post(page, mine)
    text = refused.content.decode()
    assert refused.status_code == 409
    assert "Somebody changed this while you were writing" in text
    assert "<strong>Sentence</strong>, by alice" in text
    assert "“{object} is the seat of {subject}.”" in text
    capital.refresh_from_db()
    assert (capital.template, capital.questions) == ("{object} is the seat of {subject}.", new)

    again = filled_in_of(refused)
    assert again["template"] == "{object} is the main city of {subject}."
    assert again["description"] == "Mine."
    assert again["questions"] == "\n".join(new)  # left as it was, so the newer one stands
    assert again["inverse"] == capital.inverse_id
    assert second.post(page, again).status_code == 302
    capital.refresh_from_db()
    assert capital.template == "{object} is the main city of {subject}."
    assert (capital.questions, capital.description) == (new, "Mine.")
    assert capital.inverse is not None


def filled_in_of(response: Any) -> dict[str, Any]:
    context = response.context
    fields = {field.html_name: field.value() for field in context["form"]}
    sent = {name: value for name, value in fields.items() if value not in (None, False)}
    return sent | {"version": context["version"]}


def test_it_counts_what_a_relation_learnt_as_a_change(space, alice, capital, sign_in) -> None:
    page, client = f"{RELATIONS}{capital.pk}/", sign_in(alice)
    sent = filled_in(client, page)
    services.relation_learn(relation=capital, actor=alice, wording="Seat of {subject}?")
    refused = client.post(page, sent | {"description": "New."})
    assert refused.status_code == 409
    assert "Seat of {subject}?" in filled_in_of(refused)["questions"]


def test_it_counts_a_change_without_an_event_too(space, alice, capital, sign_in) -> None:
    page, client = f"{RELATIONS}{capital.pk}/", sign_in(alice)
    sent = filled_in(client, page)
    Relation.objects.filter(pk=capital.pk).update(inverse=None)
    refused = client.post(page, sent | {"description": "New."})
    assert refused.status_code == 409
    assert "Nothing of yours was saved yet." in refused.content.decode()


def test_it_keeps_the_version_while_the_form_is_wrong(space, alice, erin, capital, sign_in) -> None:
    page = f"{RELATIONS}{capital.pk}/"
    first, second = sign_in(alice), sign_in(erin)
    hers, theirs = filled_in(first, page), filled_in(second, page)
    first.post(page, hers | {"description": "Hers."})
    wrong = second.post(page, theirs | {"template": "no names"})
    assert wrong.status_code == 422
    assert wrong.context["version"] == theirs["version"]
    assert second.post(page, theirs).status_code == 409


def test_it_takes_a_form_that_nobody_else_touched(space, alice, capital, sign_in) -> None:
    page, client = f"{RELATIONS}{capital.pk}/", sign_in(alice)
    for text in ("One.", "Two."):
        sent = filled_in(client, page)
        assert client.post(page, sent | {"description": text}).status_code == 302
    assert client.post(page, GOOD | {"version": "nonsense"}).status_code == 409
    assert client.post(page, GOOD).status_code == 302  # a program that says no version


GOOD = {"name": "capital", "template": "{subject} has {object}."}


def test_it_tells_of_an_entity(space, alice, erin, sign_in) -> None:
    row = factories.make_entity(space, "Ada Brook")
    page = f"/s/atlas/memory/entities/{row.pk}/"
    version = sign_in(erin).get(page).context["version"]
    services.entity_change(entity=row, actor=alice, name="Ada B.", type="", description="")
    mine = {"name": "Ada Brook", "type": "PER", "description": "", "version": version}
    refused = sign_in(erin).post(f"{page}edit/", mine)
    assert refused.status_code == 409
    text = refused.content.decode()
    assert "by alice" in text
    assert "“Ada Brook” became “Ada B.”" in text
    assert refused.context["form"]["type"].value() == "PER"
    assert refused.context["form"]["name"].value() == "Ada B."
    assert refused.context["editing"]
    again = mine | {"name": "Ada B.", "version": refused.context["version"]}
    assert sign_in(erin).post(f"{page}edit/", again).status_code == 302
    assert (Entity.objects.get(pk=row.pk).type, Event.objects.count()) == ("PER", 3)


def test_it_tells_of_settings(space, alice, erin, sign_in) -> None:
    first, second = sign_in(alice), sign_in(erin)
    hers, theirs = filled_in(first, SETTINGS), filled_in(second, SETTINGS)
    first.post(SETTINGS, hers | {"description": "Hers."})
    refused = second.post(SETTINGS, theirs | {"name": "Atlas of E."})
    assert refused.status_code == 409
    assert "“Hers.”" in refused.content.decode()
    again = filled_in_of(refused)
    assert (again["name"], again["description"]) == ("Atlas of E.", "Hers.")
    assert second.post(SETTINGS, again).status_code == 302
    space.refresh_from_db()
    assert (space.name, space.description) == ("Atlas of E.", "Hers.")


def test_it_escapes_what_others_wrote(space, alice, erin, capital, sign_in) -> None:
    page = f"{RELATIONS}{capital.pk}/"
    first, second = sign_in(alice), sign_in(erin)
    hers, theirs = filled_in(first, page), filled_in(second, page)
    first.post(page, hers | {"description": "<script>x</script>"})
    refused = second.post(page, theirs | {"name": "seat"})
    assert "<script>x" not in refused.content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_at_one_moment_one_is_told(space, alice, erin) -> None:
    relation = factories.make_relation(space)
    version = version_of(relation, services.relation_shown(relation))

    def save(actor: User, text: str) -> object:
        given = services.RelationInput(relation.name, description=text, template=relation.template)
        return services.relation_change(
            relation=relation, actor=actor, given=given, version=version
        )

    results = at_once(lambda: save(alice, "One."), lambda: save(erin, "Two."))
    told = [one for one in results if isinstance(one, ChangedMeanwhile)]
    assert len(told) == 1
    assert [change.field for change in told[0].changes] == ["description"]
    relation.refresh_from_db()
    assert relation.description in ("One.", "Two.")


def test_it_reads_any_version(space) -> None:
    for version in ("", "-", "1", "9" * 30 + "-x", "x-" + "0" * 16, "\0-\0"):
        with pytest.raises(ChangedMeanwhile):
            check_version(space, {"name": "Atlas"}, version)
