from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html

from apps.accounts.models import Role, Space, User
from apps.common.text import plain
from apps.memory.packs import Pack, extra_packs, pack_named

if TYPE_CHECKING:
    SpaceModelForm = forms.ModelForm[Space]
else:  # Django's ModelForm takes no parameter when it runs
    SpaceModelForm = forms.ModelForm


def _seen(text: str) -> str:
    """Return a name as it is stored. Raises ValidationError where nobody would see any of it."""
    name = plain(text)
    if not name:
        raise ValidationError("This has no character that can be seen. Write a name.")
    return name


class SpaceForm(SpaceModelForm):
    class Meta:
        model = Space
        fields = ["name", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 2})}

    def clean_name(self) -> str:
        return _seen(self.cleaned_data["name"])


class SpaceOpenForm(SpaceForm):
    """A new space, and the packs of relations that it begins with."""

    packs = forms.MultipleChoiceField(
        required=False,
        label="Relations beside the standard ones",
        widget=forms.CheckboxSelectMultiple,
        help_text="What is looked for in documents. Each can be switched on and off later.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["packs"].choices = [  # type: ignore[attr-defined]
            (pack.name, _pack_label(pack)) for pack in extra_packs()
        ]

    def opened_with(self) -> dict[str, Any]:
        """Return what a valid form says, for the service."""
        chosen = [pack_named(name) for name in self.cleaned_data["packs"]]
        return self.cleaned_data | {"packs": chosen}


def _pack_label(pack: Pack) -> str:
    return format_html(
        '<span>{}<span class="choice__note">{} {} relations, such as {}.</span></span>',
        pack.title,
        pack.description,
        len(pack.relations),
        ", ".join(pack.examples),
    )


class SpaceSettingsForm(SpaceForm):
    class Meta(SpaceForm.Meta):
        fields = [
            "name",
            "description",
            "self_review",
            "propose_implied",
            "question_days",
            "keep_marked_questions",
            "keep_questions_of_erased",
        ]
        labels = {
            "self_review": "A lone reviewer may decide on what they imported themselves",
            "propose_implied": "Also ask about what follows from another fact",
            "question_days": "Erase questions and answers after so many days",
            "keep_marked_questions": "Keep those that somebody marked as wrong or right",
            "keep_questions_of_erased": "Keep the questions of a person whose data are erased",
        }
        help_texts = {
            "self_review": "Off: nobody decides on their own proposals. On: it is allowed while "
            "the space has a single reviewer, and each such decision is marked in the log.",
            "propose_implied": "Off: who is asked whether Oslo is the capital of Norway is not "
            "asked whether it lies in Norway; the card says what accepting it also means. On: each "
            "is asked about.",
            "question_days": "Empty: they are kept for ever. What is erased is gone for good; that "
            "something was asked, by whom and when, stays on record.",
            "keep_marked_questions": "They are what the heads are measured and trained on.",
            "keep_questions_of_erased": "Off: what the person asked, and the answers, are erased "
            "with their name.",
        }


class RoleForm(forms.Form):
    """Grants a role to somebody who has an account."""

    username = forms.CharField(label="Username", max_length=150)
    role = forms.ChoiceField(choices=Role)

    def clean_username(self) -> User:
        user = User.objects.filter(
            username__iexact=self.cleaned_data["username"].strip(), is_active=True
        ).first()
        if user is None:
            raise ValidationError(
                "There is no account of that name. Invite this person by a link instead.",
                code="unknown",
            )
        return user


class RevokeForm(forms.Form):
    """Names the role to take away."""

    user = forms.ModelChoiceField(queryset=User.objects.none())
    role = forms.ChoiceField(choices=Role)

    def __init__(self, *args: Any, space: Space, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = space.members.distinct()  # type: ignore[attr-defined]


class InvitationForm(forms.Form):
    """Invites somebody by a link."""

    label = forms.CharField(
        label="For whom",
        max_length=120,
        help_text="A name or an address, by which you know the invitation again.",
    )
    roles = forms.MultipleChoiceField(
        choices=Role, widget=forms.CheckboxSelectMultiple, initial=[Role.ASKER]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_invite_%s", **kwargs})

    def clean_label(self) -> str:
        return _seen(self.cleaned_data["label"])
