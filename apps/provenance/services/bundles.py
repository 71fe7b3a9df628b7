"""Bundles: what an answer, a fact, a document or a space rests on, to be checked without memweb.

``standalone/verify.py`` checks them. The facts are derived by that same file here, from the sealed
changes and not from the rows as they stand.
"""

from __future__ import annotations

import errno
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max

from apps.accounts.models import User
from apps.audit.models import Event
from apps.audit.services import record
from apps.memory.models import Triple
from apps.provenance.canonical import canonical
from apps.provenance.keys import KeyFileError
from apps.provenance.models import Checkpoint, Log, Sequencer
from apps.provenance.services.bundle_lines import (
    Counted,
    RecordBroken,
    all_lines,
    some_lines,
    story_of,
)
from apps.provenance.services.bundle_scope import (
    NothingThere,
    Rows,
    Scope,
    facts_of,
    rows_of,
    subject_of,
    texts_of,
)
from apps.provenance.services.bundle_zip import BundleZip, Written
from apps.provenance.services.checkpoints import (
    LogContradicted,
    checkpoint_ask,
    checkpoint_now,
    compare,
    origin_of,
)
from apps.provenance.services.sequencer import log_of, seal, tree_of
from apps.provenance.services.signing import verify_keys
from apps.provenance.standalone import verify
from apps.sources.models import Document

FACTS_AT_ONCE: Final = 200
STANDALONE: Final = Path(verify.__file__).parent
TRIES: Final = 40
REST_SECONDS: Final = 0.25
DAYS: Final = 100  # of which the last checkpoint gets a proof of consistency
ABOUT: Final = {
    "answer": "answer {}",
    "triple": "fact {}",
    "document": "document {}",
    "space": "the whole space",
    "selection": "a selection of facts: {}",
}
TOO_FAST: Final = "The space changes too fast to take a whole copy now; try again in a minute."
NO_SEAL: Final = (
    "The worker that signs checkpoints does not answer, so there is no seal yet for what happened "
    "last; try again in a minute."
)


class BundleRefused(Exception):
    """A bundle cannot be made; the message says why."""


def bundle_write(
    *, scope: Scope, path: Path, since: str = "", sign: Callable[[Log], Checkpoint] | None = None
) -> Written:
    """Write a bundle to a file, which appears whole or not at all.

    ``since`` is a checkpoint that somebody kept: the bundle then proves that its log still holds
    all of it. What is committed is sealed and signed first, by ``sign``; without it here, which
    only a worker or a command can. Raises BundleRefused.
    """
    sign = sign or _signed
    log = log_of(scope.space)
    try:
        with _refusals():
            old = _kept(log, since)
            if not scope.is_complete:
                return _write(scope, log, sign(log), path, old)
            with _at_rest(log, sign) as last:
                return _write(scope, log, last, path, old)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "The disk is full" if full else f"{path} cannot be written: {error.strerror or error}"
        raise BundleRefused(f"{why}. No bundle was written.") from error


def export_record(
    *, scope: Scope, written: Written, actor: User | None, actor_label: str = ""
) -> None:
    """Record that a bundle was made, with its SHA-256."""
    with transaction.atomic():
        record(
            space=scope.space,
            action="export.made",
            actor=actor,
            actor_label=actor_label,
            subject=subject_of(scope),
            payload={
                "scope": scope.kind,
                "facts": written.counts["facts"],
                "events": written.counts["events"],
                "sha256": written.sha256,
                "bytes": written.size,
            },
        )


def checkpoint_await(log: Log) -> Checkpoint:
    """Return a checkpoint of all that is committed, signed by a worker: for who has no key.

    Raises BundleRefused where no worker signs within ten seconds.
    """
    seal()
    asked = False
    for _ in range(TRIES):
        log.refresh_from_db()
        last = log.checkpoints.order_by("-size").first()
        if last is not None and last.size == log.size:
            return last
        asked = asked or checkpoint_ask()
        time.sleep(REST_SECONDS)
    raise BundleRefused(NO_SEAL)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (NothingThere, RecordBroken, KeyFileError, LogContradicted) as error:
        raise BundleRefused(str(error)) from error


def _kept(log: Log, since: str) -> int | None:
    """Return the size of a checkpoint that somebody kept. Raises BundleRefused."""
    if not since:
        return None
    found = compare(log, since)
    if not found.holds or found.head is None:
        raise BundleRefused(found.sentence)
    return found.head.size


def _signed(log: Log) -> Checkpoint:
    signed = checkpoint_now(log)
    if signed is None:
        raise BundleRefused("The log of this space is empty: there is nothing to prove yet.")
    return signed


@contextmanager
def _at_rest(log: Log, sign: Callable[[Log], Checkpoint]) -> Iterator[Checkpoint]:
    """Give a checkpoint of all that the database holds of the log, and keep it looking so.

    Raises BundleRefused where something new is committed each time.
    """
    for _ in range(TRIES):
        size = sign(log).size
        with transaction.atomic():
            _look_at_one_moment()
            sealed_to = Sequencer.objects.values_list("sealed_to", flat=True).first() or 0
            newer = Event.objects.filter(space=log.space_id, entry=None, pk__gt=sealed_to)
            last = log.checkpoints.order_by("-size").first()
            log.refresh_from_db()
            if last and size == last.size == log.size and not newer.exists():
                yield last
                return
        time.sleep(REST_SECONDS)
    raise BundleRefused(TOO_FAST)


def _look_at_one_moment() -> None:
    if not connection.savepoint_ids:  # the outermost transaction, which has not looked yet
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _write(scope: Scope, log: Log, signed: Checkpoint, path: Path, old: int | None) -> Written:
    counted = Counted()
    log.refresh_from_db()
    with BundleZip(path) as made:
        if scope.is_complete:
            made.add("events.jsonl", all_lines(log, signed.size, counted))
            _add_whole(made, scope, log, signed.size, counted)
        else:
            rows = rows_of(scope)
            made.add("events.jsonl", some_lines(log, signed.size, rows, counted))
            _add_some(made, scope, story_of(log, signed.size, rows), rows, counted)
        made.add("checkpoint.txt", [signed.note.encode()])
        keys = [str(key) for key in verify_keys(origin_of(log))]
        made.add("keys.json", [canonical({"keys": keys})])
        made.add("consistency.jsonl", _consistency(log, signed.size, old))
        made.add("README.txt", [_read_me(scope, log, signed).encode()])
        made.add("verify.py", [(STANDALONE / "verify.py").read_bytes()])
        return made.finish(
            log=str(log.identity),
            origin=origin_of(log),
            scope={"kind": scope.kind, "id": scope.id},
            complete=scope.is_complete,
            made_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            counts=asdict(counted),
        )


def _add_some(
    made: BundleZip, scope: Scope, story: verify.Story, rows: Rows, counted: Counted
) -> None:
    texts = {name: text for name, text in texts_of(scope, rows) if _is_sealed(story, name)}
    memory = verify.Memory(story, texts.get)
    made.add("facts.jsonl", _facts(memory, counted))
    if scope.kind == "answer":
        made.add("answer.json", [verify.canonical(memory.answer(int(scope.id))).encode()])
    for name, text in texts.items():
        made.add(name, [text.encode()])


def _add_whole(made: BundleZip, scope: Scope, log: Log, size: int, counted: Counted) -> None:
    made.add("facts.jsonl", _all_facts(scope, log, size, counted))
    for name, text in texts_of(scope, {}):
        row = {"sources_document": {int(name[10:-4])}}
        if _is_sealed(story_of(log, size, row), name):
            made.add(name, [text.encode()])


def _all_facts(scope: Scope, log: Log, size: int, counted: Counted) -> Iterator[bytes]:
    @lru_cache(maxsize=8)
    def of_document(number: int) -> str | None:
        return Document.objects.filter(pk=number).values_list("text", flat=True).first()

    numbers = Triple.objects.filter(space=scope.space).order_by("pk").values_list("pk", flat=True)
    source = numbers.iterator(chunk_size=FACTS_AT_ONCE)
    while some := list(islice(source, FACTS_AT_ONCE)):
        rows: Rows = defaultdict(set)
        facts_of(some, rows)
        story = story_of(log, size, rows)

        def text(name: str, story: verify.Story = story) -> str | None:
            whole = name.startswith("documents/") and _is_sealed(story, name)
            return of_document(int(name[10:-4])) if whole else None

        yield from _facts(verify.Memory(story, text), counted)


def _facts(memory: verify.Memory, counted: Counted) -> Iterator[bytes]:
    for number in memory.facts():
        counted.facts += 1
        yield verify.canonical(memory.fact(number)).encode() + b"\n"


def _is_sealed(story: verify.Story, name: str) -> bool:
    """Tell whether a text is there and its hash is known: an erased one is not handed out."""
    folder, _, file = name.partition("/")
    number: int | None = int(file.removesuffix(".txt"))
    found = _image(story, f"sources_{folder[:-1]}", number)
    if "text" not in found:
        return False
    number = found["document_id"] if folder == "passages" else number
    return _image(story, "sources_document", number).get("erased_at") is None


def _image(story: verify.Story, table: str, number: int | None) -> dict[str, Any]:
    row = story.rows.get((table, number)) if number is not None else None
    return row.image() if row else {}


def _consistency(log: Log, size: int, old: int | None) -> Iterator[bytes]:
    """Yield a proof for the last checkpoint of each of the last days, and for one that was kept."""
    days = log.checkpoints.filter(size__lt=size).values("created_at__date")
    last = days.annotate(last=Max("size")).order_by("-created_at__date")[:DAYS]
    tree = tree_of(log)
    for one in sorted({*(row["last"] for row in last), *([old] if old else [])}):
        proof = [step.hex() for step in tree.consistency(one, size)]
        yield canonical({"size": one, "root": tree.root(one).hex(), "proof": proof}) + b"\n"


def _read_me(scope: Scope, log: Log, signed: Checkpoint) -> str:
    origin = origin_of(log)
    key = verify.Checkpoint(signed.note, "checkpoint.txt").signer(
        [verify.Key(str(one)) for one in verify_keys(origin)]
    )
    return (
        (STANDALONE / "README.txt")
        .read_text(encoding="utf-8")
        .format(
            about=ABOUT[scope.kind].format(scope.id),
            space=scope.space.name,
            origin=origin,
            size=signed.size,
            key=key.text if key else "",
            fingerprint=sha256(key.data).hexdigest() if key else "",
        )
    )
