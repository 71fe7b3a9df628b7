"""What retrieval remembers of a person, for that person alone."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import READ
from apps.explicit import services
from apps.explicit.hierarchy_selectors import useful_to


@require_safe
@space_view(READ)
def adapting(request: SpaceRequest) -> HttpResponse:
    """What who asks was answered from of late, and whether retrieval goes by it."""
    context = {
        "nav": "ask",
        "adapts": services.adapts_to(request.space, request.user),
        "useful": useful_to(request.space, request.user),
    }
    return render(request, "explicit/adapting.html", context)


@require_POST
@space_view(READ)
def adapting_set(request: SpaceRequest) -> HttpResponse:
    """Switch it on or off; off forgets."""
    is_on = request.POST.get("is_on") == "1"
    services.adapting_set(space=request.space, user=request.user, is_on=is_on)
    messages.success(
        request,
        "Retrieval adapts to you." if is_on else "Switched off, and what was noted is deleted.",
    )
    return redirect("explicit:adapting", request.space.slug)
