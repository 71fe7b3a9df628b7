"""What a visitor gets while memweb has no room or no database: a page that says so and when to try
again, with status 503, and one line in the log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

import psycopg
import psycopg_pool
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from memweb.full import full_page, is_full
from memweb.problems import PREFIX, problem_page

logger = logging.getLogger(__name__)

RETRY_SECONDS = 10
# What PostgreSQL says while it starts, stops or has no place left: https://www.postgresql.org
# /docs/current/errcodes-appendix.html, classes 08 and 57P, and 53300.
_AWAY = ("08", "57P", "53300")


class Busy(Exception):
    """memweb has more to do than it can take on; the same request goes through a little later."""


def is_unavailable(error: BaseException | None) -> bool:
    """Tell whether the request failed for want of room or of the database, and for no other
    reason."""
    if isinstance(error, Busy):
        return True
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    cause = error.__cause__
    if isinstance(cause, psycopg_pool.PoolTimeout | psycopg_pool.TooManyRequests):
        return True
    if not isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    # A connection that was refused, or lost under way, has no code of PostgreSQL's.
    return cause.sqlstate is None or cause.sqlstate.startswith(_AWAY)


def busy_page(request: HttpRequest) -> HttpResponse:
    """Return the page with status 503; a program that asked for JSON gets JSON."""
    response: HttpResponse
    if request.path.startswith(PREFIX):
        response = problem_page(request, 503, "memweb is busy; try again in a moment.")
    elif request.path.endswith(".json"):
        response = JsonResponse({"error": "memweb is busy; try again in a moment."})
    else:
        # Rendered without the request: what every page shows around its content is in the database.
        again = request.get_full_path() if request.method in ("GET", "HEAD") else ""
        response = HttpResponse(render_to_string("503.html", {"again": again}))
    response.status_code = 503
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def failed(request: HttpRequest) -> HttpResponse:
    """Django's last resort (``handler500``), for what no view or middleware caught."""
    error = sys.exc_info()[1]
    if is_full(error):
        return full_page(request)
    if is_unavailable(error):
        return busy_page(request)
    if request.path.startswith(PREFIX):
        return problem_page(request, 500, "This is a fault of memweb; its log says more.")
    return server_error(request)


class DatabaseMiddleware:
    """Answers with the busy page, and gives the connection back as soon as the page is made.

    Django would keep it until the last byte was sent: who reads slowly would hold it for minutes.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.streaming:
            give_connection_back()
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if is_full(error):
            logger.warning("%s %s: 507, %s", request.method, request.path, _line(error))
            return full_page(request)
        if not is_unavailable(error):
            return None
        logger.warning("%s %s: 503, %s", request.method, request.path, _line(error))
        response = busy_page(request)
        response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own line
        return response


def give_connection_back() -> None:
    """Put this thread's connection back into the pool, if there is one and no transaction runs.
    The next query takes another."""
    if connection.settings_dict["OPTIONS"].get("pool") and not connection.in_atomic_block:
        connection.close()


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
