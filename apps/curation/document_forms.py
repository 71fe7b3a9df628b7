from __future__ import annotations

from django import forms
from django.db.models import QuerySet

from apps.curation.document_selectors import narrowed
from apps.sources.models import Document

STATES = [
    ("", "Any"),
    ("open", "Being read"),
    ("done", "Read"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]


class DocumentFilterForm(forms.Form):
    """The filters of the document list; every one of them lives in the address."""

    q = forms.CharField(
        label="Title or file name",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "data-shortcut": "/"}),
    )
    state = forms.ChoiceField(label="State", required=False, choices=STATES)
    format = forms.ChoiceField(
        label="Format", required=False, choices=[("", "Any"), *Document.Format.choices]
    )

    def narrow(self, documents: QuerySet[Document]) -> QuerySet[Document]:
        """Apply the filters that are set and valid."""
        chosen = self.cleaned_data
        return narrowed(
            documents,
            words=chosen.get("q", ""),
            state=chosen.get("state", ""),
            format=chosen.get("format", ""),
        )
