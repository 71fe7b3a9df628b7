"""Webhooks: who is told of what happens in a space, and what became of each message."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.accounts.models import Space
from apps.common.models import Job


class Endpoint(models.Model):
    """An address that is told of some of what happens in a space.

    Its secret is not stored: it follows from ``salt`` and the key of the site. After a change,
    messages are signed with the old one (``old_salt``) too, until ``old_until``. It is told of what
    stands in the space's log from the place ``begins`` on.

    ``failures`` counts the tries that failed since one went well, the first of them at
    ``failing_since``; until ``rests_until`` none is made. ``ended_at`` says that memweb itself has
    switched it off.
    """

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="endpoints")
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=500)
    kinds = ArrayField(models.CharField(max_length=30))
    is_on = models.BooleanField(default=True)
    salt = models.UUIDField(default=uuid.uuid4, editable=False)
    old_salt = models.UUIDField(null=True, editable=False)
    old_until = models.DateTimeField(null=True, editable=False)
    site = models.CharField(max_length=200)  # with what the addresses of pages begin
    begins = models.PositiveBigIntegerField()
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["space", "name"], name="webhooks_endpoint_name")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        """The address without its path and query, which may hold a secret."""
        return urlsplit(self.address).netloc


class Feed(models.Model):
    """How far the log of a space has been read for its endpoints: up to the entry before
    ``position``, and up to the checkpoint of ``checkpoint`` entries."""

    space = models.OneToOneField(Space, on_delete=models.CASCADE, related_name="feed")
    position = models.PositiveBigIntegerField()
    checkpoint = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.space} up to {self.position}"


class Delivery(Job):
    """A message on its way to one endpoint, or how it ended (states: see Job).

    ``body`` is what is sent, byte by byte, the same at each try. ``source`` is the number of the
    event that it tells of or, of a checkpoint, of that row; a test tells of nothing.
    """

    PERSON = "endpoint"
    DUE = "due_at"
    ONE_EACH = True

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    kind = models.CharField(max_length=30)
    source = models.BigIntegerField(null=True)
    message = models.UUIDField(default=uuid.uuid4, editable=False)
    body = models.TextField()
    tries = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    until = models.DateTimeField()  # when it is given up

    class Meta(Job.Meta):
        verbose_name_plural = "deliveries"
        ordering = ["-pk"]
        indexes = [
            *Job.Meta.indexes,
            models.Index(fields=["endpoint", "-started_at"], name="webhooks_delivery_served"),
            models.Index(fields=["created_at"], name="webhooks_delivery_age"),
        ]
        constraints = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["endpoint", "kind", "source"],
                condition=Q(source__isnull=False),
                name="webhooks_delivery_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.endpoint}"

    @property
    def message_id(self) -> str:
        """What the receiver knows the message by; the same at each try."""
        return f"msg_{self.message.hex}"


class Attempt(models.Model):
    """One try to deliver: what was answered, or why nothing was."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tried")
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.CharField(max_length=600, blank=True)  # the first bytes of it, as text
    error = models.CharField(max_length=500, blank=True)
    seconds = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.status or self.error}"
