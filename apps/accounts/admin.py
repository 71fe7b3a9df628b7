"""Accounts are made and switched off in Django's admin site; everything else has pages of its
own. The log is told of every change here, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse

from apps.accounts.access import UserRequest
from apps.accounts.forms import AdminAccountForm, AdminNewAccountForm
from apps.accounts.models import User
from apps.accounts.services import password_changed, person_add, person_change

if TYPE_CHECKING:
    UserAccountAdmin = UserAdmin[User]
    AccountForm = ModelForm[User]
else:  # Django's own classes take no parameter
    UserAccountAdmin, AccountForm = UserAdmin, ModelForm

HOW = "the admin site"
RIGHTS = ("groups", "user_permissions")


class AccountAdmin(UserAccountAdmin):
    """Accounts are switched off, never deleted: the log names them for ever."""

    form = AdminAccountForm
    add_form = AdminNewAccountForm

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """What was erased stays as it is."""
        if obj is not None and obj.erased_at is not None:
            return False
        return super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: AccountForm, change: bool) -> None:
        """Save the account with its event; Django calls this in a transaction."""
        actor = cast(UserRequest, request).user
        if change:
            person_change(user=obj, actor=actor, more=_rights_changed(obj, form))
        else:
            person_add(user=obj, actor=actor, how=HOW)

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """Give an account another password, or none, in one transaction with its event."""
        user = self.get_object(request, unquote(id))
        before = user.password if user else ""
        with transaction.atomic():
            response = super().user_change_password(request, id, form_url)
            if user is not None:
                user.refresh_from_db(fields=["password"])
                if user.password != before:
                    actor = cast(UserRequest, request).user
                    password_changed(user, actor=actor, how=HOW)
        return response


def _rights_changed(user: User, form: AccountForm) -> dict[str, Any]:
    """Return what the form changes of the account's rights in the admin site."""
    changed: dict[str, Any] = {}
    for name in RIGHTS:
        if name in form.changed_data and name in form.cleaned_data:
            rows = (getattr(user, name).all(), form.cleaned_data[name])
            changed[name] = [sorted(map(str, one)) for one in rows]
    return changed


admin.site.site_header = "memweb accounts"
admin.site.register(User, AccountAdmin)
admin.site.unregister(Group)
