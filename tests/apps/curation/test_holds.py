"""The card that somebody has open is kept out of the queues of others."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role
from apps.audit.models import Event
from apps.curation import selectors
from apps.curation.models import Candidate, Hold
from apps.curation.services import candidate_accept, candidate_reject, hold_take
from tests import factories

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def document(space, alice):
    return factories.make_document(space, alice)


@pytest.fixture
def candidate(document, alice) -> Candidate:
    return factories.make_candidate(document, alice)


@pytest.fixture
def other(document, alice) -> Candidate:
    return factories.make_candidate(document, alice, subject="Brook Institute")


@pytest.fixture
def bobs(sign_in, bob):
    return sign_in(bob)


@pytest.fixture
def erin(space):
    user = factories.make_user("erin")
    factories.grant(space, user, Role.REVIEWER)
    return user


@pytest.fixture
def erins(sign_in, erin):
    return sign_in(erin)


def address(name: str, *args: object, **query: object) -> str:
    path = reverse(f"curation:{name}", args=["atlas", *args])
    return f"{path}?{urlencode(query)}" if query else path


def shown(answer) -> Candidate | None:
    card = answer.context["card"]
    return card.candidate if card else None


def pass_the_time() -> None:
    Hold.objects.update(until=timezone.now() - timedelta(seconds=1))


def test_it_gives_two_reviewers_two_cards(bobs, erins, candidate, other):
    assert shown(bobs.get(address("review"))) == candidate
    assert shown(erins.get(address("review"))) == other
    assert shown(bobs.get(address("review"))) == candidate  # a reload stays


def test_it_says_with_whom_the_last_ones_are_open(bobs, erins, erin, candidate):
    bobs.get(address("review"))
    page = erins.get(address("review"))

    text = page.content.decode()
    assert shown(page) is None
    assert "The rest is open with others" in text
    assert "open with bob" in text
    assert "<strong>1</strong>" in text  # it still is to be decided
    assert "Every fact that was proposed is decided" not in text

    answer = erins.post(address("hold-take-over", candidate.pk), **HTMX)
    assert shown(answer) == candidate
    assert Hold.objects.get().holder == erin
    told = bobs.get(address("hold-renew", candidate.pk), **HTMX).content.decode()
    assert "Open with erin." in told
    assert "hx-trigger" not in told


def test_it_shows_a_card_that_somebody_has_open_without_its_decisions(bobs, erins, candidate):
    bobs.get(address("candidate-detail", candidate.pk))
    for name in ("candidate-detail", "candidate-edit", "candidate-merge"):
        text = erins.get(address(name, candidate.pk)).content.decode()
        assert "Open with bob." in text
        assert 'name="version"' not in text
        assert "Supersede it" not in text
    answer = erins.post(address("hold-take-over", candidate.pk), {"queue": "score=0.5"})
    assert answer["Location"] == address("candidate-detail", candidate.pk) + "?score=0.5"
    assert 'id="decide"' in erins.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("end", ["decide", "skip", "leave", "time"])
def test_it_ends_a_hold(end, bobs, erins, bob, candidate):
    page = bobs.get(address("review"))
    assert shown(erins.get(address("review"))) is None
    if end == "decide":
        candidate_reject(candidate=candidate, actor=bob, reason="too vague")
        assert not Hold.objects.exists()
        return
    if end == "skip":
        other = factories.make_candidate(candidate.passage.document, bob, subject="Brook Institute")
        assert shown(bobs.get(address("review", after=candidate.pk))) == other
    elif end == "leave":
        until = re.search(r'data-until="([^"]+)"', page.content.decode())[1]
        answer = bobs.post(address("hold-release", candidate.pk), {"until": until})
        assert answer.status_code == 204
    else:
        pass_the_time()
    assert shown(erins.get(address("review"))) == candidate


def test_it_keeps_a_card_that_was_left_and_opened_again(bobs, erins, candidate):
    first = bobs.get(address("review")).content.decode()
    until = re.search(r'data-until="([^"]+)"', first)[1]
    bobs.get(address("review"))
    bobs.post(address("hold-release", candidate.pk), {"until": until})
    assert shown(erins.get(address("review"))) is None


def test_it_renews_a_hold_with_the_counters_and_without_an_event(bobs, candidate, other, alice):
    bobs.get(address("review"))
    pass_the_time()
    candidate_accept(candidate=other, actor=alice)
    events = Event.objects.count()

    text = bobs.get(address("hold-renew", candidate.pk), **HTMX).content.decode()

    assert Hold.objects.get().until > timezone.now()
    assert Event.objects.count() == events
    assert 'hx-trigger="every' in text
    assert "<strong>1</strong>" in text
    assert 'id="review-count"' in text


def test_it_tells_who_waits_that_somebody_has_decided(bobs, candidate, alice):
    bobs.get(address("review"))
    candidate_accept(candidate=candidate, actor=alice)
    text = bobs.get(address("hold-renew", candidate.pk), **HTMX).content.decode()
    assert "<strong>alice</strong> has decided this fact meanwhile" in text


def test_it_sets_undo_of_anothers_decision_apart_from_going_on(bobs, candidate, alice):
    bobs.get(address("review"))
    candidate_accept(candidate=candidate, actor=alice)
    sent = {"version": candidate.version - 1}
    answer = bobs.post(address("candidate-reject", candidate.pk), {**sent, "reason": "x"}, **HTMX)

    text = answer.content.decode()
    assert answer.status_code == 409
    beside = text[text.index("alice</strong> accepted this") : text.index("Go on")]
    assert "Undo" not in beside
    assert "Undo the decision of alice" in text[text.index("Go on") :]


def test_it_lets_nobody_hold_what_they_may_not_decide(sign_in, carol, mallory, candidate, bobs):
    for client, status in ((sign_in(carol), 403), (sign_in(mallory), 404)):
        assert client.get(address("hold-renew", candidate.pk)).status_code == status
        for name in ("hold-release", "hold-take-over"):
            assert client.post(address(name, candidate.pk)).status_code == status
    for name in ("hold-release", "hold-take-over"):
        assert bobs.get(address(name, candidate.pk)).status_code == 405
    assert bobs.post(address("hold-release", candidate.pk), {"until": "9999"}).status_code == 204
    assert not Hold.objects.exists()


def test_it_leaves_the_page_alone_when_the_session_has_ended(client, candidate):
    answer = client.get(address("hold-renew", candidate.pk), **HTMX)
    assert answer.status_code == 401
    assert "HX-Retarget" not in answer
    assert not Hold.objects.exists()


def test_a_candidate_that_changed_since_it_was_read_is_not_held(candidate, bob, alice, erin):
    read = candidate.version
    candidate_reject(candidate=candidate, actor=erin, reason="too vague")
    assert hold_take(candidate=candidate, holder=bob, version=read) is None
    assert not Hold.objects.exists()
    candidate.refresh_from_db()
    assert hold_take(candidate=candidate, holder=bob, version=candidate.version).holder == bob
    assert hold_take(candidate=candidate, holder=erin) is None
    assert Hold.objects.get().holder == bob
    assert hold_take(candidate=candidate, holder=erin, over=True).pk == Hold.objects.get().pk
    assert Hold.objects.get().holder == erin


def test_the_next_card_is_not_one_that_is_decided_while_it_is_found(
    candidate, other, bobs, erin, monkeypatch
):
    """Somebody decides the first without having it open, just after it was found for bob."""
    find, found = selectors.nobody_else_has, []

    class Deciding:
        def __init__(self, queue):
            self.queue = queue

        def first(self):
            found.append(self.queue.first())
            if len(found) == 1:
                row = Candidate.objects.get(pk=found[0].pk)
                candidate_reject(candidate=row, actor=erin, reason="too vague")
            return found[-1]

    monkeypatch.setattr(selectors, "nobody_else_has", lambda *given: Deciding(find(*given)))
    assert shown(bobs.get(address("review"))) == found[1] != found[0]
    assert {one.pk for one in found} == {candidate.pk, other.pk}
