"""The sealed log: which event stands at which index, its tree, and what was signed of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from apps.accounts.models import Space
from apps.audit.models import Event
from apps.provenance.verification_models import Verification
from apps.provenance.withdrawal_models import Withdrawal, WithdrawnRow

__all__ = [
    "Checkpoint",
    "Delivery",
    "Entry",
    "Erasing",
    "Export",
    "Key",
    "Log",
    "Origin",
    "PastEvent",
    "Sequencer",
    "SpaceImport",
    "Tile",
    "Verification",
    "Withdrawal",
    "WithdrawnRow",
]
from apps.provenance.erasing_models import Erasing
from apps.provenance.export_models import Export
from apps.provenance.import_models import SpaceImport
from apps.provenance.origin_models import Origin, PastEvent


class Log(models.Model):
    """The log of a space, or of the site itself: a Merkle tree over its events (RFC 9162).

    ``size`` counts the leaves. ``identity`` stands in every leaf, so that no leaf fits another log.
    """

    identity = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    space = models.OneToOneField(Space, null=True, on_delete=models.PROTECT, related_name="log")
    size = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["space"], nulls_distinct=False, name="provenance_log_once"
            )
        ]

    def __str__(self) -> str:
        return f"log of {self.space or 'the site'}"


class Entry(models.Model):
    """The place of an event in its log. Dense: the indices of a log are 0 to ``size`` - 1."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="entries", db_index=False)
    index = models.PositiveBigIntegerField()
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="entry")

    class Meta:
        verbose_name_plural = "entries"
        ordering = ["log_id", "index"]
        constraints = [
            models.UniqueConstraint(fields=["log", "index"], name="provenance_entry_once")
        ]

    def __str__(self) -> str:
        return f"{self.log} [{self.index}]"


class Tile(models.Model):
    """Up to 256 hashes of a level of a log's tree (see ``apps.provenance.tiles``)."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="tiles", db_index=False)
    level = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["log", "level", "index"], name="provenance_tile_once")
        ]

    def __str__(self) -> str:
        return f"tile {self.level}/{self.index} of {self.log}"


class Sequencer(models.Model):
    """The one row that a sealing process holds locked, and how far it is.

    Every event up to number ``sealed_to`` has its entry or was never committed. ``seen_id`` is a
    number that will be that soon: when all transactions before ``seen_xid`` have ended.
    """

    ONLY = 1

    sealed_to = models.BigIntegerField(default=0)
    seen_id = models.BigIntegerField(null=True)
    seen_xid = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="provenance_sequencer_is_one")
        ]

    def __str__(self) -> str:
        return f"sealed up to event {self.sealed_to}"


class Key(models.Model):
    """A public key that signs checkpoints, or did before a later one was made.

    Rows are only added; the newest key signs. ``vouched`` is a note by which the key before it
    says so, where that key was at hand.
    """

    public = models.BinaryField(unique=True)
    vouched = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"key {bytes(self.public).hex()[:16]}"


class Checkpoint(models.Model):
    """A signed note of a log's size and root; ``note`` is the text as it was signed."""

    log = models.ForeignKey(Log, on_delete=models.PROTECT, related_name="checkpoints")
    size = models.PositiveBigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["log", "size"], name="provenance_checkpoint_once"),
            models.CheckConstraint(condition=Q(size__gt=0), name="provenance_checkpoint_has_size"),
        ]

    def __str__(self) -> str:
        return f"{self.log} at {self.size}"


class Delivery(models.Model):
    """A checkpoint on its way out of the house, to one destination."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Delivered"
        FAILED = "failed", "Given up"

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="deliveries")
    destination = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    due_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["checkpoint", "destination"], name="provenance_delivery_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "done", "failed"]),
                name="provenance_delivery_state_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state="waiting"),
                name="provenance_delivery_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.checkpoint} to {self.destination}"
