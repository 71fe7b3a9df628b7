"""Benchmarks: which there are, and how each fares."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.evaluation.selectors import benchmarks_of


@require_safe
@space_view(AUDIT)
def benchmark_list(request: SpaceRequest) -> HttpResponse:
    """The benchmarks of the space."""
    context = {"nav": "evaluation", "benchmarks": benchmarks_of(request.space)}
    return render(request, "evaluation/benchmark_list.html", context)
