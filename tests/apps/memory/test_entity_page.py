"""The page of an entity, its picture, and what owners change there."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest

from apps.accounts.models import Space, User
from apps.memory import graph
from apps.memory.models import Alias, Entity, Triple
from apps.memory.selectors import neighbours
from tests import factories


def url(entity: Entity, what: str = "") -> str:
    return f"/s/atlas/memory/entities/{entity.pk}/{what}"


@pytest.fixture
def ada(space: Space) -> Entity:
    factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    factories.make_triple(space, "Brook Institute", "founded by", "Ada Brook")
    return Entity.objects.get(name="Ada Brook")


def test_it_shows_facts_in_both_directions_and_names(
    ada: Entity, space: Space, carol: User, alice: User, sign_in
) -> None:
    document = factories.make_document(space, alice)
    Alias.objects.create(space=space, entity=ada, name="Dr Brook", passage=document.passages.get())
    Entity.objects.create(space=space, name="Ada Brook", description="a doctor")
    response = sign_in(carol).get(url(ada))
    page = response.content.decode()
    assert [str(t) for t in response.context["as_subject"]] == [
        "Ada Brook / place of birth / Lindenau"
    ]
    assert [str(t) for t in response.context["as_object"]] == [
        "Brook Institute / founded by / Ada Brook"
    ]
    assert "Dr Brook" in page
    assert f"/s/atlas/sources/{document.pk}/" in page
    assert "a doctor" in page
    assert "Rename" not in page
    assert "Merge" not in page


def test_it_is_hidden_from_outsiders(ada: Entity, mallory: User, carol: User, sign_in) -> None:
    assert sign_in(mallory).get(url(ada)).status_code == 404
    other = factories.make_entity(factories.make_space("far"), "Ada")
    assert sign_in(carol).get(url(other)).status_code == 404


def test_it_leads_from_a_merged_entity_to_the_one_it_became(
    ada: Entity, space: Space, carol: User, sign_in
) -> None:
    pointer = factories.make_entity(space, "A. B.", merged_into=ada)
    response = sign_in(carol).get(url(pointer))
    assert response.status_code == 302
    assert response["Location"] == url(ada)


@pytest.mark.parametrize("what", ["edit/", "alias/", "merge/"])
def test_it_lets_only_owners_change(
    ada: Entity, bob: User, carol: User, mallory: User, what: str, sign_in
) -> None:
    for user, status in ((bob, 403), (carol, 403), (mallory, 404)):
        assert sign_in(user).post(url(ada, what), {"name": "Eve"}).status_code == status
    ada.refresh_from_db()
    assert ada.name == "Ada Brook"


def test_it_renames(ada: Entity, alice: User, sign_in) -> None:
    client = sign_in(alice)
    assert client.get(url(ada, "edit/")).status_code == 405
    data = {"name": "Ada M. Brook", "type": "PER", "description": "painter"}
    response = client.post(url(ada, "edit/"), data, follow=True)
    assert "<h1>Ada M. Brook</h1>" in response.content.decode()
    assert list(ada.aliases.values_list("name", flat=True)) == ["Ada Brook"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"name": "", "type": "", "description": ""}, "This field is required."),
        ({"name": "\n", "type": "", "description": ""}, "This field is required."),
        ({"name": "x" * 501, "type": "", "description": ""}, "at most 500 characters"),
        ({"name": "x", "type": "GOD", "description": ""}, "Select a valid choice"),
        ({"name": "Lindenau", "type": "", "description": ""}, "give one of them a description"),
    ],
)
def test_it_says_what_is_wrong_with_a_name(
    ada: Entity, alice: User, data: dict[str, str], message: str, sign_in
) -> None:
    response = sign_in(alice).post(url(ada, "edit/"), data)
    assert response.status_code == 422
    assert message in response.content.decode()
    ada.refresh_from_db()
    assert ada.name == "Ada Brook"


def test_it_adds_another_name_once(ada: Entity, alice: User, sign_in) -> None:
    client = sign_in(alice)
    page = client.post(url(ada, "alias/"), {"name": "Dr  Brook"}, follow=True).content.decode()
    assert "The name was added." in page
    page = client.post(url(ada, "alias/"), {"name": "dr brook"}, follow=True).content.decode()
    assert "It has that name already." in page
    assert client.post(url(ada, "alias/"), {"name": ""}).status_code == 422
    assert list(ada.aliases.values_list("name", flat=True)) == ["Dr Brook"]


def test_it_merges_into_an_entity_that_was_searched(
    ada: Entity, space: Space, alice: User, sign_in
) -> None:
    other = factories.make_entity(space, "Ada Brooke")
    client = sign_in(alice)
    page = client.get(url(ada, "merge/"), {"q": "ada"})
    assert [found for found, _ in page.context["found"]] == [other]
    assert "See what would move" in page.content.decode()
    response = client.post(url(ada, "merge/"), {"target": other.pk}, follow=True)
    assert response.redirect_chain[0][0] == url(other)
    assert "is now another name of this entity. Facts moved: 2." in response.content.decode()
    assert Triple.objects.filter(subject=other).count() == 1


def test_it_refuses_to_merge_into_itself_or_elsewhere(ada: Entity, alice: User, sign_in) -> None:
    foreign = factories.make_entity(factories.make_space("far"), "Ada")
    client = sign_in(alice)
    for target in (ada.pk, foreign.pk, "x", ""):
        response = client.post(url(ada, "merge/"), {"target": target}, follow=True)
        assert "Choose another entity of this space" in response.content.decode()
    ada.refresh_from_db()
    assert ada.merged_into is None
    assert client.get(url(ada, "merge/"), {"q": "\0"}).status_code == 200


def test_it_escapes_names_in_page_and_picture(space: Space, carol: User, sign_in) -> None:
    nasty = '"><script>alert(1)</script>'
    triple = factories.make_triple(space, nasty, "place of birth", "</svg><img src=x onerror=y>")
    Alias.objects.create(space=space, entity=triple.subject, name="<b>bold</b>")
    page = sign_in(carol).get(url(triple.subject)).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>bold" not in page


def picture(page: str) -> ET.Element:
    match = re.search(r'<svg class="graph.*?</svg>', page, re.DOTALL)
    assert match
    return ET.fromstring(match.group())


def test_it_draws_the_neighbourhood_with_links(ada: Entity, carol: User, sign_in) -> None:
    svg = picture(sign_in(carol).get(url(ada)).content.decode())
    links = list(svg.iter("a"))
    assert {link.get("aria-label") for link in links} == {
        "Ada Brook place of birth Lindenau",
        "Brook Institute founded by Ada Brook",
    }
    lindenau = Entity.objects.get(name="Lindenau")
    assert url(lindenau) in {link.get("href") for link in links}
    assert len(svg.findall(".//path[@class='graph__arrow']")) == 2


def test_it_draws_nothing_without_neighbours(space: Space, carol: User, sign_in) -> None:
    entity = factories.make_entity(space, "Alone")
    page = sign_in(carol).get(url(entity)).content.decode()
    assert '<svg class="graph' not in page
    assert "No facts" in page


@pytest.mark.parametrize("name", ["Ada", "A very long name of an institute", "東京都" * 8])
def test_it_never_lets_texts_overlap(space: Space, name: str) -> None:
    focus = factories.make_entity(space, name)
    made = 0
    for count in [1, 2, 3, 5, 12, 24, 40]:
        for n in range(made, count):
            factories.make_triple(space, name, f"relation with a long name {n % 3}", f"{n} {name}")
        if made <= 2 < count:
            factories.make_triple(space, f"1 {name}", "employer", name)
        made = count
        around, total = neighbours(focus)
        assert total == count
        for draw in (graph.draw, graph.draw_branch):
            drawn = draw(focus, around)
            assert drawn == draw(focus, around)
            assert len(drawn.nodes) == min(count, 24)
            nothing_overlaps(drawn)


def nothing_overlaps(drawn: graph.Graph) -> None:
    boxes = [drawn.box]
    for node in drawn.nodes:
        for text, pixels, top, height in (
            (node.name, graph.NAME_PIXELS, node.name_y - 11, 14),
            (node.relations, graph.RELATION_PIXELS, node.relations_y - 10, 13),
        ):
            wide = graph._width(text, pixels)
            left = node.text_x if node.anchor == "start" else node.text_x - wide
            boxes.append((left, top, wide, height))
            assert left >= 0
            assert left + wide <= drawn.width
            assert top >= 0
            assert top + height <= drawn.height
        boxes.append((node.x - 6, node.y - 6, 12, 12))
    for (x1, y1, w1, h1), (x2, y2, w2, h2) in combinations(boxes, 2):
        apart = x1 + w1 <= x2 or x2 + w2 <= x1 or y1 + h1 <= y2 or y2 + h2 <= y1
        assert apart


def test_it_leaves_past_facts_out_of_the_picture(ada: Entity, space: Space) -> None:
    Triple.objects.filter(subject=ada).update(status="retracted", retracted_at=ada.created_at)
    around, total = neighbours(ada)
    assert (total, [other.name for other, _ in around]) == (1, ["Brook Institute"])
