"""What somebody wants to export, and as what."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import Space, User
from apps.asking.models import Question
from apps.common.names import normalise_name
from apps.curation.models import Decision, Extraction
from apps.memory.models import Entity, Evidence
from apps.provenance.models import Export
from apps.provenance.services.exports import Chosen
from apps.sources.models import Document

DAY: Final = {"type": "date"}
# The fields that a scope needs besides its own name.
NEEDS: Final[dict[str, tuple[str, ...]]] = {
    Export.Scope.SPACE: (),
    Export.Scope.PERIOD: ("since", "until"),
    Export.Scope.DOCUMENT: ("document",),
    Export.Scope.ENTITY: ("entity",),
    Export.Scope.REVIEWER: ("reviewer",),
    Export.Scope.HEAD: ("version",),
    Export.Scope.ANSWER: ("question",),
}
MOST_NAMED: Final = 5


class ExportForm(forms.Form):
    """Scope and format of an export.

    Only the fields that the chosen scope needs are looked at. ``is_unknown`` tells that a number
    or a choice is none of this space's; whether it is another space's makes no difference.
    ``is_incomplete`` that nothing is wrong but what was not filled in.
    """

    scope = forms.ChoiceField(label="What", choices=Export.Scope.choices)
    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs=DAY), help_text="First day (UTC)"
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs=DAY), help_text="Last day (UTC)"
    )
    document = forms.CharField(
        label="Document", required=False, max_length=300, help_text="Its title or its number"
    )
    entity = forms.CharField(
        label="Entity", required=False, max_length=500, help_text="Its name or its number"
    )
    reviewer = forms.ChoiceField(label="Reviewer", required=False)
    version = forms.ChoiceField(label="Version of the model", required=False)
    question = forms.CharField(
        label="Question",
        required=False,
        max_length=Question.MAX_LENGTH,
        help_text="Its words or its number",
    )
    format = forms.ChoiceField(label="As", choices=Export.Format.choices)

    # A browser would keep htmx from asking what a form that is not filled yet comes to.
    use_required_attribute = False

    def __init__(self, *args: Any, space: Space, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.space = space
        self.is_unknown = self.is_incomplete = False
        for name in NEEDS[self._scope]:
            self.fields[name].required = True
        self._choose("reviewer", [(str(one.pk), one.label) for one in reviewers_of(space)])
        self._choose("version", [(one, f"{head} {one}") for head, one in versions_of(space)])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def _scope(self) -> str:
        scope = self.data.get("scope") if self.is_bound else None
        return scope if scope in NEEDS else Export.Scope.SPACE

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields that the chosen scope needs."""
        return [self[name] for name in NEEDS[self._scope]]

    def clean(self) -> dict[str, Any]:
        """Refuse what the scope lacks, and a period that ends before it begins."""
        chosen = super().clean() or self.cleaned_data
        needed = NEEDS[self._scope]
        for name in set(self.errors) - {"scope", "format", *needed}:
            del self.errors[name]  # of another scope
        self.is_incomplete = bool(self.errors) and all(
            self.has_error(name, "required") for name in self.errors
        )
        if {"reviewer", "version"} & set(needed) & set(self.errors):
            self.is_unknown = bool(self.data.get(needed[0]))
        since, until = chosen.get("since"), chosen.get("until")
        if "since" in needed and since and until and until < since:
            self.add_error("until", "This day lies before the first one.")
        finders = {"document": _document, "entity": _entity, "question": _question}
        for name, find in finders.items():
            if name in needed and chosen.get(name):
                self._find(name, find(self.space, chosen[name]))
        return chosen

    def _find(self, name: str, found: list[int]) -> None:
        words = self.cleaned_data[name]
        if not found:
            self.is_unknown = _number(words) is not None
            self.add_error(name, f"There is no such {name} in this space.")
        elif len(found) > 1:
            numbers = ", ".join(map(str, found[:MOST_NAMED]))
            self.add_error(name, f"Several are called so. Give the number of one: {numbers}.")
        else:
            self.cleaned_data[name] = found[0]

    @property
    def chosen(self) -> Chosen:
        """What is asked for, by a valid form; without input the whole space."""
        if not self.is_bound:
            return Chosen(self.space.pk, Export.Scope.SPACE)
        said, scope = self.cleaned_data, self._scope
        numbers = {"document", "entity", "reviewer", "question"} & set(NEEDS[scope])
        return Chosen(
            self.space.pk,
            scope,
            number=int(said[numbers.pop()]) if numbers else None,
            version=said["version"] if scope == Export.Scope.HEAD else "",
            since=said["since"] if scope == Export.Scope.PERIOD else None,
            until=said["until"] if scope == Export.Scope.PERIOD else None,
        )


def reviewers_of(space: Space) -> QuerySet[User]:
    """Return the people who decided or approved anything in the space."""
    # Two conditions, and no join: that would pair every decision of a person with every approval.
    decided = Decision.objects.filter(candidate__space=space, actor=OuterRef("pk"))
    approved = Evidence.objects.filter(space=space, approved_by=OuterRef("pk"))
    return User.objects.filter(Exists(decided) | Exists(approved)).order_by("username")


def versions_of(space: Space) -> list[tuple[str, str]]:
    """Return heads and their versions that read a document of the space."""
    rows = Extraction.objects.filter(space=space).exclude(head_version="").order_by()
    return sorted(rows.values_list("head", "head_version").distinct())


def _number(words: str) -> int | None:
    plain = words.strip().removeprefix("#")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 18 else None


def _document(space: Space, words: str) -> list[int]:
    rows = Document.objects.filter(space=space)
    return _by_number(rows, words) or _numbers(rows.filter(title__iexact=words.strip()))


def _entity(space: Space, words: str) -> list[int]:
    rows = Entity.objects.filter(space=space, merged_into=None)
    plain = normalise_name(words)
    named = rows.filter(Q(normalised=plain) | Q(aliases__normalised=plain)).distinct()
    return _by_number(Entity.objects.filter(space=space), words) or _numbers(named)


def _question(space: Space, words: str) -> list[int]:
    rows = Question.objects.filter(space=space, answer__isnull=False)
    return _by_number(rows, words) or _numbers(rows.filter(text__iexact=words.strip()))


def _by_number(rows: QuerySet[Any], words: str) -> list[int]:
    number = _number(words)
    return [] if number is None else _numbers(rows.filter(pk=number))


def _numbers(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by("-pk").values_list("pk", flat=True)[: MOST_NAMED + 1])
