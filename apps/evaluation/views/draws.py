"""Making a benchmark from the memory: what would be drawn, then it is kept."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import AUDIT
from apps.evaluation.forms.benchmarks import NAMES, DrawForm
from apps.evaluation.models import Benchmark, BenchmarkVersion
from apps.evaluation.services.benchmarks import (
    KINDS,
    BenchmarkRefused,
    NewCase,
    Unchanged,
    draw_from_memory,
    version_make,
)
from apps.evaluation.services.benchmarks.decided import draw_from_decisions
from apps.evaluation.services.benchmarks.marked import draw_from_marks
from apps.evaluation.services.benchmarks.previews import Preview, preview_of
from apps.evaluation.views.uploads import preview_context

Origin = BenchmarkVersion.Origin
NOTHING: Final = {
    Origin.MEMORY: "The memory holds no approved facts of these kinds that can be asked about.",
    Origin.MARKS: "Nobody has said yet of an answer that it is right, or what is right instead.",
    Origin.DECISIONS: "Reviewers have not decided yet on a sentence that can be read alone.",
}
KIND_OF: Final = {
    Origin.MEMORY: Benchmark.Kind.QUESTIONS,
    Origin.MARKS: Benchmark.Kind.QUESTIONS,
    Origin.DECISIONS: Benchmark.Kind.STATEMENTS,
}


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(AUDIT)
def draw(request: SpaceRequest) -> HttpResponse:
    """Show what would be drawn; sent back with its hash, that is kept."""
    sent = request.POST if request.method == "POST" else request.GET
    if "source" not in sent:
        initial = {"name": NAMES[Origin.MEMORY]}
        return _page(request, DrawForm(initial=initial, kinds=KINDS))
    form = DrawForm(sent, kinds=KINDS)
    if not form.is_valid():
        return _page(request, form, status=422)
    cases, left_out = _drawn(request, form)
    source = form.cleaned_data["source"]
    if not cases:
        return _page(request, form, nothing=NOTHING[source], left_out=left_out)
    preview = preview_of(request.space, cases, KIND_OF[source])
    if request.method != "POST":
        return _page(request, form, preview=preview, left_out=left_out)
    if request.POST.get("sha256") != preview.sha256:
        problem = "The memory has changed since you looked. This is what would be kept now."
        return _page(request, form, preview=preview, left_out=left_out, problem=problem, status=409)
    return _keep(request, form, cases, preview, left_out)


def _drawn(request: SpaceRequest, form: DrawForm) -> tuple[list[NewCase], int]:
    """Return the cases and how many were left out."""
    said = form.cleaned_data
    options = {"size": said["size"], "seed": said["seed"]}
    if said["source"] == Origin.MARKS:
        return draw_from_marks(request.space, **options)
    if said["source"] == Origin.DECISIONS:
        return draw_from_decisions(request.space, **options)
    return draw_from_memory(request.space, kinds=said["kinds"] or None, **options), 0


def _keep(
    request: SpaceRequest,
    form: DrawForm,
    cases: list[NewCase],
    preview: Preview,
    left_out: int,
) -> HttpResponse:
    said = form.cleaned_data
    try:
        made = version_make(
            space=request.space,
            actor=request.user,
            name=said["name"],
            kind=KIND_OF[said["source"]],
            origin=said["source"],
            cases=cases,
            licence=said["licence"],
            seed=said["seed"],
            how={**form.how, "left_out": left_out, "wordings": dict(preview.wordings)},
            description=said["description"],
        )
        messages.success(request, f"Version {made.number} of “{said['name']}” is kept.")
    except Unchanged as same:
        made = same.version
        messages.info(request, str(same))
    except BenchmarkRefused as error:
        return _page(
            request, form, preview=preview, left_out=left_out, problem=str(error), status=409
        )
    return redirect("evaluation:version", request.space.slug, made.benchmark_id, made.number)


def _page(
    request: SpaceRequest,
    form: DrawForm,
    *,
    preview: Preview | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context: dict[str, Any] = {"nav": "evaluation", "form": form, **more}
    if preview is not None:
        kind = KIND_OF[form.cleaned_data["source"]]
        given = request.POST if request.method == "POST" else request.GET
        sent = {name: given.getlist(name) for name in form.fields}
        context |= {"kind": kind, "sent": sent, **preview_context(request, preview, kind)}
    return render(request, "evaluation/benchmark_draw.html", context, status=status)
