"""Relations, entities and vectors: changes that do not come from a candidate."""

from __future__ import annotations

from functools import partial
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.memory import services, tasks
from apps.memory.controller import InvalidName, MemoryController, NotActive
from apps.memory.models import Alias, Entity, Evidence, Relation, Triple
from apps.memory.services import RelationInput
from tests import factories
from worker import registry

SCRIPTED = registry.embedder("scripted")


def test_it_loads_the_standard_relations_once_and_pairs_inverses(space: Space, alice: User) -> None:
    assert services.relations_load(space=space, actor=alice) == 95
    capital = space.relations.get(wikidata_property="P36")
    assert capital.inverse is not None
    assert capital.inverse.name == "capital of"
    assert capital.inverse.inverse == capital
    sibling = space.relations.get(wikidata_property="P3373")
    assert sibling.inverse == sibling
    assert space.relations.get(wikidata_property="P22").inverse is None
    assert services.relations_load(space=space, actor=alice) == 0
    event = Event.objects.get(space=space, action="relation.created")
    assert len(event.payload["relations"]) == 95


def test_it_leaves_what_an_owner_changed_when_loading_again(space: Space, alice: User) -> None:
    services.relations_load(space=space, actor=alice)
    birthplace = space.relations.get(wikidata_property="P19")
    services.relation_change(
        relation=birthplace,
        actor=alice,
        given=RelationInput("birthplace", wikidata_property="P19", template="x {subject} {object}"),
    )
    space.relations.filter(wikidata_property="P20").delete()
    assert services.relations_load(space=space, actor=None) == 1
    assert space.relations.get(wikidata_property="P19").name == "birthplace"
    assert Event.objects.filter(space=space).first().actor_label == "memweb"


def test_it_adds_a_relation(space: Space, alice: User) -> None:
    relation = services.relation_create(
        space=space, actor=alice, given=RelationInput("sails with", same_both_ways=True)
    )
    assert relation.inverse == relation
    assert Event.objects.get(action="relation.created").payload["inverse"] == "sails with"
    with pytest.raises(IntegrityError):
        services.relation_create(space=space, actor=alice, given=RelationInput("Sails  With"))


def test_it_keeps_inverses_mutual(space: Space, alice: User) -> None:
    parent = factories.make_relation(space, "parent")
    child = services.relation_create(
        space=space, actor=alice, given=RelationInput("child", inverse=parent)
    )
    parent.refresh_from_db()
    assert parent.inverse == child
    with pytest.raises(services.InverseTaken, match="inverse of “child” already"):
        services.relation_create(
            space=space, actor=alice, given=RelationInput("son", inverse=parent)
        )
    assert not space.relations.filter(name="son").exists()
    services.relation_change(relation=child, actor=alice, given=RelationInput("child"))
    parent.refresh_from_db()
    assert parent.inverse is None


def test_it_embeds_a_relation_again_when_its_meaning_changes(space: Space, alice: User) -> None:
    relation = factories.make_relation(space)
    embedder = registry.embedder("scripted")
    services.embed_pending(embedder=embedder)
    same = RelationInput(relation.name, template="{object}: {subject}")
    assert (
        services.relation_change(relation=relation, actor=alice, given=same).embedding is not None
    )
    other = RelationInput(relation.name, description="where it began", template=same.template)
    changed = services.relation_change(relation=relation, actor=alice, given=other)
    assert changed.embedding is None
    assert services.relation_change(relation=relation, actor=alice, given=other) == changed
    assert Event.objects.filter(action="relation.changed").count() == 2


def test_it_retires_and_restores_a_relation(space: Space, alice: User) -> None:
    relation = factories.make_relation(space)
    memory = MemoryController(space)
    assert services.relation_retire(relation=relation, actor=alice)
    assert not services.relation_retire(relation=relation, actor=alice)
    assert memory.relations() == ()
    assert services.relation_restore(relation=relation, actor=alice)
    assert not services.relation_restore(relation=relation, actor=alice)
    assert [spec.name for spec in memory.relations()] == ["place of birth"]


def test_it_renames_an_entity_and_still_knows_the_old_name(space: Space, alice: User) -> None:
    entity = factories.make_entity(space, "Ada Brook")
    Alias.objects.create(space=space, entity=entity, name="Ada Brooke")
    services.embed_pending(embedder=registry.embedder("scripted"))
    renamed = services.entity_change(
        entity=entity, actor=alice, name="Ada  Brooke", type="PER", description="painter"
    )
    assert (renamed.name, renamed.type, renamed.description) == ("Ada Brooke", "PER", "painter")
    assert renamed.embedding is None
    assert list(renamed.aliases.values_list("name", flat=True)) == ["Ada Brook"]
    with pytest.raises(InvalidName):
        services.entity_change(entity=entity, actor=alice, name=" ", type="", description="")


def test_it_tells_homonyms_apart_by_their_description(space: Space, alice: User) -> None:
    factories.make_entity(space, "Ada Brook")
    other = Entity.objects.create(space=space, name="Ada Brook", description="doctor")
    with pytest.raises(services.DuplicateEntity, match="tells them apart"):
        services.entity_change(entity=other, actor=alice, name="Ada Brook", type="", description="")
    other.refresh_from_db()
    assert other.description == "doctor"


def test_it_merges_entities_and_loses_neither_facts_nor_evidence(space: Space, alice: User) -> None:
    text = "Ada Brook was born in Lindenau."
    document = factories.make_document(space, alice, text)
    kept = factories.make_triple(space, "Ada Brook", "place of birth", "Lindenau")
    double = factories.make_triple(space, "Brook", "place of birth", "Lindenau")
    only = factories.make_triple(space, "Guild", "founded by", "Brook")
    factories.make_evidence(kept, document, alice)
    factories.make_evidence(double, document, alice)
    source, target = double.subject, kept.subject
    Alias.objects.create(space=space, entity=source, name="Brook, A.")

    merged = services.entities_merge(source=source, target=target, actor=alice)

    assert (merged.moved, merged.duplicates, merged.aliases) == (2, 1, 2)
    double.refresh_from_db()
    only.refresh_from_db()
    assert (double.status, double.superseded_by, double.subject) == ("superseded", kept, target)
    assert only.object == target
    assert kept.evidence.count() == 2
    assert Evidence.objects.filter(triple=double).count() == 0
    memory = MemoryController(space)
    for name in ("Brook", "Brook, A.", "Ada Brook"):
        assert memory.resolve_entity(name).entity == target
    assert Event.objects.filter(action="entity.merged").get().payload["duplicates"] == {
        str(double.pk): kept.pk
    }


def test_it_follows_a_chain_of_merges(space: Space, alice: User) -> None:
    one, two, three = (factories.make_entity(space, name) for name in ("One", "Two", "Three"))
    services.entities_merge(source=one, target=two, actor=alice)
    services.entities_merge(source=two, target=three, actor=alice)
    one.refresh_from_db()
    assert one.merged_into == three
    assert MemoryController(space).resolve_entity("One").entity == three
    for source, target in ((three, one), (one, three), (three, three)):
        with pytest.raises(services.MergeRefused):
            services.entities_merge(source=source, target=target, actor=alice)
    other = factories.make_entity(factories.make_space("elsewhere"), "Four")
    with pytest.raises(services.MergeRefused):
        services.entities_merge(source=three, target=other, actor=alice)


def test_it_retracts_a_fact_with_a_reason(space: Space, alice: User) -> None:
    triple = factories.make_triple(space, "Ada", "employer", "Guild")
    services.triple_retract(triple=triple, actor=alice, reason="a namesake")
    event = Event.objects.get(action="triple.retracted")
    assert event.payload["reason"] == "a namesake"
    with pytest.raises(NotActive):
        services.triple_retract(triple=triple, actor=alice, reason="again")


class OtherEmbedder:
    """The scripted embedder under another name."""

    name = "another-1"
    dimension = 384

    def embed(self, texts):
        return SCRIPTED.embed(texts)


def test_it_embeds_new_names_and_those_of_another_embedder(space: Space) -> None:
    triple = factories.make_triple(space, "Ada", "employer", "Guild")
    pointer = factories.make_entity(space, "A.", merged_into=triple.subject)
    assert tasks.embed_pending() == 3
    assert tasks.embed_pending() == 0
    assert set(Entity.objects.values_list("name", "embedded_by")) == {
        ("Ada", "scripted-trigrams-1"),
        ("Guild", "scripted-trigrams-1"),
        ("A.", ""),
    }
    pointer.refresh_from_db()
    assert pointer.embedding is None
    assert services.embed_pending(embedder=OtherEmbedder(), limit=2) == 2
    assert services.pending(embedder=OtherEmbedder()) == 1
    assert services.embed_pending(embedder=OtherEmbedder(), limit=2) == 1
    assert set(Relation.objects.values_list("embedded_by", flat=True)) == {"another-1"}


def test_it_leaves_a_name_that_changed_while_it_was_embedded(space: Space) -> None:
    entity = factories.make_entity(space, "Ada")

    class Renaming(OtherEmbedder):
        def embed(self, texts):
            Entity.objects.filter(pk=entity.pk).update(name="Eve")
            return super().embed(texts)

    services.embed_pending(embedder=Renaming())
    entity.refresh_from_db()
    assert entity.embedding is None
    services.embed_pending(embedder=OtherEmbedder())
    entity.refresh_from_db()
    assert entity.embedded_by == "another-1"


def test_it_embeds_everything_again_by_one_command(space: Space) -> None:
    factories.make_triple(space, "Ada", "employer", "Guild")
    factories.make_entity(factories.make_space("elsewhere"), "Ben")
    services.embed_pending(embedder=OtherEmbedder())
    progress = StringIO()
    call_command("reembed", "--space", "atlas", "--batch", "1", stderr=progress)
    assert "3 of 3 embedded with scripted-trigrams-1" in progress.getvalue()
    assert Entity.objects.get(name="Ben").embedded_by == "another-1"
    call_command("reembed", stderr=StringIO())
    assert Entity.objects.get(name="Ben").embedded_by == "scripted-trigrams-1"


def test_it_changes_the_dimension_of_the_vectors(space: Space, settings, monkeypatch) -> None:
    class Short(OtherEmbedder):
        name = "short-1"
        dimension = 16

        def embed(self, texts):
            return super().embed(texts)[:, :16]

    factories.make_triple(space, "Ada", "employer", "Guild")
    tasks.embed_pending()
    monkeypatch.setattr(registry, "embedder", lambda name: Short())
    with pytest.raises(CommandError, match="without --space"):
        call_command("reembed", "--space", "atlas", stderr=StringIO())
    with connection.cursor() as cursor:  # the command has no other work in its transaction
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    call_command("reembed", stderr=StringIO())  # undone with the transaction of the test
    assert services.column_dimension() == 16
    assert len(Entity.objects.get(name="Ada").embedding) == 16
    assert set(Relation.objects.values_list("embedded_by", flat=True)) == {"short-1"}
    with pytest.raises(ValueError, match="1 to 4000"):
        services.dimension_change(dimension=5000)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--space", "nowhere"], "no space 'nowhere'"), (["--batch", "0"], "at least 1")],
)
def test_it_says_what_is_wrong_with_the_arguments(db, arguments, message) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("reembed", *arguments)


def test_it_names_the_embedders_when_one_is_unknown(db, settings) -> None:
    settings.EMBEDDER = "minilmm"
    with pytest.raises(CommandError, match="Did you mean 'minilm'"):
        call_command("reembed")


def test_it_keeps_triples_of_a_merge_apart_by_their_time(space: Space, alice: User) -> None:
    from datetime import date

    kept = factories.make_triple(space, "Ada", "employer", "Guild", valid_from=date(1990, 1, 1))
    other = factories.make_triple(space, "A.", "employer", "Guild", valid_from=date(2000, 1, 1))
    services.entities_merge(source=other.subject, target=kept.subject, actor=alice)
    assert Triple.objects.filter(subject=kept.subject, status="active").count() == 2


def test_a_relation_learns_wordings_of_both_sides_once(space: Space, alice: User) -> None:
    relation = factories.make_relation(space, "employer")
    before = list(relation.questions)
    learn = partial(services.relation_learn, relation=relation, actor=alice)
    assert learn(wording="Who pays {subject}?")
    assert learn(wording="Whom does {object} pay?")
    assert not learn(wording="who pays {subject} ?")
    relation.refresh_from_db()
    assert relation.questions == [*before, "Who pays {subject}?"]
    assert "Whom does {object} pay?" in relation.inverse_questions
    assert Event.objects.filter(action="relation.changed").count() == 2


@pytest.mark.parametrize(
    "wording", ["Who pays?", "{subject} and {object}?", "{subject} {subject}?", "{subject} {x}?"]
)
def test_a_relation_learns_no_wording_without_one_place(
    space: Space, alice: User, wording: str
) -> None:
    with pytest.raises(ValueError, match="once"):
        services.relation_learn(
            relation=factories.make_relation(space, "employer"), actor=alice, wording=wording
        )


def test_a_relation_learns_no_more_wordings_than_are_read(space: Space, alice: User) -> None:
    relation = factories.make_relation(space, "employer")
    relation.questions = [f"Way {n} to ask for {{subject}}?" for n in range(40)]
    relation.save()
    learn = partial(services.relation_learn, relation=relation, actor=alice)
    assert not learn(wording="Who pays {subject}?")
    assert learn(wording="Whom does {object} pay?")
