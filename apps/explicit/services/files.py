"""The files of a space's explicit memories: a place for each space, so that none is shared; in a
folder or in a bucket, by setting."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from apps.accounts.models import Space
from apps.audit.services import record
from apps.common import s3
from apps.explicit.models import ExplicitMemory, Form
from apps.explicit.services.bucket import Bucket
from apps.explicit.services.errors import StoreUnreachable
from worker.blobs import Blobs, Folder

logger = logging.getLogger(__name__)
SYSTEM = "memweb"


@dataclass(frozen=True)
class Verified:
    """What was found: files that are whole, memories marked because theirs is not, because a fact
    changed past every trigger, and files that belonged to no memory."""

    whole: int
    damaged: int
    changed: int
    dropped: int


def place_of(space: int) -> Blobs:
    """Return where the files of a space are."""
    if settings.EXPLICIT_STORE == "folder":
        return Folder(Path(settings.EXPLICIT_DIR) / str(space))
    login = s3.Login(
        settings.EXPLICIT_S3_ACCESS_KEY,
        settings.EXPLICIT_S3_SECRET_KEY,
        settings.EXPLICIT_S3_REGION,
    )
    server = s3.Server(settings.EXPLICIT_S3_ENDPOINT, settings.EXPLICIT_S3_BUCKET, login)
    prefix = settings.EXPLICIT_S3_PREFIX.strip("/")
    return Bucket(server, "/".join(filter(None, (prefix, str(space)))))


def maker_id(said: Mapping[str, str]) -> str:
    """Return what stands for a model, its adapter and scheme (``Maker.said``) in a row."""
    return hashlib.sha256(json.dumps(dict(said), sort_keys=True).encode()).hexdigest()


def files_drop(space: int, names: Iterable[str]) -> None:
    """Delete files that no memory names, after the transaction that let go of them."""
    wanted = set(names)

    def drop() -> None:
        rows = ExplicitMemory.objects.filter(space=space, form=Form.MEMORY, name__in=wanted)
        kept = set(rows.exclude(state=ExplicitMemory.State.STALE).values_list("name", flat=True))
        place = place_of(space)
        for name in sorted(wanted - kept):
            try:
                place.drop(name)
            except OSError as error:  # ``files_verify`` drops it later
                logger.warning("files of explicit memories stay: %s", error)
                return  # each would wait as long for a store that is away

    transaction.on_commit(drop)


def mark(memories: Iterable[int]) -> None:
    """Mark memories stale."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT explicit_stale(%s::bigint[])", [list(memories)])


def unsound(space: Space) -> list[int]:
    """Return the memories that are said to be fresh and do not hold: there is none, unless a
    change was made past every trigger."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM explicit_explicitmemory"
            " WHERE space_id = %s AND state = 'fresh' AND NOT explicit_sound(id)",
            [space.pk],
        )
        return [pk for (pk,) in cursor.fetchall()]


def files_verify(*, space: Space) -> Verified:
    """Look at every file of a space: memories whose file is missing or altered are marked stale,
    which a build makes good, and files of no memory are dropped. Raises StoreUnreachable where the
    store does not give its files."""
    place = place_of(space.pk)
    try:
        there = set(place.names())  # before the rows: a row comes before its file
        whole, damaged = _looked_at(space, place)
    except OSError as error:
        raise StoreUnreachable(str(error)) from error
    with transaction.atomic():
        changed = unsound(space)
        mark([*damaged, *changed])
        if damaged:
            record(
                space=space, action="explicit.found_damaged", actor=None, actor_label=SYSTEM,
                subject=space, payload={"memories": len(damaged)},
            )  # fmt: skip
    return Verified(whole, len(damaged), len(changed), _drop_orphans(space, place, there))


def _looked_at(space: Space, place: Blobs) -> tuple[int, list[int]]:
    """Return how many memories have their file as it was written, and those that have not. Raises
    OSError."""
    rows = ExplicitMemory.objects.filter(
        space=space, form=Form.MEMORY, state=ExplicitMemory.State.FRESH
    )
    whole, damaged = 0, []
    for pk, name, digest in rows.values_list("pk", "name", "sha256").iterator():
        if _is_whole(place, name, digest):
            whole += 1
        else:
            damaged.append(pk)
    return whole, damaged


def damaged_mark(*, space: Space, memories: Iterable[int]) -> None:
    """Mark memories whose files an answer could not read, so that they are built again."""
    rows: Any = ExplicitMemory.objects.filter(space=space, pk__in=list(memories))
    place = place_of(space.pk)
    gone = []
    for row in rows.filter(state=ExplicitMemory.State.FRESH, form=Form.MEMORY):
        try:
            if not _is_whole(place, row.name, row.sha256):
                gone.append(row.pk)
        except OSError as error:
            logger.warning("the file of an explicit memory cannot be read: %s", error)
            break
    if not gone:
        return
    with transaction.atomic():
        mark(gone)
        record(
            space=space, action="explicit.found_damaged", actor=None, actor_label=SYSTEM,
            subject=space, payload={"memories": len(gone)},
        )  # fmt: skip


def _is_whole(place: Blobs, name: str, digest: str) -> bool:
    """Tell whether a file is as it was written. Raises OSError where the store does not give it:
    then it is not known to be damaged."""
    try:
        return hashlib.sha256(place.read(name)).hexdigest() == digest
    except FileNotFoundError:
        return False


def _drop_orphans(space: Space, place: Blobs, there: Iterable[str]) -> int:
    known = ExplicitMemory.objects.filter(space=space, form=Form.MEMORY).exclude(
        state=ExplicitMemory.State.STALE
    )
    strange = sorted(set(there) - set(known.values_list("name", flat=True)))
    for name in strange:
        try:
            place.drop(name)
        except OSError as error:
            raise StoreUnreachable(str(error)) from error
    return len(strange)
