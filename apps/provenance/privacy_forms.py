"""What people fill in to erase something."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.accounts.models import Space
from apps.sources.models import Document

REASON: dict[str, Any] = {
    "label": "Why is it erased?",
    "max_length": 500,
    "help_text": "The log keeps this. Do not repeat in it what is to be erased.",
    "error_messages": {"required": "Say why, so that others can follow it later."},
    "widget": forms.TextInput(attrs={"autocomplete": "off"}),
}


class DocumentNumberForm(forms.Form):
    """Finds the document to erase."""

    document = forms.IntegerField(
        label="Number of the document", min_value=1, max_value=2**63 - 1,
        help_text="It stands in the address of its page.",
    )  # fmt: skip

    def __init__(self, *args: Any, space: Space, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.space = space

    def clean_document(self) -> Document:
        found = Document.objects.filter(space=self.space, pk=self.cleaned_data["document"])
        document = found.defer("text").first()
        if document is None:
            raise forms.ValidationError("This space has no document of that number.")
        if document.erased_at is not None:
            raise forms.ValidationError("This document is erased already.")
        return document


class DocumentErasureForm(forms.Form):
    """Erases a document."""

    reason = forms.CharField(**REASON)
    retract = forms.BooleanField(
        required=False, label="Also take out of the memory what only this document supports"
    )


class PersonErasureForm(forms.Form):
    """Erases the data of a person; the name is typed once more, so that nobody is mistaken."""

    reason = forms.CharField(**REASON)
    username = forms.CharField(
        label="The username once more", max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    def clean_username(self) -> str:
        given: str = self.cleaned_data["username"].strip()
        if given != self.expected:
            raise forms.ValidationError("This is not the username of the account.")
        return given
