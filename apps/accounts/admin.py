"""Accounts are made and switched off in Django's admin site; everything else has pages of its
own, because changes there are audited."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group

from apps.accounts.models import User

admin.site.site_header = "memweb accounts"
admin.site.register(User, UserAdmin)
admin.site.unregister(Group)
