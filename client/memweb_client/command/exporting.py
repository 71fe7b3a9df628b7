"""``memweb export``"""

from __future__ import annotations

import argparse
import hashlib
import os
from pathlib import Path
from typing import Any

from memweb_client.command.saying import Ended, Session, counted, day_of
from memweb_client.shapes import Export


def export(session: Session, given: argparse.Namespace) -> int:
    """Write facts to a file: it is there whole, or not at all."""
    output: Path = given.output
    if output.exists() and not given.force:
        raise Ended(f"{output} is there already; --force overwrites it.")
    if not output.absolute().parent.is_dir():
        raise Ended(f"There is no folder {output.absolute().parent}.")
    call = session.space.export_start(format=given.format, **chosen(given))
    done = session.client.wait(call)
    size = _fetch(session, done, output)
    session.speaker.say(f"{output}: {counted(size, 'byte', 'bytes')}, SHA-256 {done.sha256}")
    session.speaker.give(done)
    return 0


def chosen(given: argparse.Namespace) -> dict[str, Any]:
    """Return which facts are asked for. Raises Ended where that is unclear."""
    since, until = day_of(given.since), day_of(given.until)
    named = [one for one in (given.document, given.entity, since or until) if one]
    if len(named) > 1:
        raise Ended("Choose one of --document, --entity and a period.")
    if (since is None) != (until is None):
        raise Ended("A period needs --since and --until.")
    if given.document:
        return {"scope": "document", "document": given.document}
    if given.entity:
        return {"scope": "entity", "entity": given.entity}
    return {"scope": "period", "since": since, "until": until} if since else {"scope": "space"}


def _fetch(session: Session, done: Export, output: Path) -> int:
    """Download a file beside its place, compare its hash, and put it there."""
    part = output.with_name(f"{output.name}.part")
    try:
        with part.open("wb") as file:
            size = session.client.download(session.space.export_file(done.id), file)
        if done.sha256 and _hash(part) != done.sha256:
            raise Ended("The file did not arrive as it was written; try it again.")
        os.replace(part, output)
    except OSError as error:
        raise Ended(f"{output} cannot be written: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)
    return size


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
