"""The append-only record of every change."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models

from apps.accounts.models import Space


class Event(models.Model):
    """One thing that happened, written in the transaction of the change itself.

    Database triggers refuse UPDATE, DELETE and TRUNCATE of the table, but for the erasure of what
    is private. ``action`` is a dotted name from ``apps.audit.actions``; ``actor`` is empty for the
    system, whose part is then named in ``actor_label`` (for example ``write head
    encoder-1a2b3c4d``). Without a space it belongs to the log of the site itself.

    ``request`` says in which request, job or command it happened. ``transaction`` is the same for
    all that one transaction of the database wrote (None: before row changes were kept). What is
    private enters the log as a hash with ``salt``; ``erased`` is that hash once it was erased.
    """

    space = models.ForeignKey(Space, null=True, on_delete=models.PROTECT, related_name="events")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="events"
    )
    actor_label = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(null=True)
    payload = models.JSONField(default=dict)
    request = models.CharField(max_length=80, blank=True, default="", db_default="")
    transaction = models.BigIntegerField(null=True, editable=False)
    salt = models.UUIDField(null=True, editable=False, db_default=RandomUUID())
    erased = models.BinaryField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["space", "-id"], name="audit_event_space_newest"),
            models.Index(fields=["space", "action", "-id"], name="audit_event_space_action"),
            models.Index(fields=["subject_type", "subject_id"], name="audit_event_subject"),
            models.Index(fields=["transaction", "id"], name="audit_event_transaction"),
            models.Index(fields=["actor", "-id"], name="audit_event_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.by}"

    @property
    def by(self) -> str:
        """Who acted, by the label of that time; where that is erased, by the one of today."""
        return self.actor_label or (self.actor.label if self.actor else "memweb")


class RowChange(models.Model):
    """Before and after of one changed row, written by a trigger of its table (``apps.audit.rows``).

    The application can only read it. Its numbers are drawn from the sequence of the events, so that
    both together stand in the order in which one transaction wrote them. ``space`` is the number of
    the space, None for the site's log; ``by`` the database's role. An ``adopt`` is a row that stood
    there when recording began.
    """

    class Op(models.TextChoices):
        INSERT = "insert", "Insert"
        UPDATE = "update", "Update"
        DELETE = "delete", "Delete"
        ADOPT = "adopt", "Adopt"

    id = models.BigIntegerField(primary_key=True)
    transaction = models.BigIntegerField()
    space = models.BigIntegerField(null=True)
    table = models.CharField(max_length=63)
    row = models.BigIntegerField()
    op = models.CharField(max_length=6, choices=Op)
    by = models.CharField(max_length=63)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    private_before = models.JSONField(null=True)
    private_after = models.JSONField(null=True)
    salt = models.UUIDField(null=True, editable=False, db_default=RandomUUID())
    erased = models.BinaryField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["transaction", "id"], name="audit_rowchange_transaction"),
            models.Index(fields=["table", "row", "id"], name="audit_rowchange_row"),
        ]

    def __str__(self) -> str:
        return f"{self.op} of {self.table} {self.row}"
