"""The page of relation packs: what is in each, whether a space uses it, on and off."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import ADMINISTER, READ
from apps.curation.services.names_found import names_share
from apps.memory import services
from apps.memory.packs import Pack, UnknownPack, pack_named
from apps.memory.selectors import packs_overview


@require_safe
@space_view(READ)
def pack_list(request: SpaceRequest) -> HttpResponse:
    """Show the packs, what the space has of each, and how many names no relation joins yet."""
    context = {
        "packs": packs_overview(request.space),
        "share": names_share(request.space),
        "nav": "relations",
    }
    return render(request, "curation/pack_list.html", context)


@require_POST
@space_view(ADMINISTER)
def pack_on(request: SpaceRequest, name: str) -> HttpResponse:
    """Bring the relations of a pack into use."""
    pack = _pack(name)
    switched = services.pack_switch_on(space=request.space, actor=request.user, pack=pack)
    said = [f"“{pack.title}” is switched on."]
    if switched.added:
        said.append(f"{_relations(len(switched.added))} added.")
    if switched.restored:
        said.append(f"{_relations(len(switched.restored))} back in use.")
    if switched.own:
        names = ", ".join(f"“{one}”" for one in switched.own)
        said.append(f"The space has its own {names}, which stays as it is.")
    if switched.changed:
        said.append("Documents that were read before can be read again on their pages.")
    messages.success(request, " ".join(said))
    return _back(request, pack)


@require_POST
@space_view(ADMINISTER)
def pack_off(request: SpaceRequest, name: str) -> HttpResponse:
    """Retire the relations of a pack."""
    pack = _pack(name)
    retired = services.pack_switch_off(space=request.space, actor=request.user, pack=pack)
    messages.success(
        request,
        f"“{pack.title}” is switched off: {_relations(len(retired))} retired. Their facts stay.",
    )
    return _back(request, pack)


def _pack(name: str) -> Pack:
    try:
        return pack_named(name)
    except UnknownPack as error:
        raise Http404(str(error)) from error


def _relations(number: int) -> str:
    return f"{number} relation{'' if number == 1 else 's'}"


def _back(request: SpaceRequest, pack: Pack) -> HttpResponse:
    return redirect(reverse("packs:list", args=[request.space.slug]) + f"#{pack.name}")
