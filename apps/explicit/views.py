"""The pages of a space's explicit memory: on or off, what there is of it, and each memory."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import ADMINISTER, AUDIT
from apps.common.jobs import TooManyOpen
from apps.common.worker_status import worker_alive
from apps.explicit import services
from apps.explicit.forms import ChoiceForm
from apps.explicit.models import ExplicitBuild, ExplicitMemory
from apps.explicit.selectors import choice_of, facts_of, memories_of, numbers, open_build
from apps.explicit.services import ExplicitRefused

PAGE_SIZE = 30


@require_safe
@space_view(AUDIT)
def overview(request: SpaceRequest) -> HttpResponse:
    """What is kept, of which model, and how it stands."""
    return _page(request, None, 200)


def _page(request: SpaceRequest, form: ChoiceForm | None, status: int) -> HttpResponse:
    choice = choice_of(request.space)
    state = request.GET.get("state", "")
    state = state if state in ExplicitMemory.State.values else ""
    build = open_build(request.space)
    rows = memories_of(request.space, state)
    context = {
        "nav": "settings",
        "choice": choice,
        "form": form or ChoiceForm.of(choice),
        "can_choose": bool(services.choosable()),
        "numbers": numbers(request.space),
        "build": build,
        "last": ExplicitBuild.objects.filter(space=request.space).first(),
        "worker_alive": worker_alive("evaluate") if build else True,
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "state": state,
        "states": ExplicitMemory.State.choices,
        "may_change": bool(ADMINISTER & request.roles),
    }
    return render(request, "explicit/overview.html", context, status=status)


@require_POST
@space_view(ADMINISTER)
def switch_on(request: SpaceRequest) -> HttpResponse:
    """Switch explicit memory on, or choose another language model for it."""
    form = ChoiceForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    try:
        services.explicit_switch_on(space=request.space, actor=request.user, **form.cleaned_data)
    except ExplicitRefused as error:
        form.add_error("base", str(error))
        return _page(request, form, 422)
    messages.success(request, "Explicit memory is on. Nothing is built before you ask for it.")
    return redirect("explicit:overview", request.space.slug)


@require_POST
@space_view(ADMINISTER)
def switch_off(request: SpaceRequest) -> HttpResponse:
    """Switch explicit memory off."""
    try:
        services.explicit_switch_off(space=request.space, actor=request.user)
        messages.success(request, "Explicit memory is off from the next answer on.")
    except ExplicitRefused as error:
        messages.info(request, str(error))
    return redirect("explicit:overview", request.space.slug)


@require_POST
@space_view(ADMINISTER)
def build(request: SpaceRequest) -> HttpResponse:
    """Ask for what is lacking or out of date."""
    try:
        services.build_request(space=request.space, actor=request.user)
        messages.success(request, "A worker builds what is lacking as soon as nobody waits for it.")
    except (ExplicitRefused, TooManyOpen) as error:
        messages.error(request, str(error))
    return redirect("explicit:overview", request.space.slug)


@require_POST
@space_view(ADMINISTER)
def build_end(request: SpaceRequest, pk: int) -> HttpResponse:
    """Cancel a build."""
    row = get_object_or_404(ExplicitBuild, space=request.space, pk=pk)
    try:
        services.build_cancel(build=row, actor=request.user)
        messages.success(request, "Cancelled. What was built stays.")
    except ExplicitRefused as error:
        messages.info(request, str(error))
    return redirect("explicit:overview", request.space.slug)


@require_safe
@space_view(AUDIT)
def memory(request: SpaceRequest, pk: int) -> HttpResponse:
    """One memory: its facts, the sentences that it quotes, and who approved them."""
    rows = ExplicitMemory.objects.select_related("subject").defer("embedding")
    row = get_object_or_404(rows, space=request.space, pk=pk)
    facts, sentences = facts_of(row)
    context = {"nav": "settings", "row": row, "facts": facts, "sentences": sentences}
    return render(request, "explicit/memory.html", context)
