"""What a reviewer says beyond the sentence: it is no evidence and needs a second person."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from apps.audit.models import Event
from apps.curation.models import Candidate, Decision
from apps.curation.selectors import QueueFilter, own_waiting, review_queue
from apps.curation.services import (
    CurationError,
    FactInWords,
    Name,
    NotAllowed,
    Occasion,
    Picked,
    candidate_accept,
    candidate_edit,
    candidate_merge,
    candidate_propose,
    candidate_supersede,
    candidates_decide_batch,
    decision_undo,
)
from apps.memory.models import Alias, Entity, Evidence, Triple
from tests import factories

TEXT = (
    "Ada Brook was born in Lindenau on the Wend. She founded the Brook Institute in 1921. "
    "Carl Voss died in Mirefeld."
)
INVENTED = {"subject_text": "Aaa", "object_text": "Bbb"}


@pytest.fixture
def document(space, alice):
    factories.grant(space, alice, "reviewer")
    return factories.make_document(space, alice, text=TEXT)


@pytest.fixture
def candidate(document, alice) -> Candidate:
    return factories.make_candidate(document, alice)


def last_event() -> Event:
    return Event.objects.filter(action__startswith="candidate.").order_by("-pk").first()


def test_it_writes_no_invented_fact_at_the_word_of_one_person(candidate, bob, alice, space):
    changes = INVENTED | {"relation": factories.make_relation(space, "father")}
    decision = candidate_edit(candidate=candidate, actor=bob, changes=changes)

    assert (decision.action, decision.triple, decision.evidence) == ("reword", None, None)
    assert not decision.own_proposal  # nothing is decided
    assert not Triple.objects.exists()
    candidate.refresh_from_db()
    assert (candidate.state, candidate.reworded_by) == ("pending", bob)
    assert last_event().action == "candidate.reworded"
    assert last_event().payload["in_words_of"] == "bob"

    with pytest.raises(NotAllowed):
        candidate_accept(candidate=candidate, actor=bob)
    batch = candidates_decide_batch(
        space=space, actor=bob, candidates=[(candidate.pk, candidate.version)]
    )
    assert not batch.decisions
    assert not Triple.objects.exists()

    accepted = candidate_accept(candidate=candidate, actor=alice)
    assert (accepted.action, accepted.evidence, accepted.own_proposal) == ("accept", None, False)
    assert str(accepted.triple) == "Aaa / father / Bbb"
    assert not Evidence.objects.exists()
    assert last_event().payload["in_words_of"] == "bob"


def test_it_lets_the_only_reviewer_do_so_and_says_so(candidate, bob, space):
    space.memberships.filter(user__username="alice", role="reviewer").delete()
    space.self_review = True
    space.save()
    decision = candidate_edit(candidate=candidate, actor=bob, changes=INVENTED)

    assert (decision.action, decision.own_proposal, decision.evidence) == ("edit", True, None)
    assert not Evidence.objects.exists()
    assert last_event().payload["only_reviewer"] == "bob"


def test_it_stops_the_only_reviewer_once_there_is_a_second(candidate, bob, space):
    space.self_review = True
    space.save()  # alice reviews too
    assert candidate_edit(candidate=candidate, actor=bob, changes=INVENTED).action == "reword"


@pytest.mark.parametrize(
    ("subject", "object", "evidence"),
    [
        ("Ada Brook", "Lindenau on the Wend", ("Ada Brook", "Lindenau on the Wend")),
        ("Brook", "Lindenau", ("Brook", "Lindenau")),
        ("ada brook", "“Lindenau”", ("Ada Brook", "Lindenau")),
        ("Lindenau", "Ada Brook", ("Lindenau", "Ada Brook")),
        ("Lindenau on the Wend", "Ada Brook", ("Lindenau on the Wend", "Ada Brook")),
    ],
)
def test_it_takes_names_of_the_sentence_in_one_step(candidate, bob, subject, object, evidence):
    changes = {"subject_text": subject, "object_text": object}
    decision = candidate_edit(candidate=candidate, actor=bob, changes=changes)

    assert decision.action == "edit"
    found = decision.evidence
    places = (found.subject_start, found.subject_end), (found.object_start, found.object_end)
    assert tuple(TEXT[start:end] for start, end in places) == evidence


@pytest.mark.parametrize(
    "changes",
    [
        {"subject_text": "Aaa"},
        {"object_text": "Lindenau, Marchland"},
        {"subject_text": "Carl Voss"},  # it stands in another sentence
        {"object_text": "Linden"},  # a part of a word
        {"object_text": "L\u0131ndenau"},
    ],
)
def test_it_takes_no_other_name_in_one_step(candidate, bob, changes):
    assert candidate_edit(candidate=candidate, actor=bob, changes=changes).action == "reword"


def test_it_follows_a_pronoun_to_its_name_but_no_name_to_another(document, alice, bob):
    she = factories.make_candidate(
        document, alice, subject="She", relation="founded", object="Brook Institute"
    )
    decision = candidate_edit(candidate=she, actor=bob, changes={"subject_text": "Ada Brook"})
    assert (decision.action, decision.evidence is not None) == ("edit", True)
    she = decision_undo(decision=decision, actor=bob)
    decision = candidate_edit(candidate=she, actor=bob, changes={"subject_text": "Bertha Brook"})
    assert decision.action == "reword"


def test_it_knows_an_entity_by_its_names_of_this_moment(candidate, bob, space):
    town = factories.make_entity(space, "Old Town", type="LOC")
    changes = {"object_text": "Old Town"}
    first = candidate_edit(candidate=candidate, actor=bob, changes=changes)
    assert first.action == "reword"
    candidate = decision_undo(decision=first, actor=bob)

    Alias.objects.create(space=space, entity=town, name="Lindenau")
    second = candidate_edit(candidate=candidate, actor=bob, changes=changes)
    assert (second.action, second.triple.object) == ("edit", town)
    assert TEXT[second.evidence.object_start : second.evidence.object_end] == "Lindenau"


def test_it_keeps_the_sentence_of_another_time_as_chosen(candidate, bob):
    changes = {"valid_to": date(1999, 1, 1)}
    decision = candidate_edit(candidate=candidate, actor=bob, changes=changes)

    assert (decision.action, decision.chosen) == ("edit", ["time"])
    assert decision.evidence is not None
    assert last_event().payload["chosen"] == ["time"]


@pytest.mark.parametrize("more", [{}, {"object_text": "Wend"}, {"valid_to": date(1999, 1, 1)}])
def test_another_relation_is_the_word_of_who_chose_it(candidate, bob, alice, space, more):
    changes = {"relation": factories.make_relation(space, "residence"), **more}
    decision = candidate_edit(candidate=candidate, actor=bob, changes=changes)
    assert (decision.action, decision.evidence) == ("reword", None)
    assert "relation" in decision.chosen
    with pytest.raises(NotAllowed):
        candidate_accept(candidate=candidate, actor=bob)

    candidate.refresh_from_db()
    accepted = candidate_accept(candidate=candidate, actor=alice)
    assert (accepted.triple.relation.name, accepted.evidence) == ("residence", None)


def test_it_chooses_no_other_relation_for_a_row_that_names_one(space, alice, bob, carol):
    row = factories.make_document(
        space, alice, text="Ada Brook | place of birth | Lindenau", format="triples"
    )
    imported = factories.make_candidate(
        row, alice, origin=Candidate.Origin.IMPORT, proposed_by=carol, extraction=None, score=None
    )
    changes = {"relation": factories.make_relation(space, "residence")}
    assert candidate_edit(candidate=imported, actor=bob, changes=changes).action == "reword"


def test_it_lets_no_pick_smuggle_in_another_entity(candidate, bob, space):
    stranger = factories.make_entity(space, "Aaa", type="PER")
    picked = Picked(subject=stranger)
    with pytest.raises(CurationError, match="does not know “Aaa” by the name “Ada Brook”"):
        candidate_accept(candidate=candidate, actor=bob, picked=picked)
    replaced = factories.make_triple(space, "Ada Brook", "place of birth", "Mirefeld")
    with pytest.raises(CurationError, match="does not know"):
        candidate_supersede(candidate=candidate, actor=bob, replaced=replaced, picked=picked)
    decision = candidate_edit(
        candidate=candidate,
        actor=bob,
        changes={"object_text": "Lindenau on the Wend"},
        picked=picked,
    )
    assert decision.action == "reword"
    assert not Evidence.objects.exists()
    assert not stranger.aliases.exists()


def test_a_merge_makes_no_sentence_evidence_of_what_it_does_not_name(candidate, bob, space):
    other = factories.make_triple(space, "Aaa", "father", "Bbb")
    decision = candidate_merge(candidate=candidate, actor=bob, triple=other)

    assert (decision.action, decision.triple, decision.evidence) == ("merge", other, None)
    assert not Evidence.objects.exists()
    assert set(Entity.objects.values_list("name", flat=True)) == {"Aaa", "Bbb"}


def test_a_supersede_writes_the_words_of_another_without_evidence(candidate, bob, alice, space):
    old = factories.make_triple(space, "Ada Brook", "place of birth", "Mirefeld")
    candidate_edit(candidate=candidate, actor=bob, changes={"object_text": "Bbb"})
    with pytest.raises(NotAllowed):
        candidate_supersede(candidate=candidate, actor=bob, replaced=old)
    decision = candidate_supersede(candidate=candidate, actor=alice, replaced=old)
    assert (decision.triple.object.name, decision.evidence) == ("Bbb", None)


def test_a_correction_in_other_words_needs_another_person_too(space, carol, bob, alice, document):
    proposed = candidate_propose(
        space=space,
        actor=carol,
        fact=FactInWords(Name("Ada Brook"), factories.make_relation(space), Name("Halden")),
        occasion=Occasion(Candidate.Origin.CORRECTION, factories.make_question(space, carol).pk),
    )
    candidate_edit(candidate=proposed, actor=bob, changes={"object_text": "Oakham"})
    assert not Triple.objects.exists()
    with pytest.raises(NotAllowed):
        candidate_accept(candidate=proposed, actor=bob)
    assert candidate_accept(candidate=proposed, actor=alice).triple.object.name == "Oakham"


def test_it_takes_evidence_again_where_a_second_person_finds_the_names(candidate, bob, alice):
    candidate_edit(candidate=candidate, actor=bob, changes=INVENTED)
    changes = {"subject_text": "Ada Brook", "object_text": "Lindenau"}
    decision = candidate_edit(candidate=candidate, actor=alice, changes=changes)
    assert (decision.action, decision.evidence is not None) == ("edit", True)
    decision_undo(decision=decision, actor=alice)
    candidate.refresh_from_db()
    assert (candidate.subject_text, candidate.reworded_by) == ("Aaa", bob)


def test_half_of_the_words_of_another_are_no_evidence(candidate, bob, alice):
    candidate_edit(candidate=candidate, actor=bob, changes=INVENTED)
    changes = {"subject_text": "Ada Brook"}
    decision = candidate_edit(candidate=candidate, actor=alice, changes=changes)
    assert (decision.action, decision.evidence) == ("edit", None)


def test_it_is_taken_back_as_it_was(candidate, bob):
    before = Candidate.objects.filter(pk=candidate.pk).values().get()
    decision = candidate_edit(candidate=candidate, actor=bob, changes=INVENTED)
    decision_undo(decision=decision, actor=bob)
    assert Candidate.objects.filter(pk=candidate.pk).values().get() == before | {"version": 3}


def test_it_leaves_the_queue_of_the_person_whose_words_it_is_in(candidate, bob, alice, space):
    candidate_edit(candidate=candidate, actor=bob, changes=INVENTED)
    wanted = QueueFilter()
    assert not review_queue(space, bob, wanted).exists()
    assert own_waiting(space, bob) == 1
    assert review_queue(space, alice, wanted).get() == candidate


def test_pages_say_in_whose_words_it_stands(candidate, bob, alice, sign_in, space):
    client = sign_in(bob)
    address = reverse("curation:candidate-edit", args=[space.slug, candidate.pk])
    assert "waits for another reviewer" in client.get(address).content.decode()
    client.post(
        address,
        {
            "version": 1,
            "subject_text": "Aaa",
            "subject_type": "",
            "relation": candidate.relation_id,
            "object_text": "Bbb",
            "object_type": "",
            "object_kind": "item",
        },
    )
    card = reverse("curation:candidate-detail", args=[space.slug, candidate.pk])
    page = client.get(card).content.decode()
    assert "In the words of bob." in page
    assert "stands in your words" in page
    assert "Back to what was proposed" in page
    assert "mark--subject" not in page
    candidate.refresh_from_db()
    decision = candidate_accept(candidate=candidate, actor=alice)

    page = client.get(reverse("facts:triple", args=[space.slug, decision.triple.pk]))
    assert "In the words of bob" in page.content.decode()
    assert "which is no evidence" in page.content.decode()
    assert 'class="evidence"' not in page.content.decode()
    source = client.get(
        reverse("sources:document", args=[space.slug, candidate.passage.document_id])
    )
    assert 'class="mark mark--fact" href' not in source.content.decode()


def test_the_page_of_a_fact_says_what_a_reviewer_chose(candidate, bob, sign_in, space):
    changes = {"valid_to": date(1999, 1, 1)}
    decision = candidate_edit(candidate=candidate, actor=bob, changes=changes)
    page = sign_in(bob).get(reverse("facts:triple", args=[space.slug, decision.triple.pk]))
    assert "Time chosen by bob" in page.content.decode()


def test_decisions_of_such_kinds_are_the_only_ones_without_a_fact(candidate, bob):
    decision = candidate_edit(candidate=candidate, actor=bob, changes=INVENTED)
    assert Decision.objects.get() == decision
    assert decision.get_action_display() == "Reword"
