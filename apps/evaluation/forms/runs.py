"""The forms of runs: starting one, and which results, runs and differences to see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django import forms
from django.http import QueryDict

from apps.accounts.models import Space
from apps.evaluation.models import Benchmark, Result, Run
from apps.evaluation.run_selectors import Wanted, moments_of, names_covered
from apps.evaluation.services.comparing import FLIPS
from apps.evaluation.services.kinds import kind_of
from apps.evaluation.services.starting import Choices, HeadSetup, head_choices
from apps.evaluation.services.wording import DIAGNOSES

LARGEST: Final = 2**63 - 1
EVERYTHING: Final = ("", "Everything")


class RunForm(forms.Form):
    """What a run asks: which version, in which mode, which head, and the memory of which moment.

    ``like`` is the run whose version, mode and moment are chosen before anybody chooses.
    """

    version = forms.ChoiceField(label="Version")
    mode = forms.ChoiceField(label="What the head has at hand", widget=forms.RadioSelect)
    head = forms.ChoiceField(
        label="Head",
        required=False,
        help_text="Another one is asked for this run alone: what the space uses stays as it is.",
    )
    moment = forms.ChoiceField(
        label="The memory",
        required=False,
        help_text="With that of an earlier run, what differs between the two is the head alone.",
    )
    beside = forms.BooleanField(label="", required=False)
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=300,
        help_text="What this run is to find out. It stands beside the run.",
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        benchmark: Benchmark,
        like: Run | None = None,
        version: str = "",
    ) -> None:
        self.choices: Choices = head_choices(benchmark)
        self.versions = {str(one.number): one for one in benchmark.versions.all()}
        first = version if version in self.versions else next(iter(self.versions), "")
        chosen: dict[str, Any] = {"version": first, "mode": self.choices.mode}
        asks_memory = kind_of(benchmark.kind).asks_memory
        moments = moments_of(benchmark, like) if asks_memory else []
        self.moments = {str(one.pk): one for one in moments}
        if like is not None:
            chosen = {"version": str(like.version.number), "mode": like.mode, "moment": like.pk}
        super().__init__(data, initial=chosen)
        self._offer("version", [(one, f"{one} ({row.size:,} cases)") for one, row in self._rows()])
        self._offer("mode", self.choices.modes)
        self._offer("head", [("", "The one that the space uses"), *self.choices.heads])
        self._offer("moment", [("", "As it is now"), *map(_moment, self.moments.values())])
        if not self.moments:
            del self.fields["moment"]
        possible = self.choices.possible
        if len(possible) < 2:
            del self.fields["beside"]
        else:
            titles = ", ".join(self.choices.known[name].label.lower() for name in possible)
            self.fields["beside"].label = "Ask in every mode that is possible here, a run each"
            self.fields["beside"].help_text = f"To compare them side by side: {titles}."

    def _rows(self) -> Sequence[tuple[str, Any]]:
        return list(self.versions.items())

    def _offer(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if trouble := self.choices.trouble(found.get("mode", ""), found.get("head", "")):
            self.add_error("mode", trouble)
        return found

    @property
    def setup(self) -> HeadSetup | None:
        """The head that a valid form says; None for that of the space."""
        return self.choices.setup(self.cleaned_data["mode"], self.cleaned_data["head"])

    @property
    def others(self) -> list[str]:
        """The modes that a valid form wants asked beside its own."""
        wanted = self.choices.possible if self.cleaned_data.get("beside") else []
        return [one for one in wanted if one != self.cleaned_data["mode"]]

    @property
    def known_at(self) -> datetime | None:
        """The moment that a valid form says; None for now."""
        chosen = self.cleaned_data.get("moment")
        return self.moments[chosen].known_at if chosen else None


def _moment(run: Run) -> tuple[str, str]:
    return str(run.pk), f"As it was for run {run.pk} ({run.known_at:%-d %b %Y, %H:%M} UTC)"


class ResultFilterForm(forms.Form):
    """Which results of a run to see; every part lives in the address."""

    q = forms.CharField(label="Words", required=False, max_length=200)
    outcome = forms.ChoiceField(
        label="Outcome",
        required=False,
        choices=[EVERYTHING, ("failed", "All but right"), *Result.Outcome.choices],
    )
    kind = forms.ChoiceField(label="Kind", required=False)
    relation = forms.ChoiceField(label="Relation", required=False)
    diagnosis = forms.ChoiceField(
        label="Diagnosis",
        required=False,
        choices=[EVERYTHING, *((key, one.label) for key, one in DIAGNOSES.items() if key)],
    )

    def __init__(self, data: QueryDict, *, run: Run) -> None:
        super().__init__(data)
        for name in ("kind", "relation"):
            known = [(one, one) for one in names_covered(run.version, name)]
            self.fields[name].choices = [EVERYTHING, *known]  # type: ignore[attr-defined]

    @property
    def wanted(self) -> Wanted:
        """What the form says; only where it is valid."""
        chosen = dict(self.cleaned_data)
        return Wanted(words=chosen.pop("q").strip(), **chosen)


class RunFilterForm(forms.Form):
    """Which runs to see."""

    benchmark = forms.ModelChoiceField(
        label="Benchmark", required=False, queryset=Benchmark.objects.none(), empty_label="All"
    )
    state = forms.ChoiceField(
        label="State", required=False, choices=[EVERYTHING, *Run.State.choices]
    )

    def __init__(self, data: QueryDict, *, space: Space) -> None:
        super().__init__(data)
        known = Benchmark.objects.filter(space=space)
        self.fields["benchmark"].queryset = known  # type: ignore[attr-defined]


class CompareForm(forms.Form):
    """Which two runs' differences to see case by case, and which measure over time: without a
    choice what is right, which every kind measures."""

    of = forms.TypedChoiceField(label="Run", required=False, coerce=int, empty_value=None)
    changed = forms.ChoiceField(
        label="Cases", required=False, choices=[(key, label) for key, (label, _) in FLIPS.items()]
    )
    measure = forms.ChoiceField(label="Measure", required=False)

    def __init__(self, data: QueryDict, *, others: Sequence[Run]) -> None:
        given = data.copy()
        if not given.get("measure"):
            given["measure"] = "right"
        super().__init__(given)
        choices = [(one.pk, f"Run {one.pk}") for one in others]
        self.fields["of"].choices = choices  # type: ignore[attr-defined]
        measures = kind_of(others[0].version.benchmark.kind).measures.items()
        self.fields["measure"].choices = [(key, one.label) for key, one in measures]  # type: ignore[attr-defined]


class WhichRunsForm(forms.Form):
    """The numbers of the runs to compare."""

    runs = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={
            "required": "Choose two runs or more to compare.",
            "invalid_choice": "There is no run %(value)s in this space.",
        },
    )

    def __init__(self, data: QueryDict, *, space: Space) -> None:
        super().__init__(data)
        given = data.getlist("runs")[:50]
        numbers = [int(one) for one in given if one.isascii() and one.isdigit() and len(one) < 19]
        found = Run.objects.filter(space=space, pk__in=numbers).order_by("pk")
        self.rows = list(found.select_related("version__benchmark"))
        self.fields["runs"].choices = [(one.pk, one.pk) for one in self.rows]  # type: ignore[attr-defined]
