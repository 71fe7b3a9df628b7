"""Checkpoints of a space's log: the last one, the public key, deliveries, and comparing one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.provenance.checkpoint_forms import CheckpointForm
from apps.provenance.checkpoint_selectors import arrivals_of, checkpoints_of, standing_of
from apps.provenance.models import Checkpoint, Key, Log
from apps.provenance.notes import VerifyKey
from apps.provenance.services.checkpoints import (
    checkpoint_ask,
    compared,
    origin_of,
)
from apps.provenance.services.deliveries import destination_labels


@require_safe
@space_view(AUDIT)
def checkpoints(request: SpaceRequest) -> HttpResponse:
    """Show how the log stands and what was signed of it."""
    return _page(request, CheckpointForm())


@require_POST
@space_view(AUDIT)
def checkpoint_compare(request: SpaceRequest) -> HttpResponse:
    """Say what a pasted or uploaded checkpoint says of the log. Nothing is kept of it."""
    form = CheckpointForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    found = compared(request.space, form.message())
    status = 200 if found is not None else 409
    return _page(request, form, status=status, found=found, nothing_yet=found is None)


@require_POST
@space_view(AUDIT)
def checkpoint_now(request: SpaceRequest) -> HttpResponse:
    """Ask the worker for a checkpoint of what has been recorded since the last one."""
    if checkpoint_ask():
        messages.success(request, "A checkpoint is being signed, if anything new was recorded.")
    else:
        messages.warning(
            request,
            "The workers cannot be reached right now. A checkpoint is signed as soon as they are.",
        )
    return redirect("provenance:checkpoints", request.space.slug)


@require_safe
@space_view(AUDIT)
def checkpoint_note(request: SpaceRequest, pk: int) -> HttpResponse:
    """Hand out a checkpoint as the file that it is."""
    found = get_object_or_404(Checkpoint, pk=pk, log__space=request.space)
    response = HttpResponse(found.note, content_type="text/plain; charset=utf-8")
    name = f"checkpoint-{found.log.identity}-{found.size}.txt"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page(
    request: SpaceRequest, form: CheckpointForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "nav": "audit", "keys": [], **more}
    log = Log.objects.filter(space=request.space).first()
    context["arrivals"] = arrivals_of(log, chosen=destination_labels())
    if log is not None:
        name = origin_of(log)
        keys = [(key, VerifyKey(name, bytes(key.public))) for key in Key.objects.all()]
        context |= {
            "log": log,
            "origin": name,
            "standing": standing_of(log),
            "signed": checkpoints_of(log),
            "keys": keys,
        }
    return render(request, "provenance/checkpoints.html", context, status=status)
