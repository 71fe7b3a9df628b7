"""A copy of what is kept of one person, as a zip of one JSON file."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, Any, Final

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.accounts.models import AccessToken, Identity, Invitation, Membership, Session, User
from apps.asking.models import AnswerConfirmation, AnswerMark, Question, ReadingChoice
from apps.audit.models import Event
from apps.audit.services import record
from apps.curation.models import Candidate, Decision, RelationProposal
from apps.provenance.services.also_kept import sections_above
from apps.sources.models import Document

README: Final = """What memweb keeps of {label} (account {number}), as of {at}.

data.json holds, in UTF-8:

account        names, address, since when, last sign-in
memberships    the roles in each space
invitations    those that were accepted with this account
sessions       where the account is signed in now
tokens         what programs sign in with, by name; the tokens themselves are not kept
documents      added by this person: number, title, when (their text is in memweb)
proposals      facts and relations that this person proposed
decisions      what this person decided as a reviewer, and the reasons given
questions      what was asked and answered
marks          answers that this person called wrong or right
events         everything that the log tells of this person's acts, with the name it was told under
{more}
Times are UTC. Passwords are not kept; only a value that cannot be turned back into one is, and that
is left out here.
"""


def person_export(
    *, person: User, actor: User | None, out: IO[bytes], actor_label: str = ""
) -> None:
    """Write the copy to ``out`` and tell the site's log of it."""
    at = timezone.now()
    with transaction.atomic():
        record(
            space=None,
            action="privacy.exported",
            actor=actor,
            actor_label=actor_label,
            subject=person,
            payload={"person": person.pk},
        )
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        more = "".join(f"{one.name:<15}{one.holds}\n" for one in sections_above())
        said = README.format(
            label=person.label, number=person.pk, at=f"{at:%Y-%m-%d %H:%M} UTC", more=more
        )
        made.writestr("README.txt", said)
        with made.open("data.json", "w", force_zip64=True) as file:
            for piece in _json(_sections(person)):
                file.write(piece.encode())


def _sections(person: User) -> Iterator[tuple[str, Iterable[dict[str, Any]]]]:
    account = User.objects.filter(pk=person.pk)
    yield (
        "account",
        _rows(
            account, "id", "username", "first_name", "last_name", "email", "is_active",
            "is_staff", "date_joined", "last_login", "erased_at",
        ),
    )  # fmt: skip
    memberships = Membership.objects.filter(user=person).order_by("pk")
    yield "memberships", _rows(memberships, "role", "created_at", in_space="space__slug")
    invitations = Invitation.objects.filter(accepted_by=person).order_by("pk")
    yield "invitations", _rows(invitations, "label", "accepted_at", in_space="space__slug")
    sessions = Session.objects.filter(user=person).order_by("started_at")
    yield "sessions", _rows(sessions, "started_at", "seen_at", "address", "browser")
    identities = Identity.objects.filter(user=person).order_by("pk")
    yield "identities", _rows(identities, "issuer", "subject", "created_at")
    tokens = AccessToken.objects.filter(user=person).order_by("pk")
    yield (
        "tokens",
        _rows(
            tokens, "name", "roles", "created", "expiry", "last_used_at", "revoked_at",
            in_space="space__slug",
        ),
    )  # fmt: skip
    documents = Document.objects.filter(added_by=person).order_by("pk")
    yield (
        "documents",
        _rows(documents, "id", "title", "filename", "created_at", in_space="space__slug"),
    )
    yield "proposals", _proposals(person)
    decisions = Decision.objects.filter(actor=person).order_by("pk")
    yield (
        "decisions",
        _rows(
            decisions, "id", "candidate", "action", "reason", "statement", "created_at",
            "undone_at", in_space="candidate__space__slug",
        ),
    )  # fmt: skip
    questions = Question.objects.filter(asked_by=person).order_by("pk")
    yield (
        "questions",
        _rows(
            questions, "id", "text", "as_of", "created_at", "erased_at",
            in_space="space__slug", answer_text="answer__text", abstained="answer__abstained",
        ),
    )  # fmt: skip
    yield "marks", _marks(person)
    about = Q(subject_type="accounts.user", subject_id=person.pk)
    events = Event.objects.filter(Q(actor=person) | about).order_by("pk")
    yield (
        "events",
        _rows(
            events, "id", "created_at", "action", "actor_label", "payload", "request",
            in_space="space__slug",
        ),
    )  # fmt: skip
    for section in sections_above():
        yield section.name, map(dict, section.rows(person))


def _proposals(person: User) -> Iterator[dict[str, Any]]:
    candidates = Candidate.objects.filter(Q(proposed_by=person) | Q(reworded_by=person))
    for row in _rows(
        candidates.order_by("pk"), "id", "subject_text", "object_text", "state", "created_at",
        in_space="space__slug", said_relation="relation__name",
    ):  # fmt: skip
        yield {"kind": "fact", **row}
    relations = RelationProposal.objects.filter(proposed_by=person).order_by("pk")
    for row in _rows(
        relations, "id", "name", "subject_text", "object_text", "question_text", "state",
        "created_at", in_space="space__slug",
    ):  # fmt: skip
        yield {"kind": "relation", **row}


def _marks(person: User) -> Iterator[dict[str, Any]]:
    wrong = AnswerMark.objects.filter(marked_by=person).order_by("pk")
    for row in _rows(
        wrong, "id", "expected", "step", "created_at", of_question="answer__question",
        in_space="answer__question__space__slug",
    ):  # fmt: skip
        yield {"kind": "wrong", **row}
    right = AnswerConfirmation.objects.filter(confirmed_by=person).order_by("pk")
    for row in _rows(
        right, "id", "created_at", of_question="answer__question",
        in_space="answer__question__space__slug",
    ):  # fmt: skip
        yield {"kind": "right", **row}
    meant = ReadingChoice.objects.filter(chosen_by=person).order_by("pk")
    for row in _rows(
        meant, "id", "number", "created_at", of_question="answer__question",
        in_space="answer__question__space__slug",
    ):  # fmt: skip
        yield {"kind": "meant", **row}


def _rows(found: QuerySet[Any], *fields: str, **named: str) -> Iterator[dict[str, Any]]:
    renamed = {name: F(path) for name, path in named.items()}
    return found.values(*fields, **renamed).iterator(chunk_size=2_000)


def _json(sections: Iterable[tuple[str, Iterable[dict[str, Any]]]]) -> Iterator[str]:
    """Yield an object of lists, one row a line, without holding it whole."""
    yield "{"
    for at, (name, rows) in enumerate(sections):
        yield f"{',' if at else ''}\n{json.dumps(name)}: ["
        for number, row in enumerate(rows):
            said = json.dumps(row, ensure_ascii=False, default=_plain)
            yield f"{',' if number else ''}\n{said}"
        yield "]"
    yield "\n}\n"


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
