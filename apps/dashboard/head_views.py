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
from apps.dashboard.head_forms import HeadForm
from apps.dashboard.services import (
    HEAD_SIDES,
    HeadMissing,
    HeadSide,
    head_choose,
    head_trouble,
    heads_shown,
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


def _page(request: SpaceRequest, forms: Mapping[HeadSide, HeadForm], status: int) -> HttpResponse:
    space = Space.objects.get(pk=request.space.pk)
    context = {
        "nav": "settings",
        "heads": [
            {
                "side": side,
                "title": TITLES[side],
                "form": form,
                "trouble": head_trouble(space, side),
            }
            for side, form in forms.items()
        ],
        "missing": forms["write"].choices.missing,
        "version": version_of(space, heads_shown(space)),
    }
    return render(request, "dashboard/heads.html", context, status=status)
