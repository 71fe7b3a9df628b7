"""The bundle as a format of exports: facts with the sealed events that concern them."""

from __future__ import annotations

from celery.exceptions import SoftTimeLimitExceeded

from apps.asking.models import Answer
from apps.provenance.models import Export
from apps.provenance.services.bundle_scope import Scope
from apps.provenance.services.bundles import BundleRefused, bundle_write
from apps.provenance.services.exports import files
from apps.provenance.services.exports.facts import numbers_of
from apps.provenance.services.exports.scopes import chosen_of, described
from worker.errors import WorkerError

TOO_LONG = (
    "A bundle of so much takes longer than a worker has for one task. Make it with "
    "`manage.py export_provenance`, or choose less."
)


def bundle_publish(export: Export) -> tuple[int, str, int]:
    """Write the file of an export as a bundle; it gets its name when it is whole.

    Returns its size in bytes, its SHA-256 and how many facts it holds. Raises WorkerError and
    OSError.
    """
    temporary = files.folder() / f"{export.pk}.tmp"
    try:
        written = bundle_write(scope=_scope(export), path=temporary)
        temporary.chmod(0o600)
        temporary.rename(files.path_of(export))
    except BundleRefused as error:
        raise WorkerError(str(error), permanent=True) from error
    except SoftTimeLimitExceeded:
        raise WorkerError(TOO_LONG, permanent=True) from None
    finally:
        temporary.unlink(missing_ok=True)
    return written.size, written.sha256, written.counts["facts"]


def _scope(export: Export) -> Scope:
    if export.scope == Export.Scope.SPACE:
        return Scope.whole(export.space)
    if export.scope == Export.Scope.DOCUMENT:
        return Scope(export.space, "document", export.number or 0)
    if export.scope == Export.Scope.ANSWER:
        answer = Answer.objects.filter(question=export.number or 0).first()
        return Scope(export.space, "answer", answer.pk if answer else 0)
    return Scope(export.space, "selection", described(export), numbers_of(chosen_of(export)))
