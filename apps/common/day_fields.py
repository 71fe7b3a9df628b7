"""Days as people write them in forms: one format, whatever the browser's language is."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from django import forms

HELP = "A year, a month or a day: 1992, 1992-05 or 1992-05-17."
_ISO = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_WORDS = (("%d %B %Y", 3), ("%d %b %Y", 3), ("%B %Y", 2), ("%b %Y", 2))


class DayField(forms.Field):
    """A day, or the month or year that stands for its first day.

    With ``ends`` it is the last day, month or year in which something holds, as pages say "until
    2002"; the value is the first day after it, as facts keep it.
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
            year, month, day = _parts(" ".join(str(value).split()))
            return _after(year, month, day) if self.ends else date(year, month or 1, day or 1)
        except (ValueError, OverflowError):
            raise forms.ValidationError(self.error_messages["invalid"], "invalid") from None

    def prepare_value(self, value: Any) -> Any:
        return _written(value, ends=self.ends) if isinstance(value, date) else value


def _parts(text: str) -> tuple[int, int | None, int | None]:
    """Return year, month and day as far as they are written. Raises ValueError."""
    if found := _ISO.fullmatch(text):
        year, month, day = (int(part) if part else None for part in found.groups())
        date(year or 0, 1 if month is None else month, 1 if day is None else day)
        return year or 0, month, day
    for form, precision in _WORDS:
        try:
            read = datetime.strptime(text, form)
        except ValueError:
            continue
        return read.year, read.month, read.day if precision == 3 else None
    raise ValueError(text)


def _after(year: int, month: int | None, day: int | None) -> date:
    if day is not None:
        return date(year, month or 1, day) + timedelta(days=1)
    if month is None or month == 12:
        return date(year + 1, 1, 1)
    return date(year, month + 1, 1)


def _written(day: date, *, ends: bool) -> str:
    """Return the shortest text that is read as this day again."""
    if ends:
        if day == date.min:
            return ""
        last = day - timedelta(days=1)
        if day.day > 1:
            return last.isoformat()
        return f"{last.year:04}" if day.month == 1 else f"{last.year:04}-{last.month:02}"
    if day.day > 1:
        return day.isoformat()
    return f"{day.year:04}" if day.month == 1 else f"{day.year:04}-{day.month:02}"
