"""A checkpoint that somebody kept outside, read for a verification."""

from __future__ import annotations

from apps.provenance.models import Key
from apps.provenance.notes import (
    Head,
    NoteError,
    VerifyKey,
    open_note,
    parse_head,
    parse_note,
)


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
