"""``manage.py ingest``: add files to a space and look for facts in them, in this process."""

from __future__ import annotations

import json
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from apps.accounts.commands import actor_named, space_named
from apps.accounts.models import Space, User
from apps.accounts.selectors import ADD_DOCUMENTS
from apps.common.commands import ServedCommand
from apps.curation.models import Extraction, PassageExtraction
from apps.curation.services import extraction_run
from apps.curation.services.documents import Imported, document_import
from apps.sources.errors import SourceError, TooLarge
from worker.registry import UnknownBackend

LOOK_AGAIN_SECONDS = 1.0


class Command(ServedCommand):
    help = "Add files to a space and propose the facts that are found in them."
    refusals = (UnknownBackend,)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--space", required=True, help="the short name of the space")
        parser.add_argument("--user", help="who adds them (default: the space's first owner)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stderr.style_func = None  # progress is no error
        space = space_named(options["space"])
        actor = actor_named(
            space, options["user"], allowed=ADD_DOCUMENTS, action="add documents to"
        )
        results = [self._ingest(space, actor, path) for path in options["files"]]
        if options["json"]:
            found = {"space": space.slug, "documents": results}
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
        problems = [result["error"] for result in results if result["error"]]
        if problems:
            raise CommandError(
                f"{len(problems)} of {len(results)} files could not be ingested. {problems[0]}"
            )

    def _ingest(self, space: Space, actor: User, path: Path) -> dict[str, Any]:
        """Add one file, and return what came of it."""
        result: dict[str, Any] = {
            "file": str(path),
            "document": None,
            "title": "",
            "created": False,
            "passages": 0,
            "candidates": 0,
            "error": "",
        }
        try:
            imported = document_import(
                space=space, actor=actor, data=_content(path), filename=path.name, ring=False
            )
        except (SourceError, OSError) as error:
            result["error"] = f"{path}: {_reason(error)}"
            self.stderr.write(result["error"])
            return result
        document = imported.document
        extraction = self._extract(path, imported)
        result |= {
            "document": document.pk,
            "title": document.title,
            "created": imported.created,
            "passages": document.passages.count(),
            "candidates": extraction.candidates.count() if extraction else imported.candidates,
        }
        if extraction and extraction.state == Extraction.State.FAILED:
            result["error"] = f"{path}: the extraction failed. {extraction.error}"
        self.stderr.write(result["error"] or f"{path}: {_told(imported, result['candidates'])}")
        return result

    def _extract(self, path: Path, imported: Imported) -> Extraction | None:
        """Run the extraction, or wait for the worker that was quicker to take it."""
        extraction = imported.extraction
        if extraction is None:
            return None
        with self._progress(path, extraction):
            while True:
                extraction = extraction_run(extraction_id=extraction.pk)
                if not extraction.is_open:
                    return extraction
                time.sleep(LOOK_AGAIN_SECONDS)

    @contextmanager
    def _progress(self, path: Path, extraction: Extraction) -> Iterator[None]:
        """Tell on a terminal how far the extraction is."""
        if not self.stderr.isatty():
            yield
            return
        total = extraction.document.passages.count()
        ended = threading.Event()

        def tell() -> None:
            while not ended.wait(LOOK_AGAIN_SECONDS):
                done = PassageExtraction.objects.filter(extraction=extraction).count()
                self.stderr.write(f"\r{path}: {done} of {total} passages", ending="")
                self.stderr.flush()
            self.stderr.write("\r", ending="")
            connection.close()

        teller = threading.Thread(target=tell, daemon=True)
        teller.start()
        try:
            yield
        finally:
            ended.set()
            teller.join()


def _content(path: Path) -> bytes:
    """Return the bytes of a file that is not larger than documents may be."""
    limit = settings.DOCUMENT_MAX_BYTES
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise TooLarge(f"The limit is {limit // 2**20} MB.")
    return data


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.strerror or error}."
    return " ".join(str(error).split())


def _told(imported: Imported, candidates: int) -> str:
    if not imported.created:
        return f"is here already as “{imported.document.title}”; nothing was added"
    return f"added; {candidates} fact{'' if candidates == 1 else 's'} to review"
