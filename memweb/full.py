"""What a visitor gets while a disk is full: a page that says so, with status 507, and one line in
the log. It may be the disk of the database or the one that uploads are kept on."""

from __future__ import annotations

import errno

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from psycopg import errors

from memweb.problems import PREFIX, problem_page

TEXT = "A disk of memweb is full. Nothing was saved."
# A program of ours that ended for want of room names it in its last words.
_WORDS = ("No space left on device", "Disk quota exceeded")


def is_full(error: BaseException | None) -> bool:
    """Tell whether the error, or one that led to it, comes of a full disk."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, errors.DiskFull):
            return True
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if isinstance(error, errors.OperationalError) and any(w in str(error) for w in _WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


def full_page(request: HttpRequest) -> HttpResponse:
    """Return the page with status 507; a program that asked for JSON gets JSON."""
    response: HttpResponse
    if request.path.startswith(PREFIX):
        response = problem_page(request, 507, TEXT)
    elif request.path.endswith(".json"):
        response = JsonResponse({"error": TEXT})
    else:
        # Rendered without the request: what every page shows around its content is in the database.
        response = HttpResponse(render_to_string("507.html"))
    response.status_code = 507
    response["Cache-Control"] = "no-store"
    return response
