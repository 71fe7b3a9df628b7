from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from apps.sources.formats import EXTENSIONS
from apps.sources.services import MAX_TITLE

MAX_FILES = 50


class FilesInput(forms.ClearableFileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; empty ones pass, because the reader says better what is wrong."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        files = data if isinstance(data, list) else [data] if data else []
        if len(files) > MAX_FILES:
            raise forms.ValidationError(f"At most {MAX_FILES} files at once.")
        return [super(FilesField, self).clean(file, initial) for file in files]


class DocumentFilesForm(forms.Form):
    """Files to add."""

    file = FilesField(
        label="Files",
        allow_empty_file=True,
        error_messages={"required": "Choose a file first."},
        widget=FilesInput(attrs={"accept": ",".join(EXTENSIONS)}),
    )

    def clean_file(self) -> list[UploadedFile[bytes]]:
        files: list[UploadedFile[bytes]] = self.cleaned_data["file"]
        if not files:
            raise forms.ValidationError("Choose a file first.")
        return files


class DocumentPasteForm(forms.Form):
    """Pasted text with a title."""

    title = forms.CharField(
        label="Title", required=False, max_length=MAX_TITLE, help_text="Else its first line."
    )
    text = forms.CharField(
        label="Text",
        strip=False,
        error_messages={"required": "Paste some text first."},
        widget=forms.Textarea(attrs={"rows": 14}),
    )
