"""Django's own command, of whose changes the log is told."""

from __future__ import annotations

import getpass
from typing import Any

from django.contrib.auth.management.commands import changepassword
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services import password_changed


class Command(changepassword.Command):
    def handle(self, *args: Any, **options: Any) -> str | None:
        """Ask for another password and save it, in one transaction with its event."""
        with transaction.atomic():
            rows = User.objects.filter(username=options["username"] or getpass.getuser())
            before = rows.first()
            said = super().handle(*args, **options)
            after = rows.first()
            if before and after and before.password != after.password:
                password_changed(after, actor_label="command line", how="a command")
        return said
