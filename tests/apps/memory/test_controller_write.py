"""Writing to the memory: deduplication, conflicts, superseding, undoing."""

from __future__ import annotations

from datetime import date

import pytest

from apps.accounts.models import Space, User
from apps.audit.models import Event
from apps.memory.controller import (
    AmbiguousName,
    ConflictError,
    EntityInput,
    EvidenceInput,
    InvalidName,
    InvalidPeriod,
    MemoryController,
    NotActive,
    NotPast,
    RelationRetired,
    TripleInput,
    WrongSpace,
)
from apps.memory.models import Alias, Entity, Evidence, Triple
from tests import factories
from tests.apps.memory.writing import triple_input


def evidence_input(document, subject: str, object_: str) -> EvidenceInput:
    spans = factories.spans_in(document.passages.get(), subject, object_)
    return EvidenceInput(
        passage=document.passages.get(),
        sentence=(spans["sentence_start"], spans["sentence_end"]),
        subject=(spans["subject_start"], spans["subject_end"]),
        object=(spans["object_start"], spans["object_end"]),
        score=0.75,
    )


def actions(space: Space) -> list[str]:
    return list(Event.objects.filter(space=space).order_by("pk").values_list("action", flat=True))


@pytest.fixture
def memory(space: Space) -> MemoryController:
    return MemoryController(space)


def test_it_makes_one_entity_where_both_sides_have_one_name(memory, space, alice):
    written = memory.write(triple_input(space, "Ada Brook", "knows", "ADA  brook"), actor=alice)
    assert written.triple.subject == written.triple.object == Entity.objects.get()
    memory.write(triple_input(space, "Cole", "knows", "Ada Brook"), actor=alice)
    assert Entity.objects.count() == 2


def test_it_writes_entities_a_triple_and_evidence_with_their_events(
    memory: MemoryController, space: Space, bob: User, alice: User
) -> None:
    document = factories.make_document(space, alice)
    written = memory.write(
        triple_input(space, "Ada Brook", "place of birth", "Lindenau"),
        evidence_input(document, "Ada Brook", "Lindenau"),
        actor=bob,
    )
    assert written.created
    assert written.evidence_created
    assert str(written.triple) == "Ada Brook / place of birth / Lindenau"
    assert written.evidence is not None
    assert written.evidence.approved_by == bob
    assert written.evidence.score == 0.75
    assert actions(space) == [
        "entity.created",
        "entity.created",
        "triple.written",
        "evidence.added",
    ]
    added = Event.objects.get(space=space, action="evidence.added")
    assert (added.subject_type, added.subject_id) == ("memory.triple", written.triple.pk)
    assert added.payload["said"] == "Ada Brook was born in Lindenau."


def test_it_turns_a_repeated_fact_into_more_evidence(
    memory: MemoryController, space: Space, bob: User, alice: User
) -> None:
    text = "Ada Brook was born in Lindenau. People say that Ada Brook is from Lindenau."
    document = factories.make_document(space, alice, text)
    first = memory.write(
        triple_input(space, "Ada Brook", "place of birth", "Lindenau"),
        evidence_input(document, "Ada Brook", "Lindenau"),
        actor=bob,
    )
    passage = document.passages.get()
    start = text.index("People")
    again = EvidenceInput(
        passage,
        (start, len(text)),
        (text.index("Ada", start), text.index("Ada", start) + 9),
        (text.rindex("Lindenau"), text.rindex("Lindenau") + 8),
    )
    second = memory.write(
        triple_input(space, "ada  brook", "place of birth", "“Lindenau”"), again, actor=bob
    )
    assert second.triple == first.triple
    assert not second.created
    assert second.evidence_created
    assert Triple.objects.count() == 1
    assert Evidence.objects.count() == 2
    assert Entity.objects.count() == 2


def test_it_does_not_double_the_same_evidence(
    memory: MemoryController, space: Space, bob: User, alice: User
) -> None:
    document = factories.make_document(space, alice)
    given = triple_input(space, "Ada Brook", "place of birth", "Lindenau")
    evidence = evidence_input(document, "Ada Brook", "Lindenau")
    first = memory.write(given, evidence, actor=bob)
    second = memory.write(given, evidence, actor=bob)
    assert second.evidence == first.evidence
    assert not second.evidence_created
    assert actions(space).count("evidence.added") == 1


def test_it_counts_an_undated_statement_as_evidence_for_the_only_dated_fact(
    memory: MemoryController, space: Space, bob: User
) -> None:
    dated = memory.write(
        triple_input(space, "Ada", "employer", "Brook", valid_from=date(1921, 1, 1)), actor=bob
    )
    undated = memory.write(triple_input(space, "Ada", "employer", "Brook"), actor=bob)
    other = memory.write(
        triple_input(space, "Ada", "employer", "Brook", valid_from=date(1930, 1, 1)), actor=bob
    )
    assert undated.triple == dated.triple
    assert other.created


def test_it_records_a_new_surface_form_of_a_picked_entity_as_alias(
    memory: MemoryController, space: Space, bob: User
) -> None:
    ada = factories.make_entity(space, "Ada Brook")
    given = TripleInput(
        EntityInput("Dr Brook", entity=ada),
        factories.make_relation(space),
        EntityInput("Lindenau"),
    )
    memory.write(given, actor=bob)
    memory.write(given, actor=bob)
    assert list(Alias.objects.values_list("entity__name", "name")) == [("Ada Brook", "Dr Brook")]
    assert memory.resolve_entity("dr brook").entity == ada


def test_it_recognises_a_date_in_another_spelling(
    memory: MemoryController, space: Space, bob: User
) -> None:
    relation = factories.make_relation(space, "date of birth", single_valued=True)

    def born(when: str) -> TripleInput:
        time = EntityInput(when, "TIME", Entity.Kind.TIME)
        return TripleInput(EntityInput("Ada Brook"), relation, time)

    first = memory.write(born("12 March 1921"), actor=bob)
    second = memory.write(born("March 12, 1921"), actor=bob)
    assert second.triple == first.triple
    assert first.triple.object.value == {
        "edtf": "1921-03-12",
        "from": "1921-03-12",
        "to": "1921-03-12",
        "precision": "day",
        "text": "12 March 1921",
    }
    assert [alias.name for alias in first.triple.object.aliases.all()] == ["March 12, 1921"]
    assert memory.conflicts(born("1921")) == ()
    assert memory.conflicts(born("1922")) == (first.triple,)


def test_it_refuses_a_second_value_of_a_single_valued_relation(
    memory: MemoryController, space: Space, bob: User
) -> None:
    factories.make_relation(space, "place of birth", single_valued=True)
    first = memory.write(triple_input(space, "Ada", "place of birth", "Lindenau"), actor=bob)
    other = triple_input(space, "Ada", "place of birth", "Oakham")
    assert memory.conflicts(other) == (first.triple,)
    with pytest.raises(ConflictError) as refusal:
        memory.write(other, actor=bob)
    assert refusal.value.conflicts == (first.triple,)
    assert not Entity.objects.filter(name="Oakham").exists()
    assert memory.write(other, actor=bob, despite_conflicts=True).created
    assert Event.objects.filter(action="triple.written").first().payload["despite"] == [
        first.triple.pk
    ]


def test_it_finds_conflicts_only_with_the_same_subject_relation_and_time(
    memory: MemoryController, space: Space, bob: User
) -> None:
    factories.make_relation(space, "chairperson", single_valued=True)
    memory.write(
        triple_input(
            space, "Guild", "chairperson", "Ada",
            valid_from=date(2000, 1, 1), valid_to=date(2010, 1, 1),
        ),
        actor=bob,
    )  # fmt: skip

    def later(subject: str, start: date | None, end: date | None = None) -> TripleInput:
        return triple_input(space, subject, "chairperson", "Ben", valid_from=start, valid_to=end)

    assert memory.conflicts(later("Guild", date(2010, 1, 1))) == ()
    assert memory.conflicts(later("Guild", None, date(2000, 1, 1))) == ()
    assert len(memory.conflicts(later("Guild", date(2008, 12, 31)))) == 1
    assert len(memory.conflicts(later("Guild", None))) == 1
    assert memory.conflicts(later("Club", None)) == ()
    assert memory.conflicts(triple_input(space, "Guild", "member", "Ben")) == ()


def test_it_supersedes_without_overwriting(
    memory: MemoryController, space: Space, bob: User
) -> None:
    factories.make_relation(space, "chairperson", single_valued=True)
    old = memory.write(triple_input(space, "Guild", "chairperson", "Ada"), actor=bob).triple
    new = memory.supersede(
        old,
        triple_input(space, "Guild", "chairperson", "Ben"),
        actor=bob,
        valid_to=date(2015, 5, 1),
    )
    old.refresh_from_db()
    assert (old.status, old.valid_to, old.superseded_by) == (
        "superseded",
        date(2015, 5, 1),
        new.triple,
    )
    assert new.triple.valid_from == date(2015, 5, 1)
    assert actions(space)[-1] == "triple.superseded"
    with pytest.raises(NotActive):
        memory.supersede(old, triple_input(space, "Guild", "chairperson", "Cy"), actor=bob)


def test_it_supersedes_a_fact_by_the_same_fact_with_another_time(
    memory: MemoryController, space: Space, bob: User
) -> None:
    start = date(2000, 1, 1)
    old = memory.write(
        triple_input(space, "Ada", "employer", "Guild", valid_from=start), actor=bob
    ).triple
    ended = triple_input(
        space, "Ada", "employer", "Guild", valid_from=start, valid_to=date(2005, 1, 1)
    )
    with pytest.raises(ConflictError):
        memory.write(ended, actor=bob)
    new = memory.supersede(old, ended, actor=bob)
    assert new.created
    assert new.triple.valid_to == date(2005, 1, 1)


def test_it_refuses_to_end_a_fact_before_it_begins(
    memory: MemoryController, space: Space, bob: User
) -> None:
    old = memory.write(
        triple_input(space, "Ada", "employer", "Guild", valid_from=date(2000, 1, 1)), actor=bob
    ).triple
    with pytest.raises(InvalidPeriod):
        memory.supersede(
            old, triple_input(space, "Ada", "employer", "Club"), actor=bob,
            valid_to=date(1999, 1, 1),
        )  # fmt: skip
    old.refresh_from_db()
    assert old.status == "active"
    with pytest.raises(InvalidPeriod):
        triple_input(space, "a", "b", "c", valid_from=date(2000, 1, 1), valid_to=date(1999, 1, 1))


def test_it_undoes_a_supersede(memory: MemoryController, space: Space, bob: User) -> None:
    factories.make_relation(space, "chairperson", single_valued=True)
    old = memory.write(triple_input(space, "Guild", "chairperson", "Ada"), actor=bob).triple
    new = memory.supersede(
        old, triple_input(space, "Guild", "chairperson", "Ben"), actor=bob,
        valid_to=date(2015, 5, 1),
    ).triple  # fmt: skip
    with pytest.raises(ConflictError) as refusal:
        memory.restore(old, actor=bob, valid_to=None, keep_valid_to=False)
    assert refusal.value.conflicts == (new,)
    memory.retract(new, actor=bob)
    restored = memory.restore(old, actor=bob, valid_to=None, keep_valid_to=False)
    assert (restored.status, restored.valid_to, restored.retracted_at) == ("active", None, None)
    assert restored.superseded_by is None
    assert actions(space)[-2:] == ["triple.retracted", "triple.restored"]


def test_it_retracts_and_restores(memory: MemoryController, space: Space, bob: User) -> None:
    given = triple_input(space, "Ada", "employer", "Guild")
    first = memory.write(given, actor=bob).triple
    retracted = memory.retract(first, actor=bob, reason="a namesake")
    assert retracted.status == "retracted"
    with pytest.raises(NotActive):
        memory.retract(first, actor=bob)
    second = memory.write(given, actor=bob)
    assert second.created
    with pytest.raises(ConflictError):
        memory.restore(first, actor=bob)
    memory.retract(second.triple, actor=bob)
    memory.restore(first, actor=bob)
    with pytest.raises(NotPast):
        memory.restore(first, actor=bob)


def test_it_retracts_a_triple_with_its_last_evidence(
    memory: MemoryController, space: Space, alice: User, bob: User
) -> None:
    text = "Ada Brook was born in Lindenau. Ada Brook came from Lindenau."
    document = factories.make_document(space, alice, text)
    given = triple_input(space, "Ada Brook", "place of birth", "Lindenau")
    one = memory.write(given, evidence_input(document, "Ada Brook", "Lindenau"), actor=bob)
    shift = text.index("Ada Brook came")
    two = memory.write(
        given,
        EvidenceInput(
            document.passages.get(),
            (shift, len(text)),
            (shift, shift + 9),
            (text.rindex("Lindenau"), len(text) - 1),
        ),
        actor=bob,
    )
    assert one.evidence is not None
    assert two.evidence is not None
    assert not memory.retract_evidence(one.evidence, actor=bob)
    with pytest.raises(NotActive):
        memory.retract_evidence(one.evidence, actor=bob)
    assert memory.retract_evidence(two.evidence, actor=bob)
    one.triple.refresh_from_db()
    assert one.triple.status == "retracted"
    assert actions(space)[-2:] == ["evidence.retracted", "triple.retracted"]


def test_it_keeps_a_triple_that_another_decision_stands_for(
    memory: MemoryController, space: Space, alice: User, bob: User
) -> None:
    document = factories.make_document(space, alice)
    given = triple_input(space, "Ada Brook", "place of birth", "Lindenau")
    memory.write(given, actor=bob)
    more = memory.write(given, evidence_input(document, "Ada Brook", "Lindenau"), actor=bob)
    assert more.evidence is not None
    assert not memory.retract_evidence(more.evidence, actor=bob, keep_triple=True)
    more.triple.refresh_from_db()
    assert more.triple.status == "active"


def test_it_refuses_new_facts_of_a_retired_relation_but_takes_evidence_for_old_ones(
    memory: MemoryController, space: Space, alice: User, bob: User
) -> None:
    document = factories.make_document(space, alice)
    given = triple_input(space, "Ada Brook", "place of birth", "Lindenau")
    memory.write(given, actor=bob)
    relation = given.relation
    relation.retired_at = document.created_at
    relation.save()
    more = memory.write(given, evidence_input(document, "Ada Brook", "Lindenau"), actor=bob)
    assert more.evidence_created
    with pytest.raises(RelationRetired):
        memory.write(triple_input(space, "Ben", "place of birth", "Lindenau"), actor=bob)


def test_it_asks_which_of_two_homonyms_is_meant(
    memory: MemoryController, space: Space, bob: User
) -> None:
    painter, doctor = (
        Entity.objects.create(space=space, name="Ada Brook", type="PER", description=description)
        for description in ("painter", "doctor")
    )
    given = triple_input(space, "Ada Brook", "place of birth", "Lindenau")
    with pytest.raises(AmbiguousName) as refusal:
        memory.write(given, actor=bob)
    assert [c.entity for c in refusal.value.candidates] == [painter, doctor]
    picked = TripleInput(EntityInput("Ada Brook", entity=doctor), given.relation, given.object)
    assert memory.write(picked, actor=bob).triple.subject == doctor


def test_it_writes_to_the_entity_that_a_picked_one_was_merged_into(
    memory: MemoryController, space: Space, bob: User
) -> None:
    target = factories.make_entity(space, "Ada Brook")
    source = factories.make_entity(space, "A. Brook", merged_into=target)
    given = TripleInput(
        EntityInput("A. Brook", entity=source), factories.make_relation(space), EntityInput("X")
    )
    assert memory.write(given, actor=bob).triple.subject == target
    assert memory.resolve_entity("A. Brook").entity == target


def test_it_never_mixes_spaces(memory: MemoryController, space: Space, bob: User) -> None:
    other = factories.make_space("elsewhere")
    relation = factories.make_relation(other)
    foreign = factories.make_entity(other, "Ada Brook")
    with pytest.raises(WrongSpace):
        memory.write(TripleInput(EntityInput("Ada"), relation, EntityInput("X")), actor=bob)
    with pytest.raises(WrongSpace):
        memory.write(
            TripleInput(
                EntityInput("Ada", entity=foreign), factories.make_relation(space), EntityInput("X")
            ),
            actor=bob,
        )
    theirs = factories.make_triple(other, "Ada Brook", relation, "Lindenau")
    with pytest.raises(WrongSpace):
        memory.retract(theirs, actor=bob)
    assert memory.resolve_entity("Ada Brook").entity is None


def test_it_refuses_a_name_that_no_index_can_hold():
    """Its letters take nine bytes each once they are taken apart."""
    with pytest.raises(InvalidName, match="letters that it is written in"):
        EntityInput("\ub9c9" * 300)
    assert EntityInput("\ub9c9" * 200).name


@pytest.mark.parametrize("name", ["", "   ", "\n\t", "\0", "x" * 501])
def test_it_refuses_names_that_are_none(name: str) -> None:
    with pytest.raises(InvalidName):
        EntityInput(name)


def test_it_keeps_names_as_they_are_written(
    memory: MemoryController, space: Space, bob: User
) -> None:
    name = "<script>alert(1)</script> >> ; ({MEM_WRITE-->"
    written = memory.write(triple_input(space, name, "employer", "a\0b"), actor=bob)
    assert written.triple.subject.name == name
    assert written.triple.object.name == "a b"
