"""``manage.py explicit``: explicit memories of a space are built, counted or verified, and kept in
the form that is cheapest."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from apps.accounts.commands import space_named
from apps.accounts.models import Space
from apps.common.commands import ServedCommand
from apps.common.jobs import TooManyOpen
from apps.explicit.hierarchy_selectors import (
    forms_counted,
    made_of,
    moves_made,
    moves_proposed,
    weight_of,
)
from apps.explicit.models import ExplicitBuild
from apps.explicit.selectors import choice_of, numbers
from apps.explicit.services import (
    ExplicitRefused,
    begins,
    build_request,
    build_run,
    costs_measure,
    files_verify,
    hierarchy_weigh,
)
from apps.explicit.services.errors import NotOn

MOST_TOLD = 200  # moves that were made, the last ones


class Command(ServedCommand):
    help = (
        "Build the explicit memories of a space, see how they stand, verify their files, or see in "
        "which form its references are cheapest."
    )
    refusals = (ExplicitRefused, TooManyOpen)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=("build", "status", "verify", "hierarchy"))
        parser.add_argument("--space", required=True, metavar="S", help="its short name")
        parser.add_argument(
            "--measure", action="store_true",
            help="of hierarchy: measure first what a reference costs on this machine",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="of hierarchy: as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        space = space_named(options["space"])
        if options["what"] == "hierarchy":
            self._hierarchy(space, is_measured=options["measure"], as_json=options["json"])
            return
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

    def _hierarchy(self, space: Space, *, is_measured: bool, as_json: bool) -> None:
        """Propose moves, and make them where the owner said so; tell costs, proposals and what
        moves saved."""
        if is_measured:
            costs_measure(space=space)
        found = hierarchy_weigh(space=space)
        weight = weight_of(space)
        assert weight is not None, "nothing is proposed without costs"
        said = {
            "seconds": weight.seconds, "flop": weight.flop, "tokens": weight.tokens,
            "bytes": weight.bytes, "passes": weight.passes,
            "from_uses": begins(weight),
            "kept": {form: number for form, (number, _) in forms_counted(space).items()},
            "moved_now": found.made,
            "proposed": [
                {"about": one.subject.name, "now": one.now, "to": one.to,
                 "expected_uses": one.expected, "saving_seconds": one.saving}
                for one in moves_proposed(space)
            ],
            "made": [
                {"about": one.row.subject.name, "to": one.row.to, "uses": one.uses,
                 "predicted_seconds": one.foretold, "measured_seconds": one.saved}
                for one in made_of(list(moves_made(space)[:MOST_TOLD]))
            ],
        }  # fmt: skip
        if as_json:
            self.stdout.write(json.dumps(said))
            return
        for form, (write, read) in weight.seconds.items():
            self.stdout.write(f"{form}: {write * 1e3:.1f} ms to write, {read * 1e3:.1f} ms a use.")
        self.stdout.write(f"{found.proposed} proposed, {found.made} of them made.")
        for one in said["proposed"]:
            self.stdout.write(
                f"  {one['about']}: {one['now']} to {one['to']}, "
                f"{one['expected_uses']:.1f} uses, saves {one['saving_seconds']:.2f} s"
            )
