"""A row of an imported file is never shown as what a document says."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.asking.selectors import best_evidence, row_source_of
from apps.asking.services import question_ask, question_run
from apps.curation.models import Candidate
from apps.curation.services import candidate_accept
from apps.curation.services.documents import document_import
from apps.memory.models import Evidence
from apps.sources.models import Document
from tests import factories

LIFE = "Ada\nBrook was born in Lindenau. She lived in Mirefeld."


@pytest.fixture
def life(space, alice) -> Document:
    return factories.make_document(space, alice, text=LIFE, title="A Life")


def imported(space, carol, *rows: str) -> list[Candidate]:
    factories.make_relation(space, questions=["Where was {subject} born?"])
    text = "\n".join(["subject,relation,object,source", *rows])
    document_import(space=space, actor=carol, data=text.encode(), filename="facts.csv")
    return list(Candidate.objects.filter(origin="import").order_by("pk"))


def test_a_source_that_is_known_is_linked_to_its_sentence(space, carol, life):
    factories.make_document(space, carol, text="Twice.", title="Twin")
    factories.make_document(space, carol, text="Twice again.", title="twin")
    found = imported(
        space,
        carol,
        "Ada Brook,place of birth,Lindenau,a life",
        "Ada Brook,place of birth,Mirefeld,A Life",
        "Ada,place of birth,Linden,A Life",
        "Bea,place of birth,Oakham,Somewhere else",
        "Cleo,place of birth,Oakham,Twin",
    )
    cited = [(one.row, one.cited, one.cited_start is not None) for one in found]
    assert cited == [
        (2, life, True),
        (3, life, False),
        (4, life, False),
        (5, None, False),
        (6, None, False),
    ]
    assert LIFE[found[0].cited_start : found[0].cited_end] == "Ada\nBrook was born in Lindenau."


def test_no_source_of_another_space_is_linked(space, carol, alice):
    factories.make_document(factories.make_space("other"), alice, text=LIFE, title="A Life")
    (one,) = imported(space, carol, "Ada Brook,place of birth,Lindenau,A Life")
    assert one.cited is None


def test_pages_say_that_it_was_imported(space, carol, bob, life, sign_in):
    (one,) = imported(space, carol, "Ada Brook,place of birth,Lindenau,A Life")
    client = sign_in(bob)
    said = "from row 2</strong> of"
    card = reverse("curation:candidate-detail", args=[space.slug, one.pk])
    page = client.get(card).content.decode()
    assert said in page
    assert "by <strong>carol</strong>. A row is no sentence of a document." in page
    assert page.count('class="evidence"') == 1  # the sentence of the source

    decision = candidate_accept(candidate=one, actor=bob)
    fact = client.get(reverse("facts:triple", args=[space.slug, decision.triple.pk]))
    assert said in fact.content.decode()
    assert fact.content.decode().count('class="evidence"') == 1
    source = client.get(reverse("sources:document", args=[space.slug, one.passage.document_id]))
    assert "each line is a row of a file" in source.content.decode()


def test_an_answer_keeps_no_row_as_a_sentence(space, carol, bob, sign_in):
    (one,) = imported(space, carol, "Ada Brook,place of birth,Lindenau,")
    candidate_accept(candidate=one, actor=bob)
    asked = question_ask(space=space, actor=carol, text="Where was Ada Brook born?")
    answer = question_run(question_id=asked.pk).answer
    citation = answer.citations.get()
    assert citation.sentence == ""
    page = sign_in(carol).get(reverse("asking:question", args=[space.slug, answer.question_id]))
    assert "from row 2</strong> of" in page.content.decode()
    assert 'class="evidence"' not in page.content.decode()
    told = (
        sign_in(carol)
        .get(reverse("asking:question-json", args=[space.slug, answer.question_id]))
        .json()["citations"][0]
    )
    assert told["imported"] == {"row": 2, "file": "facts.csv", "by": "carol"}
    assert told["sentence"] is None


def test_a_sentence_goes_before_a_row(space, carol, bob, alice):
    (one,) = imported(space, carol, "Ada Brook,place of birth,Lindenau,")
    triple = candidate_accept(candidate=one, actor=bob).triple
    said = factories.make_evidence(
        triple, factories.make_document(space, alice, text="Ada Brook, Lindenau."), alice
    )
    Evidence.objects.filter(pk=said.pk).update(score=None)
    assert best_evidence([triple.pk])[triple.pk] == said
    assert row_source_of(said) is None
