"""One statement, one candidate: what follows is not asked about, and what was refused says so."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.curation.cards import card_of
from apps.curation.models import Candidate
from apps.curation.services import (
    DecidedAlready,
    candidate_accept,
    candidate_edit,
    candidate_reject,
    decision_undo,
    dispute_retract,
    extraction_request,
    extraction_run,
)
from apps.memory.controller import MemoryController
from apps.memory.models import Relation
from apps.memory.services import relations_load
from tests import factories
from worker import registry
from worker.protocol import serialise_write
from worker.types import Argument, MemoryQuery, Proposal, Span
from worker.types import PassageExtraction as HeadResult

TEXT = "Lindenau is the capital of Norland."
CAPITAL, LOCATED = "capital of", "located in the administrative territorial entity"
COUNTRY = "country"
CONTAINS, BACK = "contains administrative territorial entity", "capital"


@pytest.fixture
def schema(space):
    relations_load(space=space, actor=None)
    return {relation.name: relation for relation in space.relations.all()}


class Careless:
    """A head that reads one statement in several relations, each with a score."""

    name, version = "scripted", "1"

    def __init__(self, text: str, *found: tuple[str, Relation, str, float]) -> None:
        self.text, self.found = text, found

    def extract(self, passages, relations):
        call = serialise_write([(s, relation.name, o) for s, relation, o, _ in self.found])
        return [HeadResult(one.id, tuple(self.proposals(one.text)), call) for one in passages]

    def proposals(self, text):
        whole = Span(0, len(text))
        for subject, relation, object_, score in self.found:
            sides = [self.argument(text, name) for name in (subject, object_)]
            yield Proposal(sides[0], str(relation.pk), sides[1], whole, score)

    @staticmethod
    def argument(text, name):
        start = text.index(name)
        return Argument(name, Span(start, start + len(name)), "LOC")


@pytest.fixture
def read(space, alice, monkeypatch, schema):
    """Return a function that lets a careless head read the text; it gives the candidates."""

    def run(*found, text=TEXT):
        rows = [(s, schema[r], o, score) for s, r, o, score in found]
        monkeypatch.setattr(registry, "write_head", lambda name: Careless(text, *rows))
        again = " It is so." * space.documents.count()  # no document is there twice
        document = factories.make_document(space, alice, text=text + again)
        extraction = extraction_request(document=document, actor=alice, ring=False)
        assert extraction_run(extraction_id=extraction.pk).state == "done"
        return {one.relation.name: one for one in extraction.candidates.all()}

    return run


ALL = (
    ("Lindenau", LOCATED, "Norland", 0.8),
    ("Norland", CONTAINS, "Lindenau", 0.7),
    ("Lindenau", CAPITAL, "Norland", 0.9),
    ("Norland", BACK, "Lindenau", 0.85),
)


def states(found):
    return {name: Candidate.objects.get(pk=one.pk).state for name, one in found.items()}


def test_one_statement_is_asked_about_once(read, bob, client, space):
    found = read(*ALL)
    asked = found[CAPITAL]
    assert states(found) == {
        CAPITAL: "pending", BACK: "implied", LOCATED: "implied", CONTAINS: "implied",
    }  # fmt: skip
    assert {one.follows_from for one in found.values() if one != asked} == {asked}
    client.force_login(bob)
    page = client.get(reverse("curation:review", args=[space.slug])).content.decode()
    assert "Accepting also means:" in page
    for one in found.values():
        if one != asked:
            assert any(one.subject_text in said for said in card_of(asked, bob).also)
    aside = client.get(reverse("curation:candidate-detail", args=[space.slug, found[BACK].pk]))
    assert "Nobody is asked about this" in aside.content.decode()
    assert "/accept/" not in aside.content.decode()


def test_an_owner_has_each_asked_about(read, space):
    space.propose_implied = True
    space.save()
    assert set(states(read(*ALL)).values()) == {"pending"}


def test_the_settings_switch_it(alice, client, space):
    client.force_login(alice)
    address = reverse("dashboard:settings", args=[space.slug])
    assert "follows from another fact" in client.get(address).content.decode()


def test_what_follows_from_a_refused_fact_is_asked_about(read, bob):
    found = read(*ALL)
    decision = candidate_reject(candidate=found[CAPITAL], actor=bob, reason="not stated")
    assert states(found) == {
        CAPITAL: "rejected", BACK: "pending", LOCATED: "pending", CONTAINS: "pending",
    }  # fmt: skip
    accepted = Candidate.objects.get(pk=found[LOCATED].pk)
    candidate_accept(candidate=accepted, actor=bob)
    stale = Candidate.objects.get(pk=found[CONTAINS].pk)
    decision_undo(decision=decision, actor=bob)
    assert states(found) == {
        CAPITAL: "pending", BACK: "implied", LOCATED: "accepted", CONTAINS: "implied",
    }  # fmt: skip
    with pytest.raises(DecidedAlready):
        candidate_accept(candidate=stale, actor=bob)


def test_what_follows_is_asked_about_once_an_edit_makes_another_fact(read, bob, space):
    space.self_review = True
    space.save()
    found = read(*ALL)
    candidate_edit(candidate=found[CAPITAL], actor=bob, changes={"object_text": "Mirefeld"})
    assert states(found)[LOCATED] == "pending"


def test_what_follows_from_the_memory_is_not_asked_about(read, space, schema):
    factories.make_triple(space, "Norland", schema[BACK], "Lindenau")
    found = read(*ALL[:3])
    assert states(found) == {CAPITAL: "implied", LOCATED: "implied", CONTAINS: "implied"}
    assert found[LOCATED].follows_from is None


def test_the_same_fact_again_is_still_evidence_for_it(read, space, schema):
    factories.make_triple(space, "Lindenau", schema[CAPITAL], "Norland")
    assert states(read(ALL[2])) == {CAPITAL: "pending"}


def test_a_doubtful_stronger_fact_hides_nothing(read):
    found = read(("Lindenau", LOCATED, "Norland", 0.9), ("Lindenau", CAPITAL, "Norland", 0.4))
    assert set(states(found).values()) == {"pending"}


def test_a_denial_of_what_follows_denies_the_fact_itself(read, space, schema, monkeypatch, alice):
    triple = factories.make_triple(space, "Norland", schema[BACK], "Lindenau")
    text = "Lindenau does not lie in Norland."

    class Denying(Careless):
        def proposals(self, text):
            for one in super().proposals(text):
                yield Proposal(
                    one.subject, one.relation_id, one.object, one.sentence, 0.9, mood="denied"
                )

    head = Denying(text, ("Lindenau", schema[LOCATED], "Norland", 0.9))
    monkeypatch.setattr(registry, "write_head", lambda name: head)
    document = factories.make_document(space, alice, text=text)
    extraction = extraction_request(document=document, actor=alice, ring=False)
    extraction_run(extraction_id=extraction.pk)
    assert Candidate.objects.get().against == triple


def test_what_follows_is_read_where_nothing_is_stated(space, schema):
    city = factories.make_triple(space, "Lindenau", schema[CAPITAL], "Norland")
    memory = MemoryController(space)
    for query in (
        MemoryQuery(LOCATED, subject="Lindenau"),
        MemoryQuery(LOCATED, object="Norland"),
        MemoryQuery(CONTAINS, subject="Norland"),
    ):
        (fact,) = memory.read(query).facts
        assert (fact.triple_id, fact.relation.name) == (str(city.pk), query.relation)
        names = (fact.subject.name, fact.object.name)
        assert names == (
            ("Norland", "Lindenau") if query.relation == CONTAINS else ("Lindenau", "Norland")
        )
    assert memory.read(MemoryQuery("country", subject="Lindenau")).facts == ()
    factories.make_triple(space, "Lindenau", schema[LOCATED], "Westmark")
    (fact,) = memory.read(MemoryQuery(LOCATED, subject="Lindenau")).facts
    assert fact.object.name == "Westmark"


# ---- The country of a place that another fact names ----------------------------------------------

MUSEUM = "The Solvang Museum lies in Lindenau. Lindenau is a town of Norland, as the museum is."
IN_TOWN = ("Solvang Museum", LOCATED, "Lindenau", 0.9)
IN_LAND = ("Solvang Museum", COUNTRY, "Norland", 0.8)
TOWN = ("Lindenau", COUNTRY, "Norland", 0.85)


def test_the_country_of_the_place_around_is_not_asked_for(read, space, schema, bob):
    factories.make_triple(space, "Lindenau", schema[COUNTRY], "Norland")
    found = read(IN_TOWN, IN_LAND, text=MUSEUM)
    assert states(found) == {LOCATED: "pending", COUNTRY: "implied"}
    assert found[COUNTRY].follows_from == found[LOCATED]
    assert card_of(found[LOCATED], bob).also == ("The country of Solvang Museum is Norland.",)


def test_it_is_asked_for_where_the_place_lies_elsewhere_or_nobody_knows(read, space, schema):
    assert states(read(IN_TOWN, IN_LAND, text=MUSEUM))[COUNTRY] == "pending"
    factories.make_triple(space, "Lindenau", schema[COUNTRY], "Westmark")
    assert states(read(IN_TOWN, IN_LAND, text=MUSEUM))[COUNTRY] == "pending"


def test_it_follows_from_the_seat_of_a_firm_too(read, space, schema):
    factories.make_triple(space, "Lindenau", schema[COUNTRY], "Norland")
    seat = ("Solvang Museum", "headquarters location", "Lindenau", 0.9)
    found = read(seat, IN_LAND, text=MUSEUM)
    assert states(found) == {"headquarters location": "pending", COUNTRY: "implied"}


def test_it_follows_from_a_doubtful_place_no_more_than_other_facts(read, space, schema):
    factories.make_triple(space, "Lindenau", schema[COUNTRY], "Norland")
    doubtful = ("Solvang Museum", LOCATED, "Lindenau", 0.4)
    assert states(read(doubtful, IN_LAND, text=MUSEUM))[COUNTRY] == "pending"


def test_it_follows_from_the_memory_alone(read, space, schema):
    factories.make_triple(space, "Lindenau", schema[COUNTRY], "Norland")
    factories.make_triple(space, "Solvang Museum", schema[LOCATED], "Lindenau")
    found = read(IN_LAND, text=MUSEUM)
    assert (states(found), found[COUNTRY].follows_from) == ({COUNTRY: "implied"}, None)


def test_it_is_asked_for_where_the_memory_has_the_place_as_past(read, space, schema):
    factories.make_triple(space, "Lindenau", schema[COUNTRY], "Norland", valid_to="1900-01-01")
    factories.make_triple(space, "Solvang Museum", schema[LOCATED], "Lindenau")
    assert states(read(IN_LAND, text=MUSEUM))[COUNTRY] == "pending"


@pytest.mark.parametrize("refused", [("Solvang Museum", LOCATED), ("Lindenau", COUNTRY)])
def test_it_is_asked_for_once_one_of_both_facts_is_refused(read, bob, alice, refused):
    read(IN_TOWN, IN_LAND, TOWN, text=MUSEUM)
    museum = Candidate.objects.get(subject_text="Solvang Museum", relation__name=COUNTRY)
    assert museum.state == "implied"
    assert museum.follows_from.relation.name == LOCATED
    candidate = Candidate.objects.get(subject_text=refused[0], relation__name=refused[1])
    decision = candidate_reject(candidate=candidate, actor=bob, reason="not stated")
    museum.refresh_from_db()
    assert museum.state == "pending"
    decision_undo(decision=decision, actor=bob)
    museum.refresh_from_db()
    assert museum.state == "implied"


def test_it_is_asked_for_until_both_refusals_are_undone(read, bob):
    read(IN_TOWN, IN_LAND, TOWN, text=MUSEUM)
    museum = Candidate.objects.get(subject_text="Solvang Museum", relation__name=COUNTRY)
    rows = Candidate.objects.filter(state="pending").order_by("pk")
    one, other = (candidate_reject(candidate=c, actor=bob, reason="no") for c in list(rows))
    for decision, state in ((one, "pending"), (other, "implied")):
        decision_undo(decision=decision, actor=bob)
        museum.refresh_from_db()
        assert museum.state == state


def test_an_acceptance_that_is_undone_hides_nothing_that_waits(read, bob):
    read(IN_TOWN, IN_LAND, TOWN, text=MUSEUM)
    museum = Candidate.objects.get(subject_text="Solvang Museum", relation__name=COUNTRY)
    town = Candidate.objects.get(subject_text="Lindenau")
    accepted = candidate_accept(candidate=town, actor=bob)
    candidate_reject(candidate=museum.follows_from, actor=bob, reason="no")
    decision_undo(decision=accepted, actor=bob)
    museum.refresh_from_db()
    assert museum.state == "pending"


def test_what_follows_from_the_country_goes_with_it(read, space, schema):
    factories.make_triple(space, "Lindenau", schema[COUNTRY], "Norland")
    read(IN_TOWN, IN_LAND, ("Norland", CONTAINS, "Solvang Museum", 0.6), text=MUSEUM)
    within = Candidate.objects.get(relation__name=CONTAINS)
    assert (within.state, within.follows_from.relation.name) == ("implied", LOCATED)
    assert within.follows_from.object_text == "Lindenau"


@pytest.mark.parametrize(
    ("within", "country", "state"),
    [("within", "country", "implied"), ("", "country", "pending"), ("within", "", "pending")],
)
def test_relations_that_an_owner_added_say_it_too(read, space, schema, bob, within, country, state):
    template = "{subject} stands with {object}."
    for name, role in (("stands inside", within), ("belongs to the realm of", country)):
        schema[name] = factories.make_relation(space, name, template=template, role=role)
    place, realm, town = (
        ("Solvang Museum", "stands inside", "Lindenau", 0.9),
        ("Solvang Museum", "belongs to the realm of", "Norland", 0.8),
        ("Lindenau", "belongs to the realm of", "Norland", 0.85),
    )
    read(place, realm, town, text=MUSEUM)
    found = Candidate.objects.get(subject_text="Solvang Museum", relation=schema[realm[1]])
    assert found.state == state
    if state == "implied":
        for subject in ("Solvang Museum", "Lindenau"):
            other = Candidate.objects.get(subject_text=subject, state="pending")
            decision = candidate_reject(candidate=other, actor=bob, reason="not stated")
            found.refresh_from_db()
            assert found.state == "pending"
            decision_undo(decision=decision, actor=bob)
            found.refresh_from_db()
            assert found.state == "implied"


def test_the_country_of_a_place_counts_by_the_same_relation_alone(read, space, schema):
    schema["realm"] = factories.make_relation(
        space, "realm", template="{subject} is of {object}.", role="country"
    )
    factories.make_triple(space, "Lindenau", schema["realm"], "Norland")
    assert states(read(IN_TOWN, IN_LAND, text=MUSEUM))[COUNTRY] == "pending"


# ---- What was refused before ---------------------------------------------------------------------


def test_a_fact_that_was_refused_comes_back_with_a_note(read, alice, bob, client, space):
    first = read(ALL[2])[CAPITAL]
    decision = candidate_reject(candidate=first, actor=bob, reason="not stated")
    again = read(ALL[2])[CAPITAL]
    (refusal,) = card_of(again, alice).refused
    assert (refusal.retracted, refusal.by, refusal.reason) == (False, "bob", "not stated")
    client.force_login(alice)
    address = reverse("curation:candidate-detail", args=[space.slug, again.pk])
    page = " ".join(client.get(address).content.decode().split())
    assert "Refused on" in page
    assert "by bob: not stated." in page
    decision_undo(decision=decision, actor=bob)
    assert card_of(again, alice).refused == ()


def test_a_fact_that_was_retracted_comes_back_with_a_note(read, bob, space, alice):
    candidate = read(ALL[2])[CAPITAL]
    triple = candidate_accept(candidate=candidate, actor=bob).triple
    MemoryController(space).retract(triple, actor=bob, reason="the map was old")
    (refusal,) = card_of(read(ALL[2])[CAPITAL], alice).refused
    assert (refusal.retracted, refusal.by, refusal.reason) == (True, "bob", "the map was old")


def test_an_acceptance_that_was_undone_is_no_refusal(read, bob, alice):
    candidate = read(ALL[2])[CAPITAL]
    decision_undo(decision=candidate_accept(candidate=candidate, actor=bob), actor=bob)
    assert card_of(read(ALL[2])[CAPITAL], alice).refused == ()


def test_refusals_of_other_facts_and_spaces_are_not_told(read, bob, alice, schema):
    other = factories.make_space("another")
    relation = factories.make_relation(other, CAPITAL)
    document = factories.make_document(other, alice)
    elsewhere = factories.make_candidate(document, alice, relation=CAPITAL)
    assert elsewhere.relation == relation
    candidate_reject(candidate=elsewhere, actor=bob, reason="no")
    candidate_reject(candidate=read(ALL[0])[LOCATED], actor=bob, reason="no")
    assert card_of(read(ALL[2])[CAPITAL], alice).refused == ()


def test_a_dispute_that_retracted_a_fact_is_told(read, bob, alice, space, schema, monkeypatch):
    factories.make_triple(space, "Ada Brook", schema["place of birth"], "Lindenau")
    monkeypatch.undo()
    document = factories.make_document(space, alice, text="Ada Brook was not born in Lindenau.")
    extraction = extraction_request(document=document, actor=alice, ring=False)
    extraction_run(extraction_id=extraction.pk)
    dispute_retract(candidate=Candidate.objects.get(mood="denied"), actor=bob)
    document = factories.make_document(space, alice, text="Ada Brook was born in Lindenau. So.")
    extraction = extraction_request(document=document, actor=alice, ring=False)
    extraction_run(extraction_id=extraction.pk)
    (refusal,) = card_of(Candidate.objects.get(mood="stated"), alice).refused
    assert refusal.retracted
    assert "denies it" in refusal.reason
