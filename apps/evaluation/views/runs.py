"""Runs: which there are, starting one, and ending one or letting it go on."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.common.jobs import TooManyOpen
from apps.common.once import once
from apps.evaluation.forms.runs import RunFilterForm, RunForm
from apps.evaluation.models import Benchmark, Run
from apps.evaluation.run_selectors import runs_of
from apps.evaluation.services.runs import RunRefused, run_cancel, run_retry, runs_request

PAGE_SIZE = 30


@require_safe
@vary_on_headers("HX-Request")
@space_view(AUDIT)
def run_list(request: SpaceRequest) -> HttpResponse:
    """The runs of the space, or of one benchmark, the newest first."""
    form = RunFilterForm(request.GET, space=request.space)
    good = form.is_valid()
    runs = runs_of(request.space, form.cleaned_data.get("benchmark"))
    if state := form.cleaned_data.get("state"):
        runs = runs.filter(state=state)
    page = Paginator(runs if good else runs.none(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "nav": "evaluation",
        "form": form,
        "page": page,
        "benchmark": form.cleaned_data.get("benchmark"),
        "under_way": any(run.is_open for run in page.object_list),
        "narrowed": any(value for name, value in request.GET.items() if name != "page"),
    }
    template = "evaluation/run_list.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#runs"
    return render(request, template, context, status=200 if good else 422)


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(AUDIT)
def run_new(request: SpaceRequest, pk: int) -> HttpResponse:
    """Choose what a run of a benchmark asks, and start it."""
    benchmark = get_object_or_404(Benchmark, space=request.space, pk=pk)
    like = _like(request, benchmark)
    data = request.POST if request.method == "POST" else None
    version = request.GET.get("version", "")
    form = RunForm(data, benchmark=benchmark, like=like, version=version)
    if not form.is_bound:
        return _form(request, benchmark, form)
    if not form.is_valid():
        return _form(request, benchmark, form, status=422)

    def make() -> str:
        run, *others = runs_request(
            version=form.versions[form.cleaned_data["version"]],
            actor=request.user,
            mode=form.cleaned_data["mode"],
            others=form.others,
            setup=form.setup,
            known_at=form.known_at,
            note=form.cleaned_data["note"],
        )
        if not others:
            return reverse("evaluation:run", args=[request.space.slug, run.pk])
        return f"{reverse('evaluation:run-list', args=[request.space.slug])}?benchmark={pk}"

    try:
        return redirect(once(request, make))
    except RunRefused as error:
        form.add_error(None, str(error))
        return _form(request, benchmark, form, status=422)
    except TooManyOpen as error:
        form.add_error(None, str(error))
        return _form(request, benchmark, form, status=error.status)


@require_POST
@space_view(AUDIT)
def run_end(request: SpaceRequest, pk: int) -> HttpResponse:
    """Cancel a run that waits or is under way."""
    run = get_object_or_404(Run, space=request.space, pk=pk)
    try:
        run_cancel(run=run, actor=request.user)
        messages.success(request, "The run was cancelled. What it has found so far stays.")
    except RunRefused as error:
        messages.info(request, str(error))
    return redirect("evaluation:run", request.space.slug, pk)


@require_POST
@space_view(AUDIT)
def run_go_on(request: SpaceRequest, pk: int) -> HttpResponse:
    """Let a failed or cancelled run go on with the cases that are left."""
    run = get_object_or_404(Run, space=request.space, pk=pk)
    try:
        run_retry(run=run, actor=request.user)
    except (RunRefused, TooManyOpen) as error:
        messages.error(request, str(error))
    return redirect("evaluation:run", request.space.slug, pk)


def _like(request: SpaceRequest, benchmark: Benchmark) -> Run | None:
    """Return the run of the benchmark that the address names, if it is one."""
    number = request.GET.get("like", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return runs_of(request.space, benchmark).filter(pk=int(number)).first()


def _form(
    request: SpaceRequest, benchmark: Benchmark, form: RunForm, status: int = 200
) -> HttpResponse:
    context = {"nav": "evaluation", "benchmark": benchmark, "form": form}
    return render(request, "evaluation/run_new.html", context, status=status)
