"""Erasing the data of one person: the names of the account and, as their spaces want it, what they
asked. What they decided stays, under "erased person 17"."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.models import AccessToken, Invitation, Membership, Role, SignInTries, Space, User
from apps.asking.models import Citation, DueHold, LastWord, Question
from apps.audit.models import Event, RowChange
from apps.common import jobs
from apps.common.models import Submission
from apps.common.text import plain
from apps.curation.models import Decision, ForeignDraft, Hold
from apps.explicit.services import useful_forget
from apps.provenance.models import Withdrawal
from apps.provenance.services.also_kept import Gone, erase_above
from apps.provenance.services.erasing import Act, ErasureRefused, erase_from_log, past_erase
from apps.provenance.services.exports.forgetting import person_forget, questions_forget
from apps.provenance.services.question_erasure import questions_empty
from apps.provenance.services.sequencer import seal

SAID = "Erased with the data of who asked"
# Events by the person, about the account, or that name the person.
_EVENTS = """
SELECT id FROM audit_event WHERE erased IS NULL AND (
    actor_id = %(person)s
    OR (subject_type = 'accounts.user' AND subject_id = %(person)s)
    OR (subject_type = 'accounts.invitation' AND subject_id = ANY (%(invitations)s))
    OR payload::text ILIKE ANY (%(names)s)
    OR lower(actor_label) = ANY (%(labels)s))
"""


class PersonErasure:
    """A person with all that holds their name or their words: what an erasure takes, for a dry run
    and for the erasure itself."""

    def __init__(self, person: User) -> None:
        self.person = person

    @property
    def label(self) -> str:
        """What stands in the place of the name."""
        return f"erased person {self.person.pk}"

    @cached_property
    def names(self) -> list[str]:
        """What the person is or was called: names, full names, addresses."""
        person = self.person
        kept: list[Mapping[str, str]] = [{column: getattr(person, column) for column in _COLUMNS}]
        for change in RowChange.objects.filter(table="accounts_user", row=person.pk):
            kept += filter(None, (change.private_before, change.private_after))
        found: set[str] = set()
        for image in kept:
            username, first, last, address = (str(image.get(key) or "") for key in _COLUMNS)
            found |= {username, f"{first} {last}".strip(), address}
        labels = Event.objects.filter(actor=person).order_by()
        found |= set(labels.values_list("actor_label", flat=True).distinct())
        return sorted(found - {""})

    @property
    def lonely_spaces(self) -> QuerySet[Space]:
        """The spaces that would be left without an owner."""
        own = Membership.objects.filter(user=self.person, role=Role.OWNER)
        others = Membership.objects.filter(role=Role.OWNER, user__is_active=True).exclude(
            user=self.person
        )
        return Space.objects.filter(pk__in=own.values("space")).exclude(
            pk__in=others.values("space")
        )

    @property
    def questions(self) -> QuerySet[Question]:
        """The questions that go: those of spaces that do not keep them."""
        asked = Question.objects.filter(asked_by=self.person, erased_at=None)
        return asked.filter(space__keep_questions_of_erased=False)

    @property
    def invitations(self) -> QuerySet[Invitation]:
        """The invitations that name the person."""
        return Invitation.objects.filter(Q(accepted_by=self.person) | Q(label__in=self.names))

    def gone(self, actor: User | None = None, actor_label: str = "") -> Gone:
        """Return what apps above are told of it. A person may have left the space where it is."""
        return Gone(
            f"person {self.person.pk}",
            list(Space.objects.values_list("pk", flat=True)),
            people=[self.person.pk],
            questions=list(self.questions.values_list("pk", flat=True)),
            actor=actor,
            actor_label=actor_label,
        )

    def events(self) -> list[int]:
        """Return the events that hold the name or the words of the person."""
        with connection.cursor() as cursor:
            cursor.execute(
                _EVENTS,
                {
                    "person": self.person.pk,
                    "names": list(_patterns(self.names)),
                    "invitations": list(self.invitations.values_list("pk", flat=True)),
                    "labels": [name.lower() for name in self.names],
                },
            )
            return [number for (number,) in cursor.fetchall()]

    def numbers(self) -> dict[str, int]:
        """Return how much of what an erasure touches."""
        person = self.person
        kept = Question.objects.filter(asked_by=person, erased_at=None)
        return {
            "spaces": Membership.objects.filter(user=person).values("space").distinct().count(),
            "sessions": person.sessions.count(),
            "questions": self.questions.count(),
            "questions_kept": kept.filter(space__keep_questions_of_erased=True).count(),
            "events": len(self.events()),
            "documents": person.documents.count(),
            "decisions": Decision.objects.filter(actor=person).count(),
        }


_COLUMNS = ("username", "first_name", "last_name", "email")


def person_erase(
    *, person: User, reason: str, actor: User | None, actor_label: str = ""
) -> tuple[int, int]:
    """Erase a person's data; return of how many row changes and events the private part went.

    Raises ErasureRefused without a reason, for who erases their own data, for the last owner of a
    space and for the last who runs the site.
    """
    reason = plain(reason)
    if not reason:
        raise ErasureRefused("Say why the data are erased; the log keeps the reason.")
    if actor == person:
        raise ErasureRefused("Somebody else has to erase your data.")
    seal()
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=person.pk)
        whole = PersonErasure(row)
        _check(whole)
        for question in Question.objects.filter(asked_by=row, state__in=Question.OPEN):
            jobs.cancel(question)
        spaces = list(Membership.objects.filter(user=row).values_list("space", flat=True))
        gone = whole.gone(actor, actor_label)
        asked = list(gone.questions)
        events = set(whole.events())
        rows, of_questions = questions_empty(asked, said=SAID) if asked else ({}, set())
        own = _rewrite(whole)
        about = {"person": row.pk} | ({"questions": len(asked)} if asked else {})
        act = Act(f"person {row.pk}", reason, actor, actor_label, about)
        past_erase(spaces)
        ForeignDraft.objects.filter(added_by=row).delete()
        erased = erase_from_log(
            act,
            rows=[*rows.items(), *own.items()],
            events=events | of_questions,
            spaces=spaces,
        )
        acted = Event.objects.filter(actor=row).exclude(space=None).order_by()
        person_forget(
            person=row,
            spaces={*spaces, *acted.values_list("space", flat=True).distinct()},
            actor=actor,
            actor_label=actor_label,
        )
        if asked:
            questions_forget(numbers=asked, actor=actor, actor_label=actor_label)
        erase_above(gone)
        return erased


def _check(whole: PersonErasure) -> None:
    person = whole.person
    if person.erased_at is not None:
        raise ErasureRefused("The data of this person are erased already.")
    list(Membership.objects.select_for_update().filter(space__memberships__user=person))
    if lonely := list(whole.lonely_spaces.values_list("name", flat=True)):
        raise ErasureRefused(
            f"This is the last owner of {', '.join(lonely)}. Make somebody else an owner first."
        )
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=person.pk)
    if person.is_superuser and not others.exists():
        raise ErasureRefused("This is the last account that runs the site. Make another one first.")


def _rewrite(whole: PersonErasure) -> dict[str, list[int]]:
    """Take the name out of every row; return those rows by table."""
    person, label = whole.person, whole.label
    lower = [name.lower() for name in whole.names]
    person.sessions.all().delete()
    Submission.objects.filter(user=person).delete()
    Hold.objects.filter(holder=person).delete()
    DueHold.objects.filter(holder=person).delete()
    LastWord.objects.filter(actor=person).delete()
    useful_forget(user=person)
    Membership.objects.filter(user=person).delete()
    tries = Q(key__in=[*lower, f"account {person.pk}"])
    for name in lower:
        tries |= Q(key__startswith=f"{name[:150]} ")
    SignInTries.objects.filter(tries).delete()
    about = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=str(person.pk)
    )
    about.update(object_repr=label, change_message="")
    AccessToken.objects.filter(user=person).delete()
    person.identities.all().delete()
    person.groups.clear()
    person.user_permissions.clear()
    User.objects.filter(pk=person.pk).update(
        username=label,
        first_name="",
        last_name="",
        email="",
        password=make_password(None),
        last_login=None,
        is_active=False,
        is_staff=False,
        is_superuser=False,
        erased_at=timezone.now(),
    )
    approved = Citation.objects.filter(approved_by_label__in=whole.names).filter(
        Q(evidence=None) | Q(evidence__approved_by=person)
    )
    withdrawn = Withdrawal.objects.filter(reviewer=person)
    rows = {
        "accounts_user": [person.pk],
        "accounts_invitation": list(whole.invitations.values_list("pk", flat=True)),
        "asking_citation": list(approved.values_list("pk", flat=True)),
        "provenance_withdrawal": list(withdrawn.values_list("pk", flat=True)),
    }
    Withdrawal.objects.filter(pk__in=rows["provenance_withdrawal"]).update(name=label)
    Invitation.objects.filter(pk__in=rows["accounts_invitation"]).update(label=label)
    Citation.objects.filter(pk__in=rows["asking_citation"]).update(approved_by_label=label)
    return rows


def _patterns(names: Sequence[str]) -> Iterator[str]:
    """Yield patterns of what an event says that names the person: a name as a whole value, and a
    full name or an address anywhere."""
    for name in names:
        inner = json.dumps(name, ensure_ascii=False)[1:-1]
        for sign in ("\\", "%", "_"):
            inner = inner.replace(sign, "\\" + sign)
        yield f"%{inner}%" if " " in name or "@" in name else f'%"{inner}"%'
