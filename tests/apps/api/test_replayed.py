"""A stream of calls that is sent twice changes nothing the second time, and leaves the same in
another database."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import Space, User
from apps.asking.services import question_run_next
from apps.curation.services import extraction_run_next
from tests.apps.api.conftest import Program
from tests.apps.api.stream import Answer, Body, Stream, fill, left_by

# What tells of the calls themselves: when a token was used.
ASIDE = {"accounts_accesstoken"}


def hashes() -> dict[str, tuple[int, str]]:
    """Return for each table how many rows it has, and a hash of all of them."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - ASIDE):
            cursor.execute(f'SELECT t::text FROM "{table}" t ORDER BY 1')
            rows = [row for (row,) in cursor.fetchall()]
            found[table] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


@pytest.fixture
def stream(
    alice: User, bob: User, program: Program, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Stream:
    settings.READ_HEAD = settings.WRITE_HEAD = settings.EMBEDDER = "scripted"
    settings.API_CALLS_AT_ONCE = 10_000
    monkeypatch.setattr("apps.common.jobs.bell.current_app.send_task", lambda *given, **more: None)
    programs = {"alice": program(alice), "bob": program(bob)}

    def send(
        who: str, method: str, path: str, body: Body | None, headers: dict[str, str]
    ) -> Answer:
        answer = programs[who].generic(
            method, f"/api/v1{path}", "" if body is None else json.dumps(body),
            content_type="application/json", headers=headers,
        )  # fmt: skip
        told = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status_code, answer.json() if answer.content else None, told

    def settle() -> None:
        while extraction_run_next() is not None or question_run_next() is not None:
            pass

    return Stream(send, settle)


def test_what_is_sent_again_changes_nothing(stream: Stream) -> None:
    fill(stream)
    assert len(stream.calls) > 40
    before = hashes()
    assert stream.again() == []
    assert hashes() == before


def test_the_same_calls_leave_the_same_in_another_space(stream: Stream) -> None:
    """Also where all numbers are others."""
    first = left_by(stream, fill(stream))
    Space.objects.filter(slug="stream").update(slug="earlier")
    other = Stream(stream.send, stream.settle, calls=[], answers=[])
    send = stream.send
    other.send = lambda who, method, path, body, headers: send(
        who, method, path, body, {name: f"other {value}" for name, value in headers.items()}
    )
    assert left_by(other, fill(other)) == first
    assert sum(map(len, first.values())) > 40
