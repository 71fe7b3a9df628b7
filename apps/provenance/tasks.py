"""What the clock and people ring for: thin calls of the services."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from celery import shared_task
from django.conf import settings

from apps.provenance.keys import KeyFileError
from apps.provenance.services import checkpoints, deliveries, erasings, sequencer, verifications
from apps.provenance.services.exports import (
    BUNDLES,
    bundle_run_next,
    export_run_next,
    export_sweep,
)
from apps.provenance.services.imports import IMPORTS, import_run_next, import_sweep
from apps.provenance.services.retention import retention_run
from memweb.queues import BY_CLOCK

logger = logging.getLogger(__name__)
AGAIN_SECONDS: Final = 600.0


class _Said:
    """What this process said last of why it signs nothing, and when: the clock rings often."""

    text = ""
    at = 0.0


@shared_task(name="provenance.seal", **BY_CLOCK)
def seal() -> None:
    """Seal what is committed, unless another process is at it."""
    sequencer.seal(wait=False)


@shared_task(name="provenance.checkpoint", **BY_CLOCK)
def checkpoint() -> None:
    """Sign the logs that have grown and whose last checkpoint is old enough."""
    _sign(checkpoints.checkpoint_due)


@shared_task(name=checkpoints.ALL_TASK, **BY_CLOCK)
def checkpoint_all() -> None:
    """Sign every log that has grown, now, and bring the checkpoints to their destinations."""
    _sign(checkpoints.checkpoint_all)
    deliveries.deliver_due()


@shared_task(name="provenance.deliver", **BY_CLOCK)
def deliver() -> None:
    """Bring the checkpoints that are due to their destinations."""
    deliveries.deliver_due()


@shared_task(
    name=verifications.VERIFICATIONS.task,
    soft_time_limit=settings.VERIFY_SECONDS,
    time_limit=settings.VERIFY_SECONDS + 15,
)
def verify(verification_id: int) -> None:
    """Do the verification whose turn it is; the one that rang may come later."""
    verifications.verification_run_next()


@shared_task(name="provenance.verify_due", **BY_CLOCK)
def verify_due() -> None:
    """Queue this night's verifications, and ring again for those that nobody answered."""
    verifications.verifications_due()


@shared_task(name="provenance.retention", **BY_CLOCK)
def retention() -> None:
    """Erase the questions that their spaces do not want to keep any longer."""
    retention_run()


def _sign(make: Callable[[], object]) -> None:
    try:
        make()
    except (KeyFileError, checkpoints.LogContradicted) as error:
        now = time.monotonic()
        if _Said.text != str(error) or now > _Said.at + AGAIN_SECONDS:
            _Said.text, _Said.at = str(error), now
            logger.error("No checkpoint was signed: %s", error)


@shared_task(name="provenance.export")
def export(export_id: int) -> None:
    """Write a slice of the export whose turn it is; the one that rang may come later."""
    export_run_next()


@shared_task(
    name=BUNDLES[0],
    soft_time_limit=settings.BUNDLE_SECONDS,
    time_limit=settings.BUNDLE_SECONDS + 15,
)
def bundle(export_id: int) -> None:
    """Write the bundle whose turn it is; the one that rang may come later."""
    bundle_run_next()


@shared_task(name="provenance.sweep_exports", **BY_CLOCK)
def sweep_exports() -> None:
    """Ring again for exports that nobody answered, and remove files whose time is over."""
    export_sweep()


@shared_task(
    name=IMPORTS.task,
    soft_time_limit=settings.IMPORT_SECONDS,
    time_limit=settings.IMPORT_SECONDS + 15,
)
def space_import(import_id: int) -> None:
    """Do the import whose turn it is; the one that rang may come later."""
    import_run_next()


@shared_task(name="provenance.sweep_imports", **BY_CLOCK)
def sweep_imports() -> None:
    """Ring again for imports that nobody answered, and remove files that belong to none."""
    import_sweep()


@shared_task(
    name=erasings.ERASINGS.task,
    soft_time_limit=settings.ERASE_SECONDS,
    time_limit=settings.ERASE_SECONDS + 15,
)
def erase(erasing_id: int) -> None:
    """Do the erasure whose turn it is; the one that rang may come later."""
    erasings.erasing_run_next()


@shared_task(name="provenance.sweep_erasures", **BY_CLOCK)
def sweep_erasures() -> None:
    """Ring again for erasures that nobody answered."""
    erasings.erasing_sweep()
