"""What makes a benchmark: a file, or what is drawn from the memory; and filters of its cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from apps.common.names import normalise_name
from apps.evaluation.models import Benchmark, BenchmarkVersion

FEWEST, MOST = 10, 2_000
SOURCES: Final = [
    (BenchmarkVersion.Origin.MEMORY.value, "Questions about approved facts, by lot"),
    (BenchmarkVersion.Origin.MARKS.value, "Questions whose answers people marked right or wrong"),
    (BenchmarkVersion.Origin.DECISIONS.value, "Sentences on which reviewers decided"),
]
NAMES: Final[Mapping[str, str]] = {
    BenchmarkVersion.Origin.MEMORY: "Facts of the memory",
    BenchmarkVersion.Origin.MARKS: "Marked answers",
    BenchmarkVersion.Origin.DECISIONS: "Decisions of reviewers",
}


class NamedForm(forms.Form):
    """What every benchmark is given."""

    name = forms.CharField(
        label="Name",
        max_length=120,
        help_text="A name that is there gets its next version.",
        error_messages={"required": "Give it a name."},
    )
    licence = forms.CharField(
        label="Licence",
        max_length=120,
        required=False,
        help_text="Under which the cases may be used, such as CC0-1.0 or “for us alone”.",
    )
    description = forms.CharField(
        label="What it is for",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not normalise_name(name):
            raise forms.ValidationError("Give it a name.")
        return name


class UploadForm(NamedForm):
    """A file of cases."""

    field_order: Final = ["kind", "file", "name", "licence", "description"]  # type: ignore[misc]
    kind = forms.ChoiceField(
        label="What is in the file",
        choices=Benchmark.Kind.choices,
        initial=Benchmark.Kind.QUESTIONS,
        widget=forms.RadioSelect,
    )
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        error_messages={"required": "Choose the file first."},
        widget=forms.ClearableFileInput(
            attrs={"accept": ".json,.jsonl,.ndjson,.csv,.tsv,application/json,text/csv"}
        ),
    )

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > settings.DOCUMENT_MAX_BYTES:
            raise forms.ValidationError(too_large())
        return file


class DrawForm(NamedForm):
    """What is drawn from the memory."""

    field_order: Final = ["source", "size", "seed", "kinds", "name"]  # type: ignore[misc]
    source = forms.ChoiceField(
        label="Made from", choices=SOURCES, initial=SOURCES[0][0], widget=forms.RadioSelect
    )
    size = forms.IntegerField(
        label="At most so many cases", min_value=FEWEST, max_value=MOST, initial=100
    )
    seed = forms.IntegerField(
        label="Seed",
        min_value=0,
        max_value=2**31 - 1,
        initial=1,
        help_text="The same memory and seed give the same cases.",
    )
    kinds = forms.MultipleChoiceField(
        label="Kinds of questions",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="For questions about facts; without a choice, all.",
    )

    def __init__(self, *args: Any, kinds: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [(name, f"{spoken(name)}: {says}") for name, says in kinds.items()]
        self.fields["kinds"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Name what nobody named after what it is made from."""
        chosen = super().clean() or self.cleaned_data
        if chosen.get("name") in NAMES.values() and chosen.get("source") in NAMES:
            chosen["name"] = NAMES[chosen["source"]]
        return chosen

    @property
    def how(self) -> dict[str, Any]:
        """The options by which cases are drawn, as their version keeps them."""
        chosen = self.cleaned_data
        kinds = {"kinds": chosen["kinds"]} if chosen["kinds"] else {}
        return {"size": chosen["size"], **kinds}


class CasesForm(forms.Form):
    """The filters of the cases of a version; every one of them lives in the address."""

    q = forms.CharField(
        label="In the text",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(label="Kind", required=False)
    relation = forms.ChoiceField(label="Relation", required=False)

    def __init__(
        self, *args: Any, covers: Mapping[str, Sequence[Mapping[str, Any]]], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        for name in ("kind", "relation"):
            there = [(one["name"], spoken(one["name"])) for one in covers.get(name, ())]
            self.fields[name].choices = [("", "Any"), *there]  # type: ignore[attr-defined]

    @property
    def narrowing(self) -> dict[str, str]:
        """The filters that are set and valid, as ``selectors.cases_of`` takes them."""
        chosen = self.cleaned_data
        names = {"kind": "kind", "relation": "relation", "words": "q"}
        return {ours: chosen.get(field, "") for ours, field in names.items()}


def spoken(name: str) -> str:
    """Return a kind as people read it."""
    return name.replace("_", " ")


def too_large() -> str:
    """Say how large a file may be."""
    most = settings.DOCUMENT_MAX_BYTES / 2**20
    return f"The file is larger than {most:.3g} MB, the most that is taken. Upload it in parts."
