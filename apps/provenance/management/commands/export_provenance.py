"""``manage.py export_provenance``: a bundle that anybody can check without memweb."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from apps.accounts.commands import actor_named, space_named
from apps.accounts.models import Space
from apps.accounts.selectors import AUDIT
from apps.asking.models import Answer
from apps.common.commands import ServedCommand
from apps.memory.models import Triple
from apps.provenance.services.bundle_scope import Scope
from apps.provenance.services.bundle_zip import Written
from apps.provenance.services.bundles import BundleRefused, bundle_write, export_record
from apps.sources.models import Document

LARGEST = 2**63 - 1  # number of a row
LONGEST = 2**16  # bytes of a checkpoint


class Command(ServedCommand):
    help = "Write what an answer, a fact, a document or a space rests on, with proofs, to a file."
    refusals = (BundleRefused,)

    def add_arguments(self, parser: ArgumentParser) -> None:
        scope = parser.add_mutually_exclusive_group(required=True)
        scope.add_argument("--answer", type=int, metavar="ID", help="the number of an answer")
        scope.add_argument("--triple", type=int, metavar="ID", help="the number of a fact")
        scope.add_argument("--document", type=int, metavar="ID", help="the number of a document")
        scope.add_argument("--space", metavar="NAME", help="a whole space, by its short name")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE.zip")
        parser.add_argument(
            "--since",
            type=Path,
            metavar="CHECKPOINT",
            help="a file with a checkpoint that was kept, to prove that the log still holds it",
        )
        parser.add_argument("--user", help="who makes it (default: the space's first owner)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        scope = _scope(options)
        actor = actor_named(scope.space, options["user"], allowed=AUDIT, action="export from")
        out: Path = options["out"]
        if out.is_dir():
            raise CommandError(f"{out} is a folder; name a file with --out.")
        since = _content(options["since"]) if options["since"] else ""
        written = bundle_write(scope=scope, path=out, since=since)
        export_record(scope=scope, written=written, actor=actor)
        if options["json"]:
            self.stdout.write(json.dumps(_as_dict(scope, written), ensure_ascii=False, indent=2))
            return
        counts = written.counts
        self.stdout.write(
            f"{out}: {counts['facts']} facts, {counts['events']} events, {written.size} bytes.\n"
            f"SHA-256 {written.sha256}\nCheck it with: python verify.py {out.name}"
        )


def _scope(options: dict[str, Any]) -> Scope:
    if options["space"]:
        return Scope.whole(space_named(options["space"]))
    kind = next(one for one in ("answer", "triple", "document") if options[one] is not None)
    space_of = {
        "answer": Answer.objects.values_list("question__space", flat=True),
        "triple": Triple.objects.values_list("space", flat=True),
        "document": Document.objects.values_list("space", flat=True),
    }[kind]
    number = options[kind]
    found = space_of.filter(pk=number).first() if 0 < number <= LARGEST else None
    if found is None:
        what = "fact" if kind == "triple" else kind
        raise CommandError(f"There is no {what} {number}.")
    return Scope(Space.objects.get(pk=found), kind, number)


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST).decode()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path} is no checkpoint.") from None


def _as_dict(scope: Scope, written: Written) -> dict[str, Any]:
    return {
        "file": str(written.path),
        "space": scope.space.slug,
        "scope": scope.kind,
        "id": scope.id,
        "sha256": written.sha256,
        "bytes": written.size,
        **written.counts,
    }
