"""In which form references are kept: the page, the owner's policy, and moves."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import ADMINISTER, AUDIT
from apps.explicit import services
from apps.explicit.forms import PolicyForm
from apps.explicit.hierarchy_selectors import (
    forms_counted,
    made_of,
    moves_made,
    moves_proposed,
    weight_of,
)
from apps.explicit.models import ExplicitMove
from apps.explicit.selectors import choice_of
from apps.explicit.services import ExplicitRefused

PAGE_SIZE = 20
SHOWN = 50


@require_safe
@space_view(AUDIT)
def hierarchy(request: SpaceRequest) -> HttpResponse:
    """What a reference costs in each form, what is proposed, and what moves saved."""
    return _page(request, None, 200)


def _page(request: SpaceRequest, form: PolicyForm | None, status: int) -> HttpResponse:
    choice = choice_of(request.space)
    weight = weight_of(request.space)
    counted = forms_counted(request.space)
    page = Paginator(moves_made(request.space), PAGE_SIZE).get_page(request.GET.get("page"))
    proposed = moves_proposed(request.space)
    context = {
        "nav": "settings",
        "choice": choice,
        "form": form or PolicyForm(initial={"policy": choice.hierarchy if choice else "off"}),
        "weight": weight,
        "costs": [
            {
                "form": label,
                "ms": [1000 * one for one in weight.seconds[name]],
                "flop": [one / 1e9 for one in weight.flop[name]],
                "kept": counted.get(name, (0, 0)),
            }
            for name, label in (
                ("text", "Text"), ("memory", "Explicit memory"), ("adapter", "Adapter")
            )
        ] if weight else [],
        "begins": services.begins(weight) if weight else {},
        "proposed": list(proposed[:SHOWN]),
        "proposed_number": proposed.count(),
        "page": page,
        "made": made_of(list(page.object_list)),
        "may_change": bool(ADMINISTER & request.roles),
    }  # fmt: skip
    return render(request, "explicit/hierarchy.html", context, status=status)


@require_POST
@space_view(ADMINISTER)
def policy(request: SpaceRequest) -> HttpResponse:
    """Set what is done where another form is cheaper."""
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    try:
        services.policy_set(space=request.space, actor=request.user, **form.cleaned_data)
        messages.success(request, "Saved.")
    except ExplicitRefused as error:
        messages.error(request, str(error))
    return redirect("explicit:hierarchy", request.space.slug)


@require_POST
@space_view(ADMINISTER)
def weigh(request: SpaceRequest) -> HttpResponse:
    """Propose moves now, and not when the clock does."""
    try:
        found = services.hierarchy_weigh(space=request.space)
        messages.success(request, f"{found.proposed} proposed, {found.made} of them made.")
    except ExplicitRefused as error:
        messages.error(request, str(error))
    return redirect("explicit:hierarchy", request.space.slug)


@require_POST
@space_view(ADMINISTER)
def move(request: SpaceRequest, pk: int) -> HttpResponse:
    """Make a proposed move."""
    row = get_object_or_404(
        ExplicitMove.objects.select_related("space", "subject").defer("subject__embedding"),
        space=request.space, pk=pk,
    )  # fmt: skip
    try:
        services.move_make(move=row, actor=request.user)
        messages.success(request, "Moved. The next build keeps it so.")
    except ExplicitRefused as error:
        messages.info(request, str(error))
    return redirect("explicit:hierarchy", request.space.slug)
