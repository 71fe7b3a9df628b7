"""``manage.py export_annotations``: candidates as tasks of Label Studio or records of Argilla."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from apps.accounts.commands import actor_named, space_named
from apps.accounts.selectors import ADD_DOCUMENTS
from apps.common.commands import ServedCommand
from apps.curation.services.annotation import FORMATS, annotation_export, labelling


class Command(ServedCommand):
    help = "Write the candidates that wait for review as a file for an annotation tool."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--space", required=True, help="the short name of the space")
        parser.add_argument("--user", help="who exports (default: the space's first owner)")
        parser.add_argument("--format", choices=FORMATS, default=FORMATS[0])
        parser.add_argument("--out", type=Path, required=True, help="the file to write")
        parser.add_argument("--labelling", type=Path, help="Label Studio's configuration, written")

    def handle(self, *args: Any, **options: Any) -> None:
        space = space_named(options["space"])
        actor = actor_named(
            space, options["user"], allowed=ADD_DOCUMENTS, action="export candidates of"
        )
        made = annotation_export(space=space, actor=actor, format=options["format"])
        try:
            options["out"].write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
            if options["labelling"]:
                options["labelling"].write_text(labelling(space), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror or error}.") from None
        self.stdout.write(f"{options['out']}: {len(made)}")
