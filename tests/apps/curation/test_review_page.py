"""Review in the browser: one candidate, a decision, the next one; with htmx and without."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from apps.curation.models import Candidate, Decision, Extraction, Hold
from apps.curation.services import candidate_accept, candidate_defer, candidate_reject
from apps.memory.models import Entity, Triple
from tests import factories

HTMX = {"HTTP_HX_REQUEST": "true"}
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def document(space, alice):
    return factories.make_document(space, alice, title="Ada Brook")


@pytest.fixture
def candidate(document, alice) -> Candidate:
    return factories.make_candidate(document, alice)


@pytest.fixture
def other(document, alice) -> Candidate:
    """A second candidate of the queue: its subject comes later in the alphabet."""
    return factories.make_candidate(
        document, alice, subject="Brook Institute", relation="located in", object="Lindenau"
    )


@pytest.fixture
def bobs(sign_in, bob):
    return sign_in(bob)


def address(name: str, *args: object, **query: object) -> str:
    path = reverse(f"curation:{name}", args=["atlas", *args])
    return f"{path}?{urlencode(query)}" if query else path


def sent(candidate: Candidate, **more: object) -> dict[str, object]:
    return {"version": candidate.version, "shown_at": f"{time.time() - 3:.2f}", **more}


def test_it_shows_the_next_candidate_with_its_evidence(bobs, candidate, document):
    page = bobs.get(address("review"))

    text = page.content.decode()
    assert page.status_code == 200
    assert page.templates[0].name == "curation/review.html"
    assert (
        '<span class="fact__subject">Ada Brook</span> was born in <span class="fact__object">'
        in text
    )
    assert 'class="mark mark--subject" title="subject"' in text
    assert 'class="mark mark--sentence"' in text
    assert "proposed by write head scripted" in text
    assert f'name="version" value="{candidate.version}"' in text
    assert "<strong>1</strong>  to decide" in text or "<strong>1</strong> to decide" in text


def test_a_score_is_shown_as_what_it_is(bobs, candidate):
    extractions = Extraction.objects.filter(pk=candidate.extraction_id)
    for head, hashes, said in (
        ("scripted", {}, "likely"),
        ("causal-encoder", {"causal calibration": "0" * 64}, "the model's own"),
        ("remote", {}, "the model's own"),
        ("causal", {"base": "0" * 64}, "the model's own"),
        ("causal", {"calibration": "0" * 64}, "likely"),
    ):
        extractions.update(head=head, head_hashes=hashes)
        text = bobs.get(address("review")).content.decode().replace("&#x27;", "'")
        (shown,) = re.findall(r'class="score">.*?</svg>(.*?)</span>', text)
        assert said in shown
        assert ("sure the language model was" in text) == (said != "likely")


@pytest.mark.parametrize("who", ["alice", "carol", "dave"])
def test_it_is_for_reviewers_alone(who, request, sign_in, candidate, space):
    client = sign_in(request.getfixturevalue(who))
    assert client.get(address("review")).status_code == 403
    assert client.get(address("candidate-list")).status_code == 403
    answer = client.post(address("candidate-accept", candidate.pk), sent(candidate))
    assert answer.status_code == 403
    assert not Decision.objects.exists()


def test_it_hides_the_space_from_outsiders(sign_in, mallory, candidate):
    client = sign_in(mallory)
    for name, args in (
        ("review", []),
        ("candidate-list", []),
        ("candidate-detail", [candidate.pk]),
        ("candidate-edit", [candidate.pk]),
    ):
        assert client.get(address(name, *args)).status_code == 404
    answer = client.post(address("candidate-accept", candidate.pk), sent(candidate))
    assert answer.status_code == 404


def test_it_sends_visitors_to_sign_in(client, candidate):
    answer = client.get(address("review"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("accounts:sign-in"))


@pytest.mark.parametrize(
    "name", ["candidate-accept", "candidate-reject", "candidate-defer", "candidate-edit",
             "candidate-merge", "candidate-supersede"],
)  # fmt: skip
def test_it_decides_no_candidate_of_another_space(bobs, alice, space, name):
    elsewhere = factories.make_space("elsewhere-2")
    foreign = factories.make_candidate(factories.make_document(elsewhere, alice), alice)
    assert bobs.post(address(name, foreign.pk), sent(foreign, reason="x")).status_code == 404
    foreign.refresh_from_db()
    assert foreign.state == "pending"


def test_it_accepts_and_goes_on_without_javascript(bobs, candidate, other):
    answer = bobs.post(address("candidate-accept", candidate.pk), sent(candidate))

    assert answer.status_code == 302
    assert answer["Location"] == address("review", after=candidate.pk)
    page = bobs.get(answer["Location"])
    text = page.content.decode()
    assert page.context["card"].candidate == other
    assert "Accepted: Ada Brook – place of birth – Lindenau" in text
    decision = Decision.objects.get()
    assert reverse("curation:decision-undo", args=["atlas", decision.pk]) in text
    assert 3 <= decision.seconds < 60


def test_it_answers_htmx_with_the_next_card_and_all_that_changed(bobs, candidate, other):
    answer = bobs.post(address("candidate-accept", candidate.pk), sent(candidate), **HTMX)

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "<!doctype" not in text.lower()
    assert text.count('id="card"') == 1
    assert "Brook Institute" in text
    for part in ('id="left"', 'id="recent"', 'id="review-count"'):
        assert part in text
    assert text.count("hx-swap-oob") == 4
    assert 'id="messages" hx-swap-oob="innerHTML"' in text
    assert "Accepted: Ada Brook" in text


def test_it_rejects_with_one_press_and_with_words(bobs, candidate, other):
    bobs.post(address("candidate-reject", candidate.pk), sent(candidate, reason="not stated"))
    bobs.post(address("candidate-reject", other.pk), sent(other, words="It moved in 1990"))

    reasons = Decision.objects.order_by("pk").values_list("reason", flat=True)
    assert list(reasons) == ["not stated", "It moved in 1990"]
    assert not Triple.objects.exists()


def test_it_asks_for_a_reason(bobs, candidate):
    answer = bobs.post(address("candidate-reject", candidate.pk), sent(candidate), **HTMX)
    assert answer.status_code == 422
    assert "Say why it is rejected" in answer.content.decode()
    assert not Decision.objects.exists()


def test_it_puts_off_and_offers_what_was_put_off(bobs, candidate):
    bobs.post(address("candidate-defer", candidate.pk), sent(candidate))
    page = bobs.get(address("review"))
    assert page.context["card"] is None
    assert "1 is deferred" in page.content.decode()

    page = bobs.get(address("review", state="deferred"))
    assert page.context["card"].candidate == candidate


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_it_says_who_was_faster(bobs, candidate, alice, headers):
    form = sent(candidate)
    candidate_reject(candidate=candidate, actor=alice, reason="too vague")
    answer = bobs.post(address("candidate-accept", candidate.pk), form, **headers)

    text = answer.content.decode()
    assert answer.status_code == 409
    assert "alice has decided this fact already (reject); nothing was saved." in text
    assert "rejected this: too vague" in text
    assert ("<!doctype" in text.lower()) is not bool(headers)
    assert Decision.objects.count() == 1


def test_it_decides_no_older_version(bobs, candidate):
    form = sent(candidate)
    candidate_defer(candidate=candidate, actor=factories.make_user("erin"))
    answer = bobs.post(address("candidate-accept", candidate.pk), form)
    assert answer.status_code == 409
    assert not Triple.objects.exists()


@pytest.mark.parametrize(
    "form", [{}, {"version": "x"}, {"version": "-1"}, {"version": str(10**20)}]
)
def test_it_survives_forms_that_are_not_whole(bobs, candidate, form):
    answer = bobs.post(address("candidate-accept", candidate.pk), form)
    assert answer.status_code == 422
    assert not Decision.objects.exists()


@pytest.mark.parametrize("shown_at", ["", "x", "-5", "1e400", "nan", str(10**12)])
def test_it_takes_no_nonsense_for_a_time(bobs, candidate, shown_at):
    form = sent(candidate) | {"shown_at": shown_at}
    answer = bobs.post(address("candidate-accept", candidate.pk), form)
    assert answer.status_code in (302, 422)
    assert all(decision.seconds is None for decision in Decision.objects.all())


def make_single_valued(candidate: Candidate) -> None:
    candidate.relation.single_valued = True
    candidate.relation.save()


def test_it_shows_a_conflict_before_it_is_decided(bobs, candidate, space):
    make_single_valued(candidate)
    old = factories.make_triple(space, "Ada Brook", "place of birth", "Mirefeld")
    text = bobs.get(address("review")).content.decode()
    assert "The memory says something else" in text
    assert "Ada Brook was born in Mirefeld." in text

    answer = bobs.post(address("candidate-accept", candidate.pk), sent(candidate), **HTMX)
    assert answer.status_code == 422
    assert "The memory holds another value" in answer.content.decode()

    form = sent(candidate, triple=old.pk, valid_to="1949")
    answer = bobs.post(address("candidate-supersede", candidate.pk), form)
    assert answer.status_code == 302
    old.refresh_from_db()
    assert (old.status, str(old.valid_to)) == ("superseded", "1950-01-01")


def test_it_keeps_both_facts_when_told_so(bobs, candidate, space):
    make_single_valued(candidate)
    factories.make_triple(space, "Ada Brook", "place of birth", "Mirefeld")
    form = sent(candidate, despite_conflicts="on")
    assert bobs.post(address("candidate-accept", candidate.pk), form).status_code == 302
    assert Triple.objects.filter(status="active").count() == 2


def test_it_says_that_the_memory_knows_it(bobs, candidate, space):
    factories.make_triple(space, "Ada Brook", candidate.relation, "Lindenau")
    text = bobs.get(address("review")).content.decode()
    assert "The memory holds this fact already" in text
    assert text.count("</svg> known") == 2


def test_it_lets_the_reviewer_pick_whom_a_name_means(bobs, candidate, space):
    pilot = factories.make_entity(space, "Ada Brook", type="PER", description="pilot")
    Entity.objects.create(space=space, name="Ada Brook", type="PER", description="sculptor")
    text = bobs.get(address("review")).content.decode()
    assert "several are called this" in text
    assert "Ada Brook, pilot (Person)" in text

    answer = bobs.post(address("candidate-accept", candidate.pk), sent(candidate))
    assert answer.status_code == 422
    assert "pick the one that is meant" in answer.content.decode()

    form = sent(candidate, subject_entity=pilot.pk)
    assert bobs.post(address("candidate-accept", candidate.pk), form).status_code == 302
    assert Triple.objects.get().subject == pilot


def test_it_promises_no_choice_to_who_only_reads(sign_in, dave, candidate, space):
    for what in ("pilot", "sculptor"):
        Entity.objects.create(space=space, name="Ada Brook", type="PER", description=what)
    text = sign_in(dave).get(address("candidate-detail", candidate.pk)).content.decode()
    assert "several are called this" in text
    assert "called this:" not in text
    assert "<label" not in text[text.index('id="card"') : text.index("</dl>")]


def test_it_picks_no_entity_of_another_space(bobs, candidate):
    foreign = factories.make_entity(factories.make_space("other"), "Ada Brook")
    form = sent(candidate, subject_entity=foreign.pk)
    assert bobs.post(address("candidate-accept", candidate.pk), form).status_code == 422
    assert not Triple.objects.exists()


def test_it_offers_a_near_name_as_the_same(bobs, candidate, space):
    near = factories.make_entity(space, "Ada M. Brook", type="PER")
    Candidate.objects.update(subject_entity=near)
    page = bobs.get(address("review")).content.decode()
    assert "Perhaps the same as" in page
    assert f'name="subject_entity" value="{near.pk}" form="decide">' in page

    bobs.post(address("candidate-accept", candidate.pk), sent(candidate, subject_entity=near.pk))
    assert Triple.objects.get().subject == near


def test_it_keeps_own_proposals_out_of_the_queue(bobs, bob, candidate, space):
    Candidate.objects.update(origin="import", proposed_by=bob, extraction=None)
    page = bobs.get(address("review"))
    assert page.context["card"] is None
    assert "1 of your own proposals waits for another reviewer" in page.content.decode()

    text = bobs.get(address("candidate-detail", candidate.pk)).content.decode()
    assert "You proposed this fact yourself" in text
    assert 'id="decide"' not in text
    answer = bobs.post(address("candidate-accept", candidate.pk), sent(candidate))
    assert answer.status_code == 403
    assert "decided by another person" in answer.content.decode()
    assert "Your roles" not in answer.content.decode()


def test_it_escapes_names_titles_and_texts(bobs, space, alice):
    document = factories.make_document(
        space, alice, title=SCRIPT, text=f"{SCRIPT} was born in <b>Rome</b>. {{{{ 7|add:1 }}}}"
    )
    candidate = factories.make_candidate(
        document, alice, subject=SCRIPT, relation=f"born {SCRIPT}", object="<b>Rome</b>"
    )
    candidate.relation.template = "{subject} <i>was</i> {object}"
    candidate.relation.save()
    pages = [
        bobs.get(address("review")),
        bobs.get(address("candidate-edit", candidate.pk)),
        bobs.get(address("candidate-merge", candidate.pk)),
        bobs.get(address("candidate-list")),
        bobs.post(address("candidate-accept", candidate.pk), sent(candidate), **HTMX),
        bobs.get(address("candidate-detail", candidate.pk)),
    ]
    for page in pages:
        text = page.content.decode()
        assert page.status_code == 200
        assert SCRIPT not in text
        assert "<b>Rome" not in text
        assert "<i>was" not in text
        assert "&lt;script&gt;" in text


def test_it_moves_without_deciding(bobs, candidate, other):
    assert bobs.get(address("review", after=candidate.pk)).context["card"].candidate == other
    assert bobs.get(address("review", after=other.pk)).context["card"].candidate == candidate
    assert bobs.get(address("review", before=candidate.pk)).context["card"].candidate == other
    card = bobs.get(address("review", after=candidate.pk), **HTMX)
    assert card.content.decode().count('<section id="card"') == 1
    assert "<!doctype" not in card.content.decode().lower()


@pytest.mark.parametrize(
    "query",
    [
        {"after": "x"},
        {"after": 10**30},
        {"before": 0},
        {"score": "x"},
        {"document": "x"},
        {"relation": 10**30},
        {"state": "accepted"},
    ],
)
def test_it_survives_addresses_that_make_no_sense(bobs, candidate, query):
    page = bobs.get(address("review", **query))
    assert page.status_code == (422 if {"score", "document", "relation"} & query.keys() else 200)
    assert page.context["card"].candidate == candidate


def test_it_orders_by_document_subject_and_score_and_filters(bobs, candidate, other, space, alice):
    second = factories.make_document(space, alice, text="Ada Brook saw Lindenau.", title="Second")
    late = factories.make_candidate(second, alice, score=0.99)
    better = factories.make_candidate(candidate.passage.document, alice, relation="home", score=0.9)

    order, at = [], None
    for _ in range(4):
        page = bobs.get(address("review", **({"after": at} if at else {})))
        at = page.context["card"].candidate.pk
        order.append(at)
    assert order == [better.pk, candidate.pk, other.pk, late.pk]

    assert bobs.get(address("review", document=second.pk)).context["left"] == 1
    assert bobs.get(address("review", relation=other.relation_id)).context["left"] == 1
    assert bobs.get(address("review", score="0.9")).context["left"] == 2


def test_it_stays_in_the_selection_after_a_decision(bobs, candidate, other, space, alice):
    second = factories.make_document(space, alice, text="Ada Brook saw Lindenau.", title="Second")
    late = factories.make_candidate(second, alice)
    form = sent(candidate, queue=f"document={candidate.passage.document_id}")
    answer = bobs.post(address("candidate-accept", candidate.pk), form)
    assert f"document={candidate.passage.document_id}" in answer["Location"]
    assert bobs.get(answer["Location"]).context["card"].candidate == other

    form = sent(other, queue=f"document={candidate.passage.document_id}")
    answer = bobs.post(address("candidate-accept", other.pk), form, **HTMX)
    assert "Nothing of this selection is left" in answer.content.decode()
    assert late.state == "pending"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_it_undoes_from_the_page(bobs, candidate, bob, headers):
    decision = candidate_accept(candidate=candidate, actor=bob)
    answer = bobs.post(address("decision-undo", decision.pk), **headers)

    if headers:
        assert answer.status_code == 200
        assert answer.context["card"].candidate == candidate
    else:
        assert answer["Location"] == address("candidate-detail", candidate.pk)
    candidate.refresh_from_db()
    assert candidate.state == "pending"

    again = bobs.post(address("decision-undo", decision.pk), **headers)
    assert again.status_code == 409
    assert "does not stand any more" in again.content.decode()


def test_it_undoes_no_decision_of_another_space(bobs, alice, space):
    elsewhere = factories.make_space("elsewhere-2")
    foreign = factories.make_candidate(factories.make_document(elsewhere, alice), alice)
    decision = candidate_reject(candidate=foreign, actor=alice, reason="other")
    assert bobs.post(address("decision-undo", decision.pk)).status_code == 404


def test_it_shows_ten_recent_decisions(bobs, bob, space, alice):
    for number in range(12):
        text = f"Ada Brook was born in Lindenau, says witness {number}."
        document = factories.make_document(space, alice, text=text)
        candidate_reject(
            candidate=factories.make_candidate(document, alice), actor=bob, reason="other"
        )
    page = bobs.get(address("review"))
    assert len(page.context["recent"]) == 10
    assert page.content.decode().count('class="recent__item"') == 10
    assert "Nothing is left to review" in page.content.decode()


def test_it_needs_post_for_decisions(bobs, candidate):
    for name in ("candidate-accept", "candidate-reject", "candidate-defer"):
        assert bobs.get(address(name, candidate.pk)).status_code == 405


def test_it_asks_the_database_a_bounded_number_of_times(
    bobs, candidate, other, alice, django_assert_max_num_queries
):
    with django_assert_max_num_queries(40):
        bobs.get(address("review"))
    Candidate.objects.filter(pk=other.pk).update(created_at=other.created_at - timedelta(days=1))
    with django_assert_max_num_queries(60):
        bobs.post(address("candidate-accept", candidate.pk), sent(candidate), **HTMX)


def test_it_shows_auditors_a_candidate_without_anything_to_decide(
    sign_in, dave, candidate, other, bob, alice
):
    factories.make_triple(candidate.space, "Brook Institute", "located in", "Mirefeld")
    other.relation.single_valued = True
    other.relation.save()
    candidate_reject(candidate=candidate, actor=bob, reason="too vague")
    daves = sign_in(dave)
    for one in (candidate, other):
        page = daves.get(address("candidate-detail", one.pk))
        text = page.content.decode()
        assert page.status_code == 200
        assert "mark mark--subject" in text
        text = text[text.index("<main") : text.index("</main")]
        assert "<form" not in text
        assert address("review") not in text
    assert "The memory says something else" in text
    assert not Hold.objects.exists()
