"""What was erased, and what was handed out, of what is private."""

from __future__ import annotations

from typing import Final

from apps.audit.actions.schema import (
    ANY,
    FIELDS,
    NUMBER,
    NUMBERS,
    RUNS,
    TEXT,
    Action,
    optional,
    personal,
)

ACTIONS: Final = (
    Action(
        "privacy.erased",
        "erased what is private of rows and of the log",
        "erased {what}[, part {part}]: {reason}",
        {
            "what": TEXT,  # "document 12", never what it was called
            "reason": personal(TEXT),
            "document": optional(NUMBER),
            "person": optional(NUMBER),
            "questions": optional(NUMBER),
            # One that takes many numbers is told in several events of one transaction.
            "part": optional(NUMBER),
            "retracted": optional(NUMBERS),
            "rows": FIELDS,  # table: how many of its rows
            # The numbers of the row changes and events of this log whose private part is erased.
            "changes": RUNS,
            "events": RUNS,
            # What erasures before this one told, whose event it erases: their numbers are above.
            "earlier": optional(personal(ANY)),
        },
    ),
    Action(
        "privacy.erasure_requested",
        "asked for an erasure",
        "asked to have document {document} erased",
        {"document": NUMBER},
    ),
    Action(
        "privacy.erasure_failed",
        "failed in an erasure",
        "erased nothing of document {document}[: {reason}]",
        {"document": NUMBER, "reason": TEXT},
    ),
    Action(
        "privacy.exported",
        "made a copy of what is kept of a person",
        "made a copy of what is kept of person {person}",
        {"person": NUMBER},
    ),
)
