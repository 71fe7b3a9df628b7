"""The form of when a benchmark runs by itself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from apps.evaluation.models import Benchmark, Schedule
from apps.evaluation.services.kinds import kind_of
from apps.evaluation.services.schedules import MOST_EVERY, modes_offered


class ScheduleForm(forms.Form):
    """When a benchmark runs, in which mode, and which measure is watched."""

    when = forms.ChoiceField(label="When", choices=Schedule.When.choices, widget=forms.RadioSelect)
    every = forms.IntegerField(
        label="Number of decisions",
        required=False,
        min_value=1,
        max_value=MOST_EVERY,
        help_text="For runs after so many decisions of reviewers.",
    )
    mode = forms.ChoiceField(label="What the head has at hand")
    measure = forms.ChoiceField(
        label="What is watched",
        help_text="You are told when it is worse than in the baseline by more than the baseline's "
        "interval.",
    )

    def __init__(self, data: QueryDict | None = None, *, benchmark: Benchmark) -> None:
        super().__init__(data, initial={"when": Schedule.When.NIGHT, "measure": "right"})
        self.fields["mode"].choices = modes_offered(benchmark)  # type: ignore[attr-defined]
        measures = kind_of(benchmark.kind).measures.items()
        self.fields["measure"].choices = [(key, one.label) for key, one in measures]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        is_counted = found.get("when") == Schedule.When.DECISIONS
        if is_counted and "every" not in self.errors and found.get("every") is None:
            self.add_error("every", "Say after how many decisions it runs.")
        return found
