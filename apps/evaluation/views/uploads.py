"""Uploading a benchmark: a file, then a look at what it holds, then it is kept."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.common.requests import announced_bytes
from apps.evaluation import selectors
from apps.evaluation.forms.benchmarks import UploadForm, too_large
from apps.evaluation.models import BenchmarkVersion
from apps.evaluation.services.benchmarks import BenchmarkRefused, Unchanged, version_make
from apps.evaluation.services.benchmarks.drafts import (
    Draft,
    FaultyRows,
    NoDraft,
    draft_drop,
    draft_keep,
    draft_of,
)
from apps.evaluation.services.benchmarks.previews import preview_of_file
from apps.evaluation.services.benchmarks.reading import Reading, UnreadableFile
from apps.evaluation.services.kinds import KINDS, kind_of
from memweb.full import is_full

TOO_LARGE, FULL = 413, 507


@csrf_exempt  # only until the size is known: the token stands in the body
@require_http_methods(["GET", "HEAD", "POST"])
@space_view(AUDIT)
def upload(request: SpaceRequest) -> HttpResponse:
    """Take a file. A body that is too large is refused without being read."""
    if request.method != "POST":
        given = {name: request.GET[name][:120] for name in ("name", "kind") if name in request.GET}
        return _page(request, UploadForm(initial=given))
    if announced_bytes(request) > settings.REQUEST_MAX_BYTES:
        return _page(request, _with_fault(UploadForm({}), too_large()), status=TOO_LARGE)
    response: HttpResponse = _take(request)
    return response


@csrf_protect
def _take(request: SpaceRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    said = form.cleaned_data
    words = {name: said[name] for name in ("name", "kind", "licence", "description")}
    try:
        draft = draft_keep(
            said["file"].read(), space=request.space.pk, person=request.user.pk,
            filename=said["file"].name or "", **words,
        )  # fmt: skip
    except UnreadableFile as error:
        form.add_error("file", str(error))
        return _page(request, form, status=422)
    except FaultyRows as faulty:
        return _page(request, form, status=422, reading=faulty.reading)
    except OSError as error:
        if not is_full(error):
            raise
        form.add_error(None, "A disk of memweb is full. The file was not kept.")
        return _page(request, form, status=FULL)
    return redirect("evaluation:draft", request.space.slug, draft.id)


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(AUDIT)
def draft(request: SpaceRequest, id: str) -> HttpResponse:
    """Look at what a file holds before it is kept, or keep it."""
    row = _draft(request, id)
    return _keep(request, row) if request.method == "POST" else _preview(request, row)


@require_POST
@space_view(AUDIT)
def drop(request: SpaceRequest, id: str) -> HttpResponse:
    """Forget a file that was looked at."""
    draft_drop(_draft(request, id))
    messages.info(request, "The file was dropped. Nothing of it was kept.")
    return redirect("evaluation:benchmark-upload", request.space.slug)


def _keep(request: SpaceRequest, row: Draft) -> HttpResponse:
    try:
        made = version_make(
            space=request.space,
            actor=request.user,
            name=row.name,
            kind=row.kind,
            origin=BenchmarkVersion.Origin.FILE,
            cases=row.cases(),
            summary=row.summary,
            licence=row.licence,
            filename=row.filename,
            how={"format": row.format},
            description=row.description,
        )
        messages.success(request, f"Version {made.number} of “{row.name}” is kept.")
    except Unchanged as same:
        made = same.version
        messages.info(request, str(same))
    except BenchmarkRefused as error:
        return _preview(request, row, problem=str(error))
    except NoDraft as error:
        raise Http404("no such draft") from error
    draft_drop(row)
    return redirect("evaluation:version", request.space.slug, made.benchmark_id, made.number)


def _draft(request: SpaceRequest, id: str) -> Draft:
    try:
        return draft_of(id, space=request.space.pk, person=request.user.pk)
    except NoDraft as error:
        raise Http404("no such draft") from error


def _preview(request: SpaceRequest, row: Draft, *, problem: str = "") -> HttpResponse:
    preview = preview_of_file(request.space, row.summary, row.language)
    context = {
        "nav": "evaluation",
        "draft": row,
        "format": row.format,
        "problem": problem,
        "skipped": list(row.skipped.items()),
        **preview_context(request, preview, row.kind),
    }
    return render(
        request, "evaluation/benchmark_draft.html", context, status=409 if problem else 200
    )


def preview_context(request: SpaceRequest, preview: Any, kind: str) -> dict[str, Any]:
    """Return what the look at cases shows that are not kept yet."""
    return {
        "preview": preview,
        "cases": selectors.shown(preview.first),
        "kind": kind_of(kind),
        "dimensions": selectors.dimensions(request.space, preview.covers),
    }


def _with_fault(form: UploadForm, text: str) -> UploadForm:
    form.errors.clear()
    form.add_error("file", text)
    return form


def _page(
    request: SpaceRequest, form: UploadForm, *, status: int = 200, reading: Reading | None = None
) -> HttpResponse:
    context = {
        "nav": "evaluation",
        "form": form,
        "reading": reading,
        "kinds": KINDS.values(),
        "chosen": form["kind"].value() or next(iter(KINDS)),
        "limit": settings.DOCUMENT_MAX_BYTES,
        "address": reverse("evaluation:benchmark-upload", args=[request.space.slug]),
    }
    return render(request, "evaluation/benchmark_upload.html", context, status=status)
