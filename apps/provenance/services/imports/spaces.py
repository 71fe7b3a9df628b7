"""Importing the bundle of a whole space into an empty one: all of it or nothing.

The bundle is checked first, by the file that checks it for everybody (``standalone/verify.py``);
the rows are what its checked changes leave, and nothing else of it is read. People become accounts
that nobody can sign in with: rows have to name who decided, and a name alone could be taken for
somebody of this place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.contrib.auth.hashers import make_password
from django.db import DatabaseError, OperationalError, connection, transaction

from apps.accounts.models import Membership, Role, Space, User
from apps.audit.services import record
from apps.provenance.models import Origin, PastEvent
from apps.provenance.services.imports.images import (
    ERASED,
    TABLES,
    Image,
    Numbers,
    batched,
    insert,
    model_of,
    people_in,
    renumbered,
)
from apps.provenance.standalone import verify

MOST_TOLD: Final = 5
RELATIONS: Final = "memory_relation"
EVENTS_AT_ONCE: Final = 1_000
Tell = Callable[[str, int, int], None]
BLOCK: Final = "\u2588"  # stands for each character of an erased text


class ImportRefused(Exception):
    """What was given is not imported; the message says why. Nothing was changed."""


def _silent(what: str, done: int, of: int) -> None:
    """Say nothing of how far it is."""


@dataclass(frozen=True)
class Imported:
    """What was imported: so many rows, facts and events of the past."""

    space: Space
    origin: Origin
    rows: int
    facts: int
    events: int


def space_import(*, path: Path, slug: str, owner: User, keys: Sequence[str] = ()) -> Imported:
    """Import a bundle of a whole space into the space ``slug``, which is made where there is none.

    ``keys`` are public keys to trust; without them the bundle's own only shows that it agrees with
    itself. Raises ImportRefused, with what is wrong.
    """
    return space_fill(bundle_checked(path, keys), path, slug, owner)


def space_fill(
    check: verify.Check, path: Path, slug: str, owner: User, tell: Tell = _silent
) -> Imported:
    """Write what a checked bundle holds into an empty space, in one transaction; ``tell`` is called
    with what is done, how far it is and of how much. Raises ImportRefused."""
    try:
        with transaction.atomic():
            return _import(check, path, slug, owner, tell)
    except OperationalError:  # the server, and not the bundle
        raise
    except DatabaseError as error:
        raise ImportRefused(f"The database refused a row of the bundle: {error}") from error


def why_not_empty(space: Space) -> str:
    """Return why nothing can be imported into a space; nothing where it is empty. The relations
    that every space begins with are in nobody's way."""
    for table in TABLES:
        if table != RELATIONS and _of_space(table, space.pk):
            name = model_of(table)._meta.verbose_name_plural
            return (
                f"The space {space.slug!r} is not empty: it has {name}. Make a new space, and "
                "import into that."
            )
    if Origin.objects.filter(space=space).exists():
        return f"The space {space.slug!r} was imported already."
    return ""


def bundle_checked(path: Path, keys: Sequence[str]) -> verify.Check:
    """Return the bundle with what follows from it. Raises ImportRefused."""
    try:
        trusted = [verify.Key(key) for key in keys]
    except verify.Wrong as error:
        raise ImportRefused(f"This is no public key: {error}.") from error
    try:
        check = verify.Check(verify.Bundle(str(path)), trusted, None)
        check.run()
    except (verify.NoBundle, verify.Wrong) as error:
        wrong = str(error).split("\n")
        raise ImportRefused(_told([*wrong, *_inside(path, trusted, wrong)])) from error
    except OSError as error:
        raise ImportRefused(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except (SoftTimeLimitExceeded, MemoryError):
        raise
    except Exception as error:  # what nobody thought of is no bundle either
        raise ImportRefused(f"This is no bundle that memweb made: {error}.") from error
    if check.wrong:
        raise ImportRefused(_told(check.wrong))
    if not check.record.complete or check.manifest["scope"]["kind"] != "space":
        raise ImportRefused(
            "This bundle holds a part of a space. Only that of a whole space can be imported."
        )
    return check


class _Unsealed(verify.Bundle):
    """A zip whose own seal is broken, to see what else is."""

    def _check_seal(self, path: str) -> None:
        """Let it pass."""


def _inside(path: Path, trusted: Sequence[verify.Key], known: Sequence[str]) -> list[str]:
    """Return what is wrong inside of a file that was refused as a whole, as far as that shows."""
    try:
        check = verify.Check(_Unsealed(str(path)), list(trusted), None)
        check.run()
    except (verify.NoBundle, verify.Wrong) as error:
        found = str(error).split("\n")
    except (SoftTimeLimitExceeded, MemoryError):
        raise
    except Exception:  # what is no bundle may break in any way; that it is refused is said already
        return []
    else:
        found = check.wrong
    return [one for one in found if one not in known]


def _told(wrong: Sequence[str]) -> str:
    more = f" ... and {len(wrong) - MOST_TOLD} more." if len(wrong) > MOST_TOLD else ""
    return "The bundle is not as it was made: " + "; ".join(wrong[:MOST_TOLD]) + f".{more}"


def _import(check: verify.Check, path: Path, slug: str, owner: User, tell: Tell) -> Imported:
    rows = _rows(check)
    space = _empty_space(slug, owner, rows)
    people = _people(check, rows, owner)
    numbers = Numbers(space.pk, {number: account.pk for number, account in people.items()})
    by_table: dict[str, list[tuple[int, Image]]] = {table: [] for table in TABLES}
    for (table, old), image in sorted(rows.items()):
        if table in by_table:
            by_table[table].append((old, image))
    for table, own in by_table.items():
        numbers.draw(table, [old for old, _ in own])
    text = _Texts(check, rows)
    of, written = sum(map(len, by_table.values())), 0
    for table, own in by_table.items():
        for some in batched(renumbered(table, own, numbers, text)):
            written += insert(table, some)
            tell("Writing what it holds", written, of)
    _end_jobs(space)
    origin = _origin(check, path, space, owner)
    events = _history(check, origin, tell)
    facts = len(by_table["memory_triple"])
    record(
        space=space,
        action="space.imported",
        actor=owner,
        subject=space,
        payload={
            "origin": origin.name,
            "key": origin.key,
            "key_given": origin.key_given,
            "checkpoint": origin.checkpoint,
            "sha256": origin.sha256,
            "made_at": check.manifest["made_at"],
            "facts": facts,
            "events": events,
            "rows": written,
            "people": [{"id": one.pk, "name": one.label} for one in people.values()],
        },
    )
    return Imported(space, origin, written, facts, events)


def _rows(check: verify.Check) -> dict[tuple[str, int], Image]:
    """Return the rows that are there at the end, by table and number."""
    return {key: row.image() for key, row in check.record.rows.items() if row.public is not None}


def _empty_space(slug: str, owner: User, rows: Mapping[tuple[str, int], Image]) -> Space:
    """Return the space to import into. Raises ImportRefused where there is anything in it."""
    space = Space.objects.select_for_update().filter(slug=slug).first()
    if space is not None:
        if why := why_not_empty(space):
            raise ImportRefused(why)
        # No fact is of them, and the bundle brings its own.
        model_of(RELATIONS)._default_manager.filter(space=space).delete()
        return space
    told = next((image for (table, _), image in rows.items() if table == "accounts_space"), {})
    settings = {key: told[key] for key in ("description", "self_review", "propose_implied")
                if key in told}  # fmt: skip
    space = Space.objects.create(slug=slug, name=told.get("name", slug), **settings)
    payload: dict[str, Any] = {"name": space.name}
    record(space=space, actor=owner, action="space.created", subject=space, payload=payload)
    payload = payload | {"slug": slug}
    record(space=None, actor=owner, action="space.opened", subject=space, payload=payload)
    Membership.objects.create(space=space, user=owner, role=Role.OWNER)
    record(
        space=space,
        actor=owner,
        action="membership.granted",
        payload={"user": owner.username, "role": Role.OWNER.value},
    )
    return space


def _of_space(table: str, space: int) -> bool:
    """Tell whether a table of which the rows name their space has any of it."""
    model = model_of(table)
    if not any(one.column == "space_id" for one in model._meta.concrete_fields):
        return False  # its rows belong to rows of another table
    return model._default_manager.filter(space=space).exists()


def _people(
    check: verify.Check, rows: Mapping[tuple[str, int], Image], owner: User
) -> dict[int, User]:
    """Return the account here of each person who is named there; one of their own, without a
    password and switched off, which a second import from that log finds again."""
    acted = {
        event.actor: event.who
        for event in check.record.events.values()
        if event.actor is not None and event.who
    }
    came, place = _came_before(check), check.manifest["origin"].split("/")[0]
    found: dict[int, User] = {}
    for number in sorted(people_in(rows)):
        label = acted.get(number) or f"person {number}"
        found[number] = _account(
            username=f"person-{number}@{check.manifest['log']}",
            first_name=(came.get(number) or label)[:150],
            last_name="" if number in came else f"({place})"[:150],
            owner=owner,
        )
    return found


def _account(*, username: str, first_name: str, last_name: str, owner: User) -> User:
    found = User.objects.filter(username=username).first()
    if found is None:
        found = User.objects.create(
            username=username,
            first_name=first_name,
            last_name=last_name,
            is_active=False,
            password=make_password(None),
        )
        payload = {"username": username, "how": "an import", "staff": False, "superuser": False}
        record(space=None, actor=owner, action="person.created", subject=found, payload=payload)
    return found


def _came_before(check: verify.Check) -> dict[int, str]:
    """Return the people who had come there by an import, and did nothing there themselves."""
    found: dict[int, str] = {}
    for leaf, told in _events(check):
        if leaf["action"] == "space.imported":
            found |= {one["id"]: one["name"] for one in told.get("payload", {}).get("people", [])}
    return found


class _Texts:
    """The text of documents and passages: what the bundle brings, checked against its hash."""

    def __init__(self, check: verify.Check, rows: Mapping[tuple[str, int], Image]) -> None:
        self._check = check
        self._rows = rows
        self._lengths: dict[int, int] = {}
        for (table, _), image in rows.items():
            if table == "sources_passage":
                document = image["document_id"]
                self._lengths[document] = max(self._lengths.get(document, 0), image["end"])
        self._document = lru_cache(maxsize=4)(self._read)

    def __call__(self, image: Image) -> str:
        """Return the text of the row of an image. Raises ImportRefused."""
        if "document_id" not in image:
            return self._document(image["id"])
        text = self._document(image["document_id"])[image["start"] : image["end"]]
        known = image.get("text")
        if known and BLOCK not in text and _sha256(text) != known:
            raise ImportRefused(f"Passage {image['id']} is not a part of its document.")
        return text

    def _read(self, number: int) -> str:
        image = self._rows[("sources_document", number)]
        if image.get("text") is None:
            return BLOCK * max(self._lengths.get(number, 0), len(ERASED))
        text = self._check.text(f"documents/{number}.txt")
        if text is None or _sha256(text) != image["text"]:
            raise ImportRefused(f"The text of document {number} is missing from the bundle.")
        return text


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _end_jobs(space: Space) -> None:
    """Let a question that nobody had answered there wait for nobody here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE asking_question q SET state = 'cancelled' WHERE q.space_id = %s"
            " AND NOT EXISTS (SELECT FROM asking_answer a WHERE a.question_id = q.id)",
            [space.pk],
        )


def _origin(check: verify.Check, path: Path, space: Space, owner: User) -> Origin:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return Origin.objects.create(
        space=space,
        identity=UUID(check.manifest["log"]),
        name=check.manifest["origin"],
        checkpoint=check.bundle.text("checkpoint.txt"),
        key=check.signer.text,
        key_given=bool(check.given),
        sha256=digest.hexdigest(),
        made_at=datetime.fromisoformat(check.manifest["made_at"]),
        imported_by=owner,
    )


def _history(check: verify.Check, origin: Origin, tell: Tell) -> int:
    """Keep the events of the other log as they were sealed there; return how many."""
    source, count, of = _past(check, origin), 0, len(check.record.events)
    while some := list(islice(source, EVENTS_AT_ONCE)):
        PastEvent.objects.bulk_create(some)
        count += len(some)
        tell("Keeping what happened there", count, of)
    return count


def _past(check: verify.Check, origin: Origin) -> Iterator[PastEvent]:
    for index, (leaf, told) in enumerate(_events(check)):
        yield PastEvent(
            origin=origin,
            index=index,
            at=leaf["at"],
            action=leaf["action"],
            actor_label=told.get("actor_label", ""),
            payload=told.get("payload"),
            leaf=verify.canonical(leaf),
        )


def _events(check: verify.Check) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each event's leaf with its private part, empty where that is erased. The checked
    bundle holds all of them, in order."""
    for _, text in check.bundle.lines("events.jsonl"):
        line = json.loads(text)
        if "position" not in line:
            private = line["private"]
            yield json.loads(line["leaf"]), json.loads(private["value"]) if private else {}
