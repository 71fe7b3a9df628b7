"""Sessions that know whose they are, so that people can see and end them, and that end by
themselves: when nothing was done for SESSION_IDLE_SECONDS, and SESSION_WHOLE_SECONDS after the
sign-in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.addresses import client_address
from apps.accounts.browsers import browser_of
from apps.accounts.models import Session, User
from apps.accounts.recording import record_site

# What was done is written down once in this time, not with every request.
SEEN_EVERY = timedelta(minutes=1)
SIGN_IN = "sign_in"


class SessionStore(DatabaseStore):
    """Django's sessions in the database, in rows of ``accounts.Session``."""

    seen_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        row: Session | None = super()._get_session_from_db()  # type: ignore[misc]
        if row is None or row.user_id is None:
            return row
        self.seen_at = row.seen_at
        if timezone.now() - row.seen_at <= timedelta(seconds=settings.SESSION_IDLE_SECONDS):
            return row
        row.delete()
        self._session_key = None
        return None

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]
        known = data.get(SIGN_IN, {})
        row.user_id = data.get(SESSION_KEY)
        row.seen_at = timezone.now()
        row.started_at = datetime.fromisoformat(known["at"]) if known else row.seen_at
        row.address, row.browser = known.get("address", ""), known.get("browser", "")
        return row

    def seen(self) -> None:
        """Note that the person did something just now."""
        now = timezone.now()
        if self.session_key and self.seen_at and now - self.seen_at > SEEN_EVERY:
            rows = self.get_model_class().objects.filter(session_key=self.session_key)
            rows.update(seen_at=now)


@transaction.atomic
def session_begin(request: HttpRequest, user: User, *, by: str = "") -> None:
    """Note in the session of the user, who has just signed in, and in the log when, where and with
    what, and who vouched for them; and remove all sessions that have ended."""
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    place = {
        "address": client_address(request),
        "browser": browser_of(request.headers.get("User-Agent", "")),
    }
    request.session[SIGN_IN] = {"at": now.isoformat(), **place}
    how = {"by": by} if by else {}
    record_site("sign_in.succeeded", actor=user, subject=user, **place, **how)
    request.session.set_expiry(now + timedelta(seconds=settings.SESSION_WHOLE_SECONDS))


@transaction.atomic
def sessions_end(user: User, *, keep: str | None = None, mark: str | None = None) -> int:
    """End the user's sessions but the one of the key ``keep``; with ``mark`` the one of that mark
    alone. Return how many were ended."""
    ended = 0
    for row in user.sessions.exclude(session_key=keep):
        if mark is None or row.mark == mark:
            row.delete()
            ended += 1
    if ended:
        record_site("session.ended", actor=user, subject=user, sessions=ended)
    return ended
