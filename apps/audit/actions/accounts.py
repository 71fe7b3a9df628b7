"""People, how they sign in, and what they were refused. These events are the site's own, but for
refusals in a space."""

from __future__ import annotations

from typing import Final

from apps.audit.actions.schema import (
    CHANGED,
    DAY,
    FLAG,
    NUMBER,
    TEXT,
    TEXTS,
    Action,
    optional,
    personal,
)

_NAME: Final = personal(TEXT)
_FROM: Final = {"address": personal(TEXT), "browser": TEXT}
_CHANGED: Final = {"username": _NAME, "changed": personal(CHANGED)}

ACTIONS: Final = (
    Action(
        "sign_in.succeeded",
        "signed in",
        "signed in[ by {by}][ from {address}]",
        {**_FROM, "by": optional(TEXT)},
    ),
    Action(
        "sign_in.failed",
        "tried to sign in and failed",
        "tried to sign in[ as “{name}”][ by {by}][ from {address}] and failed[: {why}]",
        # Some type their password in the place of their name: it can be erased.
        {"name": optional(_NAME), "by": optional(TEXT), "why": optional(TEXT), **_FROM},
    ),
    Action(
        "sign_in.throttled",
        "refused tries to sign in after too many failed",
        "refused {refused:try|tries} to sign in[ as “{name}”][ from {address}]: too many failed",
        {"refused": NUMBER, "kind": TEXT, "name": optional(_NAME), "address": optional(_NAME)},
    ),
    Action("session.left", "signed out", "signed out", {}),
    Action(
        "session.ended",
        "ended other sessions of their own",
        "ended {sessions:other session|other sessions} of their own",
        {"sessions": NUMBER},
    ),
    Action(
        "person.created",
        "made an account",
        "made the account “{username}” by {how}",
        {"username": _NAME, "how": TEXT, "staff": FLAG, "superuser": FLAG},
    ),
    Action(
        "person.linked",
        "joined an account with single sign-on",
        "joined the account “{username}” with {by}, whose mail address it has",
        {"username": _NAME, "by": TEXT, "issuer": TEXT},
    ),
    Action(
        "person.changed",
        "changed an account",
        "changed the account “{username}”: {changed}",
        _CHANGED,
    ),
    Action(
        "person.switched_off",
        "switched an account off",
        "switched the account “{username}” off",
        _CHANGED,
    ),
    Action(
        "person.switched_on",
        "switched an account on again",
        "switched the account “{username}” on again",
        _CHANGED,
    ),
    Action(
        "person.password_changed",
        "changed a password",
        "changed the password of “{username}”[ by {how}]",
        {"username": _NAME, "how": TEXT},
    ),
    Action(
        "person.password_wrong",
        "gave a wrong password for their own",
        "gave a wrong password where their own was asked for",
        {},
    ),
    Action(
        "token.made",
        "made a token for a program",
        "made the token “{name}” for a program[ in the space {space}][ with the roles {roles}]",
        {
            "token": NUMBER,
            "name": personal(TEXT),
            "space": optional(personal(TEXT)),
            "roles": TEXTS,
            "until": DAY,
        },
    ),
    Action(
        "token.revoked",
        "revoked a token",
        "revoked the token “{name}”[ because of {why}]",
        {"token": NUMBER, "name": personal(TEXT), "why": optional(TEXT)},
    ),
    Action(
        "access.refused",
        "was refused access",
        "was refused {path}[: this needs the role {needed}]",
        {"path": TEXT, "method": TEXT, "status": NUMBER, "needed": TEXTS},
    ),
)
