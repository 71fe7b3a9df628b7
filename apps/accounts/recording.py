"""Events of what this app changes.

The log is kept by the app ``audit``, which stands above this one: when Django starts, it says here
how an event is written.
"""

from __future__ import annotations

from typing import Any, Protocol

from django.db import models


class Record(Protocol):
    """``apps.audit.services.record``."""

    def __call__(
        self,
        *,
        space: Any,
        action: str,
        actor: Any,
        subject: models.Model | None = None,
        actor_label: str = "",
        payload: dict[str, Any] | None = None,
    ) -> object: ...


_written_by: list[Record] = []


def written_by(record: Record) -> None:
    """Say how events are written."""
    _written_by[:] = [record]


def record_site(
    action: str,
    *,
    actor: Any = None,
    actor_label: str = "",
    subject: models.Model | None = None,
    **payload: Any,
) -> None:
    """Append an event to the log of the site itself (see ``apps.audit.services.record``)."""
    (record,) = _written_by
    record(
        space=None,
        action=action,
        actor=actor,
        actor_label=actor_label,
        subject=subject,
        payload=payload,
    )


def person_created(user: Any, *, how: str, actor: Any = None, actor_label: str = "") -> None:
    """Tell the log of an account that was just made."""
    record_site(
        "person.created",
        actor=actor,
        actor_label=actor_label,
        subject=user,
        username=user.username,
        how=how,
        staff=user.is_staff,
        superuser=user.is_superuser,
    )
