"""Forms that make something, sent twice, make it once.

A double click, a press of "reload" or a network that sends again repeats a POST word for word. The
page of such a form holds ``{% once %}``, a fresh random value; the view makes what the form asks
for through ``once``:

>>> address = once(request, lambda: reverse("dashboard:space", args=[space_create(...).slug]))
... return redirect(address)

The same value with the same fields, by the same person, is one submission: a repetition gets the
address of what the first one made. The same value with other fields is a second submission, since
a browser's "back" may bring the old value with new text. A request without a value, as a program
may send it, is never held to be a repetition.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.common.models import Submission

FIELD = "once"
KEPT = timedelta(days=1)
_NOT_SAID = ("csrfmiddlewaretoken",)


def once(request: HttpRequest, make: Callable[[], str]) -> str:
    """Call ``make`` in a transaction and return the address that it returns; a repetition of a
    request that went well returns the first one's address and makes nothing.

    Of two that come at once, the second waits for the first. What ``make`` raises passes through,
    nothing is kept then, and the form can be sent again.
    """
    if not request.POST.get(FIELD, ""):
        with transaction.atomic():
            return make()
    user: Any = request.user
    digest = digest_of(request)
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = Submission.objects.create(user=user, digest=digest)
        except IntegrityError:
            return Submission.objects.get(user=user, digest=digest).address
        Submission.objects.filter(user=user, created_at__lt=timezone.now() - KEPT).delete()
        address = make()
        Submission.objects.filter(pk=row.pk).update(address=address)
    return address


def made_before(request: HttpRequest) -> str:
    """Return the address of what the same request made before; empty where it made nothing.

    For a form that a repetition of itself would refuse, such as one with a name that is taken by
    then: ask it where the form is not valid. What is valid goes through ``once``.
    """
    if not request.POST.get(FIELD, ""):
        return ""
    user: Any = request.user
    rows = Submission.objects.filter(user=user, digest=digest_of(request))
    return rows.values_list("address", flat=True).first() or ""


def digest_of(request: HttpRequest) -> str:
    """Return what tells one submission from another: where it went and all that it said."""
    said = [(key, request.POST.getlist(key)) for key in request.POST if key not in _NOT_SAID]
    whole = json.dumps([request.path, sorted(said)])
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()
