"""The forms of an import from another system."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.curation.foreign_selectors import Met
from apps.memory.models import Relation
from apps.sources.foreign import table

LEAVE_OUT = "Leave out"
_LABELS = {
    "subject": "Subject",
    "relation": "Relation",
    "object": "Object",
    "subject_type": "Type of the subject",
    "object_type": "Type of the object",
    "valid_from": "Holds from",
    "valid_to": "Holds until",
    "evidence": "Sentence that says it",
    "source": "Source",
}


class ForeignFileForm(forms.Form):
    """A file of another system."""

    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        error_messages={"required": "Choose a file first."},
        help_text="JSON, JSON Lines, GraphML, Turtle, TriG, N-Triples, JSON-LD or CSV.",
    )


class ForeignColumnsForm(forms.Form):
    """Which column of a table is what."""

    def __init__(self, columns: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        guessed = table.guess(columns)
        named = [(str(place), name) for place, name in enumerate(columns)]
        for part in table.PARTS:
            needed = part in ("subject", "object")
            self.fields[part] = forms.ChoiceField(
                label=_LABELS[part],
                required=needed,
                choices=[("", "Choose a column" if needed else "No column"), *named],
                initial=str(guessed.get(part, "")),
            )
        self.fields["one_relation"] = forms.CharField(
            label="Or one relation for every row",
            required=False,
            max_length=120,
            help_text="Where no column says the relation: “lives in”.",
        )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not given.get("relation") and not given.get("one_relation"):
            self.add_error("relation", "Choose the column of the relation, or write one below.")
        if given.get("subject") and given.get("subject") == given.get("object"):
            self.add_error("object", "Subject and object are two columns.")
        return given

    def chosen(self) -> dict[str, int]:
        """Return the column's place of each part."""
        given = self.cleaned_data
        return {part: int(given[part]) for part in table.PARTS if given[part]}


class ForeignRelationsForm(forms.Form):
    """Which relation of the space each relation of a file is."""

    def __init__(
        self, met: list[Met], relations: list[Relation], *args: Any, texts: int, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.met, self._by_key = met, {str(one.pk): one for one in relations}
        choices = [("", LEAVE_OUT), *((str(one.pk), one.name) for one in relations)]
        for number, one in enumerate(met):
            self.fields[f"r{number}"] = forms.ChoiceField(
                label=one.label,
                required=False,
                choices=choices,
                initial=str(one.relation.pk) if one.relation else "",
            )
        if texts:
            self.fields["texts"] = forms.BooleanField(
                label="Add the text as a document and look for facts in it",
                required=False,
                initial=True,
            )

    def rows(self) -> list[tuple[Met, forms.BoundField]]:
        """Return each relation with its field."""
        return [(one, self[f"r{number}"]) for number, one in enumerate(self.met)]

    def chosen(self) -> dict[str, Relation]:
        """Return the space's relation of each relation of the file that is not left out."""
        given = self.cleaned_data
        return {
            one.key: self._by_key[given[f"r{number}"]]
            for number, one in enumerate(self.met)
            if given[f"r{number}"]
        }
