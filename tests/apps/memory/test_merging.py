"""Two things that are one, one thing that is two: the plan, the merge, the way back, the split."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from apps.audit.models import Event
from apps.curation.services import Picked, candidate_accept, decision_undo
from apps.memory import services
from apps.memory.controller import MemoryController
from apps.memory.models import Alias, Entity, EntityMerge, Evidence, Triple
from tests import factories
from worker.literals import as_json, parse_literal


@pytest.fixture
def born(space):
    return factories.make_relation(space, "place of birth", single_valued=True)


@pytest.fixture
def source(space) -> Entity:
    entity = factories.make_entity(space, "A. Brook", type="PER")
    Alias.objects.create(space=space, entity=entity, name="Brook, A.")
    return entity


@pytest.fixture
def target(space) -> Entity:
    return factories.make_entity(space, "Ada Brook", type="PER")


def rows() -> dict[str, list[tuple]]:
    """Everything that a merge may touch."""
    return {
        "entities": list(Entity.objects.order_by("pk").values_list("pk", "name", "merged_into")),
        "triples": list(
            Triple.objects.order_by("pk").values_list(
                "pk", "subject", "object", "status", "superseded_by", "retracted_at"
            )
        ),
        "evidence": list(Evidence.objects.order_by("pk").values_list("pk", "triple")),
        "aliases": sorted(Alias.objects.values_list("entity__name", "name")),
    }


@pytest.fixture
def both(space, alice, source, target, born):
    """The same fact of both with evidence each, and one more of the source."""
    factories.make_relation(space, "founded")
    kept = factories.make_triple(space, "Ada Brook", born, "Lindenau")
    double = factories.make_triple(space, "A. Brook", born, "Lindenau")
    only = factories.make_triple(space, "Guild", "founded", "A. Brook")
    for triple, text in ((kept, "Ada Brook, Lindenau."), (double, "A. Brook, Lindenau.")):
        factories.make_evidence(triple, factories.make_document(space, alice, text=text), alice)
    return kept, double, only


def test_a_plan_tells_what_would_move_and_changes_nothing(source, target, both):
    kept, double, only = both
    before = rows()
    plan = services.merge_plan(source, target)

    assert plan.moves == (double, only)
    assert plan.duplicates == ((double, kept),)
    assert plan.names == ("A. Brook", "Brook, A.")
    assert not plan.clashes
    assert rows() == before


def test_a_merge_tells_of_every_fact_and_piece_of_evidence(source, target, both, alice):
    kept, double, only = both
    merged = services.entities_merge(source=source, target=target, actor=alice)

    moved = Event.objects.filter(action="triple.moved")
    assert sorted(moved.values_list("subject_id", flat=True)) == sorted([double.pk, only.pk])
    assert {event.payload["merge"] for event in moved} == {merged.merge.pk}
    assert Event.objects.get(action="triple.superseded").subject_id == double.pk
    evidence = Event.objects.get(action="evidence.moved").payload
    assert (evidence["from"], evidence["to"]) == (double.pk, kept.pk)
    names = [e.payload["alias"] for e in Event.objects.filter(action="entity.changed")]
    assert sorted(names) == ["A. Brook", "Brook, A."]


def test_a_merge_is_taken_back_whole(source, target, both, alice, space):
    before = rows()
    merge = services.entities_merge(source=source, target=target, actor=alice).merge
    undone = services.entities_unmerge(merge=merge, actor=alice)

    assert rows() == before
    assert not undone.plan.left
    merge.refresh_from_db()
    assert merge.undone_by == alice
    assert MemoryController(space).resolve_entity("Brook, A.").entity == source
    assert Event.objects.filter(action="entity.unmerged").exists()
    assert Event.objects.filter(action="triple.moved").count() == 4
    with pytest.raises(services.PartingRefused, match="already"):
        services.entities_unmerge(merge=merge, actor=alice)
    services.entities_merge(source=source, target=target, actor=alice)  # and again


def test_two_merges_are_taken_back_in_turn(space, alice):
    one, two, three = (factories.make_entity(space, name) for name in ("One", "Two", "Three"))
    factories.make_triple(space, "One", "employer", "Guild")
    before = rows()
    first = services.entities_merge(source=one, target=two, actor=alice).merge
    second = services.entities_merge(source=two, target=three, actor=alice).merge
    with pytest.raises(services.PartingRefused, match="take that back first"):
        services.entities_unmerge(merge=first, actor=alice)
    services.entities_unmerge(merge=second, actor=alice)
    services.entities_unmerge(merge=first, actor=alice)
    assert rows() == before


def test_two_values_of_one_are_shown_before_they_stand_together(source, target, born, alice, space):
    mine = factories.make_triple(space, "A. Brook", born, "Mirefeld")
    theirs = factories.make_triple(space, "Ada Brook", born, "Lindenau")
    with pytest.raises(services.UnseenConflicts) as refused:
        services.entities_merge(source=source, target=target, actor=alice)
    assert refused.value.plan.clashes == ((mine, theirs),)
    assert not EntityMerge.objects.exists()

    pairs = [(mine.pk, theirs.pk)]
    services.entities_merge(source=source, target=target, actor=alice, despite=pairs)
    assert Event.objects.get(action="entity.merged").payload["despite"] == [list(pairs[0])]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((None, date(1970, 1, 1)), (date(1970, 1, 1), None)),
        ((date(1980, 1, 1), None), (None, date(1980, 1, 1))),
    ],
)
def test_times_that_only_touch_do_not_clash(source, target, born, space, first, second):
    factories.make_triple(space, "A. Brook", born, "M", valid_from=first[0], valid_to=first[1])
    factories.make_triple(space, "Ada Brook", born, "L", valid_from=second[0], valid_to=second[1])
    assert not services.merge_plan(source, target).clashes


def test_what_changed_since_stays_and_is_said(source, target, both, alice, space):
    kept, double, only = both
    merge = services.entities_merge(source=source, target=target, actor=alice).merge
    MemoryController(space).retract(kept, actor=alice)
    later = factories.make_triple(space, "Ada Brook", "employer", "Guild")
    split = services.entity_split(
        entity=target, actor=alice, triples=[only.pk], name="Ada", type="", description=""
    )
    undone = services.entities_unmerge(merge=merge, actor=alice)

    why = {triple.pk: reason for triple, reason in undone.plan.left}
    assert "retracted since" in why[double.pk]
    assert "moved to another entity" in why[only.pk]
    assert undone.plan.since == (later,)
    only.refresh_from_db()
    double.refresh_from_db()
    assert (only.object, double.subject, double.status) == (split.entity, source, "superseded")


def test_a_merge_stays_where_its_name_is_taken(source, target, alice, space):
    merge = services.entities_merge(source=source, target=target, actor=alice).merge
    Entity.objects.create(space=space, name="A. Brook", type="PER")
    with pytest.raises(services.PartingRefused, match="by now"):
        services.entities_unmerge(merge=merge, actor=alice)


@pytest.fixture
def decided(space, alice, bob):
    """Two decisions that say the same of two entities."""
    texts = ("Ada Brook was born in Lindenau.", "A. Brook was born in Lindenau.")
    documents = [factories.make_document(space, alice, text=text) for text in texts]
    names = ("Ada Brook", "A. Brook")
    candidates = [
        factories.make_candidate(document, alice, subject=name)
        for document, name in zip(documents, names, strict=True)
    ]
    return [candidate_accept(candidate=one, actor=bob) for one in candidates]


def test_a_decision_on_a_duplicate_is_undone(decided, alice, bob):
    kept, double = decided
    merge = services.entities_merge(
        source=double.triple.subject, target=kept.triple.subject, actor=alice
    ).merge
    decision_undo(decision=double, actor=bob)

    kept.triple.refresh_from_db()
    assert kept.triple.status == "active"
    assert [one.pk for one in kept.triple.evidence.filter(retracted_at=None)] == [kept.evidence.pk]
    services.entities_unmerge(merge=merge, actor=alice)
    double.triple.refresh_from_db()
    assert double.triple.status == "retracted"


def test_the_last_decision_on_merged_facts_takes_the_fact_along(decided, alice, bob):
    kept, double = decided
    services.entities_merge(source=double.triple.subject, target=kept.triple.subject, actor=alice)
    decision_undo(decision=kept, actor=bob)
    kept.triple.refresh_from_db()
    assert kept.triple.status == "active"
    decision_undo(decision=double, actor=bob)
    kept.triple.refresh_from_db()
    assert kept.triple.status == "retracted"


def test_it_splits_a_mixed_entity_by_its_facts(space, alice):
    mixed = factories.make_triple(space, "John Smith", "employer", "Guild")
    other = factories.make_triple(space, "John Smith", "employer", "Harbour")
    entity = mixed.subject
    split = services.entity_split(
        entity=entity, actor=alice, triples=[other.pk], name="John Smith", type="",
        description="sailor",
    )  # fmt: skip
    other.refresh_from_db()
    assert (split.moved, other.subject) == (1, split.entity)
    assert Triple.objects.get(subject=entity) == mixed
    assert Event.objects.get(action="triple.moved").payload["to"]["id"] == split.entity.pk
    with pytest.raises(services.DuplicateEntity):
        services.entity_split(
            entity=entity, actor=alice, triples=[mixed.pk], name="John Smith", type="",
            description="sailor",
        )  # fmt: skip
    for wrong in ([], [other.pk], [10**9]):
        with pytest.raises(services.PartingRefused):
            services.entity_split(
                entity=entity, actor=alice, triples=wrong, name="X", type="", description=""
            )


def test_a_fact_may_be_about_another_one_of_the_name(space, alice, bob):
    known = factories.make_entity(space, "Ada Brook", type="PER")
    candidate = factories.make_candidate(factories.make_document(space, alice), alice)
    decision = candidate_accept(
        candidate=candidate, actor=bob, picked=Picked(another_subject="painter")
    )
    new = decision.triple.subject
    assert new != known
    assert (new.name, new.type, new.description) == ("Ada Brook", "PER", "painter")
    assert decision.evidence is not None
    again = candidate_accept(
        candidate=factories.make_candidate(
            candidate.passage.document, alice, object="Brook Institute", relation="founded"
        ),
        actor=bob,
        picked=Picked(subject=known, another_subject="painter"),
    )
    assert again.triple.subject == new


def test_pages_show_what_would_happen_and_do_it(sign_in, alice, source, target, both, space, born):
    factories.make_triple(space, "Ada Brook", "employer", "Guild")
    mine = factories.make_triple(space, "A. Brook", born, "Mirefeld", valid_from=date(1990, 1, 1))
    client = sign_in(alice)
    address = reverse("memory:entity-merge", args=[space.slug, source.pk])
    assert f"?target={target.pk}" in client.get(address, {"q": "brook"}).content.decode()
    page = client.get(address, {"target": target.pk})
    assert "only one can hold at a time" in page.content.decode()
    assert not EntityMerge.objects.exists()

    form = {"target": target.pk, "seen": page.context["plan"].seen}
    assert client.post(address, form).status_code == 409
    other = {"target": target.pk, "seen": f"{mine.pk}-1", "despite": "on"}
    assert client.post(address, other).status_code == 409
    assert client.post(address, form | {"despite": "on"}).status_code == 302

    merge = EntityMerge.objects.get()
    entity = client.get(reverse("memory:entity", args=[space.slug, target.pk])).content.decode()
    undo = reverse("memory:entity-unmerge", args=[space.slug, merge.pk])
    assert undo in entity
    assert "Facts that go back" in client.get(undo).content.decode()
    assert client.post(undo).status_code == 302
    assert client.post(undo).status_code == 409
    source.refresh_from_db()
    assert source.merged_into is None


@pytest.mark.parametrize("wrong", [{"seen": "x"}, {"target": "0"}, {"target": ""}, {}])
def test_pages_merge_nothing_that_is_not_meant(sign_in, alice, source, target, space, wrong):
    client = sign_in(alice)
    address = reverse("memory:entity-merge", args=[space.slug, source.pk])
    assert client.post(address, {"target": target.pk, **wrong} if wrong else {}).status_code == 302
    assert not EntityMerge.objects.exists()


def test_the_page_of_a_split_keeps_what_was_picked(sign_in, alice, both, space, source):
    _, double, only = both
    client = sign_in(alice)
    address = reverse("memory:entity-split", args=[space.slug, source.pk])
    assert "A. Brook" in client.get(address).content.decode()
    form = {"name": "A. Brook", "type": "PER", "description": "", "fact": [only.pk]}
    answer = client.post(address, form)
    assert answer.status_code == 422
    assert f'value="{only.pk}" checked' in answer.content.decode()
    assert client.post(address, form | {"description": "guild member"}).status_code == 302
    assert client.post(address, form | {"fact": ["x"]}).status_code == 422
    only.refresh_from_db()
    double.refresh_from_db()
    assert (only.object.description, double.subject) == ("guild member", source)


@pytest.mark.parametrize("name", ["entity-merge", "entity-split"])
def test_only_owners_merge_and_split(sign_in, bob, carol, mallory, source, space, name):
    address = reverse(f"memory:{name}", args=[space.slug, source.pk])
    for user, status in ((bob, 403), (carol, 403), (mallory, 404)):
        assert sign_in(user).get(address).status_code == status


def test_nobody_takes_back_a_merge_of_another_space(sign_in, mallory, alice, source, target, space):
    merge = services.entities_merge(source=source, target=target, actor=alice).merge
    address = reverse("memory:entity-unmerge", args=["elsewhere", merge.pk])
    assert sign_in(mallory).post(address).status_code == 404


def test_review_makes_another_one_of_the_name(sign_in, bob, alice, space):
    known = factories.make_entity(space, "Ada Brook", type="PER")
    candidate = factories.make_candidate(factories.make_document(space, alice), alice)
    client = sign_in(bob)
    page = client.get(reverse("curation:candidate-detail", args=[space.slug, candidate.pk]))
    assert 'name="another_subject"' in page.content.decode()
    accept = reverse("curation:candidate-accept", args=[space.slug, candidate.pk])
    client.post(accept, {"version": 1, "another_subject": " painter,  1901 "})
    triple = Triple.objects.get()
    assert triple.subject != known
    assert triple.subject.description == "painter, 1901"


@pytest.fixture
def year(space) -> Entity:
    return factories.make_entity(
        space, "1901", kind="time", value=as_json(parse_literal("1901", "time"), "1901")
    )


def test_a_date_becomes_no_other_thing(space, alice, source, year, sign_in):
    other = factories.make_entity(
        space, "1902", kind="time", value=as_json(parse_literal("1902", "time"), "1902")
    )
    for one, two in ((source, year), (year, source), (year, other)):
        with pytest.raises(services.NotOneThing, match="cannot be one thing"):
            services.entities_merge(source=one, target=two, actor=alice)
    client = sign_in(alice)
    address = reverse("memory:entity-merge", args=[space.slug, year.pk])
    for page in (
        client.get(address, {"target": source.pk}, follow=True),
        client.post(address, {"target": source.pk}, follow=True),
    ):
        assert "a date or a number is what it says" in page.content.decode()
    typed = factories.make_entity(space, "the 1901", type="MISC")
    Entity.objects.filter(pk=typed.pk).update(name="1901", normalised="1901")
    typed.refresh_from_db()
    assert services.entities_merge(source=typed, target=year, actor=alice).target == year


def test_a_date_is_not_split(space, alice, year, sign_in):
    fact = factories.make_triple(space, "Ada Brook", "date of birth", "1901")
    assert fact.object == year
    with pytest.raises(services.PartingRefused, match="what it says"):
        services.entity_split(
            entity=year, actor=alice, triples=[fact.pk], name="1901", type="", description="x"
        )
    page = sign_in(alice).get(reverse("memory:entity", args=[space.slug, year.pk]))
    assert "Merge…" in page.content.decode()
    assert "Split…" not in page.content.decode()


def test_a_merge_that_is_sent_twice_leads_to_what_it_made(space, alice, source, target, sign_in):
    client = sign_in(alice)
    address = reverse("memory:entity-merge", args=[space.slug, source.pk])
    for _ in range(2):
        page = client.post(address, {"target": target.pk}, follow=True)
        assert page.redirect_chain == [(f"/s/{space.slug}/memory/entities/{target.pk}/", 302)]
    assert "is another name of this entity already" in page.content.decode()
    assert EntityMerge.objects.count() == 1
