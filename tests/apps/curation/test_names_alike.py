"""Names that the memory has in another writing: a hint on the card, taken by a person alone."""

from __future__ import annotations

import time
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.curation import services
from apps.curation.cards import card_of
from apps.curation.models import Candidate
from apps.curation.services import CurationError, Picked, candidate_accept, candidate_edit
from apps.memory.controller.alike import writings
from apps.memory.models import Alias, Entity, Evidence, Triple
from apps.sources.triples import TripleRow, render
from tests import factories

HTMX = {"HTTP_HX_REQUEST": "true"}
KNOWN = [
    ("Siobhán O'Rourke", "PER"),
    ("Petra Lomansk", "PER"),
    ("Kestrel Bank", "ORG"),
    ("Solvang Museum", "ORG"),
    ("J. R. Hartmoor", "PER"),
    ("Apollo 11", "MISC"),
    ("University of Warsaw", "ORG"),
    ("Marie Holt", "PER"),
]


@pytest.fixture
def known(space) -> dict[str, Entity]:
    return {name: factories.make_entity(space, name, type=type_) for name, type_ in KNOWN}


def imported(space, alice, subject: str, **types: str) -> Candidate:
    """Return the candidate of a file with one row about ``subject``."""
    factories.make_relation(space, "residence", template="{subject} lives in {object}.")
    rows = [TripleRow(1, subject, "residence", "Porto", **types)]
    text, _ = render(rows)
    document = factories.make_document(space, alice, text=text, format="triples")
    made = services.candidates_import(space=space, actor=alice, rows=rows, document=document)
    assert made.problems == ()
    return made.candidates[0]


def offered(candidate: Candidate, user) -> tuple[list[str], list[str]]:
    card = card_of(candidate, user)
    return [one.name for one in card.subject.choices], [one.name for one in card.object.choices]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Siobhan O’Rourke", "Siobhán O'Rourke"),
        ("Siobhan O'Rourke", "Siobhán O'Rourke"),
        ("Dr. Petra Lomansk", "Petra Lomansk"),
        ("Lomansk, Petra", "Petra Lomansk"),
        ("Lomansk, Dr. Petra", "Petra Lomansk"),
        ("P. Lomansk", "Petra Lomansk"),
        ("Kestrel Bank Ltd.", "Kestrel Bank"),
        ("Kestrel Bank, Inc.", "Kestrel Bank"),
        ("the Solvang Museum", "Solvang Museum"),
        ("The Solvang Musuem", "Solvang Museum"),
        ("JR Hartmoor", "J. R. Hartmoor"),
        ("Hartmoor", "J. R. Hartmoor"),
        ("Petra", "Petra Lomansk"),
    ],
)
def test_it_offers_the_known_one_for_a_row_and_takes_nothing(space, alice, bob, known, name, meant):
    candidate = imported(space, alice, name)
    assert offered(candidate, bob) == ([meant], [])
    candidate_accept(candidate=candidate, actor=bob)  # without a word about it
    triple = Triple.objects.get()
    assert triple.subject.name == name
    assert triple.subject != known[meant]


@pytest.mark.parametrize(
    "name",
    ["Apollo 13", "Warsaw", "Maria Holt", "Anna Lomansk", "Ltd.", "The", "?", "x" * 500],
)
def test_it_offers_nothing_for_what_is_another_thing(space, alice, bob, known, name):
    assert offered(imported(space, alice, name), bob) == ([], [])


@pytest.mark.parametrize(
    ("name", "type_", "meant"),
    [
        ("Hartmoor", "LOC", []),
        ("Petra Lomasnk", "ORG", []),
        ("Petra Lomasnk", "PER", ["Petra Lomansk"]),
        ("the Solvang Musuem", "LOC", ["Solvang Museum"]),
        ("Dr. Petra Lomansk", "MISC", ["Petra Lomansk"]),
    ],
)
def test_it_looks_at_types_where_the_name_alone_says_little(
    space, alice, bob, known, name, type_, meant
):
    assert offered(imported(space, alice, name, subject_type=type_), bob) == (meant, [])


def test_it_offers_what_an_alias_is_like_and_no_time(space, alice, bob, known):
    Alias.objects.create(space=space, entity=known["Kestrel Bank"], name="Falcon Trust")
    factories.make_entity(space, "May 1990", type="TIME", kind=Entity.Kind.TIME)
    assert offered(imported(space, alice, "Falcon Trust plc"), bob) == (["Kestrel Bank"], [])
    assert offered(imported(space, alice, "the May 1990"), bob) == ([], [])


def test_it_offers_nothing_of_another_space(space, alice, bob):
    factories.make_entity(factories.make_space("other"), "Petra Lomansk", type="PER")
    assert offered(imported(space, alice, "Dr. Petra Lomansk"), bob) == ([], [])


def test_it_offers_at_most_three(space, alice, bob):
    for name in ("Anna Veldt", "Bea Veldt", "Carl Veldt", "Dora Veldt"):
        factories.make_entity(space, name, type="PER")
    subjects, _ = offered(imported(space, alice, "Veldt", subject_type="PER"), bob)
    assert subjects == ["Anna Veldt", "Bea Veldt", "Carl Veldt"]


def read(space, alice, **fields) -> Candidate:
    text = "JR Hartmoor died in Porto. He ran the Solvang Musuem."
    document = factories.make_document(space, alice, text=text)
    return factories.make_candidate(document, alice, subject="JR Hartmoor", object="Porto")


def address(name: str, candidate: Candidate) -> str:
    return reverse(f"curation:{name}", args=["atlas", candidate.pk])


def sent(candidate: Candidate, **more: object) -> dict[str, object]:
    return {"version": candidate.version, "shown_at": f"{time.time() - 3:.2f}", **more}


def test_it_takes_the_known_one_with_the_sentence_as_evidence(space, alice, bob, sign_in, known):
    candidate = read(space, alice)
    client = sign_in(bob)
    page = client.get(reverse("curation:review", args=["atlas"])).content.decode()
    hint = known["J. R. Hartmoor"]
    assert "Perhaps the same as" in page
    assert "no, another one: new to the memory" in page
    assert f'name="subject_entity" value="{hint.pk}" form="decide">' in page
    assert 'name="subject_entity" value="" form="decide" checked>' in page
    assert 'name="object_entity"' not in page

    form = sent(candidate, subject_entity=hint.pk)
    assert client.post(address("candidate-accept", candidate), form).status_code == 302
    triple = Triple.objects.get()
    assert (triple.subject, str(Evidence.objects.get().triple.pk)) == (hint, str(triple.pk))
    assert hint.aliases.get().name == "JR Hartmoor"  # next time it is known
    candidate.refresh_from_db()
    assert candidate.state == "accepted"


def test_it_makes_another_one_where_the_person_says_so(space, alice, bob, sign_in, known):
    candidate = read(space, alice)
    form = sent(candidate, subject_entity="")
    assert sign_in(bob).post(address("candidate-accept", candidate), form).status_code == 302
    assert Triple.objects.get().subject.name == "JR Hartmoor"


def test_it_keeps_the_choice_when_the_fact_contradicts_another(space, alice, bob, sign_in, known):
    candidate = read(space, alice)
    candidate.relation.single_valued = True
    candidate.relation.save()
    factories.make_triple(space, "J. R. Hartmoor", candidate.relation, "Lisbon")
    form = sent(candidate, subject_entity=known["J. R. Hartmoor"].pk)
    answer = sign_in(bob).post(address("candidate-accept", candidate), form, **HTMX)
    assert answer.status_code == 422
    pk = known["J. R. Hartmoor"].pk
    assert f'value="{pk}" form="decide" checked>' in answer.content.decode()
    assert 'value="" form="decide" checked' not in answer.content.decode()


def test_it_takes_no_stranger_for_a_name(space, alice, bob, known):
    candidate = read(space, alice)
    with pytest.raises(CurationError, match="does not know “Petra Lomansk” by the name"):
        candidate_accept(
            candidate=candidate, actor=bob, picked=Picked(subject=known["Petra Lomansk"])
        )
    assert not Triple.objects.exists()


def test_it_takes_the_known_one_in_an_edit_too(space, alice, bob, known):
    candidate = read(space, alice)
    decision = candidate_edit(
        candidate=candidate,
        actor=bob,
        changes={"valid_from": date(1950, 1, 1)},
        picked=Picked(subject=known["J. R. Hartmoor"]),
    )
    assert (decision.action, decision.triple.subject) == ("edit", known["J. R. Hartmoor"])
    assert decision.evidence is not None


def test_it_undoes_what_was_taken(space, alice, bob, known):
    candidate = read(space, alice)
    decision = candidate_accept(
        candidate=candidate, actor=bob, picked=Picked(subject=known["J. R. Hartmoor"])
    )
    services.decision_undo(decision=decision, actor=bob)
    candidate.refresh_from_db()
    assert candidate.state == "pending"
    assert not Triple.objects.filter(status="active").exists()


def test_it_shows_who_only_looks_what_it_may_be(space, alice, dave, sign_in, known):
    page = sign_in(dave).get(address("candidate-detail", read(space, alice))).content.decode()
    assert "new to the memory, or perhaps the same as J. R. Hartmoor" in page
    assert 'name="subject_entity"' not in page


@pytest.mark.parametrize("names", [2, 0])
def test_it_needs_two_statements_at_most_for_both_names(space, alice, bob, known, names):
    candidate = read(space, alice)
    candidate.object_text = "Solvang Musuem"
    if not names:
        Entity.objects.all().delete()
    with CaptureQueriesContext(connection) as made:
        found = offered(candidate, bob)
    assert found == ((["J. R. Hartmoor"], ["Solvang Museum"]) if names else ([], []))
    looked = [q["sql"] for q in made.captured_queries if " AS q(word)" in q["sql"]]
    looked += [q["sql"] for q in made.captured_queries if " AS p(no, keys)" in q["sql"]]
    assert len(looked) == (names or 1)


def test_it_reads_a_name_without_what_is_beside_it():
    assert writings("the Kestrel Bank, Ltd.") == [
        ("the", "kestrel", "bank", "ltd"),
        ("kestrel", "bank"),
    ]
    assert writings("Dr. No") == writings("Mr. Xu") == []  # too short to look up by
    assert writings("") == writings(",") == writings("GmbH") == []


def test_the_list_says_whom_new_names_may_mean(space, alice, bob, sign_in, known):
    read(space, alice)
    imported(space, alice, "Petra Lomansk")
    client = sign_in(bob)
    address = reverse("curation:candidate-list", args=["atlas"])
    with CaptureQueriesContext(connection) as made:
        page = " ".join(client.get(address).content.decode().split())
    assert page.count("perhaps the same as") == 1
    assert "“JR Hartmoor” is new, perhaps the same as J. R. Hartmoor" in page
    looked = [q["sql"] for q in made.captured_queries]
    assert sum(" AS q(word)" in sql or " AS p(no, keys)" in sql for sql in looked) == 2
    assert sum("AS q(asked)" in sql for sql in looked) == 1
