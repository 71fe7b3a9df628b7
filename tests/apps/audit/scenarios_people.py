"""Spaces, roles, invitations, accounts and sign-ins."""

from __future__ import annotations

from typing import Any

from django.test import Client

from apps.accounts.models import User
from apps.accounts.oidc import Person
from apps.accounts.services import Attempt, sign_in_unchecked
from apps.accounts.sign_on import person_sign_on
from apps.accounts.tokens import token_make, token_revoke, token_use
from apps.dashboard.invitations import (
    invitation_accept,
    invitation_create,
    invitation_revoke,
)
from apps.dashboard.services import (
    HeadSetup,
    head_choose,
    role_grant,
    role_revoke,
    space_change,
    space_create,
)
from apps.memory.packs import packs
from tests import factories
from tests.apps.audit.changes import World

PASSWORD = "a-long-pass-phrase"
TOKEN = "t" * 40


def spaces(world: World) -> None:
    space = space_create(actor=world.alice, name="Beta", packs=packs()[:2])
    given = {"name": "Gamma", "description": "of it", "self_review": True}
    space_change(space=space, actor=world.alice, **given)
    for backend in ("scripted", ""):
        head_choose(space=space, actor=world.alice, side="read", setup=HeadSetup(backend))
    role_grant(space=space, actor=world.alice, user=world.bob, role="reviewer")
    role_revoke(space=space, actor=world.alice, user=world.bob, role="reviewer")


def invitations(world: World) -> None:
    given: dict[str, Any] = {"space": world.space, "actor": world.alice, "roles": ["asker"]}
    taken = invitation_create(token=TOKEN, label="Erin", **given)
    invitation_revoke(invitation=taken, actor=world.alice)
    invitation_create(token="u" * 40, label="Carol", **given)
    invitation_accept(token="u" * 40, user=world.carol)
    invitation_create(token="v" * 40, label="Frank", **given)
    form = {"username": "frank", "password1": PASSWORD, "password2": PASSWORD}
    assert Client().post(f"/invitation/{'v' * 40}/", form).status_code == 302


def sign_ins(world: World) -> None:
    client, other = Client(), Client()
    for password in ("wrong", "correct-horse"):
        for one in (client, other):
            one.post("/sign-in/", {"username": "bob", "password": password})
    client.get("/")
    form = {"old_password": "correct-horse", "new_password1": PASSWORD, "new_password2": PASSWORD}
    assert client.post("/account/password/", form).status_code == 302
    other.post("/sign-in/", {"username": "bob", "password": PASSWORD})
    client.post("/account/sessions/end/")
    client.post("/sign-out/")
    sign_in_unchecked(Attempt("bob", "127.0.0.1"))
    row, text = token_make(user=world.bob, name="nightly import", space=world.space)
    token_use(text)
    token_revoke(token=row, actor=world.bob)


def accounts(world: World) -> None:
    with world.given():
        root = factories.make_user("root", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(root)
    form = {"username": "erin", "usable_password": "true", "password1": PASSWORD}
    client.post("/admin/accounts/user/add/", form | {"password2": PASSWORD})
    erin = User.objects.get(username="erin")
    changed = {"username": "erin", "date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    address = f"/admin/accounts/user/{erin.pk}/change/"
    assert client.post(address, changed).status_code == 302
    User.objects.create_superuser("second", password=PASSWORD)
    assert person_sign_on(Person("https://id.example", "1", username="frank")).pk


_ACCOUNTS, _DASHBOARD = "apps.accounts", "apps.dashboard"
SCENARIOS = {
    spaces: (
        f"{_DASHBOARD}.services.space_create",
        f"{_DASHBOARD}.services.space_change",
        f"{_DASHBOARD}.services.head_choose",
        f"{_DASHBOARD}.services.role_grant",
        f"{_DASHBOARD}.services.role_revoke",
        "apps.memory.services.packs.relations_load",
        "apps.memory.services.packs.pack_switch_on",
    ),
    invitations: (
        f"{_DASHBOARD}.invitations.invitation_create",
        f"{_DASHBOARD}.invitations.invitation_revoke",
        f"{_DASHBOARD}.invitations.invitation_accept",
        f"{_DASHBOARD}.invitations.invitation_accept_as_new",
        f"{_ACCOUNTS}.services.person_add",
        f"{_ACCOUNTS}.sessions.session_begin",
    ),
    sign_ins: (
        "apps.accounts.tokens.token_make",
        "apps.accounts.tokens.token_use",
        "apps.accounts.tokens.token_revoke",
        f"{_ACCOUNTS}.services.sign_in_begin",
        f"{_ACCOUNTS}.services.sign_in_unchecked",
        f"{_ACCOUNTS}.services.sign_in_succeeded",
        f"{_ACCOUNTS}.services.password_set",
        f"{_ACCOUNTS}.sessions.SessionStore.seen",
        f"{_ACCOUNTS}.sessions.sessions_end",
    ),
    accounts: (
        f"{_ACCOUNTS}.admin.AccountAdmin.save_model",
        f"{_ACCOUNTS}.services.person_change",
        f"{_ACCOUNTS}.sign_on.person_sign_on",
        f"{_ACCOUNTS}.models.People.create_superuser",
    ),
}
