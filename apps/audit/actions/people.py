"""Spaces, roles and invitations."""

from __future__ import annotations

from typing import Final

from apps.audit.actions.schema import (
    FIELDS,
    MEMBERS,
    TEXT,
    TEXTS,
    Action,
    personal,
)

_ROLE: Final = {"user": personal(TEXT), "role": TEXT}
_INVITATION: Final = {"for": personal(TEXT), "roles": TEXTS}

ACTIONS: Final = (
    Action(
        "space.created",
        "created the space",
        "created the space “{name}”",
        {"name": TEXT},
        MEMBERS,
    ),
    Action(
        "space.opened",
        "opened a space",
        "opened the space “{name}” (/s/{slug}/)",
        {"name": TEXT, "slug": TEXT},
    ),
    Action(
        "space.changed",
        "changed the space's settings",
        "changed the space's settings",
        {"before": FIELDS, "after": FIELDS},
        MEMBERS,
    ),
    Action(
        "space.head_chosen",
        "chose a head",
        "chose {backend} as {head} head",
        {"head": TEXT, "backend": TEXT, "before": FIELDS, "after": FIELDS},
        MEMBERS,
    ),
    Action(
        "membership.granted",
        "granted a role",
        "made {user} {role} of the space",
        _ROLE,
    ),
    Action(
        "membership.revoked",
        "revoked a role",
        "took from {user} the role of {role}",
        _ROLE,
    ),
    Action(
        "invitation.created",
        "invited somebody",
        "invited {for} as {roles}",
        _INVITATION,
    ),
    Action(
        "invitation.revoked",
        "took an invitation back",
        "took the invitation of {for} back",
        _INVITATION,
    ),
    Action(
        "invitation.accepted",
        "accepted an invitation",
        "accepted the invitation of {for} as {roles}",
        _INVITATION,
    ),
)
