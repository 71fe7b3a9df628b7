"""Outside of the log, each role is shown what is allowed for it, and nothing that is new."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client

from apps.accounts.models import Role, Space, User
from apps.audit.actions import ACTIONS, SHOWN_TO, Action
from apps.audit.selectors import events_shown
from apps.audit.services import record
from tests import factories

Open = Callable[[User], Client]
ASKING = {name for name in ACTIONS if name.startswith(("question.", "answer."))}


def happened(space: Space, actor: User, action: str) -> None:
    with transaction.atomic():
        record(space=space, actor=actor, action=action, payload=factories.recorded(action))


@pytest.mark.parametrize(
    ("role", "action", "shown"),
    [
        ("asker", "document.added", True),
        ("asker", "triple.retracted", True),
        ("asker", "candidate.rejected", False),
        ("asker", "question.asked", False),
        ("asker", "answer.marked", False),
        ("asker", "relation.proposed", False),
        ("asker", "membership.granted", False),
        ("reviewer", "candidate.rejected", True),
        ("reviewer", "answer.marked", False),
        ("auditor", "answer.marked", True),
        ("owner", "membership.granted", True),
    ],
)
def test_it_shows_a_role_what_its_list_names(
    role: str, action: str, shown: bool, space: Space, alice: User, sign_in: Open
) -> None:
    person = factories.make_user("erin")
    factories.grant(space, person, role)
    happened(space, alice, action)
    page = sign_in(person).get("/s/atlas/").content.decode()
    assert (ACTIONS[action].wording in page) == shown


def test_it_has_a_list_for_every_role() -> None:
    assert set(SHOWN_TO) == set(Role.values)
    assert all(names <= set(ACTIONS) for names in SHOWN_TO.values())


def test_it_keeps_questions_and_marks_from_askers_and_reviewers() -> None:
    assert len(ASKING) > 4
    for role in ("asker", "reviewer"):
        assert not SHOWN_TO[role] & ASKING
    assert not {name for name in SHOWN_TO["asker"] if name.startswith(("candidate.", "member"))}


@pytest.mark.parametrize("role", ["asker", "reviewer"])
def test_it_hides_what_was_invented_since(
    role: str, space: Space, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = Action("secret.made", "made a secret", "made a secret", {})
    monkeypatch.setitem(ACTIONS, "secret.made", action)
    happened(space, alice, "secret.made")
    assert not events_shown(space=space, roles=frozenset({role})).exists()


def test_it_adds_up_several_roles_and_shows_nothing_without_one(space: Space, alice: User) -> None:
    happened(space, alice, "candidate.rejected")
    assert events_shown(space=space, roles=frozenset({"asker", "reviewer"})).count() == 1
    assert not events_shown(space=space, roles=frozenset()).exists()


def test_it_keeps_the_mark_of_another_asker_off_the_dashboard(
    space: Space, carol: User, sign_in: Open
) -> None:
    other = factories.make_user("erin")
    factories.grant(space, other, "asker")
    payload = factories.recorded("answer.marked", text="Secret matter?", expected="Lindenau")
    with transaction.atomic():
        record(space=space, actor=other, action="answer.marked", payload=payload)
    page = sign_in(carol).get("/s/atlas/").content.decode()
    assert "Secret matter?" not in page
    assert "Lindenau" not in page


def test_it_names_a_head_on_the_dashboard_and_its_version_in_the_log(
    space: Space, alice: User, sign_in: Open
) -> None:
    factories.grant(space, alice, "auditor")
    with transaction.atomic():
        record(
            space=space,
            actor=None,
            actor_label="write head encoder 185873aab25f",
            action="extraction.finished",
            payload={"document": 1, "candidates": 1, "passages": 1},
        )
    client = sign_in(alice)
    dashboard = client.get("/s/atlas/").content.decode()
    assert "<strong>write head encoder</strong>" in dashboard
    assert "1 fact from 1 passage<" in dashboard
    assert "write head encoder 185873aab25f" in client.get("/s/atlas/audit/").content.decode()
