"""Documents and the passages they are cut into."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length

from apps.accounts.models import Space


class Document(models.Model):
    """A source. ``text`` never changes: every span in the system counts its code points. That of a
    conversation grows at its end; ``filename`` says which one and which session of it.

    An erased document (``erased_at``) has no text any more, nor have its passages; their places
    stay, and what rested on them.
    """

    class Format(models.TextChoices):
        TEXT = "text", "Plain text"
        MARKDOWN = "markdown", "Markdown"
        HTML = "html", "HTML"
        PDF = "pdf", "PDF"
        TRIPLES = "triples", "Ready-made triples"
        CHAT = "chat", "Conversation"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="documents")
    title = models.CharField(max_length=300)
    format = models.CharField(max_length=10, choices=Format)
    filename = models.CharField(max_length=255, blank=True)
    content_sha256 = models.CharField(max_length=64)  # of the bytes as they were given
    size = models.PositiveBigIntegerField(help_text="bytes as given")
    text = models.TextField()
    note = models.CharField(max_length=300, blank=True, help_text="what the parser had to say")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="documents"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    erased_at = models.DateTimeField(null=True, editable=False)
    erased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["space", "content_sha256"],
                condition=Q(erased_at__isnull=True) & ~Q(format="chat"),
                name="sources_document_content_once",
            ),
            models.UniqueConstraint(
                fields=["space", "filename"],
                condition=Q(erased_at__isnull=True, format="chat"),
                name="sources_document_session_once",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True, content_sha256__regex=r"^[0-9a-f]{64}$")
                | Q(erased_at__isnull=False, content_sha256=""),
                name="sources_document_content_is_hash",
            ),
            models.CheckConstraint(
                condition=(Q(erased_at__isnull=True, erased_by__isnull=True) & ~Q(text=""))
                | Q(erased_at__isnull=False, erased_by__isnull=False, text=""),
                name="sources_document_has_text",
            ),
            models.CheckConstraint(
                condition=Q(format__in=["text", "markdown", "html", "pdf", "triples", "chat"]),
                name="sources_document_format_known",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def erasure(self) -> str:
        """What pages say in the place of what an erased document said; empty of any other."""
        if self.erased_at is None or self.erased_by is None:
            return ""
        return (
            f"The document was erased on {self.erased_at:%-d %B %Y} by {self.erased_by.label}; "
            "what it said can no longer be shown."
        )


class Passage(models.Model):
    """A run of whole sentences of a document: ``document.text[start:end] == text``.

    ``sentences`` holds the sentence boundaries as flat pairs of document offsets:
    ``[start, end, start, end, ...]``. The database refuses a passage that reaches past its
    document or whose text differs from the document's. That of an erased document is empty.
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="passages")
    index = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    text = models.TextField()
    sentences = ArrayField(models.PositiveIntegerField())

    class Meta:
        ordering = ["document_id", "index"]
        constraints = [
            models.UniqueConstraint(fields=["document", "index"], name="sources_passage_once"),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="sources_passage_span"),
            models.CheckConstraint(
                condition=Q(end=F("start") + Length("text")) | Q(text=""),
                name="sources_passage_length",
            ),
            models.CheckConstraint(
                condition=Q(sentences__len__gt=0), name="sources_passage_has_sentences"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} [{self.start}:{self.end}]"

    def sentence_spans(self) -> list[tuple[int, int]]:
        """Return the sentences as (start, end) document offsets, in order."""
        return list(zip(self.sentences[::2], self.sentences[1::2], strict=True))
