"""``manage.py import_foreign``: put the facts of another system's file to review."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from apps.accounts.commands import actor_named, space_named
from apps.accounts.selectors import ADD_DOCUMENTS
from apps.common.commands import ServedCommand
from apps.common.jobs import TooManyOpen
from apps.common.names import normalise_name
from apps.curation.foreign_selectors import Met, relations_in_use, relations_met
from apps.curation.services.errors import CurationError
from apps.curation.services.foreign import foreign_found, foreign_propose
from apps.memory.models import Relation
from apps.sources.errors import SourceError, TooLarge
from apps.sources.foreign import Found, table


class Command(ServedCommand):
    help = "Put the facts of another system's file to review: mem0, Graphiti, Wikidata, RDF, CSV."
    refusals = (SourceError, CurationError, TooManyOpen)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--space", required=True, help="the short name of the space")
        parser.add_argument("--user", help="who imports (default: the space's first owner)")
        parser.add_argument("--map", type=Path, help="JSON that says which relation is which")
        parser.add_argument("--no-texts", action="store_true", help="leave the file's texts out")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        space = space_named(options["space"])
        actor = actor_named(
            space, options["user"], allowed=ADD_DOCUMENTS, action="add documents to"
        )
        path: Path = options["file"]
        chosen = _map(options["map"])
        found = _with_columns(foreign_found(data=_content(path), actor=actor), chosen)
        relations = relations_in_use(space)
        met = relations_met(found, relations)
        picked = _picked(met, relations, chosen.get("relations", {}))
        self._tell(found, met, picked)
        if options["dry_run"]:
            self.stdout.write("Nothing was imported: this was a dry run.")
            return
        made = foreign_propose(
            space=space,
            actor=actor,
            found=found,
            filename=path.name,
            relations=picked,
            texts=not options["no_texts"],
        )
        for imported in filter(None, (made.facts, made.texts)):
            state = "added" if imported.created else "here already"
            self.stdout.write(f"{imported.document.title}: {state}")

    def _tell(self, found: Found, met: list[Met], picked: dict[str, Relation]) -> None:
        self.stdout.write(
            f"Read as {found.system}: {len(found.facts)} facts, {len(found.texts)} texts."
        )
        for one in met:
            means = picked[one.key].name if one.key in picked else "left out"
            self.stdout.write(f"{one.count:>7}  {one.label} → {means}")
        for reason, count in found.left_out.most_common():
            self.stdout.write(f"{count:>7}  left out: {reason}")


def _map(path: Path | None) -> dict[str, Any]:
    """Return the choices of a file: "relations", and for tables "columns" and "relation"."""
    if path is None:
        return {}
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} cannot be read as JSON: {error}") from None
    if not isinstance(given, dict) or not isinstance(given.get("relations", {}), dict):
        raise CommandError(f'{path} must hold an object such as {{"relations": {{}}}}.')
    return given


def _with_columns(found: Found, chosen: dict[str, Any]) -> Found:
    """Return the facts of a table by the columns that the map names, or by their own names."""
    if not found.columns:
        return found
    places = table.guess(found.columns)
    for part, name in chosen.get("columns", {}).items():
        if part not in table.PARTS or name not in found.columns:
            raise CommandError(
                f"The map says {part!r} is in the column {name!r}. The parts are "
                f"{', '.join(table.PARTS)}; the columns {', '.join(found.columns)}."
            )
        places[part] = found.columns.index(name)
    relation = str(chosen.get("relation", ""))
    if not {"subject", "object"} <= set(places) or not (relation or "relation" in places):
        raise CommandError(
            f"Say in a map which columns are subject, relation and object. The columns are "
            f"{', '.join(found.columns)}."
        )
    return table.facts_of(found, places, relation=relation)


def _picked(
    met: list[Met], relations: list[Relation], chosen: dict[str, Any]
) -> dict[str, Relation]:
    """Return the relation of each of the file's: by the map, else the one like it."""
    known = {normalise_name(one.name): one for one in relations}
    picked: dict[str, Relation] = {}
    for one in met:
        name = chosen.get(one.key, chosen.get(one.label, one.relation and one.relation.name))
        if name is None:
            continue
        relation = known.get(normalise_name(str(name)))
        if relation is None:
            raise CommandError(f"The space has no relation {name!r} in use.")
        picked[one.key] = relation
    return picked


def _content(path: Path) -> bytes:
    """Return the bytes of a file that is not larger than documents may be."""
    limit = settings.DOCUMENT_MAX_BYTES
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}.") from None
    if len(data) > limit:
        raise TooLarge(f"The limit is {limit // 2**20} MB.")
    return data
