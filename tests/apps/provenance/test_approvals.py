"""Who approved what: counts, rates and medians per person and per relation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from apps.accounts.models import Role, Space, User
from apps.curation.models import Decision
from apps.curation.services import (
    candidate_accept,
    candidate_defer,
    candidate_edit,
    candidate_reject,
    decision_undo,
)
from apps.provenance.selectors.approvals import Tally, approvals_of, decisions_in
from tests import factories

Open = Callable[[User], Client]


@pytest.fixture
def decided(space: Space, alice: User, bob: User) -> dict[str, Decision]:
    """bob accepts two (one undone), edits one, rejects one and puts one off; alice rejects one."""
    factories.grant(space, alice, Role.REVIEWER)
    document = factories.make_document(space, alice)
    names = ["home", "place of birth", "seat", "post", "school", "club"]
    rows = [factories.make_candidate(document, alice, relation=name) for name in names]
    made = {
        "accepted": candidate_accept(candidate=rows[0], actor=bob, seconds=2.0),
        "undone": candidate_accept(candidate=rows[1], actor=bob, seconds=4.0),
        "edited": candidate_edit(
            candidate=rows[2], actor=bob, changes={"valid_from": date(1990, 1, 1)}, seconds=9.0
        ),
        "rejected": candidate_reject(candidate=rows[3], actor=bob, reason="vague"),
    }
    candidate_defer(candidate=rows[4], actor=bob)
    candidate_reject(candidate=rows[5], actor=alice, reason="no")
    decision_undo(decision=made["undone"], actor=alice)
    other = factories.make_space("other")
    foreign = factories.make_candidate(factories.make_document(other, alice), alice)
    candidate_accept(candidate=foreign, actor=bob)
    return made


def test_it_counts_per_person(decided: object, space: Space, alice: User, bob: User) -> None:
    counted = approvals_of(decisions_in(space))
    assert counted.people == (
        Tally(bob.pk, "bob", 1, 1, 1, 0, 1, 4.0),
        Tally(alice.pk, "alice", 0, 0, 1, 0, 0, None),
    )
    assert [one.rate for one in counted.people] == [2 / 3, 0.0]
    assert (counted.all.decided, counted.all.rate) == (5, 0.5)


def test_it_counts_per_relation(decided: object, space: Space) -> None:
    counted = {one.name: one for one in approvals_of(decisions_in(space)).relations}
    assert set(counted) == {"home", "place of birth", "seat", "post", "club"}
    assert counted["place of birth"].rate is None
    assert counted["place of birth"].undone == 1


def test_its_page_narrows_by_the_address(
    decided: object, space: Space, alice: User, dave: User, sign_in: Open
) -> None:
    daves = sign_in(dave)
    page = daves.get("/s/atlas/audit/approvals/").content.decode()
    assert "Per person" in page
    assert "50 %" in page
    assert "4.0 s" in page
    one = daves.get(f"/s/atlas/audit/approvals/?actor={alice.pk}").context["approvals"]
    assert [tally.name for tally in one.people] == ["alice"]
    assert [tally.name for tally in one.relations] == ["club"]
    none = daves.get("/s/atlas/audit/approvals/?until=2001-01-01")
    assert none.context["approvals"].all.decided == 0
    assert "No decisions" in none.content.decode()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("actor=x", "Who"),
        ("actor=999999", "Who"),
        ("relation=-1", "Relation"),
        ("since=yesterday", "From"),
        ("since=2026-11-27&until=2026-11-01", "To"),
    ],
)
def test_it_names_the_filter_that_makes_no_sense(
    space: Space, dave: User, sign_in: Open, query: str, field: str
) -> None:
    page = sign_in(dave).get(f"/s/atlas/audit/approvals/?{query}")
    assert page.status_code == 422
    assert f">{field}: " in page.content.decode()


def test_it_takes_no_relation_and_no_person_of_another_space(
    decided: object, space: Space, mallory: User, dave: User, sign_in: Open
) -> None:
    relation = factories.make_relation(factories.make_space("third"), "secret")
    for query in (f"relation={relation.pk}", f"actor={mallory.pk}"):
        assert sign_in(dave).get(f"/s/atlas/audit/approvals/?{query}").status_code == 422


def test_only_owners_and_auditors_see_it(
    space: Space, alice: User, bob: User, carol: User, mallory: User, sign_in: Open
) -> None:
    codes = [
        sign_in(one).get("/s/atlas/audit/approvals/").status_code
        for one in (alice, bob, carol, mallory)
    ]
    assert codes == [200, 403, 403, 404]


def test_its_queries_do_not_grow(
    decided: object, space: Space, dave: User, sign_in: Open, django_assert_max_num_queries
) -> None:
    daves = sign_in(dave)
    with django_assert_max_num_queries(16):
        daves.get("/s/atlas/audit/approvals/")
