from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.http import urlencode

from apps.accounts.models import Space, User
from apps.audit.actions import ACTIONS
from apps.audit.models import Event
from apps.audit.selectors import about, actors_in, search
from apps.common.requests import LONGEST
from apps.curation.models import Decision
from apps.memory.models import Relation
from apps.provenance.selectors.resting import (
    NoSuchSource,
    Source,
    documents_of,
    heads_of,
    people_of,
    source_of,
)

# Numbers of rows: what does not fit a column of the database is none.
NUMBER: dict[str, Any] = {"min_value": 1, "max_value": 2**63 - 1}
MOST_SOURCES: Final = 200  # documents that a page offers to choose from
MORE = ("document", "entity", "fact", "request", "head")


def day(label: str) -> forms.DateField:
    """Return a field for a day, which may be left empty."""
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class PeriodForm(forms.Form):
    """Filters with a first and a last day."""

    def clean(self) -> dict[str, Any] | None:
        """Refuse a time that ends before it begins: nothing could ever fit it."""
        chosen = super().clean() or self.cleaned_data
        since, until = chosen.get("since"), chosen.get("until")
        if since and until and until < since:
            self.add_error("until", "This day lies before the first one.")
        return chosen

    @property
    def period(self) -> str:
        """The days that were chosen, as a query."""
        days = ((name, self.cleaned_data.get(name)) for name in ("since", "until"))
        return urlencode({name: one.isoformat() for name, one in days if one})


class ApprovalsForm(PeriodForm):
    """The filters of who approved what."""

    actor = forms.ModelChoiceField(label="Who", required=False, queryset=User.objects.none())
    relation = forms.ModelChoiceField(
        label="Relation", required=False, queryset=Relation.objects.none()
    )
    since = day("From")
    until = day("To")

    def __init__(self, *args: Any, space: Space, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        decided = Decision.objects.filter(candidate__space=space, actor=OuterRef("pk"))
        people = User.objects.filter(Exists(decided)).order_by("username")
        relations = Relation.objects.filter(space=space).defer("embedding")
        for name, rows, empty in (
            ("actor", people, "Anybody"),
            ("relation", relations, "Any relation"),
        ):
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
            self.fields[name].empty_label = empty  # type: ignore[attr-defined]

    def narrow(self, decisions: QuerySet[Decision]) -> QuerySet[Decision]:
        """Apply the filters that are set and valid."""
        names = {
            "actor": "actor",
            "relation": "candidate__relation",
            "since": "created_at__date__gte",
            "until": "created_at__date__lte",
        }
        chosen = {names[name]: one for name, one in self.cleaned_data.items() if one}
        return decisions.filter(**chosen)


class EventFilterForm(PeriodForm):
    """The filters of the event list; every one of them lives in the address."""

    q = forms.CharField(label="Words", required=False, max_length=200)
    action = forms.ChoiceField(label="What", required=False)
    actor = forms.ModelChoiceField(label="Who", required=False, queryset=User.objects.none())
    since = day("From")
    until = day("To")
    document = forms.IntegerField(label="Document no.", required=False, **NUMBER)
    entity = forms.IntegerField(label="Entity no.", required=False, **NUMBER)
    fact = forms.IntegerField(label="Fact no.", required=False, **NUMBER)
    request = forms.CharField(label="Request", required=False, max_length=LONGEST)
    head = forms.CharField(
        label="Head",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": "write head encoder"}),
    )

    def __init__(self, *args: Any, space: Space, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        worded = ((name, action.wording) for name, action in ACTIONS.items())
        by_words = sorted(worded, key=lambda action: action[1])
        self.fields["action"].choices = [("", "Everything"), *by_words]  # type: ignore[attr-defined]
        actor = self.fields["actor"]
        actor.queryset = actors_in(space)  # type: ignore[attr-defined]
        actor.empty_label = "Anybody"  # type: ignore[attr-defined]

    def narrow(self, events: QuerySet[Event]) -> QuerySet[Event]:
        """Apply the filters that are set and valid."""
        chosen = self.cleaned_data
        if chosen.get("q"):
            events = search(events, chosen["q"])
        if chosen.get("action"):
            events = events.filter(action=chosen["action"])
        if chosen.get("actor"):
            events = events.filter(actor=chosen["actor"])
        if chosen.get("since"):
            events = events.filter(created_at__date__gte=chosen["since"])
        if chosen.get("until"):
            events = events.filter(created_at__date__lte=chosen["until"])
        for name in ("document", "entity", "fact"):
            if chosen.get(name):
                events = about(events, name, chosen[name])
        if chosen.get("request"):
            events = events.filter(request=chosen["request"])
        if chosen.get("head"):
            events = events.filter(actor=None, actor_label__icontains=chosen["head"])
        return events

    @property
    def first(self) -> list[forms.BoundField]:
        """The filters that are always seen, but for the words."""
        return [self[name] for name in self.fields if name != "q" and name not in MORE]

    @property
    def more(self) -> list[forms.BoundField]:
        return [self[name] for name in MORE]

    @property
    def more_in_use(self) -> bool:
        return any(self.data.get(name) for name in MORE)


class SourceForm(forms.Form):
    """What facts may rest on, by its key in the address."""

    source = forms.CharField(
        label="Document, import, reviewer or head", required=False, max_length=200
    )

    def __init__(self, *args: Any, space: Space, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.space = space
        self.fields["source"].widget = forms.Select(choices=_sources(space))

    def clean_source(self) -> Source | None:
        """Return the source that is meant."""
        key = self.cleaned_data["source"]
        if not key:
            return None
        try:
            return source_of(self.space, key)
        except NoSuchSource:
            raise forms.ValidationError("There is none of these in this space.") from None


def _sources(space: Space) -> Iterator[tuple[str, Any]]:
    """Yield what a page offers to choose from; older documents are reached from their own pages."""
    yield "", "Choose one"
    for label, is_import, kind in (("Documents", False, "document"), ("Imports", True, "import")):
        rows = documents_of(space, is_import=is_import)[:MOST_SOURCES]
        if rows:
            yield label, [(f"{kind}:{row.pk}", row.title) for row in rows]
    people = [(f"reviewer:{one.pk}", one.label) for one in people_of(space)]
    if people:
        yield "Reviewers", people
    heads = heads_of(space)
    if heads:
        yield (
            "Versions of a head",
            [(f"head:{head}:{version}", f"{head} {version}") for head, version in heads],
        )


class WithdrawForm(forms.Form):
    """Why something is withdrawn, and when its dry run was shown."""

    reason = forms.CharField(label="Reason", max_length=500)
    seen_at = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def clean_seen_at(self) -> datetime:
        """Return when the dry run was shown."""
        try:
            seen = datetime.fromisoformat(self.cleaned_data["seen_at"])
        except ValueError:
            seen = None
        if seen is None or seen.tzinfo is None or seen > timezone.now():
            raise forms.ValidationError("Open the page again: it does not say when you looked.")
        return seen


class RefusalsForm(PeriodForm):
    """The filters of refused accesses."""

    actor = forms.ModelChoiceField(label="Who", required=False, queryset=User.objects.none())
    since = day("From")
    until = day("To")

    def __init__(self, *args: Any, events: QuerySet[Event], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(Exists(events.order_by().filter(actor=OuterRef("pk"))))
        self.fields["actor"].queryset = people.order_by("username")  # type: ignore[attr-defined]
        self.fields["actor"].empty_label = "Anybody"  # type: ignore[attr-defined]

    def narrow(self, events: QuerySet[Event]) -> QuerySet[Event]:
        """Apply the filters that are set and valid."""
        names = {
            "actor": "actor",
            "since": "created_at__date__gte",
            "until": "created_at__date__lte",
        }
        chosen = {names[name]: one for name, one in self.cleaned_data.items() if one}
        return events.filter(**chosen)


class SiteLogForm(RefusalsForm):
    """The filters of the site's own log."""

    KINDS: Final = {
        "sign_in": ("Sign-ins, failed and refused ones too", "sign_in."),
        "session": ("Sessions that ended", "session."),
        "person": ("Accounts and passwords", "person."),
        "access": ("Refused accesses", "access."),
        "space": ("Spaces", "space."),
    }

    q = forms.CharField(label="Words", required=False, max_length=200)
    kind = forms.ChoiceField(
        label="What",
        required=False,
        choices=[("", "Everything"), *((name, words) for name, (words, _) in KINDS.items())],
    )
    field_order = ("q", "kind", "actor", "since", "until")

    def narrow(self, events: QuerySet[Event]) -> QuerySet[Event]:
        """Apply the filters that are set and valid."""
        kind, words = self.cleaned_data.pop("kind", ""), self.cleaned_data.pop("q", "")
        if kind:
            events = events.filter(action__startswith=self.KINDS[kind][1])
        if words:
            events = search(events, words)
        return super().narrow(events)
