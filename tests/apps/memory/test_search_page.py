"""The search of the memory."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Space, User
from apps.memory.models import Alias, Triple
from apps.memory.selectors import facts_search, search_words
from tests import factories

URL = "/s/atlas/memory/"


def shown(response) -> list[str]:
    return [str(triple) for triple in response.context["page"].object_list]


@pytest.fixture
def facts(space: Space) -> dict[str, Triple]:
    return {
        "born": factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau"),
        "works": factories.make_triple(space, "Ada Brook", "employer", "Brook Institute"),
        "other": factories.make_triple(space, "Ben Hall", "place of birth", "Oakham"),
    }


def test_it_is_for_members_only(space: Space, carol: User, mallory: User, client, sign_in) -> None:
    assert client.get(URL).status_code == 302
    assert sign_in(mallory).get(URL).status_code == 404
    assert sign_in(carol).get(URL).status_code == 200


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 3),
        ("ada", 2),
        ("ADA birth", 1),
        ("brook lindenau", 1),
        ("lind", 1),
        ("institute", 1),
        ("place", 2),
        ("naissance", 1),
        ("doctor", 2),
        ("inden", 0),
        ("ada oakham", 0),
        ("'; -- :* & | ! <", 3),
        ("\0", 3),
    ],
)
def test_it_finds_facts_in_which_every_word_stands(
    space: Space, facts: dict[str, Triple], query: str, expected: int
) -> None:
    Alias.objects.create(space=space, entity=facts["born"].subject, name="Doctor Brook")
    relation = facts["born"].relation
    relation.aliases = ["lieu de naissance"]
    relation.save()
    if query == "naissance":
        facts["other"].delete()
    assert facts_search(space=space, words=search_words(query)).count() == expected


def test_it_filters_by_relation_status_type_and_entity(
    space: Space, facts: dict[str, Triple], carol: User, sign_in
) -> None:
    client = sign_in(carol)
    facts["other"].subject.type = "PER"
    facts["other"].subject.save()
    Triple.objects.filter(pk=facts["works"].pk).update(
        status="retracted", retracted_at=facts["works"].recorded_at
    )
    employer, ada = facts["works"].relation, facts["born"].subject
    for query, expected in (
        ({}, ["other", "born"]),
        ({"status": "retracted"}, ["works"]),
        ({"status": "any"}, ["other", "works", "born"]),
        ({"type": "PER"}, ["other"]),
        ({"relation": employer.pk}, []),
        ({"relation": employer.pk, "status": "any"}, ["works"]),
        ({"entity": ada.pk, "status": "any"}, ["works", "born"]),
    ):
        response = client.get(URL, query)
        assert shown(response) == [str(facts[name]) for name in expected], query


def test_it_links_to_entities_and_facts(
    space: Space, facts: dict[str, Triple], carol: User, sign_in
) -> None:
    page = sign_in(carol).get(URL).content.decode()
    assert reverse("memory:entity", args=["atlas", facts["born"].subject_id]) in page
    assert reverse("facts:triple", args=["atlas", facts["born"].pk]) in page


def test_it_answers_htmx_with_the_list_alone(
    space: Space, facts: dict[str, Triple], carol: User, sign_in
) -> None:
    page = sign_in(carol).get(URL, {"q": "oakham"}, headers={"HX-Request": "true"})
    assert page.content.decode().strip().startswith('<section class="card card--flush" id="facts"')
    assert shown(page) == [str(facts["other"])]


def test_it_refuses_filters_that_do_not_exist(space: Space, carol: User, sign_in) -> None:
    other = factories.make_triple(factories.make_space("far"), "A", "b", "C")
    client = sign_in(carol)
    for query, named in (
        ({"relation": "x"}, "Relation"),
        ({"relation": other.relation_id}, "Relation"),
        ({"entity": other.subject_id}, "Entity"),
        ({"status": "gone"}, "Status"),
        ({"type": "DOG"}, "About"),
        ({"q": "x" * 201}, "Words"),
    ):
        for headers in ({}, {"HX-Request": "true"}):
            response = client.get(URL, query, headers=headers)
            assert response.status_code == 422
            page = response.content.decode()
            assert "cannot be read" in page
            assert page.count('role="alert"') == 1
            assert f"<span>{named}: " in page


def test_it_shows_nothing_of_another_space(space: Space, carol: User, sign_in) -> None:
    factories.make_triple(factories.make_space("far"), "Ada Brook", "employer", "Guild")
    assert shown(sign_in(carol).get(URL, {"q": "ada"})) == []


def test_it_pages_without_a_query_for_each_row(space: Space, carol: User, sign_in) -> None:
    for n in range(30):
        factories.make_triple(space, f"Person {n}", "place of birth", "Lindenau")
    client = sign_in(carol)
    with CaptureQueriesContext(connection) as queries:
        first = client.get(URL, {"q": "lindenau"})
    assert len(first.context["page"].object_list) == 25
    assert len(queries) < 20
    assert len(client.get(URL, {"q": "lindenau", "page": 2}).context["page"].object_list) == 5
    assert client.get(URL, {"page": "x"}).status_code == 200


def test_it_escapes_names(space: Space, carol: User, sign_in) -> None:
    factories.make_triple(space, "<script>alert(1)</script>", "employer", '"><img src=x>')
    page = sign_in(carol).get(URL).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_it_says_what_to_do_while_the_memory_is_empty(
    space: Space, carol: User, bob: User, sign_in
) -> None:
    assert "The memory is empty" in sign_in(carol).get(URL).content.decode()
    assert "Add a document" in sign_in(bob).get(URL).content.decode()
    assert "No fact matches" in sign_in(carol).get(URL, {"q": "x"}).content.decode()
