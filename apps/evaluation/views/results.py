"""One run: its progress while it is under way, its figures afterwards, and each of its cases."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.common.jobs import TooManyOpen
from apps.common.worker_status import worker_alive
from apps.evaluation import selectors
from apps.evaluation.forms.runs import ResultFilterForm
from apps.evaluation.models import Case, Result, Run
from apps.evaluation.run_selectors import (
    ResultPages,
    Wanted,
    asked_again,
    case_in_runs,
    erasures_of,
    outcomes_so_far,
    results_of,
)
from apps.evaluation.services.kinds import kind_of
from apps.evaluation.services.repairs import Repair, around, repairs_of
from apps.evaluation.services.run_exports import FORMATS
from apps.evaluation.services.runs import RunRefused, run_request
from apps.evaluation.services.shown import Shown, shown, time_left
from apps.evaluation.services.wording import DIAGNOSES, HeadSetup, head_said, mode_said
from apps.evaluation.views.run_exports import files_context

PAGE_SIZE = 25


@require_safe
@vary_on_headers("HX-Request")
@space_view(AUDIT)
def run(request: SpaceRequest, pk: int) -> HttpResponse:
    """A run: how far it is, what came of it, and its cases by filters in the address."""
    row = _run(request, pk)
    form = ResultFilterForm(request.GET, run=row)
    good = form.is_valid()
    part = "" if request.htmx.history_restore_request else request.htmx.target
    if part == "live" and not row.is_open:
        return HttpResponseClientRefresh()  # the whole page looks otherwise now
    context = _about(row) | _cases(request, row, form if good else None) | {"form": form}
    template = "evaluation/run.html"
    if part in ("live", "results"):
        template += f"#{part}"
    else:
        context["shown"] = shown(row) if row.figures else Shown()
        context |= files_context(row)
    return render(request, template, context, status=200 if good else 422)


@require_safe
@space_view(AUDIT)
def case(request: SpaceRequest, pk: int, number: int) -> HttpResponse:
    """One case of a run: what was asked, what is right, what was answered, and how to repair it."""
    row = _run(request, pk)
    asked = Case.objects.filter(version=row.version_id, number=number).first()
    if asked is None:
        return _no_case(request, row, number)
    result = Result.objects.filter(run=row, case=asked).first()
    if result is not None:
        result.run, result.case = row, asked
    again = asked_again(asked)
    context = {
        "nav": "evaluation",
        "run": row,
        "kind": kind_of(row.version.benchmark.kind),
        "case": asked,
        "result": result,
        **_facts_of(asked),
        "mode": mode_said(row),
        "diagnosis": DIAGNOSES.get(result.diagnosis) if result and result.diagnosis else None,
        "around": around(result) if result else None,
        "repairs": _open_to(request, repairs_of(result)) if result else [],
        "elsewhere": case_in_runs(asked, other_than=row),
        "again": again,
        "beside": _beside(row, asked),
    }
    return render(request, "evaluation/run_case.html", context)


@require_POST
@space_view(AUDIT)
def ask_again(request: SpaceRequest, pk: int, number: int) -> HttpResponse:
    """Ask one case again, with the same head, of the memory as it is now."""
    row = _run(request, pk)
    asked = Case.objects.filter(version=row.version_id, number=number).first()
    if asked is None:
        return _no_case(request, row, number)
    try:
        again = run_request(
            version=row.version,
            actor=request.user,
            mode=row.mode,
            setup=HeadSetup.of(row.setup, default=""),
            note=f"Case {asked.number} of run {row.pk}, asked again",
            only=asked.number,
        )
    except (RunRefused, TooManyOpen) as error:
        messages.error(request, str(error))
        return redirect("evaluation:case", request.space.slug, pk, number)
    return redirect("evaluation:case", request.space.slug, again.pk, number)


def _no_case(request: SpaceRequest, row: Run, number: int) -> HttpResponse:
    """Say of a case that it was erased, and with what cases of its version were; raise Http404 of a
    number that none ever had."""
    if not (row.version.erased and 1 <= number <= row.version.size):
        raise Http404("no such case")
    context = {
        "nav": "evaluation",
        "run": row,
        "number": number,
        "erasures": erasures_of(row.version),
    }
    return render(request, "evaluation/case_erased.html", context, status=410)


def _facts_of(asked: Case) -> dict[str, list[str]]:
    """Return the facts that a text states, and those that only seem to be, in a line each."""
    shown = selectors.shown([asked])[0]
    return {"stated": list(shown.facts), "unstated": list(shown.wrong)}


def _run(request: SpaceRequest, pk: int) -> Run:
    rows = Run.objects.select_related("version__benchmark", "asked_by", "space")
    return get_object_or_404(rows, space=request.space, pk=pk)


def _about(row: Run) -> dict[str, Any]:
    waits = row.state == Run.State.QUEUED
    return {
        "nav": "evaluation",
        "run": row,
        "benchmark": row.version.benchmark,
        "kind": kind_of(row.version.benchmark.kind),
        "mode": mode_said(row),
        "head": head_said(row),
        "left": time_left(row),
        "worker_alive": worker_alive("evaluate") if waits else True,
        "formats": FORMATS,
        "is_baseline": row.version.benchmark.baseline_id == row.pk,
    }


def _cases(request: SpaceRequest, row: Run, form: ResultFilterForm | None) -> dict[str, Any]:
    outcomes = outcomes_so_far(row)
    wanted = form.wanted if form else Wanted()
    known = sum(outcomes.values()) if wanted.is_all else None
    if wanted.outcome and wanted == Wanted(outcome=wanted.outcome):
        known = sum(outcomes.values()) - outcomes["right"] if wanted.outcome == "failed" else None
        known = outcomes.get(wanted.outcome, known)
    results = results_of(row, wanted)
    if form is None:
        results, known = results.none(), 0
    pages = ResultPages(results, PAGE_SIZE, known=known)
    return {
        "outcomes": outcomes,
        "page": pages.get_page(request.GET.get("page")),
        "narrowed": not wanted.is_all or form is None,
        "diagnoses": {key: one.label for key, one in DIAGNOSES.items()},
        "so_far": sum(outcomes.values()),
    }


def _beside(row: Run, asked: Case) -> dict[str, int | None]:
    """Return the numbers of the cases before and after one that have results in the run."""
    results = Result.objects.filter(run=row)
    before = results.filter(case__lt=asked.pk).order_by("-case").values_list("case__number")[:1]
    after = results.filter(case__gt=asked.pk).order_by("case").values_list("case__number")[:1]
    first = [next((number for (number,) in some), None) for some in (before, after)]
    return {"before": first[0], "after": first[1]}


def _open_to(request: SpaceRequest, repairs: list[Repair]) -> list[tuple[Repair, str]]:
    """Return the repairs whose pages this person may open, with addresses that lead back."""
    found = []
    for one in repairs:
        numbers = [] if one.number is None else [one.number]
        try:
            path = reverse(one.page, args=[request.space.slug, *numbers])
        except NoReverseMatch:
            continue
        if request.roles & getattr(resolve(path).func, "allowed", request.roles):
            found.append((one, f"{path}?{urlencode({**one.query, 'back': request.path})}"))
    return found
