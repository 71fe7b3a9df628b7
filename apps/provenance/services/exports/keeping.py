"""What is kept of an export: its file, what is written so far, and what the log says of it."""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.services import record
from apps.provenance.models import Export
from apps.provenance.services.exports import files
from apps.provenance.services.exports.parts import drop

OVER: Final = "its time was over"


def remove(
    export: Export, *, because: str, actor: User | None = None, actor_label: str = ""
) -> None:
    """Give the file of an export out no longer, and remove it; the page and the log say why."""
    with transaction.atomic():
        rows = Export.objects.filter(pk=export.pk, state=Export.State.DONE, removed_at=None)
        if not rows.update(removed_at=timezone.now(), removed_because=because):
            return
        told(export, "export.removed", actor=actor, actor_label=actor_label, reason=because)
        transaction.on_commit(lambda: tidy(export, whole=True))


def tidy(export: Export, *, whole: bool = False) -> None:
    """Remove what was only needed while the file was written, or all of it."""
    drop(files.parts_of(export))
    if whole:
        files.path_of(export).unlink(missing_ok=True)
        (files.folder() / f"{export.pk}.lock").unlink(missing_ok=True)


def forsake(export: Export) -> None:
    """Remove what was written in vain: the export was cancelled or has to begin anew. What another
    worker goes on with stays."""
    now = Export.objects.get(pk=export.pk)
    if now.state == Export.State.DONE:
        return
    files.path_of(export).unlink(missing_ok=True)
    if not now.is_open or now.newest is None:
        tidy(export)


def file_of(export: Export) -> dict[str, Any]:
    """Return what the log says of a file that is whole."""
    return {"facts": export.done, "bytes": export.size, "sha256": export.sha256}


def told(
    export: Export,
    action: str,
    *,
    actor: User | None = None,
    actor_label: str = "",
    **payload: object,
) -> None:
    """Record what happened to an export."""
    record(
        space=export.space,
        action=action,
        actor=actor,
        actor_label="" if actor else actor_label or "export",
        subject=export,
        payload={
            "scope": export.scope,
            "format": export.format,
            "number": export.number,
            "version": export.version,
            "since": export.since.isoformat() if export.since else None,
            "until": export.until.isoformat() if export.until else None,
            **payload,
        },
    )
