"""Webhooks: who is told of what happens in a space."""

from __future__ import annotations

from typing import Final

from apps.audit.actions.schema import CHANGED, NUMBER, TEXT, TEXTS, Action, Key, optional, personal

_ENDPOINT: Final[dict[str, Key]] = {
    "endpoint": NUMBER,
    "name": personal(TEXT),
    "host": personal(TEXT),
}
_OF: Final = "webhook “{name}” to {host}"


def _about(name: str, wording: str, sentence: str, **more: Key) -> Action:
    return Action(name, wording, sentence, {**_ENDPOINT, **more})


ACTIONS: Final = (
    _about("webhook.made", "made a webhook", f"made the {_OF}", kinds=TEXTS),
    _about(
        "webhook.changed",
        "changed a webhook",
        f"changed the {_OF}: {{changed}}",
        changed=personal(CHANGED),
    ),
    _about(
        "webhook.secret_changed",
        "changed the secret of a webhook",
        f"changed the secret of the {_OF}",
    ),
    _about("webhook.switched_on", "switched a webhook on", f"switched the {_OF} on"),
    _about(
        "webhook.switched_off",
        "switched a webhook off",
        f"switched the {_OF} off[: {{reason}}]",
        reason=optional(personal(TEXT)),
    ),
    _about(
        "webhook.removed",
        "removed a webhook",
        f"removed the {_OF}[, since it was made by {{because}}]",
        because=optional(TEXT),
    ),
    _about("webhook.tested", "tested a webhook", f"tested the {_OF}", delivery=NUMBER),
    _about(
        "webhook.replayed",
        "sent a webhook message again",
        f"sent message {{delivery}} of the {_OF} again",
        delivery=NUMBER,
    ),
    _about(
        "webhook.given_up",
        "gave webhook messages up",
        f"gave up {{messages:message|messages}} of the {_OF}: {{reason}}",
        messages=NUMBER,
        reason=personal(TEXT),
    ),
)
