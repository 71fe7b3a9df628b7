"""Entities, relations, facts and their evidence."""

from __future__ import annotations

from datetime import date

from apps.memory import services
from apps.memory.controller import EntityInput, EvidenceInput, MemoryController, TripleInput
from apps.memory.models import Entity, Evidence, Relation
from apps.memory.packs import packs
from apps.memory.services import RelationInput
from apps.memory.services.bulk import Fact, facts_load
from tests import factories
from tests.apps.audit.changes import World


def _relation(world: World, name: str = "place of birth", **fields: object) -> Relation:
    relation: Relation = world.make("relation", world.space, name, **fields)
    return relation


def facts(world: World) -> None:
    born = _relation(world, single_valued=True)
    memory, alice = MemoryController(world.space), world.alice
    passage = world.document().passages.get()
    spans = factories.spans_in(passage, "Ada Brook", "Lindenau")
    evidence = EvidenceInput(
        passage,
        *(
            (spans[f"{part}_start"], spans[f"{part}_end"])
            for part in ("sentence", "subject", "object")
        ),
    )
    ada = EntityInput("Ada Brook", type="PER")
    first = memory.write(TripleInput(ada, born, EntityInput("Lindenau")), evidence, actor=alice)
    new = TripleInput(EntityInput("Ada  BROOK"), born, EntityInput("Halden"))
    second = memory.supersede(first.triple, new, actor=alice, valid_to=date(2001, 1, 1)).triple
    memory.end(second, actor=alice, valid_to=date(2010, 1, 1))
    memory.end(second, actor=alice, valid_to=None)
    memory.mark_read([second.pk])
    services.fact_still_true(triple=second, actor=alice)
    services.fact_put_off(triple=second, actor=alice)
    memory.retract(second, actor=alice, reason="wrong")
    memory.restore(second, actor=alice)
    memory.retract_evidence(first.evidence, actor=alice)
    dated = EntityInput("12 May 1990", kind=Entity.Kind.TIME)
    with world.given():
        factories.make_entity(world.space, "12 May 1990", kind=Entity.Kind.TIME)
    memory.write(TripleInput(ada, _relation(world, "date of birth"), dated), actor=alice)


def entities(world: World) -> None:
    ada = world.make("entity", world.space, "Ada Brook", type="PER")
    given = {"type": "PER", "description": "who founded it"}
    changed = services.entity_change(entity=ada, actor=world.alice, name="Ada M. Brook", **given)
    services.alias_add(entity=changed, actor=world.alice, name="A. M. Brook")


def merging(world: World) -> None:
    born = _relation(world, single_valued=True)
    with world.given():
        source = factories.make_entity(world.space, "A. Brook", type="PER")
        target = factories.make_entity(world.space, "Ada Brook", type="PER")
        double = [
            factories.make_triple(world.space, name, born, "Lindenau")
            for name in ("Ada Brook", "A. Brook")
        ]
        only = factories.make_triple(world.space, "Guild", "founded by", "A. Brook")
        for triple, text in zip(
            double, ("Ada Brook, Lindenau.", "A. Brook, Lindenau."), strict=True
        ):
            document = factories.make_document(world.space, world.alice, text)
            factories.make_evidence(triple, document, world.alice)
        source.aliases.create(space=world.space, name="Brook, A.")
    merge = services.entities_merge(source=source, target=target, actor=world.alice).merge
    services.entities_unmerge(merge=merge, actor=world.alice)
    assert Evidence.objects.count() == 2
    services.entity_split(
        entity=source, actor=world.alice, triples=[only.pk], name="A. Brook", type="PER",
        description="the other one",
    )  # fmt: skip


def relations(world: World) -> None:
    alice = world.alice
    parent = services.relation_create(
        space=world.space, actor=alice, given=RelationInput("parent", implies=("ancestor",))
    )
    services.relation_create(
        space=world.space, actor=alice, given=RelationInput("child", inverse=parent)
    )
    ancestor = services.relation_create(
        space=world.space, actor=alice, given=RelationInput("ancestor")
    )
    services.relation_change(
        relation=ancestor, actor=alice, given=RelationInput("forebear", inverse=None)
    )
    services.relation_learn(relation=parent, actor=alice, wording="who begot {subject}?")
    services.relation_retire(relation=parent, actor=alice)
    services.relation_restore(relation=parent, actor=alice)


def relation_packs(world: World) -> None:
    services.relations_load(space=world.space, actor=None)
    for pack in packs():
        services.pack_switch_on(space=world.space, actor=world.alice, pack=pack)
        services.pack_switch_off(space=world.space, actor=world.alice, pack=pack)
        services.pack_switch_on(space=world.space, actor=world.alice, pack=pack)


def many_facts(world: World) -> None:
    born = _relation(world)
    rows = [Fact(f"Person {n}", born, "Lindenau", (f"P. {n}",)) for n in range(3)]
    facts_load(space=world.space, facts=rows, actor=world.alice)


_SERVICES, _CONTROLLER = "apps.memory.services", "apps.memory.controller"
_METHODS = ("write", "supersede", "retract", "restore", "end", "retract_evidence", "mark_read")
SCENARIOS = {
    facts: (
        *(f"{_CONTROLLER}.MemoryController.{name}" for name in _METHODS),
        *(f"{_CONTROLLER}.changing.{name}" for name in _METHODS if name != "write"),
        f"{_CONTROLLER}.entities.find_or_create",
        f"{_CONTROLLER}.writing.write",
        f"{_SERVICES}.spacing.fact_still_true",
        f"{_SERVICES}.spacing.fact_put_off",
    ),
    entities: (
        f"{_CONTROLLER}.entities.add_alias",
        f"{_SERVICES}.entities.entity_change",
        f"{_SERVICES}.entities.alias_add",
    ),
    merging: (
        f"{_SERVICES}.merging.entities_merge",
        f"{_SERVICES}.merging.triple_moved",
        f"{_SERVICES}.merging.evidence_moved",
        f"{_SERVICES}.parting.entities_unmerge",
        f"{_SERVICES}.parting.entity_split",
    ),
    relations: tuple(
        f"{_SERVICES}.relations.{name}"
        for name in (
            "pair_inverse", "relation_create", "relation_change", "relation_learn",
            "relation_retire", "relation_restore",
        )
    ),
    relation_packs: (
        f"{_SERVICES}.packs.relations_load",
        f"{_SERVICES}.packs.pack_switch_on",
        f"{_SERVICES}.packs.pack_switch_off",
    ),
    many_facts: (f"{_SERVICES}.bulk.facts_load",),
}  # fmt: skip
