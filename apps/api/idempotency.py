"""A call that is sent twice is done once.

A program that gets no answer sends its call again, with the same ``Idempotency-Key``. It gets the
answer of the first time, and nothing is done again; of two at once, the second waits for the first.
The key with another body is refused. An error leaves nothing behind, so that the call may be put
right and sent again under its key. Answers are kept for a day.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, cast

from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from apps.accounts.models import Space, User
from apps.api.entering import token_of
from apps.api.errors import Conflict
from apps.api.models import KeptAnswer

HEADER: Final = "Idempotency-Key"
REPEATED: Final = "Idempotent-Replayed"
KEPT: Final = timedelta(days=1)
LONGEST: Final = 200
_HEADERS: Final = ("Location", "ETag", "Retry-After")


class _NotDone(Exception):
    """The call failed: what it began is undone."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__()


def _whole(body: Any) -> Any:
    return body


def done_once(
    request: Request,
    do: Callable[[], Response],
    *,
    space: Space | None = None,
    keep: Callable[[Any], Any] = _whole,
    again: Callable[[Any], Any] = _whole,
) -> Response:
    """Return the answer of ``do``, or the one that the same call got before.

    ``keep`` makes of an answer what is kept of it, ``again`` makes the answer of that: what is
    secret is never kept.
    Raises Conflict where the key stands for another call, and ValidationError for a key that is
    none.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return do()
    if not 1 <= len(key) <= LONGEST or not key.isprintable() or not key.isascii():
        raise ValidationError({HEADER: [f"A key has 1 to {LONGEST} printable ASCII characters."]})
    asked = _digest(request)
    try:
        with transaction.atomic():
            return _first(request, key, asked, do, space, keep, again)
    except _NotDone as stopped:
        return stopped.response


def _first(
    request: Request,
    key: str,
    asked: str,
    do: Callable[[], Response],
    space: Space | None,
    keep: Callable[[Any], Any],
    again: Callable[[Any], Any],
) -> Response:
    user = cast(User, request.user)
    own = KeptAnswer.objects.filter(user=user)
    own.filter(created_at__lt=timezone.now() - KEPT).delete()
    # Of two at once the second waits here. What is kept has a status in the same transaction: a row
    # without one is this call's own.
    made = KeptAnswer(user=user, key=key, asked=asked, space=space)
    KeptAnswer.objects.bulk_create([made], ignore_conflicts=True)
    row = own.get(key=key)
    if row.status:
        return _again(row, asked, again)
    response = do()
    if response.status_code >= 400:
        raise _NotDone(response)
    headers = {name: response[name] for name in _HEADERS if response.has_header(name)}
    KeptAnswer.objects.filter(pk=row.pk).update(
        status=response.status_code, body=keep(_plain(response.data)), headers=headers
    )
    return response


def _again(row: KeptAnswer, asked: str, again: Callable[[Any], Any]) -> Response:
    if row.asked != asked:
        raise Conflict("This Idempotency-Key was sent with another call.")
    return Response(again(row.body), status=row.status, headers={**row.headers, REPEATED: "true"})


def _plain(data: Any) -> Any:
    """Return what the answer says as JSON writes it."""
    return json.loads(json.dumps(data, cls=JSONEncoder))


def _digest(request: Request) -> str:
    """Return what tells one call from another, and one token of a person from another.

    A body in parts (files) has a border of its own in every call; there the fields and the files
    count.
    """
    token = token_of(request)
    said = f"{token.pk if token else 0} {request.method} {request.get_full_path()}\n"
    whole = hashlib.sha256(said.encode())
    if request.content_type.startswith("multipart/"):
        data: Any = request.data
        for name in sorted(data):
            for value in data.getlist(name):
                if hasattr(value, "chunks"):
                    whole.update(f"\n{name} file {value.name}\n".encode())
                    for piece in value.chunks():
                        whole.update(piece)
                    value.seek(0)
                else:
                    whole.update(f"\n{name}={value}".encode())
    else:
        whole.update(request._request.body)
    return whole.hexdigest()
