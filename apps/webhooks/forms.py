from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.webhooks.models import Delivery
from apps.webhooks.services import KINDS, BadAddress, parts_of


def _label(name: str, label: str, note: str) -> SafeString:
    return format_html(
        '<span>{}<span class="choice__note"><code>{}</code> {}</span></span>', label, name, note
    )


class EndpointForm(forms.Form):
    """Who is told, and of what."""

    name = forms.CharField(
        label="Name", max_length=80, help_text="By which people know the receiver."
    )
    address = forms.CharField(
        label="Address",
        max_length=500,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        help_text="Such as https://example.org/hooks. Every message is a POST to it.",
    )
    kinds = forms.MultipleChoiceField(
        label="Tell it when",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one event."},
    )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["kinds"].choices = [  # type: ignore[attr-defined]
            (kind.name, _label(kind.name, kind.label, kind.help)) for kind in KINDS.values()
        ]

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        try:
            parts_of(address)
        except BadAddress as error:
            raise ValidationError(str(error)) from None
        return address


class DeliveryFilterForm(forms.Form):
    """Which messages are listed."""

    state = forms.ChoiceField(
        label="State", required=False, choices=[("", "All"), *Delivery.State.choices]
    )
