"""Accounts are made and switched off in Django's admin site; everything else has pages of its
own, because changes there are audited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from apps.accounts.forms import AdminAccountForm, AdminNewAccountForm
from apps.accounts.models import User

if TYPE_CHECKING:
    UserAccountAdmin = UserAdmin[User]
else:  # Django's own class takes no parameter
    UserAccountAdmin = UserAdmin


class AccountAdmin(UserAccountAdmin):
    """Accounts are switched off, never deleted: the log names them for ever."""

    form = AdminAccountForm
    add_form = AdminNewAccountForm

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


admin.site.site_header = "memweb accounts"
admin.site.register(User, AccountAdmin)
admin.site.unregister(Group)
