"""What pages show of values and of the time for which a fact holds."""

from __future__ import annotations

from datetime import date

import pytest

from apps.curation.models import Candidate
from apps.curation.services import candidate_accept
from apps.memory.models import Entity, Triple
from apps.memory.templatetags.memory import literal, period
from tests import factories
from worker.literals import as_json, parse_literal

TEXT = (
    "Ada Brook was born on November 7th, 1867. Ada Brook worked for Guild from 1892 to 1902. "
    "Cole Finn was born on 7 November 1867."
)


def value(text: str, kind: str = "time"):
    return as_json(parse_literal(text, kind), text)


@pytest.fixture
def document(space, alice):
    return factories.make_document(space, alice, text=TEXT)


@pytest.fixture
def born(document, alice) -> Candidate:
    text = "November 7th, 1867"
    return factories.make_candidate(
        document, alice, relation="date of birth", object=text, object_type="TIME",
        object_kind="time", object_value=value(text),
    )  # fmt: skip


@pytest.fixture
def employed(document, alice) -> Candidate:
    return factories.make_candidate(
        document, alice, relation="employer", object="Guild", object_type="ORG",
        valid_from=date(1892, 1, 1), valid_to=date(1903, 1, 1),
    )  # fmt: skip


def card(client, candidate: Candidate) -> str:
    return client.get(f"/s/atlas/review/candidates/{candidate.pk}/").content.decode()


def test_it_shows_the_normal_form_in_the_card_on_the_fact_and_on_the_entity(
    born, bob, carol, sign_in
):
    assert "“November 7th, 1867” is read as 1867-11-07" in card(sign_in(bob), born)
    decision = candidate_accept(candidate=born, actor=bob)
    fact = sign_in(carol).get(f"/s/atlas/facts/{decision.triple_id}/").content.decode()
    assert "“November 7th, 1867” is read as 1867-11-07" in fact
    entity = Entity.objects.get(kind="time")
    page = sign_in(carol).get(f"/s/atlas/memory/entities/{entity.pk}/").content.decode()
    assert "Read as" in page
    assert "1867-11-07" in page


def test_it_says_nothing_where_the_name_is_the_normal_form(space, born, bob, carol, sign_in):
    Candidate.objects.filter(pk=born.pk).update(object_text="1867", object_value=value("1867"))
    assert "is read as" not in card(sign_in(bob), born)
    entity = factories.make_entity(space, "1867", type="TIME", kind="time", value=value("1867"))
    page = sign_in(carol).get(f"/s/atlas/memory/entities/{entity.pk}/").content.decode()
    assert "Read as" not in page


def test_it_escapes_the_text_beside_the_normal_form(born, bob, sign_in):
    Candidate.objects.filter(pk=born.pk).update(object_text="<script>1867")
    page = card(sign_in(bob), born)
    assert "“&lt;script&gt;1867” is read as 1867-11-07" in page
    assert "<script>1867" not in page


def test_it_shows_the_period_in_the_card_and_on_the_fact(employed, bob, carol, sign_in):
    assert "True from 1892 until 1902" in card(sign_in(bob), employed)
    decision = candidate_accept(candidate=employed, actor=bob)
    fact = sign_in(carol).get(f"/s/atlas/facts/{decision.triple_id}/").content.decode()
    assert "from 1892 until 1902" in fact


def test_it_takes_a_period_from_the_edit_form(employed, bob, sign_in):
    client = sign_in(bob)
    address = f"/s/atlas/review/candidates/{employed.pk}/edit/"
    page = client.get(address).content.decode()
    assert 'name="valid_from" value="1892"' in page
    assert 'name="valid_to" value="1902"' in page
    assert "The last year, month or day in which it holds" in page
    form = {
        "subject_text": "Ada Brook", "subject_type": "PER", "relation": employed.relation_id,
        "object_text": "Guild", "object_type": "ORG", "object_kind": "item",
        "version": employed.version,
    }  # fmt: skip
    wrong = form | {"valid_from": "1903-01-01", "valid_to": "1902-01-01"}
    assert client.post(address, wrong).status_code == 422
    client.post(address, form | {"valid_from": "1893-05-01", "valid_to": ""})
    triple = Triple.objects.get()
    assert (triple.valid_from, triple.valid_to) == (date(1893, 5, 1), None)


def test_it_knows_the_fact_under_another_spelling(space, document, born, alice, bob, sign_in):
    candidate_accept(candidate=born, actor=bob)
    again = factories.make_candidate(
        document, alice, relation="date of birth", object="7 November 1867", object_type="TIME",
        object_kind="time", object_value=value("7 November 1867"),
    )  # fmt: skip
    page = card(sign_in(bob), again)
    assert "The memory holds this fact already" in page
    assert candidate_accept(candidate=again, actor=bob).triple == Triple.objects.get()


@pytest.mark.parametrize(("known", "said"), [((None, None), "without a time"),
                                             ((date(1880, 1, 1), None), "from 1880")])  # fmt: skip
def test_it_says_that_the_memory_gives_another_time(space, employed, bob, sign_in, known, said):
    factories.make_entity(space, "Ada Brook", type="PER")
    factories.make_entity(space, "Guild", type="ORG")
    factories.make_triple(
        space, "Ada Brook", "employer", "Guild", valid_from=known[0], valid_to=known[1]
    )
    page = card(sign_in(bob), employed)
    assert f"The memory holds this fact {said}" in page
    assert "The memory holds this fact already" not in page
    candidate_accept(candidate=employed, actor=bob)
    assert Triple.objects.count() == 2


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, ""),
        (date(1992, 1, 1), date(2003, 1, 1), "from 1992 until 2002"),
        (date(1940, 5, 1), date(1940, 7, 1), "from May 1940 until June 1940"),
        (date(1940, 5, 4), date(1940, 6, 7), "from 4 May 1940 until 6 Jun 1940"),
        (date(1999, 1, 1), None, "from 1999"),
        (None, date(2005, 1, 1), "until 2004"),
        (date(1999, 5, 1), date(2001, 1, 1), "from May 1999 until 2000"),
        (date(1999, 5, 4), date(1999, 5, 5), "on 4 May 1999"),
        (date.min, date.max, "from 1 until 30 Dec 9999"),
    ],
)
def test_it_puts_periods_into_words(since, until, expected):
    assert period(Triple(valid_from=since, valid_to=until)) == expected


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("1867", "time", ""),
        ("1867-11-07", "time", ""),
        ("the 1990s", "time", "1990 to 1999"),
        ("twelve", "quantity", "12"),
        ("12", "quantity", ""),
        ("three years", "time", ""),
    ],
)
def test_it_shows_a_normal_form_only_where_it_says_more(text, kind, expected):
    assert literal(value(text, kind), text) == expected
