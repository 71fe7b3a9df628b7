"""Documents, their extractions, and imports of rows."""

from __future__ import annotations

from typing import Final

from apps.audit.actions.schema import (
    COUNTS,
    MEMBERS,
    NUMBER,
    REVIEWERS,
    TEXT,
    Action,
    content,
    optional,
)

_DOCUMENT: Final = {"document": NUMBER}
_READ: Final = {**_DOCUMENT, "passages": NUMBER, "candidates": NUMBER}
_FAILED: Final = {**_DOCUMENT, "reason": TEXT}
_ROWS: Final = {**_DOCUMENT, "rows": NUMBER}
_PROPOSED: Final = {**_ROWS, "proposed": NUMBER}
_FOREIGN: Final = {"system": TEXT, "facts": NUMBER}
_FROM: Final = "from {passages:passage|passages}"

ACTIONS: Final = (
    Action(
        "document.added",
        "added a document",
        "added the document “{title}”[ of {passages:passage|passages}]",
        {
            "title": content(TEXT),
            "filename": content(TEXT),
            "format": TEXT,
            "sha256": TEXT,
            "bytes": NUMBER,
            "characters": NUMBER,
            "passages": NUMBER,
            "encoding": TEXT,
        },
        MEMBERS,
    ),
    Action(
        "document.grown",
        "added messages to a conversation",
        "added {messages:message|messages} to the conversation {document}",
        {**_DOCUMENT, "messages": NUMBER, "sha256": TEXT, "characters": NUMBER, "passages": NUMBER},
        MEMBERS,
    ),
    Action(
        "extraction.continued",
        "let an extraction go on",
        "let the extraction of conversation {document} go on with what was added",
        _DOCUMENT,
        REVIEWERS,
    ),
    Action(
        "extraction.requested",
        "asked for an extraction",
        "asked for an extraction of document {document}[ by the head {head}]",
        {**_DOCUMENT, "head": TEXT},
        REVIEWERS,
    ),
    Action(
        "extraction.begun",
        "began an extraction",
        "began an extraction of document {document} by the head {head}, version {version}",
        {**_DOCUMENT, "head": TEXT, "version": TEXT},
    ),
    Action(
        "extraction.read",
        "read a passage that states no fact",
        "read passage {passage} of document {document} and proposed nothing",
        {
            **_DOCUMENT,
            "passage": NUMBER,
            "dropped": optional(COUNTS),
            "spent": optional(COUNTS),
        },
    ),
    Action(
        "extraction.finished",
        "finished an extraction",
        f"finished an extraction of document {{document}}: {{candidates:fact|facts}} {_FROM}",
        _READ,
        MEMBERS,
    ),
    Action(
        "extraction.failed",
        "failed in an extraction",
        "failed in an extraction of document {document}[: {reason}]",
        _FAILED,
        REVIEWERS,
    ),
    Action(
        "extraction.cancelled",
        "cancelled an extraction",
        f"cancelled an extraction of document {{document}} after {{candidates:fact|facts}} {_FROM}",
        _READ,
        REVIEWERS,
    ),
    Action(
        "extraction.resumed",
        "let a cancelled extraction go on",
        "let the cancelled extraction of document {document} go on",
        _DOCUMENT,
        REVIEWERS,
    ),
    Action(
        "extraction.retried",
        "asked for another try of an extraction",
        "asked for another try of the extraction of document {document}",
        _DOCUMENT,
        REVIEWERS,
    ),
    Action(
        "foreign.read",
        "read a file of another system",
        "read a file of {system} with {facts:fact|facts} for an import",
        _FOREIGN,
        REVIEWERS,
    ),
    Action(
        "foreign.imported",
        "imported a file of another system",
        "imported a file of {system}: {rows:fact|facts} of {facts}",
        {**_FOREIGN, "rows": NUMBER},
        REVIEWERS,
    ),
    Action(
        "foreign.discarded",
        "gave an import up",
        "gave the import of a file of {system} up",
        _FOREIGN,
        REVIEWERS,
    ),
    Action(
        "import.requested",
        "asked for an import of many rows",
        "asked for an import of {rows:row|rows} of document {document}",
        _ROWS,
        REVIEWERS,
    ),
    Action(
        "import.finished",
        "finished an import",
        "finished the import of document {document}: {proposed:fact|facts} from {rows:row|rows}",
        _PROPOSED,
        REVIEWERS,
    ),
    Action(
        "import.rows_left",
        "left out rows of an import",
        "left out {rows:row|rows} of the import of document {document}, which cannot be proposed",
        _ROWS,
        REVIEWERS,
    ),
    Action(
        "import.failed",
        "failed in an import",
        "failed in the import of document {document}[: {reason}]",
        _FAILED,
        REVIEWERS,
    ),
    Action(
        "import.cancelled",
        "cancelled an import",
        "cancelled the import of document {document} after {proposed:fact|facts}",
        _PROPOSED,
        REVIEWERS,
    ),
    Action(
        "import.resumed",
        "let a cancelled import go on",
        "let the cancelled import of document {document} go on",
        _DOCUMENT,
        REVIEWERS,
    ),
    Action(
        "import.retried",
        "asked for another try of an import",
        "asked for another try of the import of document {document}",
        _DOCUMENT,
        REVIEWERS,
    ),
)
