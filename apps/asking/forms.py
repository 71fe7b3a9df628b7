"""What a person types on the pages of asking. The rules for a question live in the service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet

from apps.asking.models import Answer, Citation, Misreading, Question
from apps.asking.services import Correction, Gap, PartToCorrect
from apps.common.day_fields import DayField
from apps.memory.models import Entity, Relation

if TYPE_CHECKING:
    CitationField = forms.ModelChoiceField[Citation]
else:  # Django's ModelChoiceField takes no parameter when it runs
    CitationField = forms.ModelChoiceField


class QuestionForm(forms.Form):
    """A question. It carries no length of its own: a browser would cut a longer one silently."""

    text = forms.CharField(
        label="Your question",
        required=False,
        widget=forms.TextInput(
            attrs={"placeholder": "Ask in your own words", "autocomplete": "off"}
        ),
    )
    as_of = forms.DateField(
        label="As of",
        required=False,
        help_text="Ask what held on that day instead of today.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class FollowUpForm(QuestionForm):
    """The next question of a conversation."""

    def __init__(self, *args: object, question: Question, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["text"].label = "Ask a follow-up"
        self.fields["text"].widget.attrs["placeholder"] = "Go on asking"
        self.fields["as_of"].initial = question.as_of


class RetractForm(forms.Form):
    """Why a fact leaves the memory."""

    reason = forms.CharField(
        label="Why is it taken out?",
        max_length=500,
        error_messages={"required": "Say why, so that others can follow it later."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class CorrectionForm(forms.Form):
    """What holds in place of a fact."""

    object = forms.CharField(
        label="What is it now?",
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    valid_from = DayField(label="Since when", required=False)


class _StatedFact(CitationField):
    """One of the facts that an answer states."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.number}. {obj.statement}"


def _since() -> forms.DateField:
    return forms.DateField(
        label="Since when?",
        required=False,
        help_text="Only where it was right before and has changed: the first day of the new.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _name(label: str, placeholder: str, *, required: bool = True) -> forms.CharField:
    """A name. It carries no length of its own: a browser would cut it silently."""
    attrs = {"placeholder": placeholder, "autocomplete": "off"}
    return forms.CharField(
        label=label,
        required=required,
        error_messages={"required": "Write a name."},
        widget=forms.TextInput(attrs=attrs),
    )


class MarkForm(forms.Form):
    """That an answer is wrong, and what is right instead."""

    INSTEAD, BESIDE = "instead", "beside"

    expected = _name("No, it is", "The right name, if you know it", required=False)
    citation = _StatedFact(
        queryset=Citation.objects.none(),
        required=False,
        label="Which fact is wrong?",
        empty_label=None,
        widget=forms.RadioSelect,
    )
    beside = forms.ChoiceField(
        label="How does it stand to what was answered?",
        required=False,
        choices=[(INSTEAD, "It is right instead"), (BESIDE, "It is right as well")],
        widget=forms.RadioSelect,
    )
    since = _since()

    def __init__(
        self, *args: Any, answer: Answer, many: bool, asked: Sequence[Citation], **kwargs: Any
    ) -> None:
        """``many`` says that more than one name may be right. ``asked`` are the facts to choose
        from: those that the question asked for."""
        super().__init__(*args, **{"auto_id": "id_mark_%s", **kwargs})
        ids = [citation.pk for citation in asked]
        citations: QuerySet[Citation] = answer.citations.filter(pk__in=ids).order_by("number")
        field = self.fields["citation"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = citations
        if len(ids) < 2:
            del self.fields["citation"]
        if not many:
            del self.fields["beside"]
        if answer.abstained:
            del self.fields["since"]

    def given(self) -> dict[str, Any]:
        """Return what was said, for the service."""
        beside = self.cleaned_data.get("beside")
        return {
            "expected": self.cleaned_data["expected"],
            "citation": self.cleaned_data.get("citation"),
            "beside": None if not beside else beside == self.BESIDE,
            "since": self.cleaned_data.get("since"),
        }


class MisreadForm(forms.Form):
    """That no fact is wrong and the question was misread: a field for each part of its reading."""

    left_out = forms.CharField(
        label="Words that were left out",
        required=False,
        help_text="Words of the question that the answer does not take into account.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, question: Question, parts: Sequence[PartToCorrect], **kwargs: Any
    ) -> None:
        super().__init__(*args, **{"auto_id": "id_misread_%s", **kwargs})
        self.parts = {f"{part.number}:{part.path}": part for part in parts}
        rows = question.space.relations.filter(retired_at=None).order_by("name")
        self.relations = {row.pk: row for row in rows.defer("embedding")}
        for name, part in self.parts.items():
            words = f"“{part.words}”" if part.words else "Not in the words"
            self.fields[name] = (
                _meant_name(words, part) if part.name is not None else self._step(words, part)
            )
        self.order_fields([*self.parts, "left_out"])

    def _step(self, words: str, part: PartToCorrect) -> forms.ChoiceField:
        sides = [
            (label, [(f"{pk}:{known}", row.name) for pk, row in self.relations.items()])
            for known, label in (
                (Misreading.Known.SUBJECT.value, "what it has"),
                (Misreading.Known.OBJECT.value, "what has it"),
            )
        ]
        as_read = ("", f"{part.meaning} (as it was read)")
        return forms.ChoiceField(
            label=f"{words} asks for", required=False, choices=[as_read, *sides]
        )

    def given(self) -> dict[str, Any]:
        """Return what was said, for the service: the parts that were changed."""
        corrections = []
        for name, part in self.parts.items():
            value = self.cleaned_data.get(name, "").strip()
            if part.name is not None and value and value != part.name:
                corrections.append(Correction(part.number, part.path, name=value))
            elif part.name is None and value:
                pk, known = value.split(":")
                relation = self.relations[int(pk)]
                corrections.append(
                    Correction(part.number, part.path, relation=relation, known=known)
                )
        return {"corrections": corrections, "left_out": self.cleaned_data["left_out"]}


def _meant_name(words: str, part: PartToCorrect) -> forms.CharField:
    field = _name(f"{words} means", "An entity of the memory", required=False)
    field.initial = part.name
    return field


class GapForm(forms.Form):
    """The fact that an answer lacked."""

    subject = _name("Subject", "What the fact is about")
    relation: forms.ModelChoiceField[Relation] = forms.ModelChoiceField(
        None, required=False, label="Relation", empty_label="none of these"
    )
    new_relation = forms.CharField(
        label="Or a new relation",
        required=False,
        help_text="Only where none of the list fits. An owner or a reviewer decides about it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    object = _name("Object", "What is true of it")
    since = _since()

    def __init__(self, *args: Any, question: Question, gap: Gap, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_gap_%s", "initial": vars(gap), **kwargs})
        field = self.fields["relation"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = question.space.relations.filter(retired_at=None).defer("embedding")
        self.fields["since"].help_text = "Where it is known: the first day on which it holds."

    def given(self) -> dict[str, Any]:
        """Return what was said, for the service; a new relation beats the one preset."""
        given = dict(self.cleaned_data)
        if "relation" not in self.changed_data and given["new_relation"].strip():
            given["relation"] = None
        return given


class MeantForm(forms.Form):
    """How a question was meant: the entity, the relation and the side that is known."""

    entity = _name("About", "An entity of the memory")
    relation: forms.ModelChoiceField[Relation] = forms.ModelChoiceField(
        None, label="Relation", error_messages={"required": "Choose the relation."}
    )
    known = forms.ChoiceField(
        label="What is asked for?",
        choices=[
            (Misreading.Known.SUBJECT, "What the entity has: it is the subject"),
            (Misreading.Known.OBJECT, "What has the entity: it is the object"),
        ],
        widget=forms.RadioSelect,
    )
    entity_id: forms.ModelChoiceField[Entity] = forms.ModelChoiceField(
        None, required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_meant_%s", **kwargs})
        rows = {
            "relation": question.space.relations.filter(retired_at=None).defer("embedding"),
            "entity_id": question.space.entities.filter(merged_into=None).defer("embedding"),
        }
        for name, queryset in rows.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = queryset
