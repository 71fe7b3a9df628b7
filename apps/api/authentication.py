"""Who calls: by a token in ``Authorization: Bearer ...``, or by the session of the pages."""

from __future__ import annotations

from typing import Any, Final

from knox.auth import TokenAuthentication
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.accounts.models import AccessToken, User
from apps.accounts.tokens import TokenRefused, token_use

REALM: Final = "memweb"


class BearerAuthentication(TokenAuthentication):  # type: ignore[misc]  # knox has no types
    """A token of the account page (see ``apps.accounts.tokens``)."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, AccessToken]:
        try:
            found = token_use(token.decode("ascii"))
        except (TokenRefused, UnicodeDecodeError) as error:
            said = str(error) if isinstance(error, TokenRefused) else "No such token."
            raise AuthenticationFailed(said) from None
        return found.user, found

    def authenticate_header(self, request: Request) -> Any:
        return "Bearer"


class PageSession(SessionAuthentication):
    """The session of somebody who is signed in on the pages; what changes needs the CSRF token."""
