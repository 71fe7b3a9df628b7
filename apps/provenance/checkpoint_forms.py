"""The form that takes a checkpoint which somebody kept."""

from __future__ import annotations

from typing import Any, Final

from django import forms

from apps.provenance.notes import MOST_BYTES

KB: Final = MOST_BYTES // 1024


class CheckpointForm(forms.Form):
    """A checkpoint, pasted or as a file."""

    note = forms.CharField(
        label="Its text",
        required=False,
        strip=False,
        max_length=MOST_BYTES,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
    )
    file = forms.FileField(label="Or its file", required=False, allow_empty_file=True)

    def clean(self) -> dict[str, Any]:
        """Refuse both and none. The file is read whole: it is small, or refused."""
        given = super().clean() or {}
        note, file = given.get("note") or "", given.get("file")
        if self.errors:
            return given
        if bool(note.strip()) == bool(file):
            raise forms.ValidationError("Paste a checkpoint, or choose its file: one of the two.")
        if file and file.size > MOST_BYTES:
            self.add_error("file", f"A checkpoint has at most {KB} KB.")
        return given

    def message(self) -> str | bytes:
        """Return the checkpoint of a valid form."""
        file = self.cleaned_data.get("file")
        read: bytes | str = file.read() if file else self.cleaned_data["note"]
        return read
