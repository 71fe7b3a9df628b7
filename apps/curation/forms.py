"""What reviewers send."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict

from apps.accounts.models import Space
from apps.common.day_fields import DayField
from apps.common.days import HELP, HELP_ENDS
from apps.curation.models import Candidate
from apps.curation.selectors import QueueFilter, documents_to_choose, number_of, relations_to_choose
from apps.curation.services.writing import Picked
from apps.memory.models import Entity, Relation, Triple
from apps.sources.models import Document

if TYPE_CHECKING:
    CandidateModelForm = forms.ModelForm[Candidate]
else:  # Django's ModelForm takes no parameter when it runs
    CandidateModelForm = forms.ModelForm

REASONS = (
    "not stated",
    "wrong relation",
    "wrong entity",
    "wrong direction",
    "too vague",
    "duplicate",
)
BATCH_ACTIONS = ("accept", "reject", "defer")
LARGEST_INTEGER = 2**31 - 1
LONGEST_SECONDS = 24 * 60 * 60  # a page that was open longer tells nothing
TYPES = [
    ("", "none"),
    ("PER", "person"),
    ("ORG", "organisation"),
    ("LOC", "place"),
    ("TIME", "time"),
    ("NUM", "number"),
    ("MISC", "other"),
]
SCORES = [("", "any"), ("0.9", "0.90 and more"), ("0.7", "0.70 and more"), ("0.5", "0.50 and more")]

ORDERS = [
    ("", "document"),
    ("newest", "newest first"),
    ("surest", "most likely first"),
    ("doubtful", "least likely first"),
    ("relation", "relation"),
]


class QueueForm(forms.Form):
    """Which candidates to see. A value that makes no sense filters nothing and is a ``problem``."""

    document: forms.ModelChoiceField[Document] = forms.ModelChoiceField(
        None,
        required=False,
        empty_label="all documents",
        error_messages={"invalid_choice": "There is no such document in this space."},
    )
    relation: forms.ModelChoiceField[Relation] = forms.ModelChoiceField(
        None,
        required=False,
        empty_label="all relations",
        error_messages={"invalid_choice": "No candidate has such a relation."},
    )
    score = forms.ChoiceField(choices=SCORES, required=False)
    q = forms.CharField(
        label="Words", required=False, max_length=200, widget=forms.TextInput({"type": "search"})
    )
    state = forms.ChoiceField(
        choices=Candidate.State.choices, required=False, widget=forms.HiddenInput
    )

    def __init__(self, data: QueryDict, *, space: Space) -> None:
        super().__init__(data, auto_id="filter_%s")
        documents, relations = self.fields["document"], self.fields["relation"]
        assert isinstance(documents, forms.ModelChoiceField)
        assert isinstance(relations, forms.ModelChoiceField)
        documents.queryset = documents_to_choose(space, number_of(data.get("document")))
        relations.queryset = relations_to_choose(space)

    def wanted(self, *, states: tuple[str, ...] = tuple(Candidate.OPEN)) -> QueueFilter:
        """Return the filter; a state that is none of ``states`` means pending ones."""
        self.is_valid()
        state = self.cleaned_data.get("state") or Candidate.State.PENDING
        score = self.cleaned_data.get("score")
        return QueueFilter(
            state=state if state in states else Candidate.State.PENDING,
            document=self.cleaned_data.get("document"),
            relation=self.cleaned_data.get("relation"),
            score=float(score) if score else None,
            words=self.cleaned_data.get("q") or "",
        )

    @property
    def problem(self) -> str:
        """Which filters make no sense, each by its name; empty when all do."""
        return " ".join(
            f"{self.fields[name].label or name.title()}: {' '.join(map(str, errors))}"
            for name, errors in self.errors.items()
        )

    def query(self) -> str:
        """Return the filter as it stands in an address."""
        self.is_valid()
        query = QueryDict(mutable=True)
        for name in self.fields:
            if self.cleaned_data.get(name):
                query[name] = self.data[name]
        return query.urlencode()


class ListForm(QueueForm):
    """The filters of the list of candidates, with an order."""

    order = forms.ChoiceField(choices=ORDERS, required=False)


class DecideForm(forms.Form):
    """What every decision carries: what was shown, when, and in which queue."""

    version = forms.IntegerField(min_value=1, max_value=LARGEST_INTEGER)
    shown_at = forms.FloatField(required=False)
    queue = forms.CharField(required=False, max_length=500)
    despite_conflicts = forms.BooleanField(required=False)
    subject_entity: forms.ModelChoiceField[Entity] = forms.ModelChoiceField(None, required=False)
    object_entity: forms.ModelChoiceField[Entity] = forms.ModelChoiceField(None, required=False)
    another_subject = forms.CharField(required=False, max_length=300)
    another_object = forms.CharField(required=False, max_length=300)

    def __init__(self, data: QueryDict, *, space: Space) -> None:
        super().__init__(data)
        for name in ("subject_entity", "object_entity"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = Entity.objects.filter(space=space, merged_into=None).defer("embedding")

    def seconds(self) -> float | None:
        """Return the seconds from display to decision, None when they make no sense."""
        shown_at = self.cleaned_data.get("shown_at")
        seconds = time.time() - shown_at if shown_at else -1.0
        return round(seconds, 2) if 0 <= seconds < LONGEST_SECONDS else None

    def picked(self) -> Picked:
        """Return the entities that the reviewer picked."""
        return Picked(
            subject=self.cleaned_data.get("subject_entity"),
            object=self.cleaned_data.get("object_entity"),
            another_subject=" ".join(self.cleaned_data.get("another_subject", "").split()),
            another_object=" ".join(self.cleaned_data.get("another_object", "").split()),
        )


class RejectForm(forms.Form):
    """Why: one of the quick reasons, or words of the reviewer's own."""

    reason = forms.CharField(required=False, max_length=500)
    words = forms.CharField(required=False, max_length=500)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        values["reason"] = values.get("reason") or values.get("words") or ""
        if not values["reason"] and not self.errors:
            raise forms.ValidationError("Say why it is rejected, or pick one of the reasons.")
        return values


class PickForm(forms.Form):
    """One fact of the memory; ``valid_to`` is until when a replaced one held."""

    triple: forms.ModelChoiceField[Triple] = forms.ModelChoiceField(
        None, error_messages={"required": "Pick one of the facts."}, empty_label=None
    )
    valid_to = DayField(ends=True)

    def __init__(self, data: QueryDict, *, space: Space) -> None:
        super().__init__(data)
        field = self.fields["triple"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Triple.objects.filter(space=space)


class EndForm(forms.Form):
    """Until when a fact held that a sentence denies."""

    valid_to = DayField(
        ends=True,
        required=True,
        error_messages={"required": "Say until when the fact held: a year, a month or a day."},
    )


class EditForm(CandidateModelForm):
    """The fact in the reviewer's words; ``changes`` are what differs from what was proposed."""

    subject_type = forms.ChoiceField(label="Type of the subject", choices=TYPES, required=False)
    object_type = forms.ChoiceField(label="Type of the object", choices=TYPES, required=False)
    valid_from = DayField(label="Holds from", help_text=HELP)
    valid_to = DayField(
        label="Holds until",
        ends=True,
        help_text=HELP_ENDS,
    )

    class Meta:
        model = Candidate
        fields = (
            "subject_text",
            "subject_type",
            "relation",
            "object_text",
            "object_type",
            "object_kind",
            "valid_from",
            "valid_to",
        )
        labels = {
            "subject_text": "Subject",
            "object_text": "Object",
            "object_kind": "Kind of the object",
        }
        widgets = {
            "subject_text": forms.TextInput({"autofocus": True, "data-focus": True}),
            "object_text": forms.TextInput(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relation = self.fields["relation"]
        assert isinstance(relation, forms.ModelChoiceField)
        relation.queryset = Relation.objects.filter(
            space=self.instance.space_id, retired_at=None
        ).defer("embedding")
        for name in ("subject_text", "object_text"):  # an input holds no line break
            self.initial[name] = " ".join(str(self.initial[name]).split())

    @property
    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        begins, ends = values.get("valid_from"), values.get("valid_to")
        if begins and ends and begins >= ends:
            self.add_error("valid_to", "A fact cannot end before it begins.")
        return values

    def _post_clean(self) -> None:
        """Leave the instance as it is: the service changes it, if it still may."""


class BatchForm(forms.Form):
    """One decision on many candidates: on those that are ticked, on all that the page showed, or on
    those that the page of confirmation counted. Candidates are ``id:version``, as they were shown.

    With the scope ``all`` there are no pairs: the filter names them.
    """

    action = forms.ChoiceField(
        choices=[(one, one) for one in BATCH_ACTIONS],
        error_messages={"required": "Say what is to be done with them."},
    )
    scope = forms.ChoiceField(choices=[(one, one) for one in ("selected", "page", "all", "chosen")])
    reason = forms.CharField(required=False, max_length=500)
    words = forms.CharField(required=False, max_length=500)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        scope = data.get("scope")
        if scope == "chosen":
            self.given = data.get("chosen", "").split()
        else:
            self.given = data.getlist("shown" if scope == "page" else "candidate")
        self.pairs: list[tuple[int, int]] = []

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("scope") != "all":
            self._read_pairs()
        values["reason"] = (values.get("words") or values.get("reason") or "").strip()
        if values.get("action") == "reject" and not values["reason"]:
            raise forms.ValidationError("Say why they are rejected, or pick one of the reasons.")
        return values

    def _read_pairs(self) -> None:
        try:
            for one in self.given:
                pk, _, version = one.partition(":")
                pair = (int(pk), int(version))
                if not all(0 < number <= LARGEST_INTEGER for number in pair):
                    raise ValueError
                self.pairs.append(pair)
        except ValueError:
            raise forms.ValidationError("The page sent something that is no candidate.") from None
        if not self.pairs:
            raise forms.ValidationError("No fact is chosen.")


class PickRelationForm(forms.Form):
    """A relation of the space that says what a proposed one would."""

    relation: forms.ModelChoiceField[Relation] = forms.ModelChoiceField(
        None, label="Relation", error_messages={"required": "Choose a relation."}
    )

    def __init__(self, *args: Any, space: Space, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_pick_%s", **kwargs})
        field = self.fields["relation"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = space.relations.filter(retired_at=None).defer("embedding")


class DeclineForm(forms.Form):
    """Why a proposed relation is declined."""

    reason = forms.CharField(
        max_length=500,
        error_messages={"required": "Say why, so that who proposed it can follow."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_decline_%s", **kwargs})
