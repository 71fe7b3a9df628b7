"""Exports, checkpoints and keys, erasures: what is done with the record itself."""

from __future__ import annotations

from typing import Final

from apps.audit.actions.schema import NUMBER, TEXT, Action, optional

ACTIONS: Final = (
    Action(
        "log.opened",
        "began to keep every change, with the rows that stood there",
        "began to keep every change, with the {rows:row|rows} that stood there",
        {"rows": NUMBER},
    ),
    Action(
        "key.made",
        "made the key that signs checkpoints",
        "made the key that signs checkpoints, {after}",
        {"after": TEXT},
    ),
    Action(
        "key.rotated",
        "went over to another key that signs checkpoints",
        "went over to the key {after} to sign checkpoints[, from {before}]",
        {"before": optional(TEXT), "after": TEXT, "vouched": TEXT},
    ),
)
