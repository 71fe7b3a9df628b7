"""People, spaces (the tenant) and what each person may do there."""

from __future__ import annotations

import hashlib
from importlib import import_module
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from knox.models import AbstractAuthToken

from apps.accounts.recording import person_created


class People(UserManager["User"]):
    """Accounts, of which the log is told also where Django's own command makes one."""

    @transaction.atomic
    def create_superuser(self, *args: Any, **fields: Any) -> User:
        """Make the account of somebody who may do everything in the admin site."""
        user = super().create_superuser(*args, **fields)
        person_created(user, actor_label="command line", how="a command")
        return user


class User(AbstractUser):  # type: ignore[django-manager-missing]  # knox has no types
    """A person or a service account.

    ``erased_at``: the account is an empty shell by then, without a name or an address, that what
    the person decided still points to.
    """

    erased_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[People] = People()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(Lower("username"), name="accounts_user_username_any_case")
        ]

    @property
    def label(self) -> str:
        return self.get_full_name() or self.username


class Space(models.Model):
    """The tenant: every document, fact, question and event belongs to exactly one space."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=500, blank=True)
    # A space with one reviewer may let them decide what they imported themselves; each such
    # decision is marked in its event.
    self_review = models.BooleanField(default=False)
    # Whether reviewers are also asked about what follows from another candidate or from the memory.
    propose_implied = models.BooleanField(default=False, db_default=False)
    # After how many days questions and answers are erased; empty: never.
    question_days = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(36_500)]
    )
    # Of these, those that somebody marked, confirmed or said how they were meant stay.
    keep_marked_questions = models.BooleanField(default=True, db_default=True)
    # Questions stay when the data of who asked them are erased.
    keep_questions_of_erased = models.BooleanField(default=False, db_default=False)
    # What its heads are made of (``worker.setups.HeadSetup``); empty: as the site has it.
    write_head = models.JSONField(default=dict, db_default={}, blank=True)
    read_head = models.JSONField(default=dict, db_default={}, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField(User, through="Membership", related_name="spaces")

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(question_days__isnull=True) | Q(question_days__gte=1),
                name="accounts_space_question_days_from_one",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    REVIEWER = "reviewer", "Reviewer"
    ASKER = "asker", "Asker"
    AUDITOR = "auditor", "Auditor"


class Membership(models.Model):
    """One role of one person in one space; a person may hold several."""

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["user__username", "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["space", "user", "role"], name="accounts_membership_once"
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="accounts_membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.space}"


class Invitation(models.Model):
    """A link by which somebody joins a space, once; only the SHA-256 of its token is kept."""

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=120)  # for whom it is meant
    roles = ArrayField(models.CharField(max_length=10, choices=Role))
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"),
                name="accounts_invitation_digest_is_hash",
            ),
            models.CheckConstraint(
                condition=Q(roles__len__gt=0, roles__contained_by=Role.values),
                name="accounts_invitation_roles_known",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, revoked_at=None),
                name="accounts_invitation_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} to {self.space}"


class Session(AbstractBaseSession):
    """Somebody's session, from sign-in to its end; also of visitors who are not signed in."""

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-seen_at"]

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store

    @property
    def mark(self) -> str:
        """What pages call the session by: its key is as good as its owner's password."""
        return hashlib.sha256(self.session_key.encode()).hexdigest()[:20]


class AccessToken(AbstractAuthToken):  # type: ignore[misc]  # knox has no types
    """What a program signs in with, for a person: only the SHA-512 of it is kept.

    It opens ``space`` alone where one is named, and counts for no more ``roles`` than it names; the
    person has to hold them at the time of each call.
    """

    id = models.BigAutoField(primary_key=True)
    digest = models.CharField(max_length=128, unique=True)
    name = models.CharField(max_length=120)  # what it is for
    space = models.ForeignKey(Space, null=True, on_delete=models.CASCADE, related_name="+")
    roles = ArrayField(models.CharField(max_length=10, choices=Role), default=list)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(roles__contained_by=Role.values), name="accounts_token_roles_known"
            ),
            models.CheckConstraint(
                condition=Q(expiry__isnull=False), name="accounts_token_expires"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Identity(models.Model):
    """Who somebody is at the provider of single sign-on: what they sign in as without a password
    (``apps.accounts.sign_on``)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="accounts_identity_once"),
            models.UniqueConstraint(fields=["user", "issuer"], name="accounts_identity_one_each"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.issuer}"


class SignInTries(models.Model):
    """Tries to sign in that were counted since the last success (``apps.accounts.services``)."""

    class Kind(models.TextChoices):
        DEVICE = "device", "a known browser"
        NAME_AT_ADDRESS = "pair", "a name at an address"
        NAME = "name", "a name anywhere"
        ADDRESS = "address", "an address"

    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=200)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)
    # Tries that were refused since the log was last told of them, and when that was.
    refused = models.PositiveIntegerField(default=0, db_default=0)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="accounts_signintries_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["device", "pair", "name", "address"]),
                name="accounts_signintries_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.kind}): {self.failures}"
