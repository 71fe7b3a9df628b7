"""Who an agent acts for: a person, by one of their tokens, with the rights that it has."""

from __future__ import annotations

import time
from dataclasses import dataclass

from apps.accounts.access import Foreign, RoleNeeded
from apps.accounts.models import AccessToken, Space, User
from apps.accounts.selectors import spaces_of
from apps.accounts.tokens import token_use
from apps.api.entering import entered
from apps.api.throttling import late_by
from apps.audit.refusals import refusal_record


class AgentError(Exception):
    """What an agent asks for cannot be had; the message says why."""


@dataclass(frozen=True)
class Caller:
    """A person whose token an agent uses; ``tool`` is what it calls."""

    user: User
    token: AccessToken
    tool: str

    def spaces(self) -> list[Space]:
        """Return the spaces that the token opens, by name."""
        found = spaces_of(self.user)
        if self.token.space_id is not None:
            found = found.filter(pk=self.token.space_id)
        return list(found)

    def enter(self, slug: str, allowed: frozenset[str]) -> tuple[Space, frozenset[str]]:
        """Return the space and the roles that count in it; without a slug the only one that there
        is. Raises AgentError, Http404 and RoleNeeded; the log is told of what is refused."""
        if not slug:
            slug = self._only()
        try:
            return entered(self.user, self.token, slug, allowed)
        except (Foreign, RoleNeeded) as error:
            needed = getattr(error, "needed", ())
            refusal_record(
                actor=self.user, space=error.space, path=f"mcp:{self.tool}", method="POST",
                status=403 if needed else 404, needed=needed,
            )  # fmt: skip
            raise

    def _only(self) -> str:
        slugs = [space.slug for space in self.spaces()]
        if len(slugs) == 1:
            return slugs[0]
        if not slugs:
            raise AgentError("This token opens no space.")
        raise AgentError(f"Say in which space: {', '.join(slugs)}.")


def caller_of(token: str, tool: str) -> Caller:
    """Return for whom a token acts, and count the call. Raises TokenRefused and AgentError."""
    found = token_use(token)
    if wait := late_by(f"token {found.pk}", time.monotonic()):
        raise AgentError(f"Too many calls in a short time. Try again in {wait:.0f} s.")
    return Caller(found.user, found, tool)
