from __future__ import annotations

import ipaddress
import math
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from apps.accounts.services import sign_in_failed, sign_in_succeeded, sign_in_wait


class SignInForm(AuthenticationForm):
    """Name and password, with a growing wait after repeated failures."""

    error_messages = {
        "invalid_login": "That name and password do not belong together. Mind capital letters.",
        "inactive": "This account is switched off.",
        "wait": "Too many failed tries. Please wait %(seconds)s s and try again.",
    }

    def clean(self) -> dict[str, Any]:
        assert self.request is not None
        attempt = {
            "username": self.cleaned_data.get("username", ""),
            "address": _address(self.request.META.get("REMOTE_ADDR", "")),
        }
        wait = sign_in_wait(**attempt)
        if wait:
            raise ValidationError(
                self.error_messages["wait"],
                code="wait",
                params={"seconds": math.ceil(wait.total_seconds())},
            )
        try:
            cleaned = super().clean()
        except ValidationError:
            sign_in_failed(**attempt)
            raise
        sign_in_succeeded(**attempt)
        return cleaned


def _address(claimed: str) -> str:
    """Return the address of the client, or one for all whose address a proxy garbles."""
    try:
        return str(ipaddress.ip_address(claimed.partition("%")[0]))
    except ValueError:
        return "0.0.0.0"  # noqa: S104
