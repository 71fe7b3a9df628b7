"""What people say about facts, entities and relations."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import QueryDict

from apps.accounts.models import Space
from apps.common.names import normalise_name
from apps.memory.controller.wording import one_of_each, template_problem
from apps.memory.models import Entity, Relation, Triple
from apps.memory.services import (
    MOST_EXAMPLES,
    MOST_WORDINGS,
    RelationInput,
    cue_words_problem,
    examples_problem,
    role_problem,
)

TYPES = (
    ("PER", "Person"),
    ("ORG", "Organisation"),
    ("LOC", "Place"),
    ("TIME", "Time"),
    ("NUM", "Number"),
    ("MISC", "Other"),
)
ROLES = (
    ("", Relation.Role.NONE.label),
    *(
        (group, tuple((role, Relation.Role(role).label) for role in roles.split()))
        for group, roles in (
            ("Times", "starts ends happens inception dissolution dates"),
            ("Order", "replaces replaced_by follows followed_by"),
            ("Places", "within country continent from citizenship origin"),
            ("Family", "father mother parent child spouse sibling"),
        )
    ),
)
MOST_LINES = 20
LONGEST_RELATION = 120


class MemorySearchForm(forms.Form):
    """The search of the memory; every part of it lives in the address."""

    q = forms.CharField(label="Words", required=False, max_length=200)
    relation = forms.ModelChoiceField(
        label="Relation", required=False, queryset=Relation.objects.none(), empty_label="Any"
    )
    type = forms.ChoiceField(label="About", required=False, choices=[("", "Anything"), *TYPES])
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[("", "Active"), *Triple.Status.choices[1:], ("any", "Any")],
    )
    entity = forms.ModelChoiceField(
        required=False, queryset=Entity.objects.none(), widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, space: Space, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["relation"].queryset = space.relations.defer("embedding")  # type: ignore[attr-defined]
        self.fields["entity"].queryset = space.entities.defer("embedding")  # type: ignore[attr-defined]

    def clean_q(self) -> str:
        return str(self.cleaned_data["q"]).strip()


class LinesField(forms.CharField):
    """A few short texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, *, longest: int, most: int = MOST_LINES, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=most * (longest + 2), **kwargs)
        self.longest, self.most = longest, most

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, (list, tuple)) else value

    def clean(self, value: Any) -> Any:
        lines = [" ".join(line.split()) for line in super().clean(value).splitlines()]
        kept = list(dict.fromkeys(line for line in lines if line))
        if len(kept) > self.most:
            raise forms.ValidationError(f"At most {self.most} lines.")
        if any(len(line) > self.longest for line in kept):
            raise forms.ValidationError(f"At most {self.longest} characters a line.")
        return tuple(kept)


class WordsField(forms.CharField):
    """Words and phrases with commas or line breaks between them."""

    widget = forms.Textarea(attrs={"rows": 2})

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, (list, tuple)) else value

    def clean(self, value: Any) -> Any:
        words = (" ".join(word.split()) for word in re.split(r"[,;\n]", super().clean(value)))
        return tuple(dict.fromkeys(word for word in words if word))


class RelationForm(forms.Form):
    """A relation as an owner describes it."""

    name = forms.CharField(
        max_length=LONGEST_RELATION, help_text="As in “Ada Brook – place of birth – Oakham”."
    )
    description = forms.CharField(
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What the subject and the object are. The write head compares these words with "
        "a text to find the relation without training. Choose the types below too: without them "
        "few facts are found.",
    )
    template = forms.CharField(
        label="Sentence",
        max_length=300,
        help_text="How an answer states the fact. {subject} and {object} stand for the names.",
    )
    examples = LinesField(
        longest=300,
        most=MOST_EXAMPLES,
        label="Example sentences",
        help_text="How texts say it, one sentence a line, with both names in square brackets and "
        "the subject first: “[Ada Brook] joined [Halden FC] as a keeper.” Where the object comes "
        "first: “[object: Halden FC] signed [subject: Ada Brook].” The write head looks for "
        "sentences like these; three of different kinds help most.",
    )
    aliases = LinesField(
        longest=120, label="Other names", help_text="One a line, such as “birthplace”."
    )
    single_valued = forms.BooleanField(
        required=False,
        label="One value at a time",
        help_text="A second object for the same subject and time is then shown as a conflict.",
    )
    lasts = forms.ChoiceField(
        label="How long a fact holds",
        required=False,
        choices=(
            ("yes", "For a time, which may begin and end"),
            ("no", "Always, or a moment"),
        ),
        help_text="An employer may change, so the write head looks for “from 1992 to 2002” in the "
        "sentence. A place of birth stays; a year beside it is not taken for its time.",
    )
    cue_words = WordsField(
        label="Words that speak of it",
        required=False,
        max_length=4000,
        help_text="A time in a sentence counts for this fact only where one of these words stands "
        "too, such as “work*, joined, left” for an employer. Commas between them; a star stands "
        "for any letters. Empty: the words of the names and the sentence above.",
    )
    role = forms.ChoiceField(
        label="What a fact of it means",
        required=False,
        choices=ROLES,
        help_text="By this, and not by the name, memweb knows what follows from a fact: who came "
        "before whom (“Who led it before Ada?”), when something was (“during the Harbour War”), "
        "how old it is, in what a place lies, where somebody is from, and who is whose "
        "grandmother.",
    )
    subject_types = forms.MultipleChoiceField(
        choices=TYPES, required=False, label="Subjects", widget=forms.CheckboxSelectMultiple
    )
    object_types = forms.MultipleChoiceField(
        choices=TYPES, required=False, label="Objects", widget=forms.CheckboxSelectMultiple
    )
    inverse_name = forms.CharField(
        max_length=120,
        required=False,
        label="Name from the other side",
        help_text="As in “Oakham – birthplace – Ada Brook”.",
    )
    inverse = forms.ModelChoiceField(
        queryset=Relation.objects.none(),
        required=False,
        empty_label="None",
        label="Inverse relation",
        help_text="Only where both state exactly the same fact, as “capital” and “capital of”. "
        "A fact of the one then answers questions for the other.",
    )
    same_both_ways = forms.BooleanField(
        required=False,
        label="Its own inverse",
        help_text="For relations such as “sibling”.",
    )
    implies = LinesField(
        longest=LONGEST_RELATION,
        label="Also means",
        help_text="Relations that hold wherever this one does, one a line, as “located in” for "
        "“capital of”. Nobody is then asked about them again.",
    )
    implies_back = LinesField(
        longest=LONGEST_RELATION,
        label="Also means, turned round",
        help_text="The same with both sides in each other's place, as “child” for “mother”.",
    )
    questions = LinesField(
        longest=300,
        most=MOST_WORDINGS,
        label="Questions for the object",
        help_text="One a line, with {subject}: “Where was {subject} born?” "
        "New questions are compared with these.",
    )
    inverse_questions = LinesField(
        longest=300,
        most=MOST_WORDINGS,
        label="Questions for the subject",
        help_text="One a line, with {object}: “Who was born in {object}?”",
    )

    def __init__(
        self, *args: Any, space: Space, relation: Relation | None = None, **kwargs: Any
    ) -> None:
        if relation is not None:
            kwargs["initial"] = _initial(relation) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.space = space
        self.relation = relation
        others = space.relations.defer("embedding")
        self.fields["inverse"].queryset = (  # type: ignore[attr-defined]
            others.exclude(pk=relation.pk) if relation else others
        )

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        if len(normalise_name(name)) > LONGEST_RELATION:  # some characters stand for many
            raise forms.ValidationError(f"A name has at most {LONGEST_RELATION} characters.")
        rows = self.space.relations.filter(normalised=normalise_name(name))
        if self.relation is not None:
            rows = rows.exclude(pk=self.relation.pk)
        if rows.exists():
            raise forms.ValidationError("There is a relation of this name.")
        if set(";{}>") & set(name):
            raise forms.ValidationError("A name has none of ; { } >.")
        return name

    def clean_template(self) -> str:
        template = " ".join(str(self.cleaned_data["template"]).split())
        if why := template_problem(template):
            raise forms.ValidationError(why)
        return template

    def clean_examples(self) -> tuple[str, ...]:
        lines: tuple[str, ...] = self.cleaned_data["examples"]
        if why := examples_problem(lines):
            raise forms.ValidationError(why)
        return lines

    def clean_lasts(self) -> bool:
        return str(self.cleaned_data["lasts"]) != "no"

    def clean_cue_words(self) -> tuple[str, ...]:
        words: tuple[str, ...] = self.cleaned_data["cue_words"]
        if why := cue_words_problem(words):
            raise forms.ValidationError(why)
        return words

    def clean_implies(self) -> tuple[str, ...]:
        return self._relations_named("implies")

    def clean_implies_back(self) -> tuple[str, ...]:
        return self._relations_named("implies_back")

    def _relations_named(self, field: str) -> tuple[str, ...]:
        """Return the lines as the names of relations of the space, as they are written there."""
        names = dict(self.space.relations.values_list("normalised", "name"))
        lines: tuple[str, ...] = self.cleaned_data[field]
        for line in lines:
            if normalise_name(line) not in names:
                raise forms.ValidationError(f"There is no relation “{line}” in this space.")
            if self.relation is not None and names[normalise_name(line)] == self.relation.name:
                raise forms.ValidationError("Name other relations than this one.")
        return tuple(dict.fromkeys(names[normalise_name(line)] for line in lines))

    def clean_questions(self) -> tuple[str, ...]:
        return self._asking("questions", "{subject}")

    def clean_inverse_questions(self) -> tuple[str, ...]:
        return self._asking("inverse_questions", "{object}")

    def _asking(self, field: str, placeholder: str) -> tuple[str, ...]:
        lines: tuple[str, ...] = self.cleaned_data[field]
        if not all(one_of_each(line, (placeholder,)) for line in lines):
            raise forms.ValidationError(
                f"Write {placeholder} exactly once in each line, and no other braces."
            )
        return lines

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("inverse") and data.get("same_both_ways"):
            self.add_error("inverse", "Choose an inverse, or say that it is its own; not both.")
        if why := role_problem(data.get("role", ""), data.get("object_types", ())):
            self.add_error("role", why)
        return data

    def written(self) -> dict[str, Any]:
        """Return what a valid form holds, by field, as events tell of it."""
        data = self.cleaned_data
        inverse = (
            data["name"] if data["same_both_ways"] else data["inverse"] and str(data["inverse"])
        )
        plain = {name: list(v) if isinstance(v, tuple) else v for name, v in data.items()}
        return plain | {"inverse": inverse}

    def again(self, row: Relation, merged: dict[str, Any]) -> RelationForm:
        """Return a form of the relation as it is now, filled in with ``merged`` values."""
        if merged["inverse"] == self.written()["inverse"]:
            own = {name: self.cleaned_data[name] for name in ("inverse", "same_both_ways")}
        else:
            own = {name: _initial(row)[name] for name in ("inverse", "same_both_ways")}
        return RelationForm(space=self.space, relation=row, initial=as_shown(merged | own))

    def given(self) -> RelationInput:
        """Return what was said, for the services."""
        data = self.cleaned_data
        tuples = {name: tuple(data[name]) for name in ("subject_types", "object_types")}
        kept = ("wikidata_property", "name_in_pack")  # by which trained heads and packs know it
        keys = {name: getattr(self.relation, name) for name in kept} if self.relation else {}
        return RelationInput(**(data | tuples | keys))


def as_shown(values: dict[str, Any]) -> dict[str, Any]:
    """Return values of a relation as the fields of its form show them."""
    return values | {"lasts": "yes" if values["lasts"] else "no"}


def _initial(relation: Relation) -> dict[str, Any]:
    names = RelationForm.base_fields.keys() - {"inverse", "same_both_ways"}
    own = relation.inverse_id == relation.pk
    return as_shown({name: getattr(relation, name) for name in names}) | {
        "inverse": None if own else relation.inverse_id,
        "same_both_ways": own,
    }


_KINDS = {"PER": "a person", "ORG": "an organisation", "LOC": "a place", "TIME": "a time",
          "NUM": "a number", "MISC": "a thing"}  # fmt: skip


def suggested(query: QueryDict) -> dict[str, Any]:
    """Return what an address says of a new relation, for the form to be filled in with."""
    template = query.get("template", "")
    types = {
        field: [one for one in query.getlist(field) if one in _KINDS]
        for field in ("subject_types", "object_types")
    }
    found: dict[str, Any] = {
        "name": query.get("name", "")[:LONGEST_RELATION],
        "template": "" if template_problem(template) else template,
        **types,
    }
    lines = query.getlist("examples")[:MOST_EXAMPLES]
    found["examples"] = [line for line in lines if not examples_problem([line])]
    if all(types.values()):
        subject, object_ = (" or ".join(_KINDS[one] for one in types[field]) for field in types)
        found["description"] = f"The subject is {subject}, and the object is {object_}."
    return {name: value for name, value in found.items() if value}


class EntityForm(forms.Form):
    """Name, type and description of an entity."""

    name = forms.CharField(max_length=500)
    type = forms.ChoiceField(required=False, choices=[("", "Unknown"), *TYPES])
    description = forms.CharField(
        max_length=300,
        required=False,
        help_text="A few words that tell it from others of the same name.",
    )


class AliasForm(forms.Form):
    """Another name."""

    name = forms.CharField(label="Another name", max_length=500)
