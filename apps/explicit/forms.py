"""The form of a space's explicit memory."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.explicit.models import ExplicitChoice
from apps.explicit.services import adapters, choosable


class ChoiceForm(forms.Form):
    """Of which language model explicit memories are kept, and by which adapter."""

    base = forms.ChoiceField(
        label="Language model",
        help_text="Memories are made for one language model and are of no use to another.",
    )

    adapter = forms.ChoiceField(label="Adapter", required=False)

    def __init__(self, data: Any = None, *, base: str = "", adapter: str = "") -> None:
        super().__init__(data, initial={"base": base, "adapter": adapter})
        own = [("", "The one that comes with the language model")]
        self._offer("base", [(one.name, one.title) for one in choosable()], base)
        self._offer("adapter", [*own, *((one.name, one.title) for one in adapters())], adapter)

    @classmethod
    def of(cls, choice: ExplicitChoice | None) -> ChoiceForm:
        """Return the form with what an owner chose."""
        return cls(base=choice.base, adapter=choice.adapter) if choice else cls()

    def _offer(self, name: str, found: list[tuple[str, str]], stands: str) -> None:
        """Set what a field offers, with what stands now, which may be gone by now."""
        if stands and stands not in [value for value, _ in found]:
            found.append((stands, f"{stands} (not there any more)"))
        self.fields[name].choices = found  # type: ignore[attr-defined]


class PolicyForm(forms.Form):
    """What is done where another form is cheaper."""

    policy = forms.ChoiceField(
        label="Where another form is cheaper", choices=ExplicitChoice.Hierarchy.choices
    )
