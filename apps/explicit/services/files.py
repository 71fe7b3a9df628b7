"""The files of a space's explicit memories: a folder a space, so that none is shared."""

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
from apps.explicit.models import ExplicitMemory, Form

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


def folder_of(space: int) -> Path:
    """Return the folder of a space's files."""
    return Path(settings.EXPLICIT_DIR) / str(space)


def maker_id(said: Mapping[str, str]) -> str:
    """Return what stands for a model, its adapter and scheme (``Maker.said``) in a row."""
    return hashlib.sha256(json.dumps(dict(said), sort_keys=True).encode()).hexdigest()


def path_of(space: int, name: str) -> Path:
    """Return where the file of a memory lies, as ``worker.explicit.store`` has it."""
    return folder_of(space) / name[:2] / f"{name}.safetensors"


def files_drop(space: int, names: Iterable[str]) -> None:
    """Delete files that no memory names, after the transaction that let go of them."""
    wanted = set(names)

    def drop() -> None:
        rows = ExplicitMemory.objects.filter(space=space, form=Form.MEMORY, name__in=wanted)
        kept = set(rows.exclude(state=ExplicitMemory.State.STALE).values_list("name", flat=True))
        for name in wanted - kept:
            try:
                path_of(space, name).unlink(missing_ok=True)
            except OSError as error:  # ``files_verify`` drops it later
                logger.warning("the file of an explicit memory stays: %s", error)

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
    which a build makes good, and files of no memory are dropped."""
    rows = ExplicitMemory.objects.filter(
        space=space, form=Form.MEMORY, state=ExplicitMemory.State.FRESH
    )
    whole, damaged = 0, []
    for pk, name, digest in rows.values_list("pk", "name", "sha256").iterator():
        if _is_whole(path_of(space.pk, name), digest):
            whole += 1
        else:
            damaged.append(pk)
    with transaction.atomic():
        changed = unsound(space)
        mark([*damaged, *changed])
        if damaged:
            record(
                space=space, action="explicit.found_damaged", actor=None, actor_label=SYSTEM,
                subject=space, payload={"memories": len(damaged)},
            )  # fmt: skip
    return Verified(whole, len(damaged), len(changed), _drop_orphans(space))


def damaged_mark(*, space: Space, memories: Iterable[int]) -> None:
    """Mark memories whose files an answer could not read, so that they are built again."""
    rows: Any = ExplicitMemory.objects.filter(space=space, pk__in=list(memories))
    gone = [
        row.pk
        for row in rows.filter(state=ExplicitMemory.State.FRESH, form=Form.MEMORY)
        if not _is_whole(path_of(space.pk, row.name), row.sha256)
    ]
    if not gone:
        return
    with transaction.atomic():
        mark(gone)
        record(
            space=space, action="explicit.found_damaged", actor=None, actor_label=SYSTEM,
            subject=space, payload={"memories": len(gone)},
        )  # fmt: skip


def _is_whole(path: Path, digest: str) -> bool:
    """Tell whether a file is as it was written. One that the store does not give is not known to
    be damaged."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except FileNotFoundError:
        return False
    except OSError as error:
        logger.warning("the file of an explicit memory cannot be read: %s", error)
        return True


def _drop_orphans(space: Space) -> int:
    paths = list(folder_of(space.pk).glob("*/*"))  # before the names: a row comes before its file
    known = ExplicitMemory.objects.filter(space=space, form=Form.MEMORY).exclude(
        state=ExplicitMemory.State.STALE
    )
    names = set(known.values_list("name", flat=True))
    dropped = 0
    for path in paths:
        if path.name.partition(".")[0] not in names:
            path.unlink(missing_ok=True)
            dropped += 1
    return dropped
