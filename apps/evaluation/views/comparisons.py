"""Runs of a benchmark side by side: what differs, how surely, and which cases flipped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.evaluation.forms.runs import CompareForm, WhichRunsForm
from apps.evaluation.models import Run
from apps.evaluation.services.compared import Compared, compared, crossed, flips_page, over_time
from apps.evaluation.services.comparing import CannotCompare, check_comparable
from apps.evaluation.services.wording import head_said, mode_said


@require_safe
@space_view(AUDIT)
def compare(request: SpaceRequest) -> HttpResponse:
    """Compare the runs whose numbers stand in the address."""
    which = WhichRunsForm(request.GET, space=request.space)
    context: dict[str, Any] = {"nav": "evaluation", "runs": [], "asked": which.rows}
    try:
        if not which.is_valid():
            raise CannotCompare(" ".join(map(str, which.errors.get("runs", []))))
        check_comparable(which.rows)
        base, others = _sides(which.rows)
        form = CompareForm(request.GET, others=others)
        good = form.is_valid()
        results = compared(base, others)
    except CannotCompare as error:
        context["refused"] = str(error)
        return render(request, "evaluation/compare.html", context, status=422)
    context |= {
        "form": form,
        "benchmark": base.version.benchmark,
        "base": base,
        "columns": [(run, mode_said(run), head_said(run)) for run in (base, *others)],
        "compared": results,
        "is_baseline": base.version.benchmark.baseline_id == base.pk,
    }
    if good:
        context |= _narrowed(request, form, base, results)
    return render(request, "evaluation/compare.html", context, status=200 if good else 422)


def _sides(rows: Sequence[Run]) -> tuple[Run, list[Run]]:
    """Return the run that the others are measured against: the baseline, or else the oldest."""
    pinned = rows[0].version.benchmark.baseline_id
    base = next((run for run in rows if run.pk == pinned), rows[0])
    return base, [run for run in rows if run.pk != base.pk]


def _narrowed(
    request: SpaceRequest, form: CompareForm, base: Run, results: Compared
) -> dict[str, Any]:
    number = form.cleaned_data["of"]
    pairs = next((one for one in results.pairs if one.other.pk == number), results.pairs[0])
    flips = flips_page(pairs, form.cleaned_data["changed"])
    return {
        "chosen": pairs,
        "crossed": crossed(pairs),
        "page": Paginator(flips, flips.size).get_page(request.GET.get("page")),
        "time": over_time(base, form.cleaned_data["measure"]),
    }
