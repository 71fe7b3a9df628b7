"""What a person types on the pages of asking. The rules for a question live in the service."""

from __future__ import annotations

from django import forms

from apps.asking.models import Question


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
