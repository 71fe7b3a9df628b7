"""Checkpoints that are kept outside of the database, read for a verification."""

from __future__ import annotations

from typing import Final

from apps.provenance.keys import KeyFileError
from apps.provenance.models import Key, Log
from apps.provenance.notes import (
    Head,
    NoteError,
    VerifyKey,
    open_note,
    parse_head,
    parse_note,
)
from apps.provenance.services.remembered import remembered
from apps.provenance.services.replay.findings import Finding, Findings
from apps.provenance.services.replay.scopes import Scope
from apps.provenance.services.replay.trees import Signed

HANDED_OVER: Final = "The checkpoint that was handed over"
REMEMBERED: Final = "The last checkpoint that was signed here, as it is remembered beside the key,"


class BadCheckpoint(Exception):
    """What was handed over is no checkpoint of this site; the message says why."""


def read_kept(message: bytes) -> Head:
    """Return what a checkpoint says. Raises BadCheckpoint for what is none, is forged, or is by a
    key that this site does not know."""
    message = message.replace(b"\r\n", b"\n").strip(b"\n ") + b"\n"
    try:
        head = parse_head(parse_note(message).text)
        keys = Key.objects.values_list("public", flat=True)
        open_note(message, [VerifyKey(head.origin, bytes(public)) for public in keys])
    except NoteError as error:
        raise BadCheckpoint(f"This is no checkpoint to compare with. {error}") from None
    return head


def read_remembered(scope: Scope, findings: Findings) -> list[tuple[str, Signed]]:
    """Return which heads of which logs are remembered beside the key. One that no known key has
    signed is a finding: the key is gone from the database."""
    found = []
    logs = Log.objects.all() if scope.everything else Log.objects.filter(space=scope.space)
    for log in logs.order_by("pk"):
        try:
            if note := remembered(log):
                head = read_kept(note)
                found.append((head.origin, Signed(None, head.size, head.root, REMEMBERED)))
        except (BadCheckpoint, KeyFileError) as error:
            sentence = f"{REMEMBERED} of log {log.pk} is of no use. {error}"
            findings.add(Finding("key", sentence, "provenance_key", None, "public"))
    return found
