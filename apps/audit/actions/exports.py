"""Files of facts for other programs: asked for, made, given out, removed; imports of spaces."""

from __future__ import annotations

from typing import Final

from apps.audit.actions.schema import (
    DAY,
    FIELDS,
    FLAG,
    NUMBER,
    ROWS,
    TEXT,
    Action,
    Key,
    content,
    optional,
    or_none,
    personal,
)

_EXPORT: Final[dict[str, Key]] = {
    "scope": TEXT,
    "format": TEXT,
    "number": or_none(NUMBER),
    "version": TEXT,
    "since": or_none(DAY),
    "until": or_none(DAY),
}
_FILE: Final[dict[str, Key]] = {**_EXPORT, "facts": NUMBER, "bytes": NUMBER, "sha256": TEXT}
_OF: Final = "an export ({format}, scope: {scope}[ {number}][ {version}])"

ACTIONS: Final = (
    Action(
        "export.requested",
        "asked for an export",
        f"asked for {_OF}",
        {**_EXPORT, "counts": FIELDS},
    ),
    Action(
        "export.finished",
        "finished an export",
        f"finished {_OF} with {{facts:fact|facts}}[, SHA-256 {{sha256}}]",
        _FILE,
    ),
    Action(
        "export.failed",
        "failed in an export",
        f"failed in {_OF}[: {{reason}}]",
        {**_EXPORT, "reason": TEXT},
    ),
    Action("export.cancelled", "cancelled an export", f"cancelled {_OF}", _EXPORT),
    Action("export.retried", "asked for another try of an export", f"tried again {_OF}", _EXPORT),
    Action(
        "export.downloaded",
        "downloaded an export",
        f"downloaded {_OF} with {{facts:fact|facts}}[, SHA-256 {{sha256}}]",
        _FILE,
    ),
    Action(
        "export.removed",
        "removed the file of an export",
        f"removed the file of {_OF}[: {{reason}}]",
        {**_EXPORT, "reason": optional(TEXT)},
    ),
    Action(
        "export.begun_anew",
        "began an export anew",
        f"began anew {_OF}[: {{reason}}]",
        {**_EXPORT, "reason": TEXT},
    ),
    Action(
        "space.import_requested",
        "uploaded a bundle to import",
        "uploaded a bundle of {bytes:byte|bytes} to import",
        {"bytes": NUMBER},
    ),
    Action(
        "space.import_failed",
        "imported nothing of a bundle",
        "imported nothing of a bundle[: {reason}]",
        {"reason": content(TEXT)},
    ),
    Action("space.import_cancelled", "cancelled an import", "cancelled the import of a bundle", {}),
    Action(
        "space.imported",
        "imported a space",
        "imported a space with {facts:fact|facts} and {events:event|events} from {origin}",
        {
            "origin": TEXT,
            "key": TEXT,
            "key_given": FLAG,
            "checkpoint": TEXT,
            "sha256": TEXT,
            "made_at": TEXT,
            "facts": NUMBER,
            "events": NUMBER,
            "rows": NUMBER,
            "people": personal(ROWS),
        },
    ),
)
