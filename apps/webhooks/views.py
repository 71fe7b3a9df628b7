"""The webhooks of a space, for its owners."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import ADMINISTER
from apps.common.once import FIELD, digest_of, once
from apps.webhooks.forms import DeliveryFilterForm, EndpointForm
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.selectors import deliveries_of, endpoints_of, standing_of
from apps.webhooks.services import (
    KINDS,
    BadAddress,
    EndpointRefused,
    NotSwitchedOn,
    delivery_replay,
    endpoint_change,
    endpoint_make,
    endpoint_remove,
    endpoint_switch,
    endpoint_test,
    secret_change,
    secret_of,
)

ON_A_PAGE = 30


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(ADMINISTER)
def endpoint_list(request: SpaceRequest) -> HttpResponse:
    """The webhooks of the space; one more, whose secret is shown this once."""
    form = EndpointForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            return _made(request, form)
        except (EndpointRefused, BadAddress) as error:
            form.add_error(None, str(error))
    rows = [(one, standing_of(one)) for one in endpoints_of(request.space)]
    context = {"nav": "settings", "form": form, "endpoints": rows}
    status = 422 if form.errors else 200
    return render(request, "webhooks/endpoint_list.html", context, status=status)


def _made(request: SpaceRequest, form: EndpointForm) -> HttpResponse:
    salt = _salt(request)

    def make() -> str:
        site = request.build_absolute_uri("/")
        made = endpoint_make(
            space=request.space, actor=request.user, site=site, salt=salt, **form.cleaned_data
        )
        return reverse("webhooks:endpoint", args=[request.space.slug, made.pk])

    address = once(request, make)
    context = {"nav": "settings", "secret": secret_of(salt), "address": address, "is_new": True}
    return render(request, "webhooks/secret.html", context | {"name": form.cleaned_data["name"]})


def _salt(request: SpaceRequest) -> uuid.UUID:
    """Return what the secret follows from. A form that is sent twice makes one webhook, and shows
    its secret twice: so this follows from what was sent, by the secret key."""
    if not request.POST.get(FIELD):
        return uuid.uuid4()
    said = f"{request.user.pk} {digest_of(request)}"
    return uuid.UUID(bytes=salted_hmac("webhooks.salt", said, algorithm="sha256").digest()[:16])


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(ADMINISTER)
def endpoint(request: SpaceRequest, pk: int) -> HttpResponse:
    """One webhook: what it is told of, and what became of its messages."""
    found = _endpoint(request, pk)
    given = {"name": found.name, "address": found.address, "kinds": found.kinds}
    form = EndpointForm(request.POST if request.method == "POST" else None, initial=given)
    if form.is_bound and form.is_valid():
        try:
            endpoint_change(endpoint=found, actor=request.user, **form.cleaned_data)
        except (EndpointRefused, BadAddress) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved.")
            return redirect(request.path)
    wanted = DeliveryFilterForm(request.GET)
    state = wanted.cleaned_data["state"] if wanted.is_valid() else ""
    rows = deliveries_of(found, state)
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "nav": "settings",
        "endpoint": found,
        "standing": standing_of(found),
        "form": form,
        "filter": wanted,
        "page": page,
        "narrowed": bool(state),
        "under_way": any(one.is_open for one in page.object_list),
        "labels": [KINDS[kind].label for kind in found.kinds if kind in KINDS],
    }
    template = "webhooks/endpoint.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#messages"
    return render(request, template, context, status=422 if form.errors else 200)


@require_POST
@space_view(ADMINISTER)
def secret(request: SpaceRequest, pk: int) -> HttpResponse:
    """Change the secret, and show the new one this once."""
    found = secret_change(endpoint=_endpoint(request, pk), actor=request.user)
    context = {
        "nav": "settings",
        "secret": secret_of(found.salt),
        "address": reverse("webhooks:endpoint", args=[request.space.slug, found.pk]),
        "name": found.name,
        "old_until": found.old_until,
    }
    return render(request, "webhooks/secret.html", context)


@require_POST
@space_view(ADMINISTER)
def switch_on(request: SpaceRequest, pk: int) -> HttpResponse:
    """Tell it of what happens from now on."""
    endpoint_switch(endpoint=_endpoint(request, pk), actor=request.user, on=True)
    messages.success(request, "Switched on. It is told of what happens from now on.")
    return redirect("webhooks:endpoint", request.space.slug, pk)


@require_POST
@space_view(ADMINISTER)
def switch_off(request: SpaceRequest, pk: int) -> HttpResponse:
    """Tell it of nothing; of one that memweb switched off, that somebody has seen it."""
    endpoint_switch(endpoint=_endpoint(request, pk), actor=request.user, on=False)
    messages.success(request, "Switched off. Nothing is sent to it.")
    return redirect("webhooks:endpoint", request.space.slug, pk)


@require_POST
@space_view(ADMINISTER)
def remove(request: SpaceRequest, pk: int) -> HttpResponse:
    """Remove a webhook with all that is kept of it."""
    endpoint_remove(endpoint=_endpoint(request, pk), actor=request.user)
    messages.success(request, "Removed.")
    return redirect("webhooks:endpoint-list", request.space.slug)


@require_POST
@space_view(ADMINISTER)
def test(request: SpaceRequest, pk: int) -> HttpResponse:
    """Send a test, and show what comes of it."""
    try:
        made = endpoint_test(endpoint=_endpoint(request, pk), actor=request.user)
    except (EndpointRefused, NotSwitchedOn) as error:
        messages.error(request, str(error))
        return redirect("webhooks:endpoint", request.space.slug, pk)
    return redirect("webhooks:delivery", request.space.slug, pk, made.pk)


@require_safe
@space_view(ADMINISTER)
def delivery(request: SpaceRequest, pk: int, number: int) -> HttpResponse:
    """One message: what was sent, and what was answered each time."""
    found = _delivery(request, pk, number)
    context = {
        "nav": "settings",
        "endpoint": found.endpoint,
        "delivery": found,
        "tries": found.tried.all()[:ON_A_PAGE],
    }
    template = "webhooks/delivery.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#state"
    return render(request, template, context)


@require_POST
@space_view(ADMINISTER)
def replay(request: SpaceRequest, pk: int, number: int) -> HttpResponse:
    """Send a message again."""
    found = _delivery(request, pk, number)
    try:
        if not delivery_replay(delivery=found, actor=request.user):
            messages.info(request, "It is on its way already.")
    except NotSwitchedOn as error:
        messages.error(request, str(error))
    return redirect("webhooks:delivery", request.space.slug, pk, number)


def _endpoint(request: SpaceRequest, pk: int) -> Endpoint:
    return get_object_or_404(Endpoint, space=request.space, pk=pk)


def _delivery(request: SpaceRequest, pk: int, number: int) -> Delivery:
    rows = Delivery.objects.select_related("endpoint")
    return get_object_or_404(rows, endpoint__space=request.space, endpoint=pk, pk=number)
