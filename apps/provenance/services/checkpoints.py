"""Checkpoints of a log: made and signed, and compared with the log as it is today."""

from __future__ import annotations

import codecs
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from celery import current_app
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from apps.accounts.models import Space
from apps.provenance.merkle import EMPTY_ROOT, ProofError, verify_consistency
from apps.provenance.models import Checkpoint, Log
from apps.provenance.notes import (
    Head,
    Note,
    NoteError,
    UnknownKey,
    open_note,
    parse_head,
    parse_note,
    sign,
)
from apps.provenance.services.deliveries import delivery_plan
from apps.provenance.services.remembered import remember, remembered, remembered_path
from apps.provenance.services.sequencer import seal, tree_of
from apps.provenance.services.signing import signing_key, verify_keys
from apps.provenance.tiles import TileError, Tree

logger = logging.getLogger(__name__)
ALL_TASK: Final = "provenance.checkpoint_all"


class LogContradicted(Exception):
    """A log is no longer the one that its last checkpoint was made of; the message says which."""


class Verdict(StrEnum):
    """What a checkpoint that somebody kept says of the log."""

    SAME = "same"
    OLDER = "older"
    CONTRADICTS = "contradicts"
    FORGED = "forged"
    UNKNOWN_KEY = "unknown key"
    FOREIGN = "foreign"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Comparison:
    """What comes of comparing a checkpoint with its log, in one sentence.

    Where it is older, ``behind`` events came after it, and ``proof`` (RFC 9162) shows that today's
    log, of ``size`` entries and with the head ``root``, begins with those that it stands for.
    """

    verdict: Verdict
    sentence: str
    head: Head | None = None
    size: int = 0
    root: bytes = b""
    proof: tuple[bytes, ...] = ()

    @property
    def behind(self) -> int:
        return self.size - self.head.size if self.head else 0

    @property
    def holds(self) -> bool:
        return self.verdict in (Verdict.SAME, Verdict.OLDER)


def origin_of(log: Log) -> str:
    """Return the name of a log in checkpoints, which is also that of the key that signs them."""
    return f"{settings.PROVENANCE_ORIGIN}/{log.identity}"


def checkpoint_make(log: Log, private: Ed25519PrivateKey) -> Checkpoint | None:
    """Return a new signed checkpoint of a log, on its way to every destination; None where the log
    has not grown since the last one.

    Raises LogContradicted where the log does not begin with what its last checkpoint stands for,
    the one in the database and the one beside the key: what was changed is not signed. Raises
    KeyFileError where the latter cannot be read or written.
    """
    with transaction.atomic():
        log = Log.objects.select_for_update(no_key=True).get(pk=log.pk)
        last = log.checkpoints.order_by("-size").first()
        if log.size == (last.size if last else 0):
            return None
        root = _root_after(log, last)
        head = Head(origin_of(log), log.size, root)
        note = Note(str(head), (sign(str(head), head.origin, private),))
        made = Checkpoint.objects.create(log=log, size=log.size, root=root, note=str(note))
        delivery_plan(made)
        remember(log, made.note)  # what was signed is in the log, whether or not this is committed
        return made


def checkpoint_now(log: Log) -> Checkpoint | None:
    """Seal what is committed and return a checkpoint of all of it; None for a log without entries.

    Raises KeyFileError, and LogContradicted.
    """
    seal()
    made = checkpoint_make(log, signing_key())
    return made or log.checkpoints.order_by("-size").first()


def checkpoint_all() -> list[Checkpoint]:
    """Seal what is committed and sign every log that has grown. Raises as ``checkpoint_now``."""
    seal()
    private = signing_key()
    return _sign([log for log, _ in _grown()], private)


def checkpoint_due() -> list[Checkpoint]:
    """Sign the logs that have grown and whose last checkpoint is old enough. Raises as above."""
    private = signing_key()  # made with the first start, not with the first event
    now = timezone.now()
    rest = timedelta(seconds=max(0, settings.CHECKPOINT_SECONDS - 2 * settings.SWEEP_SECONDS))
    due = [log for log, at in _grown() if at is None or not timedelta() <= now - at < rest]
    return _sign(due, private)


def checkpoint_ask() -> bool:
    """Ask a worker for checkpoints of all that has grown; tell whether one could be rung for."""
    try:
        current_app.send_task(
            ALL_TASK, queue="maintain", retry=False, time_limit=None, soft_time_limit=None
        )
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("could not ring for a checkpoint: %s", error)
        return False
    return True


def compared(space: Space, message: str | bytes) -> Comparison | None:
    """Compare a checkpoint with the log of a space, or with that of the site where it is of that
    one. None where the space has no log yet."""
    log = Log.objects.filter(space=space).first()
    if log is None:
        return None
    found = compare(log, message)
    site = Log.objects.filter(space=None).first()
    if found.verdict == Verdict.FOREIGN and site is not None:
        of_site = compare(site, message)
        return found if of_site.verdict == Verdict.FOREIGN else of_site
    return found


def compare(log: Log, message: str | bytes) -> Comparison:
    """Compare a checkpoint, as somebody kept it, with the log as it is today."""
    origin = origin_of(log)
    message = _as_pasted(message)
    try:
        head = parse_head(parse_note(message).text)
    except NoteError as error:
        return Comparison(Verdict.MALFORMED, f"This is no checkpoint. {error}")
    if head.origin != origin:
        sentence = f"This checkpoint is of another log, {head.origin}, and not of {origin}."
        return Comparison(Verdict.FOREIGN, sentence, head)
    try:
        open_note(message, verify_keys(origin))
    except UnknownKey:
        sentence = "No key with which this site signs, or has signed, has signed this checkpoint."
        return Comparison(Verdict.UNKNOWN_KEY, sentence, head)
    except NoteError as error:
        return Comparison(Verdict.FORGED, str(error), head)
    return _compared(Log.objects.get(pk=log.pk), head)


def _compared(log: Log, head: Head) -> Comparison:
    """Compare what a checkpoint says, which this site signed, with the log."""
    size, said = log.size, _events(head.size)
    if head.size > size:
        sentence = f"This checkpoint stands for {said}, and today's log has {_events(size)}."
        return Comparison(Verdict.CONTRADICTS, f"{sentence} The others were removed.", head, size)
    tree = tree_of(log)
    try:
        root = tree.root()
        proof = tree.consistency(head.size) if head.size or not size else []
        if head.size or not size:
            verify_consistency(head.size, size, head.root, root, proof)
        elif head.root != EMPTY_ROOT:
            raise ProofError
    except TileError as error:
        sentence = f"The hashes of today's log are damaged. {error}"
        return Comparison(Verdict.CONTRADICTS, sentence, head, size)
    except ProofError:
        sentence = (
            f"Today's log does not begin with the {said} that this checkpoint stands for: of them "
            "something was changed, removed or put in."
        )
        return Comparison(Verdict.CONTRADICTS, sentence, head, size, root)
    if head.size == size:
        sentence = f"Today's log is the one that this checkpoint stands for, with {said}."
        return Comparison(Verdict.SAME, sentence, head, size, root)
    later = _events(size - head.size)
    sentence = (
        f"This checkpoint is older by {later}, and consistent: today's log begins with the {said} "
        "that it stands for."
    )
    return Comparison(Verdict.OLDER, sentence, head, size, root, tuple(proof))


def _grown() -> list[tuple[Log, datetime | None]]:
    """Return the logs that have another size than their last checkpoint, with its time."""
    signed = Max("checkpoints__size")
    grown = Log.objects.annotate(signed=signed, signed_at=Max("checkpoints__created_at")).filter(
        Q(signed=None, size__gt=0) | ~Q(size=F("signed"))
    )
    return [(log, log.signed_at) for log in grown]


def _sign(logs: Iterable[Log], private: Ed25519PrivateKey) -> list[Checkpoint]:
    """Return new checkpoints of logs. One that is contradicted keeps no other one from its own;
    then raises LogContradicted."""
    made, contradicted = [], ""
    for log in logs:
        try:
            made.append(checkpoint_make(log, private))
        except LogContradicted as error:
            contradicted = contradicted or str(error)
    if contradicted:
        raise LogContradicted(contradicted)
    return [one for one in made if one is not None]


def _root_after(log: Log, last: Checkpoint | None) -> bytes:
    """Return the head of a log that begins with what was signed of it before."""
    tree, name = tree_of(log), origin_of(log)
    before: list[tuple[str, str | bytes]] = [
        ("the last checkpoint in the database", last.note if last else ""),
        (f"the last one that was signed here, {remembered_path(log)},", remembered(log)),
    ]
    try:
        for which, note in before:
            if note and not _begins_with(tree, _head_before(log, note)):
                raise LogContradicted(
                    f"The log {name} does not begin with what {which} stands for: it was changed, "
                    "or an older database was restored, and gets no further one."
                )
        return tree.root()
    except NoteError as error:
        raise LogContradicted(
            f"The last checkpoint of the log {name} is none of this site: it was changed. {error}"
        ) from None
    except TileError as error:
        raise LogContradicted(f"The hashes of the log {name} are damaged. {error}") from None


def _head_before(log: Log, note: str | bytes) -> Head:
    """Return what was signed of a log, under the name that it had. Raises NoteError."""
    head = parse_head(parse_note(note).text)
    if head.origin.rpartition("/")[2] != str(log.identity):
        raise NoteError("It is of another log.")
    open_note(note, verify_keys(head.origin))
    return head


def _begins_with(tree: Tree, head: Head) -> bool:
    return head.size <= tree.size and tree.root(head.size) == head.root


def _as_pasted(message: str | bytes) -> bytes:
    """Return a note without what a form, a mail or an editor does to its ends of lines."""
    data = message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message
    return data.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").strip(b"\n ") + b"\n"


def _events(count: int) -> str:
    return f"{count:,} event" if count == 1 else f"{count:,} events"
