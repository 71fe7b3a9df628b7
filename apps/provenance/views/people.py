"""The data of people: a copy of one's own, and erasing somebody's, for who runs the site."""

from __future__ import annotations

import tempfile
from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import UserRequest, signed_in
from apps.accounts.models import User
from apps.provenance.privacy_forms import PersonErasureForm
from apps.provenance.services.also_kept import counted_above
from apps.provenance.services.erasing import ErasureRefused
from apps.provenance.services.person_data import person_export
from apps.provenance.services.person_erasure import PersonErasure, person_erase

PAGE_SIZE = 50
IN_MEMORY = 2**20  # bytes of a copy; a larger one is made in a file


@require_POST
@signed_in
def my_data(request: HttpRequest) -> HttpResponseBase:
    """Download what is kept of oneself."""
    user = cast(UserRequest, request).user
    made = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 the response closes it
    person_export(person=user, actor=user, out=made)
    made.seek(0)
    name = f"memweb-person-{user.pk}.zip"
    return FileResponse(made, as_attachment=True, filename=name, content_type="application/zip")


@require_safe
@signed_in
def people(request: HttpRequest) -> HttpResponse:
    """List the accounts of the site, for who may erase one."""
    _check_staff(request)
    rows = User.objects.order_by("erased_at", "username")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "provenance/people.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what erasing a person's data takes, and erase them."""
    user = _check_staff(request)
    row = get_object_or_404(User, pk=pk)
    if row.erased_at is not None:
        messages.info(request, "The data of this person are erased already.")
        return redirect("people:list")
    form = PersonErasureForm(request.POST or None, expected=row.username)
    if request.method == "POST" and form.is_valid():
        try:
            person_erase(person=row, reason=form.cleaned_data["reason"], actor=user)
        except ErasureRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Erased. The account is now “erased person {pk}”.")
            return redirect("people:list")
    whole = PersonErasure(row)
    context = {
        "person": row,
        "form": form,
        "numbers": whole.numbers(),
        "also": counted_above(whole.gone()),
        "label": whole.label,
        "lonely": list(whole.lonely_spaces),
    }
    status = 422 if form.errors else 200
    return render(request, "provenance/person_erasure.html", context, status=status)


def _check_staff(request: HttpRequest) -> User:
    user = cast(UserRequest, request).user
    if not user.is_staff or not user.has_perm("accounts.change_user"):
        raise PermissionDenied("this needs somebody who runs the site")
    return user
