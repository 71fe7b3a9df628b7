"""Exports, checkpoints and keys, erasures: what is done with the record itself."""

from __future__ import annotations

from typing import Final

from apps.audit.actions.schema import NUMBER, Action

ACTIONS: Final = (
    Action(
        "log.opened",
        "began to keep every change, with the rows that stood there",
        "began to keep every change, with the {rows:row|rows} that stood there",
        {"rows": NUMBER},
    ),
)
