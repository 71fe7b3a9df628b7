"""``manage.py explicit``: explicit memories of a space are built, counted or verified."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from apps.accounts.commands import space_named
from apps.accounts.models import Space
from apps.common.commands import ServedCommand
from apps.common.jobs import TooManyOpen
from apps.explicit.models import ExplicitBuild
from apps.explicit.selectors import choice_of, numbers
from apps.explicit.services import ExplicitRefused, build_request, build_run, files_verify
from apps.explicit.services.errors import NotOn


class Command(ServedCommand):
    help = "Build the explicit memories of a space, see how they stand, or verify their files."
    refusals = (ExplicitRefused, TooManyOpen)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=("build", "status", "verify"))
        parser.add_argument("--space", required=True, metavar="S", help="its short name")

    def handle(self, *args: Any, **options: Any) -> None:
        space = space_named(options["space"])
        {"build": self._build, "status": self._status, "verify": self._verify}[options["what"]](
            space
        )

    def _build(self, space: Space) -> None:
        """Build what is lacking, in this process, in the name of who switched it on."""
        choice = choice_of(space)
        if choice is None or not choice.is_on:
            raise NotOn
        asked = build_request(space=space, actor=choice.changed_by)
        build = build_run(build_id=asked.pk)
        if build.state == ExplicitBuild.State.RUNNING:
            raise CommandError("A worker is at it. `manage.py explicit status` says how far it is.")
        if build.state != ExplicitBuild.State.DONE:
            raise CommandError(build.error or f"The build was {build.get_state_display().lower()}.")
        self.stdout.write(
            f"{build.made} built, {build.removed} removed, {build.failed} could not be built."
        )

    def _status(self, space: Space) -> None:
        choice, found = choice_of(space), numbers(space)
        state = f"on, for {choice.base}" if choice and choice.is_on else "off"
        self.stdout.write(f"Explicit memory of {space.name}: {state}.")
        self.stdout.write(
            f"{found['fresh']} fresh ({found['bytes']:,} bytes), {found['stale']} out of date, "
            f"{found['building']} being built, {found['failed']} failed."
        )

    def _verify(self, space: Space) -> None:
        """Look at every file; what is not whole is out of use from now on, and ends with 1."""
        found = files_verify(space=space)
        self.stdout.write(
            f"{found.whole} whole, {found.damaged} missing or altered, {found.changed} changed "
            f"unseen, {found.dropped} files of no memory dropped."
        )
        if found.damaged or found.changed:
            raise CommandError("What is not whole is out of use. Build it again.")
