"""The heads of a space: what reads its documents, and what answers its questions."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.models import Space
from apps.accounts.selectors import ADMINISTER
from apps.audit.versions import FIELD, ChangedMeanwhile, version_of
from apps.common.jobs import TooManyOpen
from apps.dashboard.head_forms import HeadForm
from apps.dashboard.services import (
    HEAD_SIDES,
    HeadMissing,
    HeadSide,
    head_choose,
    head_resolved,
    head_trouble,
    heads_shown,
)
from apps.evaluation.services.runs import RunRefused
from apps.evaluation.services.switching import (
    WouldFlip,
    flip_run_request,
    watched_by,
    would_flip,
)

TITLES = {"write": "Reading documents", "read": "Answering questions"}


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(ADMINISTER)
def heads(request: SpaceRequest) -> HttpResponse:
    """Which head reads documents and which one answers, each with a form of its own."""
    sent = request.POST.get("head")
    forms = {
        side: HeadForm(request.POST if side == sent else None, side=side, space=request.space)
        for side in HEAD_SIDES
    }
    form = forms.get(sent) if request.method == "POST" else None  # type: ignore[call-overload]
    if form is None or not form.is_valid():
        return _page(request, forms, 422 if form is not None else 200)
    if "look" in request.POST or "ask" in request.POST:
        return _looked(request, forms, form)
    version = request.POST.get(FIELD)
    try:
        head_choose(
            space=request.space,
            actor=request.user,
            side=form.side,
            setup=form.chosen(),
            version=version,
        )
    except HeadMissing as error:
        form.add_error("backend", str(error))
        return _page(request, forms, 422)
    except ChangedMeanwhile as error:
        form.add_error(None, f"{error} Look at what stands now, and choose again.")
        return _page(request, forms, 409)
    messages.success(request, "Saved. It counts from the next document or question on.")
    return redirect("dashboard:heads", slug=request.space.slug)


def _looked(
    request: SpaceRequest, forms: Mapping[HeadSide, HeadForm], form: HeadForm
) -> HttpResponse:
    """Show what the head that was chosen, and not saved, would change; ``ask`` has the number of
    the benchmark that it is to be run on first."""
    side, setup, status = form.side, head_resolved(form.side, form.chosen()), 200
    if benchmark := request.POST.get("ask"):
        try:
            flip_run_request(
                space=request.space, side=side, setup=setup, benchmark=benchmark, actor=request.user
            )
        except RunRefused as error:
            form.add_error(None, str(error))
            status = 422
        except TooManyOpen as error:
            form.add_error(None, str(error))
            status = error.status
    return _page(request, forms, status, {side: list(would_flip(request.space, side, setup))})


def _page(
    request: SpaceRequest,
    forms: Mapping[HeadSide, HeadForm],
    status: int,
    flips: Mapping[HeadSide, list[WouldFlip]] | None = None,
) -> HttpResponse:
    space = Space.objects.get(pk=request.space.pk)
    context = {
        "nav": "settings",
        "heads": [
            {
                "side": side,
                "title": TITLES[side],
                "form": form,
                "trouble": head_trouble(space, side),
                "is_watched": watched_by(space, side).exists(),
                "would_flip": (flips or {}).get(side),
            }
            for side, form in forms.items()
        ],
        "missing": forms["write"].choices.missing,
        "version": version_of(space, heads_shown(space)),
    }
    return render(request, "dashboard/heads.html", context, status=status)
