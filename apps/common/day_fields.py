"""The field for a day in forms: one format, whatever the browser's language is."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from apps.common.days import HELP, read_day, written


class DayField(forms.Field):
    """A day, or the month or year that stands for its first day.

    With ``ends`` it is the last day, month or year in which something holds, as pages say "until
    2002"; the value is the first day after it, as facts keep it (``days``).
    """

    default_error_messages = {"invalid": f"Write it so: {HELP[0].lower()}{HELP[1:]}"}

    def __init__(self, *, ends: bool = False, **options: Any) -> None:
        widget = forms.TextInput({"placeholder": "1992-05-17", "autocomplete": "off"})
        super().__init__(**{"required": False, "widget": widget, **options})
        self.ends = ends

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value
        try:
            return read_day(str(value), ends=self.ends)
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], "invalid") from None

    def prepare_value(self, value: Any) -> Any:
        return written(value, ends=self.ends) if isinstance(value, date) else value
