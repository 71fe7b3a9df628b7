"""What people type is cleaned as documents are, wherever it comes in."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.accounts.models import Space
from apps.asking.services import question_ask
from apps.asking.services.errors import EmptyQuestion
from apps.common.text import clean, look_alikes, plain
from apps.curation.services import (
    CurationError,
    Name,
    candidate_edit,
    candidate_reject,
    relation_propose,
)
from apps.dashboard.services import space_change, space_create
from apps.memory.controller import EntityInput, InvalidName, MemoryController
from apps.memory.models import Alias, Relation
from apps.memory.services import RelationInput, alias_add, entity_change, relation_create
from apps.sources.triples import parse_triples
from tests import factories

HIDDEN = "A\u200bda\u202e \u2066Br\u00adook\u2060"


def test_it_removes_what_nobody_sees_and_keeps_what_scripts_need():
    assert plain(HIDDEN) == "Ada Brook"
    assert plain("می\u200cخواهم") == "می\u200cخواهم"
    assert clean(clean(HIDDEN)) == clean(HIDDEN)
    assert plain("\u200b\u202e") == ""


def test_names_of_the_memory_are_cleaned(space, alice):
    assert EntityInput(HIDDEN, another="a\u200b note").name == "Ada Brook"
    with pytest.raises(InvalidName, match="empty"):
        EntityInput("\u200b\u2060")
    entity = factories.make_entity(space, "Guild")
    alias_add(entity=entity, actor=alice, name=HIDDEN)
    assert Alias.objects.get().name == "Ada Brook"
    changed = entity_change(
        entity=entity, actor=alice, name="Gu\u202eild", type="ORG", description="a\u200b b"
    )
    assert (changed.name, changed.description) == ("Guild", "a b")
    assert MemoryController(space).resolve_entity("Ada Brook").entity == entity


def test_relations_are_cleaned(space, alice):
    given = RelationInput(
        name="mem\u200bber", template="{subject} \u202eis in {object}.", aliases=("be\u2060longs",),
        questions=("Where is\u200b {subject}?",),
    )  # fmt: skip
    relation_create(space=space, actor=alice, given=given)
    row = Relation.objects.get(name="member")
    assert (row.template, row.aliases) == ("{subject} is in {object}.", ["belongs"])
    assert row.questions == ["Where is {subject}?"]


def test_spaces_questions_and_reasons_are_cleaned(space, alice, bob, carol):
    made = space_create(actor=alice, name="New\u202e space", description="a\u200bb")
    assert (made.name, made.description) == ("New space", "ab")
    space_change(space=space, actor=alice, name="At\u200blas", description="", self_review=False)
    assert Space.objects.get(pk=space.pk).name == "Atlas"
    asked = question_ask(space=space, actor=carol, text="Who is \u202eAda?\u200b")
    assert asked.text == "Who is Ada?"
    with pytest.raises(EmptyQuestion):
        question_ask(space=space, actor=carol, text="\u200b")
    candidate = factories.make_candidate(factories.make_document(space, alice), alice)
    with pytest.raises(CurationError, match="why"):
        candidate_reject(candidate=candidate, actor=bob, reason="\u200b")
    assert candidate_reject(candidate=candidate, actor=bob, reason="n\u202eo").reason == "no"


def test_edits_proposals_and_imports_are_cleaned(space, alice, bob, carol):
    candidate = factories.make_candidate(factories.make_document(space, alice), alice)
    candidate_edit(candidate=candidate, actor=bob, changes={"object_text": "Lin\u200bdenau"})
    assert candidate.object_text == "Lindenau"
    asked = question_ask(space=space, actor=carol, text="Who?")
    proposal = relation_propose(
        space=space, actor=carol, name="god\u202efather", subject=HIDDEN, object="B",
        question=asked.pk, question_text="Who?",
    )  # fmt: skip
    assert (proposal.name, proposal.subject_text) == ("godfather", "Ada Brook")
    (row,) = parse_triples(f"subject,relation,object\n{HIDDEN},r,B\n".encode(), "a.csv")
    assert row.subject == "Ada Brook"
    assert Name(HIDDEN).text == HIDDEN  # what becomes of it is cleaned


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("p\u0430ypal Inc", ("p\u0430ypal",)),
        ("\u0410da and \u041eslo", ("\u0410da", "\u041eslo")),
        ("paypal", ()),
        ("Škoda Αθήνα Москва", ()),
        ("Tシャツ", ()),
        ("A1", ()),
        ("", ()),
    ],
)
def test_it_points_to_words_of_mixed_scripts(text, words):
    assert look_alikes(text) == words


def test_pages_point_to_them(space, alice, bob, sign_in):
    text = "p\u0430ypal was born in Lindenau."
    candidate = factories.make_candidate(
        factories.make_document(space, alice, text=text), alice, subject="p\u0430ypal"
    )
    client = sign_in(bob)
    for name in ("candidate-detail", "candidate-edit"):
        page = client.get(reverse(f"curation:{name}", args=[space.slug, candidate.pk]))
        assert "mixes letters of different scripts" in page.content.decode()
    plain_one = factories.make_candidate(factories.make_document(space, alice), alice)
    page = client.get(reverse("curation:candidate-detail", args=[space.slug, plain_one.pk]))
    assert "mixes letters" not in page.content.decode()
