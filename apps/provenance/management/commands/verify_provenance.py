"""``manage.py verify_provenance``: whether everything is as the sealed log says."""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import ArgumentParser
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from apps.accounts.commands import space_named
from apps.common.commands import ServedCommand
from apps.provenance.models import Log
from apps.provenance.notes import MOST_BYTES
from apps.provenance.services.checkpoints import origin_of
from apps.provenance.services.replay import ALL, KINDS, SITE, Report, Scope, of_space, verify
from apps.provenance.services.replay.kept import BadCheckpoint, read_kept
from apps.provenance.services.verifications import seal_what_is_left

HELP = "Check that what stands in the database is what the sealed log says."
BAD_INPUT = 2


class Command(ServedCommand):
    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        scope = parser.add_mutually_exclusive_group(required=True)
        scope.add_argument("--space", metavar="S", help="the log of this space (its short name)")
        scope.add_argument("--site", action="store_true", help="the log of the site itself")
        scope.add_argument("--all", action="store_true", help="all logs")
        parser.add_argument(
            "--checkpoint", metavar="FILE", help="a checkpoint that you kept, to compare with"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; what is wrong with its input or surroundings ends it with status 2."""
        try:
            return super().execute(*args, **options)
        except CommandError as error:
            error.returncode = BAD_INPUT
            raise

    def handle(self, *args: Any, **options: Any) -> None:
        self.stderr.style_func = None  # progress is no error
        scope = _scope(options)
        try:
            kept = read_kept(_file(options["checkpoint"])) if options["checkpoint"] else None
        except BadCheckpoint as error:
            raise CommandError(str(error)) from None
        if kept is not None:
            _check_scope(scope, kept.origin)
        if why := seal_what_is_left():
            self.stderr.write(f"What is not sealed yet could not be sealed: {why}")
        report = verify(
            scope, kept=kept, tell=_Progress(self.stderr.write), processes=os.cpu_count() or 1
        )
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
        else:
            self.stdout.write(as_text(report))
        if not report.holds:
            sys.exit(1)


def as_text(report: Report) -> str:
    """Return a report for people to read."""
    lines = [
        f"{log.space or 'the site'}: {log.size:,} events with {log.changes:,} changes, "
        f"{log.checkpoints:,} checkpoints, head {log.root}"
        for log in report.logs
    ]
    if report.checkpoint:
        lines.append(f"The checkpoint that was handed over: {report.checkpoint}.")
    lines += report.notes
    by_kind = defaultdict(list)
    for one in report.findings:
        by_kind[one.kind].append(one)
    for kind, count in report.counts.items():
        lines += ["", f"{KINDS[kind]} ({count:,})"]
        lines += [f"  {one.sentence}" for one in by_kind[kind]]
        if count > len(by_kind[kind]):
            lines.append(f"  … and {count - len(by_kind[kind]):,} more")
    lines += ["", f"{report.sentence} ({report.seconds:,.1f} s)"]
    return "\n".join(lines)


def _scope(options: dict[str, Any]) -> Scope:
    if options["space"] is not None:
        return of_space(space_named(options["space"]))
    return SITE if options["site"] else ALL


def _check_scope(scope: Scope, origin: str) -> None:
    """Raise CommandError for the checkpoint of a log that is not verified."""
    logs = Log.objects.all() if scope.everything else Log.objects.filter(space=scope.space)
    if all(origin_of(log) != origin for log in logs):
        raise CommandError(
            f"This checkpoint is of the log {origin}, which is none of those that are verified."
        )


def _file(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None


class _Progress:
    """Says how far it is, once a second."""

    def __init__(self, write: Any) -> None:
        self._write, self._next = write, time.monotonic() + 1

    def __call__(self, what: str, done: int, of: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + 1
            self._write(f"{what}: {done:,} of {of:,}")
