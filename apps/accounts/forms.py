from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import (
    AdminUserCreationForm,
    AuthenticationForm,
    PasswordChangeForm,
    UserChangeForm,
    UserCreationForm,
)
from django.core.exceptions import ValidationError

from apps.accounts.addresses import client_address
from apps.accounts.browsers import browser_of
from apps.accounts.devices import device_of
from apps.accounts.models import Role, Space, User
from apps.accounts.selectors import spaces_of
from apps.accounts.services import (
    Attempt,
    password_wrong,
    sign_in_begin,
    sign_in_failed,
    sign_in_succeeded,
    sign_in_unchecked,
)
from apps.accounts.tokens import LONGEST_DAYS
from apps.common.text import look_alikes, plain
from memweb.busy import Busy

if TYPE_CHECKING:
    NewUserForm = UserCreationForm[User]
    NewAdminUserForm = AdminUserCreationForm[User]
    ChangedUserForm = UserChangeForm[User]
else:  # Django's own classes take no parameter
    NewUserForm, NewAdminUserForm = UserCreationForm, AdminUserCreationForm
    ChangedUserForm = UserChangeForm


class SignInForm(AuthenticationForm):
    """Name and password, with a growing wait after repeated failures."""

    error_messages = {
        "invalid_login": "That name and password do not belong together. Mind capital letters.",
        "inactive": "This account is switched off.",
        "wait": "Too many failed tries. Please wait %(seconds)s s and try again.",
    }
    # Seconds until the next try; 0 where this one was let through.
    wait_seconds = 0

    @property
    def sign_on(self) -> str:
        """What the other way in is called, if there is one."""
        return settings.OIDC_NAME if settings.OIDC_ISSUER else ""

    def clean(self) -> dict[str, Any]:
        assert self.request is not None
        username = self.cleaned_data.get("username")
        if username is None or not self.cleaned_data.get("password"):
            return super().clean()  # nothing is checked, so nothing is counted
        device = device_of(self.request, username)
        browser = browser_of(self.request.headers.get("User-Agent", ""))
        attempt = Attempt(username, client_address(self.request), device, browser)
        wait = sign_in_begin(attempt)
        if wait:
            self.wait_seconds = math.ceil(wait.total_seconds())
            raise ValidationError(
                self.error_messages["wait"], code="wait", params={"seconds": self.wait_seconds}
            )
        try:
            cleaned = super().clean()
        except Busy:
            sign_in_unchecked(attempt)
            raise
        except ValidationError:
            sign_in_failed(attempt)
            raise
        sign_in_succeeded(attempt)
        return cleaned


class OwnPasswordForm(PasswordChangeForm):
    """The old password and a new one. Guesses of the old one are counted: whoever finds an open
    browser could else try them all."""

    def clean_old_password(self) -> str:
        attempt = Attempt(self.user.get_username(), "", f"account {self.user.pk}")
        if wait := sign_in_begin(attempt):
            seconds = math.ceil(wait.total_seconds())
            raise ValidationError(SignInForm.error_messages["wait"], params={"seconds": seconds})
        try:
            old: str = super().clean_old_password()
        except Busy:
            sign_in_unchecked(attempt)
            raise
        except ValidationError:
            password_wrong(self.user)
            raise
        sign_in_succeeded(attempt)
        return old


def readable(name: str, *, before: str = "") -> str:
    """Return the name of a person. Raises ValidationError for one that reads as somebody else's:
    decisions and the log stand under it. The one of ``before`` may stay."""
    if name and name != before and plain(name) != name:
        raise ValidationError(
            "This name holds signs that cannot be seen, or blanks in excess. Type it anew."
        )
    if name and name != before and look_alikes(name):
        raise ValidationError(
            "This name mixes letters of different scripts that look alike. Write it in one."
        )
    return name


class NewAccountForm(NewUserForm):
    """A name and a password for somebody who was invited."""

    class Meta:
        model = User
        fields = ["username"]
        help_texts = {"username": "At most 150 letters, digits and these signs: @ . + - _"}

    def clean_username(self) -> str:
        return readable(super().clean_username())  # None, really, where that refuses it


class AdminNewAccountForm(NewAdminUserForm):
    """A name and a password for somebody, given in the admin site."""

    def clean_username(self) -> str:
        return readable(super().clean_username())


class AdminAccountForm(ChangedUserForm):
    """An account in the admin site. A name of before may stay, so that an account under a bad one
    can be switched off."""

    def clean_username(self) -> str:
        return self._readable("username")

    def clean_first_name(self) -> str:
        return self._readable("first_name")

    def clean_last_name(self) -> str:
        return self._readable("last_name")

    def _readable(self, field: str) -> str:
        return readable(self.cleaned_data[field], before=self.initial.get(field, ""))


class TokenForm(forms.Form):
    """A token for a program: what it is for, and how much it opens."""

    name = forms.CharField(label="What it is for", max_length=120)
    space = forms.ModelChoiceField(
        queryset=Space.objects.none(),
        required=False,
        empty_label="All of your spaces",
        to_field_name="slug",
    )
    roles = forms.MultipleChoiceField(
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="What the program may do is what these roles may. None: all that you hold.",
    )
    days = forms.IntegerField(
        label="Days until it ends", min_value=1, max_value=LONGEST_DAYS, required=True
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"days": settings.TOKEN_DAYS})
        kwargs["auto_id"] = "id_token_%s"  # two forms of the page have a field of one name
        super().__init__(*args, **kwargs)
        self.fields["space"].queryset = spaces_of(user)  # type: ignore[attr-defined]
