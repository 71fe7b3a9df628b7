"""What an owner fills in to import the bundle of a space."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from apps.provenance.notes import NoteError, parse_verify_key

ZIP = b"PK"


class ImportForm(forms.Form):
    """The bundle, and the key that its reader trusts."""

    file = forms.FileField(
        label="Bundle",
        allow_empty_file=True,
        error_messages={"required": "Choose the bundle first."},
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}),
    )
    key = forms.CharField(
        label="Public key of the server that it comes from", required=False, max_length=500,
        help_text="The line name+hash+key from its page of checkpoints, got from somebody you "
        "trust. Without it the bundle is only checked against itself.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        start = file.read(len(ZIP))
        file.seek(0)
        if start != ZIP:
            raise forms.ValidationError(
                "This is no bundle: a bundle is the .zip that an export of the whole space gives."
            )
        return file

    def clean_key(self) -> str:
        given: str = self.cleaned_data["key"].strip()
        if given:
            try:
                parse_verify_key(given)
            except NoteError as error:
                raise forms.ValidationError(str(error)) from error
        return given
