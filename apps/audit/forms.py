from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from apps.accounts.models import Space, User
from apps.audit.actions import ACTIONS
from apps.audit.models import Event
from apps.audit.selectors import actors_in, search


class EventFilterForm(forms.Form):
    """The filters of the event list; every one of them lives in the address."""

    q = forms.CharField(label="Words", required=False, max_length=200)
    action = forms.ChoiceField(label="What", required=False)
    actor = forms.ModelChoiceField(label="Who", required=False, queryset=User.objects.none())
    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, space: Space, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", "Everything"), *sorted(ACTIONS.items())]  # type: ignore[attr-defined]
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
        return events
