"""Relation packs: switched on and off in the browser, by command and with a new space."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.audit.selectors import events_shown
from apps.memory import services
from apps.memory.controller import MemoryController, relation_spec
from apps.memory.packs import extra_packs, key_of, pack_named
from apps.memory.selectors import packs_overview
from tests import factories
from worker import registry
from worker.types import QuestionContext

URL = "/s/atlas/memory/relations/packs/"
PEOPLE = pack_named("people")


def _in_use(space: Space) -> set[str]:
    return set(space.relations.filter(retired_at=None).values_list("name", flat=True))


def test_it_switches_a_pack_on_in_one_event(space: Space, alice: User) -> None:
    switched = services.pack_switch_on(space=space, actor=alice, pack=PEOPLE)
    assert [row.name for row in switched.added] == [item["name"] for item in PEOPLE.relations]
    assert switched.restored == ()
    assert switched.own == ()
    row = space.relations.get(name="chief executive")
    assert (row.name_in_pack, row.key, row.single_valued) == ("chief executive",) * 2 + (True,)
    assert row.template == "The chief executive of {subject} is {object}."
    assert relation_spec(row).key == "chief executive"
    event = Event.objects.get(action="pack.switched_on")
    assert event.payload["pack"] == "People and organisations"
    assert len(event.payload["relations"]) == 11
    again = services.pack_switch_on(space=space, actor=alice, pack=PEOPLE)
    assert not again.changed
    assert Event.objects.filter(action="pack.switched_on").count() == 1
    assert space.relations.count() == 11


def test_it_switches_off_and_keeps_the_facts(space: Space, alice: User) -> None:
    services.pack_switch_on(space=space, actor=alice, pack=PEOPLE)
    factories.make_triple(space, "Nordwind", space.relations.get(name="acquired"), "Quillmark")
    own = factories.make_relation(space, "sails on")
    retired = services.pack_switch_off(space=space, actor=alice, pack=PEOPLE)
    assert len(retired) == 11
    assert _in_use(space) == {own.name}
    assert [spec.name for spec in MemoryController(space).relations()] == [own.name]
    assert space.triples.filter(status="active").count() == 1
    assert services.pack_switch_off(space=space, actor=alice, pack=PEOPLE) == ()
    assert Event.objects.filter(action="pack.switched_off").count() == 1
    back = services.pack_switch_on(space=space, actor=alice, pack=PEOPLE)
    assert (len(back.added), len(back.restored)) == (0, 11)
    assert space.relations.count() == 12


def test_it_doubles_no_relation_that_the_owner_has_under_the_name(
    space: Space, alice: User, sign_in
) -> None:
    own = factories.make_relation(space, "Acquired", template="{subject} got {object}.")
    page = sign_in(alice).post(f"{URL}people/on/", follow=True).content.decode()
    assert "10 relations added." in page
    assert "The space has its own “acquired”, which stays as it is." in page
    assert "The space has its own of this name." in page
    own.refresh_from_db()
    assert (own.key, own.template) == ("", "{subject} got {object}.")
    assert space.relations.filter(normalised="acquired").count() == 1
    shown = {one.pack.name: one for one in packs_overview(space)}["people"]
    assert (shown.is_on, shown.in_use, shown.own) == (True, 10, {"acquired"})
    sign_in(alice).post(f"{URL}people/off/")
    own.refresh_from_db()
    assert own.retired_at is None


def test_it_knows_a_relation_that_the_owner_renamed(space: Space, alice: User, sign_in) -> None:
    client = sign_in(alice)
    client.post(f"{URL}people/on/")
    row = space.relations.get(name="acquired")
    page = client.get(f"/s/atlas/memory/relations/{row.pk}/")
    data = {
        field.html_name: field.value()
        for field in page.context["form"]
        if field.value() not in (None, False)
    }
    client.post(f"/s/atlas/memory/relations/{row.pk}/", data | {"name": "bought up"})
    row.refresh_from_db()
    assert (row.name, row.key) == ("bought up", "acquired")
    assert not services.pack_switch_on(space=space, actor=alice, pack=PEOPLE).changed
    factories.make_relation(space, "acquired")
    shown = {one.pack.name: one for one in packs_overview(space)}["people"]
    assert (shown.in_use, shown.own) == (11, set())
    assert "bought up" in client.get(URL).content.decode()


def test_the_standard_relations_are_a_pack_too(space: Space, alice: User) -> None:
    standard = pack_named("standard")
    services.relations_load(space=space, actor=alice)
    services.pack_switch_off(space=space, actor=alice, pack=standard)
    assert _in_use(space) == set()
    services.relations_load(space=space, actor=alice)
    assert _in_use(space) == set()
    services.pack_switch_on(space=space, actor=alice, pack=standard)
    assert len(_in_use(space)) == 95
    capital = space.relations.get(wikidata_property="P36")
    assert capital.inverse == space.relations.get(wikidata_property="P1376")


def test_the_page_shows_state_contents_and_facts(
    space: Space, alice: User, carol: User, mallory: User, sign_in
) -> None:
    services.pack_switch_on(space=space, actor=alice, pack=PEOPLE)
    services.relation_retire(relation=space.relations.get(name="revenue"), actor=alice)
    factories.make_triple(space, "Nordwind", space.relations.get(name="acquired"), "Quillmark")
    page = sign_in(alice).get(URL).content.decode()
    assert "10 of 11 relations in use, 1 fact" in page
    assert "Switch on the rest" in page
    assert "The governing law" not in page
    assert "X is governed by the law of Y." in page
    assert "0 of 7 relations in use" in page
    read = sign_in(carol).get(URL).content.decode()
    assert "10 of 11 relations in use" in read
    assert "Switch on" not in read
    assert sign_in(mallory).get(URL).status_code == 404
    assert f'href="{URL}"' in sign_in(carol).get("/s/atlas/memory/relations/").content.decode()


@pytest.mark.parametrize("way", ["on", "off"])
def test_only_owners_switch(space: Space, bob: User, dave: User, mallory, way: str, sign_in):
    for user, status in ((bob, 403), (dave, 403), (mallory, 404)):
        assert sign_in(user).post(f"{URL}people/{way}/").status_code == status
    assert not space.relations.exists()


def test_it_knows_no_other_pack_and_switches_by_post_alone(space: Space, alice, sign_in) -> None:
    client = sign_in(alice)
    assert client.post(f"{URL}peple/on/").status_code == 404
    assert client.get(f"{URL}people/on/").status_code == 405
    assert not space.relations.exists()


def test_members_see_in_the_log_what_was_switched(space: Space, alice: User, dave, sign_in) -> None:
    factories.make_relation(space, "acquired")
    services.pack_switch_on(space=space, actor=alice, pack=PEOPLE)
    services.pack_switch_off(space=space, actor=alice, pack=PEOPLE)
    client = sign_in(dave)
    page = client.get("/s/atlas/audit/").content.decode()
    assert f"switched the pack “{PEOPLE.title}” on" in page
    assert f"switched the pack “{PEOPLE.title}” off" in page
    event = Event.objects.get(action="pack.switched_on")
    page = client.get(f"/s/atlas/audit/events/{event.pk}/").content.decode()
    assert "Kept as they are, the space&#x27;s own" in page
    seen = {event.action for event in events_shown(space=space, roles=frozenset({"asker"}))}
    assert seen == {"pack.switched_on", "pack.switched_off"}


def test_a_space_opens_with_the_packs_that_are_chosen(alice: User, sign_in) -> None:
    client = sign_in(alice)
    page = client.get("/new/").content.decode()
    for pack in extra_packs():
        assert pack.title in page
        assert pack.description in page
    assert "such as job title, chief executive" in page
    client.post("/new/", {"name": "Ship", "packs": ["people", "medicines"]})
    space = Space.objects.get(slug="ship")
    assert space.relations.count() == 95 + 11 + 6
    assert Event.objects.filter(space=space, action="pack.switched_on").count() == 2
    client.post("/new/", {"name": "Plain"})
    assert Space.objects.get(slug="plain").relations.count() == 95
    wrong = client.post("/new/", {"name": "Wrong", "packs": ["god"]})
    assert wrong.status_code == 422
    assert not Space.objects.filter(slug="wrong").exists()


def _run(**options: Any) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("packs", stdout=out, stderr=err, **{"space": "atlas", **options})
    return out.getvalue(), err.getvalue()


def test_the_command_shows_and_switches(space: Space, alice: User) -> None:
    factories.make_relation(space, "acquired")
    told, _ = _run()
    assert "people: off, 0 of 11 relations in use. People and organisations: Who does what" in told
    told, said = _run(on=["people", "projects"])
    assert "projects: on, 5 of 5 relations in use" in told
    assert "people: the space has its own “acquired”, which stays." in said
    found = json.loads(_run(off=["projects"], json=True)[0])
    by_name = {one["name"]: one for one in found["packs"]}
    assert (found["space"], by_name["people"]["on"], by_name["projects"]["on"]) == (
        "atlas", True, False,
    )  # fmt: skip
    assert {"name": "acquired", "in_use": False, "own": True} in by_name["people"]["relations"]
    assert Event.objects.filter(action="pack.switched_off", actor=alice).count() == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"on": ["peple"]}, "There is no pack 'peple'. Did you mean 'people'"),
        ({"on": ["people"], "user": "bob"}, "'bob' may not change the relations of 'atlas'"),
        ({"on": ["people"], "user": "nobody"}, "There is no user 'nobody'"),
        ({"space": "atlass"}, "There is no space 'atlass'. Did you mean 'atlas'"),
    ],
)
def test_the_command_says_what_is_wrong(space: Space, options: dict[str, Any], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        _run(**options)
    assert not space.relations.exists()


FACTS = [
    ("Nordwind", "ORG", "chief executive", "Oskar Veldt", "PER",
     "Who is the chief executive of Nordwind?"),
    ("Corvid", "MISC", "requires", "Java 17", "MISC", "What do I need for Corvid?"),
    ("Lease 14", "MISC", "notice period", "three months", "NUM",
     "How long is the notice for Lease 14?"),
    ("Dolvexa", "MISC", "indication", "migraine", "MISC", "What is Dolvexa good for?"),
    ("Heron Kick-off", "MISC", "attendee", "Ida Berg", "PER", "Who was at Heron Kick-off?"),
]  # fmt: skip


@pytest.mark.parametrize("fact", FACTS, ids=[fact[2] for fact in FACTS])
def test_facts_of_every_pack_answer_questions(space: Space, alice: User, fact) -> None:
    """The real read head, beside every other relation of the product."""
    subject, subject_type, name, object_, object_type, question = fact
    services.relations_load(space=space, actor=alice)
    for pack in extra_packs():
        services.pack_switch_on(space=space, actor=alice, pack=pack)
    factories.make_entity(space, subject, type=subject_type)
    factories.make_entity(space, object_, type=object_type)
    relation = space.relations.get(name=name)
    assert relation.key in {key_of(item) for pack in extra_packs() for item in pack.relations}
    factories.make_triple(space, subject, relation, object_)
    memory = MemoryController(space, embedder=registry.embedder("scripted")).as_memory()
    answer = registry.read_head("encoder").answer(question, memory, QuestionContext())
    assert [entity.name for entity in answer.answers] == [object_]
