"""Pages on which things become one or two: merge, take a merge back, split."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import Truncator
from django.views.decorators.http import require_http_methods

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import ADMINISTER
from apps.memory import services
from apps.memory.merge_forms import MergeForm, SplitForm
from apps.memory.models import Entity, EntityMerge
from apps.memory.selectors import entities_named, facts_search
from apps.memory.views import standing_entity

SHOWN = 20  # facts of each kind that a page lists
MOST_TO_PICK = 200


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(ADMINISTER)
def entity_merge(request: SpaceRequest, pk: int) -> HttpResponse:
    """Choose the entity that this one is the same as, see what would happen, and merge them."""
    row = get_object_or_404(request.space.entities.defer("embedding"), pk=pk)
    if row.merged_into_id is not None:
        return _merged_already(request, row)
    if request.method == "POST":
        return _merge(request, row)
    if "target" in request.GET:
        form = MergeForm(request.GET, source=row)
        try:
            if not form.is_valid():
                raise services.MergeRefused
            services.refuse_two_things(row, form.cleaned_data["target"])
            return _show_plan(request, services.merge_plan(row, form.cleaned_data["target"]))
        except services.MergeRefused as error:
            messages.error(request, str(error))
        return redirect("memory:entity-merge", request.space.slug, pk)
    asked = request.GET.get("q")
    wanted = (row.name if asked is None else asked)[:200]
    context = {
        "entity": row,
        "q": wanted,
        "found": [
            (other, facts_search(space=request.space, entity=other).count())
            for other in entities_named(request.space, wanted, without=row)
        ],
        "fact_count": facts_search(space=request.space, entity=row).count(),
        "nav": "memory",
    }
    return render(request, "memory/entity_merge.html", context)


def _merge(request: SpaceRequest, row: Entity) -> HttpResponse:
    form = MergeForm(request.POST, source=row)
    try:
        if not form.is_valid():
            raise services.MergeRefused
        merged = services.entities_merge(
            source=row,
            target=form.cleaned_data["target"],
            actor=request.user,
            despite=form.accepted(),
        )
    except services.UnseenConflicts as error:
        return _show_plan(request, error.plan, problem=str(error))
    except services.MergeRefused as error:
        row.refresh_from_db(fields=["merged_into"])
        if row.merged_into_id is not None:
            return _merged_already(request, row)
        messages.error(request, str(error))
        return redirect("memory:entity-merge", request.space.slug, row.pk)
    known = f", {merged.duplicates} of them known there already" if merged.duplicates else ""
    messages.success(
        request,
        f"“{Truncator(row.name).chars(80)}” is now another name of this entity. "
        f"Facts moved: {merged.moved}{known}. It can be taken back on this page.",
    )
    return redirect("memory:entity", request.space.slug, merged.target.pk)


def _merged_already(request: SpaceRequest, row: Entity) -> HttpResponse:
    """Lead to what the entity is now: a form that is sent twice comes here too."""
    name = Truncator(row.name).chars(80)
    messages.info(request, f"“{name}” is another name of this entity already.")
    return redirect("memory:entity", request.space.slug, row.merged_into_id)


def _show_plan(request: SpaceRequest, plan: services.MergePlan, problem: str = "") -> HttpResponse:
    context = {
        "entity": plan.source,
        "plan": plan,
        "moves": plan.moves[:SHOWN],
        "problem": problem,
        "nav": "memory",
    }
    return render(request, "memory/merge_plan.html", context, status=409 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(ADMINISTER)
def entity_unmerge(request: SpaceRequest, pk: int) -> HttpResponse:
    """See what taking a merge back would do, and take it back."""
    rows = EntityMerge.objects.select_related("source", "target", "actor", "space")
    merge = get_object_or_404(rows, pk=pk, space=request.space)
    plan = services.unmerge_plan(merge)
    if request.method == "POST":
        try:
            done = services.entities_unmerge(merge=merge, actor=request.user)
        except services.PartingRefused as error:
            context = {"plan": plan, "problem": str(error), "nav": "memory"}
            return render(request, "memory/unmerge.html", context, status=409)
        left = f" {len(done.plan.left)} could not be taken back whole." if done.plan.left else ""
        messages.success(
            request,
            f"“{Truncator(done.source.name).chars(80)}” stands for itself again, with "
            f"{len(done.plan.moves)} facts.{left}",
        )
        return redirect("memory:entity", request.space.slug, done.source.pk)
    context = {"plan": plan, "problem": plan.problem, "nav": "memory"}
    return render(request, "memory/unmerge.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(ADMINISTER)
def entity_split(request: SpaceRequest, pk: int) -> HttpResponse:
    """Pick the facts that are about another thing, and make that one."""
    row = standing_entity(request, pk)
    facts = facts_search(space=request.space, entity=row)
    initial = {"name": row.name, "type": row.type}
    form = SplitForm(request.POST or None, facts=facts, initial=initial)
    if request.method == "POST" and form.is_valid():
        chosen = [triple.pk for triple in form.cleaned_data.pop("fact")]
        try:
            split = services.entity_split(
                entity=row, actor=request.user, triples=chosen, **form.cleaned_data
            )
        except services.DuplicateEntity as error:
            form.add_error("description", str(error))
        except ValueError as error:
            form.add_error("name", str(error))
        else:
            messages.success(
                request,
                f"Facts moved to this one: {split.moved}. Merging it back undoes that.",
            )
            return redirect("memory:entity", request.space.slug, split.entity.pk)
    context = {
        "entity": row,
        "form": form,
        "facts": facts[:MOST_TO_PICK],
        "total": facts.count(),
        "picked": set(request.POST.getlist("fact")),
        "nav": "memory",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "memory/entity_split.html", context, status=status)
