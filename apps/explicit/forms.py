"""The form of a space's explicit memory."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.explicit.services import choosable


class ChoiceForm(forms.Form):
    """Of which language model explicit memories are kept."""

    base = forms.ChoiceField(
        label="Language model",
        help_text="Memories are made for one language model and are of no use to another.",
    )

    def __init__(self, data: Any = None, *, base: str = "") -> None:
        super().__init__(data, initial={"base": base})
        found = [(one.name, one.title) for one in choosable()]
        if base and base not in [name for name, _ in found]:
            found.append((base, f"{base} (not there any more)"))
        self.fields["base"].choices = found  # type: ignore[attr-defined]
