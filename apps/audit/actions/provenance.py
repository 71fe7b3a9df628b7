"""Exports, checkpoints and keys, erasures: what is done with the record itself."""

from __future__ import annotations

from typing import Final

from apps.audit.actions.schema import (
    NUMBER,
    NUMBERS,
    REVIEWERS,
    TEXT,
    Action,
    content,
    optional,
    personal,
)

ACTIONS: Final = (
    Action(
        "log.opened",
        "began to keep every change, with the rows that stood there",
        "began to keep every change, with the {rows:row|rows} that stood there",
        {"rows": NUMBER},
    ),
    Action(
        "export.made",
        "made a bundle",
        "made a bundle (of {scope}) with {facts:fact|facts}, SHA-256 {sha256}",
        {"scope": TEXT, "facts": NUMBER, "events": NUMBER, "bytes": NUMBER, "sha256": TEXT},
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
    Action(
        "provenance.withdrawn",
        "withdrew what rested on a source alone",
        "withdrew what rested on “{source}” alone: {facts:fact|facts} and "
        "{evidence:piece of evidence|pieces of evidence}[; {left:one|more} changed meanwhile and "
        "stayed][: {reason}]",
        {
            "withdrawal": NUMBER,
            "kind": TEXT,
            "source": content(TEXT),
            "facts": NUMBER,
            "evidence": NUMBER,
            "stayed": NUMBER,
            "left": NUMBERS,
            "reason": personal(TEXT),
        },
        REVIEWERS,
    ),
    Action(
        "provenance.withdrawal_undone",
        "undid a withdrawal",
        "undid the withdrawal of “{source}”: {facts:fact|facts} and "
        "{evidence:piece of evidence|pieces of evidence} came back"
        "[; {left:fact|facts} stayed away]",
        {
            "withdrawal": NUMBER,
            "source": content(TEXT),
            "facts": NUMBER,
            "evidence": NUMBER,
            "left": NUMBERS,
        },
        REVIEWERS,
    ),
    Action(
        "verification.requested",
        "asked for a verification",
        "asked for a verification of this log",
        {},
    ),
    Action(
        "verification.held",
        "verified the log, and all holds",
        "verified the log of {events:event|events}, with the head {root}: all holds",
        {"events": NUMBER, "root": TEXT},
    ),
    Action(
        "verification.found",
        "verified the log, and found what is not as it says",
        "verified the log of {events:event|events}, with the head {root}, and found "
        "{findings:difference|differences}",
        {"events": NUMBER, "root": TEXT, "findings": NUMBER},
    ),
    Action(
        "verification.failed",
        "failed in a verification",
        "failed in a verification of this log[: {reason}]",
        {"reason": TEXT},
    ),
)
