"""No room and no database: a page with 503 that says when to try again, and no traceback."""

from __future__ import annotations

import logging

import psycopg
import psycopg_pool
import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from apps.accounts import views
from apps.accounts.models import User
from memweb.busy import Busy, busy_page, is_unavailable


def wrapped(cause: Exception) -> OperationalError:
    """Return the error as Django's database layer passes it on."""
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


UNAVAILABLE = [
    Busy("too many at once"),
    wrapped(psycopg_pool.PoolTimeout("couldn't get a connection after 5.00 sec")),
    wrapped(psycopg_pool.TooManyRequests("the queue is full")),
    wrapped(psycopg.OperationalError("connection refused")),
    wrapped(psycopg.errors.AdminShutdown("terminating connection")),
    wrapped(psycopg.errors.TooManyConnections("sorry, too many clients already")),
]
OTHERS = [
    ValueError("x"),
    OperationalError("x"),
    wrapped(psycopg.errors.LockNotAvailable("x")),
    wrapped(psycopg.errors.QueryCanceled("x")),
]


@pytest.mark.parametrize("error", UNAVAILABLE, ids=str)
def test_it_answers_with_a_page_that_says_when_to_come_back(
    error: Exception,
    client: Client,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(user: User) -> None:
        raise error

    client.force_login(alice)
    monkeypatch.setattr(views, "spaces_of", refuse)
    with caplog.at_level(logging.WARNING):
        response = client.get("/")
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert "memweb is busy" in response.content.decode()
    assert [record.exc_info for record in caplog.records if record.name == "memweb.busy"] == [None]
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("error", OTHERS, ids=repr)
def test_it_takes_no_other_fault_for_a_lack_of_room(error: Exception) -> None:
    assert not is_unavailable(error)


def test_it_answers_so_too_where_no_view_is_reached(
    client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(alice)
    client.raise_request_exception = False

    def refuse(*args: object) -> None:
        raise UNAVAILABLE[1]

    monkeypatch.setattr("django.contrib.messages.middleware.default_storage", refuse)
    response = client.get("/")
    assert response.status_code == 503
    assert "memweb is busy" in response.content.decode()


def test_it_offers_to_try_again_what_can_be_repeated() -> None:
    page = busy_page(RequestFactory().get("/s/atlas/", {"q": '"><b>'})).content.decode()
    assert 'href="/s/atlas/?q=%22%3E%3Cb%3E">Try again</a>' in page
    sent = busy_page(RequestFactory().post("/s/atlas/ask/")).content.decode()
    assert "Try again" not in sent
    assert "To the start page" in sent
