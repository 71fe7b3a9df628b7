"""Which things are one, and which are two."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from apps.memory.forms import TYPES
from apps.memory.models import Entity, Triple

MOST_CLASHES = 200_000  # characters of the pairs that a page sends back
_PAIRS = re.compile(r"(?:\d{1,18}-\d{1,18}(?: |$))*")


class MergeForm(forms.Form):
    """The entity to merge into, and the clashes that the page has shown."""

    target = forms.ModelChoiceField(queryset=Entity.objects.none(), widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=MOST_CLASHES)
    despite = forms.BooleanField(required=False)

    def __init__(self, *args: Any, source: Entity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = source.space.entities.filter(merged_into=None).exclude(pk=source.pk)
        self.fields["target"].queryset = rows.defer("embedding")  # type: ignore[attr-defined]

    def clean_seen(self) -> str:
        seen = str(self.cleaned_data["seen"]).strip()
        if not _PAIRS.fullmatch(seen):
            raise forms.ValidationError("The page was not sent whole.")
        return seen

    def accepted(self) -> set[tuple[int, int]]:
        """Return the clashing pairs that are to stand beside each other all the same."""
        if not self.cleaned_data["despite"]:
            return set()
        pairs = (pair.split("-") for pair in self.cleaned_data["seen"].split())
        return {(int(one), int(other)) for one, other in pairs}


class SplitForm(forms.Form):
    """The facts that belong to another thing, and what that is called."""

    name = forms.CharField(max_length=500)
    type = forms.ChoiceField(required=False, choices=[("", "Unknown"), *TYPES])
    description = forms.CharField(
        max_length=300,
        required=False,
        label="Description",
        help_text="A few words that tell it from the other one, such as “painter, born 1901”. "
        "Needed where name and type are the same.",
    )
    fact = forms.ModelMultipleChoiceField(
        queryset=Triple.objects.none(),
        error_messages={
            "required": "Choose the facts that belong to the other one.",
            "invalid_choice": "One of these facts is not about it any more.",
        },
    )

    def __init__(self, *args: Any, facts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fact"].queryset = facts  # type: ignore[attr-defined]
