"""Imports as jobs: a bundle that was uploaded, imported by a worker in one transaction.

Nobody sees anything of that transaction before its end; ``pulse`` says meanwhile how far it is.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import IntegrityError, transaction

from apps.accounts.models import Space, User
from apps.audit.services import record
from apps.common import jobs
from apps.provenance.models import SpaceImport
from apps.provenance.services.imports.spaces import (
    ImportRefused,
    bundle_checked,
    space_fill,
    why_not_empty,
)
from apps.provenance.services.pulse import Pulse
from memweb.full import is_full
from worker.errors import WorkerError

logger = logging.getLogger(__name__)
ORPHAN_SECONDS: Final = 3600.0
FULL: Final = "The disk is full. Nothing of the bundle was imported."
TOO_LONG: Final = (
    "Importing this takes longer than a worker has for it. The operator of this server can do it "
    "with `manage.py import_provenance`."
)
LOST: Final = "The uploaded file is gone. Upload it once more."


class NotPossible(Exception):
    """The import has ended: this cannot be done with it."""


def _record_failure(row: SpaceImport) -> None:
    _record(row, "space.import_failed", reason=row.error)
    transaction.on_commit(lambda: _drop(row))


IMPORTS: Final = jobs.Kind(
    model=SpaceImport,
    task="provenance.import",
    queue="import",
    worker="The import",
    record_failure=_record_failure,
    most_rung=16,
    limit="OPEN_IMPORTS",
    things="imports",
)


def import_request(
    *, space: Space, actor: User, pieces: Iterable[bytes], key: str = ""
) -> SpaceImport:
    """Keep an uploaded bundle and queue its import; the one that is under way, if any is.

    Raises ImportRefused for a space that is not empty, jobs.TooManyOpen and OSError.
    """
    if why := why_not_empty(space):
        raise ImportRefused(why)
    if found := _under_way(space):
        return found
    uploaded, size = _kept(pieces)
    try:
        with transaction.atomic():
            jobs.check_room(IMPORTS, actor.pk)
            row = SpaceImport.objects.create(space=space, requested_by=actor, size=size, key=key)
            uploaded.rename(path_of(row))
            _record(row, "space.import_requested", actor=actor, bytes=size)
            jobs.ring(IMPORTS, row)
            return row
    except IntegrityError:  # somebody asked at the same moment
        if found := _under_way(space):
            return found
        raise
    finally:
        uploaded.unlink(missing_ok=True)


def import_cancel(*, row: SpaceImport, actor: User) -> None:
    """End an import that is queued or under way; nothing of it is kept. Raises NotPossible."""
    with transaction.atomic():
        if not jobs.cancel(row):
            raise NotPossible
        _record(row, "space.import_cancelled", actor=actor)
        transaction.on_commit(lambda: _drop(row))


def import_run_next() -> SpaceImport | None:
    """Do the import whose turn it is; None when there is none."""
    return jobs.run_next(IMPORTS, _import)


def import_sweep() -> int:
    """Ring again for imports that nobody answered, and remove files that belong to none; return
    how many it rang for."""
    before = time.time() - ORPHAN_SECONDS
    with suppress(OSError):
        for path in Path(settings.IMPORT_DIR).iterdir():
            if path.stat().st_mtime < before and path.stem not in _open_numbers():
                path.unlink(missing_ok=True)
    return jobs.sweep(IMPORTS)


def path_of(row: SpaceImport) -> Path:
    """Return where the uploaded bundle lies."""
    return Path(settings.IMPORT_DIR) / f"{row.pk}.zip"


def _import(row: SpaceImport) -> None:
    path = path_of(row)
    if not path.is_file():
        raise WorkerError(LOST, permanent=True)
    try:
        with Pulse(IMPORTS, row.pk) as pulse:

            def tell(what: str, done: int, of: int) -> None:
                pulse(doing=what, progress=done, total=of)

            tell("Checking the bundle", 0, 0)
            check = bundle_checked(path, [row.key] if row.key else [])
            tell("Writing what it holds", 0, 0)
            with transaction.atomic():
                space_fill(check, path, row.space.slug, row.requested_by, tell)
                jobs.finish(row)
    except ImportRefused as error:
        said = str(error).replace(str(path), "The file").replace(path.name, "The file")
        raise WorkerError(said, permanent=True) from error
    except SoftTimeLimitExceeded:
        raise WorkerError(TOO_LONG, permanent=True) from None
    except jobs.LeaseLost:
        raise
    except Exception as error:
        if is_full(error):
            raise WorkerError(FULL, permanent=True) from error
        raise
    _drop(row)


def _open_numbers() -> set[str]:
    numbers = SpaceImport.objects.filter(state__in=SpaceImport.OPEN).values_list("pk", flat=True)
    return {str(number) for number in numbers}


def _under_way(space: Space) -> SpaceImport | None:
    return SpaceImport.objects.filter(space=space, state__in=SpaceImport.OPEN).first()


def _kept(pieces: Iterable[bytes]) -> tuple[Path, int]:
    """Write what was uploaded to a file for its owner alone; return it, and its size. Raises
    OSError, and leaves nothing then."""
    folder = Path(settings.IMPORT_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=folder, suffix=".new")
    path, size = Path(name), 0
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in pieces:
                size += file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path, size


def _drop(row: SpaceImport) -> None:
    path_of(row).unlink(missing_ok=True)


def _record(row: SpaceImport, action: str, *, actor: User | None = None, **payload: object) -> None:
    record(
        space=row.space,
        action=action,
        actor=actor,
        actor_label="" if actor else "import",
        subject=row,
        payload=payload,
    )
