"""What the application and its upkeep do all day, none of which is a fault of the record."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import Role, Space, User
from apps.asking.models import Answer
from apps.asking.services import answer_mark, question_answer_here
from apps.curation.models import Candidate, Decision
from apps.curation.services import (
    candidate_accept,
    candidate_defer,
    candidate_reject,
    decision_undo,
    extraction_request,
    extraction_run,
)
from apps.dashboard.services import role_grant, role_revoke, space_change
from apps.memory.controller import ConflictError
from apps.memory.models import Entity, Triple
from apps.provenance.canonical import event_private, private_hash
from apps.provenance.models import Checkpoint
from apps.provenance.rows import EVENT_COLUMNS, fetch_events
from apps.provenance.services.checkpoints import checkpoint_make
from apps.provenance.services.sequencer import log_of, seal
from apps.provenance.services.signing import signing_key
from apps.sources.services import document_add

PEOPLE = ("Ada Brook", "Cole Finn", "Eve Marsh", "Zoë Lund", "Ünal Öz")


def _a_document(rng: Random, space: Space, user: User) -> None:
    name, year = rng.choice(PEOPLE), rng.randrange(1800, 1990)
    text = f"{name} was born on {rng.randrange(1, 28)} May {year}. {name} worked for Guild."
    data = f"{text} {rng.random()}".encode()
    document, _ = document_add(space=space, actor=user, data=data, filename="a.txt")
    extraction = extraction_request(document=document, actor=user, head="scripted", ring=False)
    extraction_run(extraction_id=extraction.pk)


def _a_decision(rng: Random, space: Space, user: User) -> None:
    waiting = (
        Candidate.objects.filter(space=space, state="pending", origin="head", reworded_by=None)
        .order_by("pk")
        .first()
    )
    if waiting is None:
        return _a_document(rng, space, user)
    bob = User.objects.get(username="bob")
    how: Callable[..., Any] = rng.choice((candidate_accept, candidate_reject, candidate_defer))
    reason = {"reason": "nö"} if how is candidate_reject else {}
    how(candidate=waiting, actor=bob, **reason)
    return None


def _an_undo(rng: Random, space: Space, user: User) -> None:
    made = Decision.objects.filter(candidate__space=space, undone_at=None, action="accept")
    if (last := made.order_by("-pk").first()) is not None:
        decision_undo(decision=last, actor=User.objects.get(username="bob"))


def _a_question(rng: Random, space: Space, user: User) -> None:
    text = f"When was {rng.choice(PEOPLE)} born?"
    question = question_answer_here(space=space, actor=user, text=text)
    answer = Answer.objects.filter(question=question).first()
    if answer is not None and rng.random() < 0.5:
        answer_mark(answer=answer, actor=user)


def _a_role(rng: Random, space: Space, user: User) -> None:
    carol = User.objects.get(username="carol")
    role_grant(space=space, actor=user, user=carol, role=Role.AUDITOR)
    if rng.random() < 0.5:
        role_revoke(space=space, actor=user, user=carol, role=Role.AUDITOR)


def _a_setting(rng: Random, space: Space, user: User) -> None:
    space.refresh_from_db()
    space_change(
        space=space, actor=user, name=space.name, description=f"“{rng.random()}” \U0001f600",
        self_review=rng.random() < 0.5,
    )  # fmt: skip


def _upkeep(rng: Random, space: Space, user: User) -> None:
    """Change what is not recorded: counters, vectors, when somebody was here."""
    Triple.objects.filter(space=space).update(read_count=F("read_count") + 1)
    Entity.objects.filter(space=space).update(embedding=[rng.random()] * 384, embedded_by="x")
    User.objects.update(last_login=timezone.now())


def _same_again(rng: Random, space: Space, user: User) -> None:
    """Write rows as they are, as any save of them does."""
    for one in Entity.objects.filter(space=space)[:5]:
        one.save()
    Candidate.objects.filter(space=space).update(state=F("state"))


def _other_plans(rng: Random, space: Space, user: User) -> None:
    """What a restored or a larger server may do: read in another order."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL enable_indexscan = {rng.choice(('on', 'off'))}")
        cursor.execute(f"SET LOCAL enable_nestloop = {rng.choice(('on', 'off'))}")


def _a_checkpoint(rng: Random, space: Space, user: User) -> None:
    made = checkpoint_make(log_of(space), signing_key())
    assert made is None or Checkpoint.objects.filter(pk=made.pk).exists()


HARMLESS: tuple[Callable[[Random, Space, User], None], ...] = (
    _a_document, _a_decision, _a_decision, _an_undo, _a_question, _a_role, _a_setting, _upkeep,
    _same_again, _other_plans,
)  # fmt: skip


def do_something(rng: Random, space: Space) -> None:
    """Do some harmless things in a space, one after the other, and seal them or not.

    What is sealed within a transaction that goes on is sealed too early, so that is done last.
    """
    alice = User.objects.get(username="alice")
    for _ in range(rng.randrange(1, 5)):
        with suppress(ConflictError):  # it is put to a reviewer, and nothing is written
            rng.choice(HARMLESS)(rng, space, alice)
    if rng.random() < 0.7:
        seal()
        _a_checkpoint(rng, space, alice)


def erase_event(number: int) -> None:
    """Erase what is private of an event, as the application does."""
    (event,) = fetch_events(f"SELECT {EVENT_COLUMNS} FROM audit_event e WHERE id = %s", [number])
    assert event.salt is not None
    hash_ = private_hash(event.salt, event_private(event))
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_erase_events(%s, %s)", [[number], [hash_]])


def tell_of_erasure(space: Space, event: int) -> None:
    """Record that what is private of an event was erased."""
    payload = json.dumps({"what": "a test", "reason": "", "events": [[event, event]]})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event (space_id, actor_label, action, subject_type, payload,"
            " created_at) VALUES (%s, 'tests', 'privacy.erased', '', %s, now())",
            [space.pk, payload],
        )
