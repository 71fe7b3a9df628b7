"""The list of documents."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from apps.accounts.models import Space, User
from tests import factories

SignIn = Callable[[User], Client]


def titles(client: Client, space: Space, **query: str) -> list[str]:
    response = client.get(reverse("sources:document-list", args=[space.slug]), query)
    assert response.status_code == 200
    return [document.title for document in response.context["page"]]


def test_it_lists_documents_with_state_and_numbers(
    space: Space, alice: User, bob: User, carol: User, sign_in: SignIn
) -> None:
    document = factories.make_document(space, alice, title="<i>Ada</i>")
    factories.make_candidate(document, alice)
    factories.make_candidate(document, alice, "Brook Institute", "headquarters", "Lindenau")
    for name in ("place of birth", "residence"):
        triple = factories.make_triple(space, "Ada Brook", name, "Lindenau")
        factories.make_evidence(triple, document, bob)
    client = sign_in(carol)
    response = client.get(reverse("sources:document-list", args=[space.slug]))
    row = response.context["page"][0]
    assert (row.state, row.facts, row.waiting) == ("done", 2, 2)
    assert b"&lt;i&gt;Ada&lt;/i&gt;" in response.content
    assert b"Add documents" not in response.content


def test_it_counts_only_facts_that_stand(space: Space, alice: User, sign_in: SignIn) -> None:
    document = factories.make_document(space, alice)
    triple = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    evidence = factories.make_evidence(triple, document, alice)
    evidence.retracted_at = evidence.approved_at
    evidence.save(update_fields=["retracted_at"])
    response = sign_in(alice).get(reverse("sources:document-list", args=[space.slug]))
    assert response.context["page"][0].facts == 0
    assert b"Add documents" in response.content


def test_it_filters_by_words_state_and_format(space: Space, alice: User, sign_in: SignIn) -> None:
    failed = factories.make_document(space, alice, "One.", title="Ada Brook", filename="x.md")
    queued = factories.make_document(space, alice, "Two.", title="Ben Hall", format="markdown")
    factories.make_document(space, alice, "Three.", title="Ada Lane")
    factories.make_extraction(failed, alice)
    factories.make_extraction(failed, alice, state="failed", error="It broke.")
    factories.make_extraction(queued, alice, state="queued", finished_at=None)
    client = sign_in(alice)
    assert titles(client, space) == ["Ada Lane", "Ben Hall", "Ada Brook"]
    assert titles(client, space, q="ada") == ["Ada Lane", "Ada Brook"]
    assert titles(client, space, q="brook ada") == ["Ada Brook"]
    assert titles(client, space, q="X.MD") == ["Ada Brook"]
    assert titles(client, space, state="failed") == ["Ada Brook"]
    assert titles(client, space, state="open") == ["Ben Hall"]
    assert titles(client, space, format="markdown") == ["Ben Hall"]
    assert titles(client, space, page="-1") == ["Ada Lane", "Ben Hall", "Ada Brook"]
    odd = client.get(reverse("sources:document-list", args=[space.slug]), {"state": "nonsense"})
    assert odd.status_code == 422
    assert b"State: Select a valid choice" in odd.content


def test_it_answers_htmx_with_the_list_alone(space: Space, alice: User, sign_in: SignIn) -> None:
    url = reverse("sources:document-list", args=[space.slug])
    response = sign_in(alice).get(url, HTTP_HX_REQUEST="true")
    assert b"<html" not in response.content
    assert b'id="documents"' in response.content
    assert b"No documents yet" in response.content


def test_it_asks_the_database_no_more_for_more_documents(
    space: Space, alice: User, sign_in: SignIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(12):
        factories.make_document(space, alice, f"Text {number}.")
    client = sign_in(alice)
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        client.get(reverse("sources:document-list", args=[space.slug]))


def test_it_is_for_members(space: Space, carol: User, mallory: User, sign_in: SignIn) -> None:
    url = reverse("sources:document-list", args=[space.slug])
    assert sign_in(carol).get(url).status_code == 200
    assert sign_in(mallory).get(url).status_code == 404
    assert Client().get(url).status_code == 302


def test_it_does_not_show_documents_of_other_spaces(
    space: Space, alice: User, mallory: User, sign_in: SignIn
) -> None:
    factories.make_document(Space.objects.get(slug="elsewhere"), mallory, title="Secret")
    assert titles(sign_in(alice), space) == []
