"""The forms of a space's heads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts.models import Space
from apps.dashboard.services import HeadChoices, HeadSetup, HeadSide, head_choices, head_resolved

SITE = "site"  # what the site has, whatever that is


class HeadForm(forms.Form):
    """Which backend one of the heads has, and what that stands on.

    The fields of a language model are there where the site has a backend that needs one.
    """

    backend = forms.ChoiceField(label="Which head", widget=forms.RadioSelect)
    base = forms.ChoiceField(
        label="Language model",
        required=False,
        help_text="For the heads above that say they use one.",
    )
    adapter = forms.ChoiceField(
        label="Adapter",
        required=False,
        help_text="What the language model was trained on to work with the memory.",
    )
    least = forms.IntegerField(
        label="Least score of a proposal, in per cent",
        required=False,
        min_value=0,
        max_value=100,
        help_text="What the head is less sure of is not put to reviewers. Empty or 0: all is that "
        "the head proposes. The score of the built-in head is about how many of 100 such facts are "
        "right. That of a language model only says how sure it was of its own words.",
    )
    cut = forms.BooleanField(
        label="Leave out what no fact bears out",
        required=False,
        help_text="Off: it is shown, and marked as not from the memory.",
    )

    def __init__(self, data: Any = None, *, side: HeadSide, space: Space) -> None:
        kept = getattr(space, f"{side}_head")
        self.side: HeadSide = side
        self.choices: HeadChoices = head_choices(side)
        self.setup = HeadSetup.of(kept, default="")
        given = {name: getattr(self.setup, name) for name in self.base_fields}
        given["backend"] = given["backend"] or SITE
        super().__init__(data, initial=given, prefix=side)
        self._limit()

    def _limit(self) -> None:
        """Offer what there is, and leave out what this head does not have."""
        self._offer("backend", self._backends())
        if self.choices.bases:
            self._offer(
                "base", [("", "None"), *((one.name, one.title) for one in self.choices.bases)]
            )
            adapters = [("", "The one that comes with the language model")]
            adapters += [(one.name, one.title) for one in self.choices.adapters]
            self._offer("adapter", adapters)
        else:
            del self.fields["base"], self.fields["adapter"]
        if self.choices.bases and not self.choices.adapters:
            self.fields["adapter"].widget = forms.HiddenInput()
        del self.fields["cut" if self.side == "write" else "least"]

    def _offer(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        """Set what a field offers, with what stands now, which may be gone by now."""
        found = list(choices)
        stands = getattr(self.setup, name) or found[0][0]
        if stands not in [value for value, _ in found]:
            found.append((stands, f"{stands} (not there any more)"))
        self.fields[name].choices = found  # type: ignore[attr-defined]

    def _backends(self) -> Iterable[tuple[str, SafeString]]:
        yield SITE, _choice("As the site has it", f"Now: {self.choices.default}.")
        for one in self.choices.offers:
            note = f"{one.note} Uses the language model below." if one.on_base else one.note
            yield one.name, _choice(one.title, note)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        chosen = {one.name for one in self.choices.offers if one.on_base}
        if found.get("backend") in chosen and not found.get("base"):
            self.add_error("base", ValidationError("Choose the language model that it uses."))
        return found

    def chosen(self) -> HeadSetup:
        """Return what a valid form says. What the head learned stays while it is the same head."""
        given = {name: value for name, value in self.cleaned_data.items() if value is not None}
        given["backend"] = "" if given["backend"] == SITE else given["backend"]
        uses = {one.name for one in self.choices.offers if one.on_base}
        if given["backend"] not in uses:
            given = given | {"base": "", "adapter": ""}
        made = HeadSetup(**given)
        if head_resolved(self.side, made).backend == head_resolved(self.side, self.setup).backend:
            return replace(made, learned=self.setup.learned)
        return made


def _choice(title: str, note: str) -> SafeString:
    return format_html('<span>{}<span class="choice__note">{}</span></span>', title, note)
