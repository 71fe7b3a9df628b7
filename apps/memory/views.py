"""The pages of the memory: search, one entity, relations."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import RoleNeeded, SpaceRequest, space_view
from apps.accounts.selectors import ADMINISTER, READ
from apps.audit.versions import FIELD, ChangedMeanwhile, version_of
from apps.common.once import made_before, once
from apps.memory import graph, services
from apps.memory.forms import AliasForm, EntityForm, MemorySearchForm, RelationForm, suggested
from apps.memory.models import Entity, Relation, Triple
from apps.memory.selectors import (
    CountedUpTo,
    example_fact,
    facts_about,
    facts_search,
    homonyms,
    merges_of,
    neighbours,
    relations_overview,
    search_words,
)

FACTS_A_PAGE = 25
FACTS_OF_AN_ENTITY = 50  # on each side of its page; the search shows the rest


@require_safe
@space_view(READ)
def search(request: SpaceRequest) -> HttpResponse:
    """Search the facts by words, relation, type and status."""
    form = MemorySearchForm(request.GET, space=request.space)
    chosen = form.cleaned_data if form.is_valid() else {}
    status = chosen.get("status") or Triple.Status.ACTIVE
    facts = facts_search(
        space=request.space,
        words=search_words(chosen.get("q", "")),
        relation=chosen.get("relation"),
        status="" if status == "any" else status,
        type=chosen.get("type", ""),
        entity=chosen.get("entity"),
    )
    if form.errors:
        facts = facts.none()
    page = CountedUpTo(facts, FACTS_A_PAGE).get_page(request.GET.get("page"))
    template = "memory/search.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#facts"
    context = {
        "form": form,
        "page": page,
        "entity": chosen.get("entity"),
        "narrowed": any(value for name, value in request.GET.items() if name != "page"),
        "nav": "memory",
    }
    return render(request, template, context, status=422 if form.errors else 200)


@require_safe
@space_view(READ)
def entity(request: SpaceRequest, pk: int) -> HttpResponse:
    """Show an entity: its names, its facts in both directions and its neighbourhood."""
    row = get_object_or_404(request.space.entities.defer("embedding"), pk=pk)
    if row.merged_into_id is not None:
        return redirect("memory:entity", request.space.slug, row.merged_into_id)
    return _entity_page(request, row)


def _entity_page(
    request: SpaceRequest,
    row: Entity,
    *,
    form: EntityForm | None = None,
    alias_form: AliasForm | None = None,
    version: str | None = None,
    meanwhile: list[dict[str, Any]] | None = None,
) -> HttpResponse:
    as_subject, as_object = facts_about(row)
    around, total = neighbours(row)
    context = {
        "entity": row,
        "aliases": row.aliases.select_related("passage__document"),
        "homonyms": homonyms(row),
        "merges": merges_of(row),
        "as_subject": as_subject[:FACTS_OF_AN_ENTITY],
        "as_object": as_object[:FACTS_OF_AN_ENTITY],
        "subject_count": as_subject.count(),
        "object_count": as_object.count(),
        "shown": FACTS_OF_AN_ENTITY,
        "graph": graph.draw(row, around) if around else None,
        "narrow": graph.draw_branch(row, around) if around else None,
        "neighbour_count": total,
        "form": form or EntityForm(initial=services.entity_shown(row)),
        "alias_form": alias_form or AliasForm(auto_id="id_alias_%s"),
        "editing": form is not None,
        "version": version or version_of(row, services.entity_shown(row)),
        "meanwhile": meanwhile,
        "nav": "memory",
    }
    wrong = (form and form.errors) or (alias_form and alias_form.errors)
    status = 409 if meanwhile is not None else 422 if wrong else 200
    return render(request, "memory/entity.html", context, status=status)


def standing_entity(request: SpaceRequest, pk: int) -> Entity:
    rows = request.space.entities.filter(merged_into=None).defer("embedding")
    return get_object_or_404(rows, pk=pk)


@require_POST
@space_view(ADMINISTER)
def entity_edit(request: SpaceRequest, pk: int) -> HttpResponse:
    """Rename or describe an entity."""
    row = standing_entity(request, pk)
    form = EntityForm(request.POST)
    version = request.POST.get(FIELD)
    if form.is_valid():
        mine = form.cleaned_data
        try:
            services.entity_change(entity=row, actor=request.user, version=version, **mine)
        except ChangedMeanwhile as error:
            form = EntityForm(initial=error.merged(mine))
            row = standing_entity(request, pk)
            return _entity_page(request, row, form=form, meanwhile=error.shown(mine, {}))
        except services.DuplicateEntity as error:
            form.add_error("description", str(error))
        except ValueError as error:
            form.add_error("name", str(error))
    if form.errors:
        return _entity_page(request, row, form=form, version=version)
    messages.success(request, "Saved.")
    return redirect("memory:entity", request.space.slug, pk)


@require_POST
@space_view(ADMINISTER)
def entity_alias(request: SpaceRequest, pk: int) -> HttpResponse:
    """Add another name of an entity."""
    row = standing_entity(request, pk)
    form = AliasForm(request.POST, auto_id="id_alias_%s")
    added = False
    if form.is_valid():
        try:
            added = services.alias_add(
                entity=row, actor=request.user, name=form.cleaned_data["name"]
            )
        except ValueError as error:
            form.add_error("name", str(error))
    if form.errors:
        return _entity_page(request, row, alias_form=form)
    if added:
        messages.success(request, "The name was added.")
    else:
        messages.info(request, "It has that name already.")
    return redirect("memory:entity", request.space.slug, pk)


@require_safe
@space_view(READ)
def relation_list(request: SpaceRequest) -> HttpResponse:
    """List the relations with their use."""
    rows = relations_overview(request.space)
    context = {
        "relations": [pair for pair in rows if pair[0].retired_at is None],
        "retired": [pair for pair in rows if pair[0].retired_at is not None],
        "nav": "relations",
    }
    return render(request, "memory/relation_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(ADMINISTER)
def relation_add(request: SpaceRequest) -> HttpResponse:
    """Add a relation."""
    return _relation_page(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@space_view(READ)
def relation_edit(request: SpaceRequest, pk: int) -> HttpResponse:
    """Change a relation; who is no owner reads what it says."""
    row = _relation(request, pk)
    if request.roles & ADMINISTER:
        return _relation_page(request, row)
    if request.method == "POST":
        raise RoleNeeded(request.space, ADMINISTER)
    context = {"relation": row, "fact": example_fact(row), "nav": "relations"}
    return render(request, "memory/relation.html", context)


def _relation(request: SpaceRequest, pk: int) -> Relation:
    return get_object_or_404(request.space.relations.defer("embedding"), pk=pk)


def _relation_page(request: SpaceRequest, row: Relation | None) -> HttpResponse:
    wanted = suggested(request.GET) if row is None else {}
    form = RelationForm(request.POST or None, space=request.space, relation=row, initial=wanted)
    version = request.POST.get(FIELD)
    if request.method == "POST" and (response := _relation_sent(request, form, version)):
        return response
    if row is not None and version is None:
        version = version_of(row, services.relation_shown(row))
    context = {"form": form, "version": version, "meanwhile": None, **_about_relation(row)}
    status = 422 if request.method == "POST" else 200
    return render(request, "memory/relation_form.html", context, status=status)


def _relation_sent(
    request: SpaceRequest, form: RelationForm, version: str | None
) -> HttpResponse | None:
    """Save what was sent and say where to go on; None leaves the errors in the form."""
    if not form.is_valid():
        found = made_before(request)
        return redirect(found) if found else None
    try:
        if form.relation is None:
            return redirect(once(request, lambda: _added(request, form)))
        services.relation_change(
            relation=form.relation, actor=request.user, given=form.given(), version=version
        )
    except ChangedMeanwhile as error:
        return _relation_meanwhile(request, error, form)
    except services.InverseTaken as error:
        form.add_error("inverse", str(error))
        return None
    except IntegrityError:  # somebody else was faster
        form.add_error("name", "There is a relation of this name.")
        return None
    messages.success(request, f"“{form.cleaned_data['name']}” was saved.")
    return redirect("memory:relation-list", request.space.slug)


def _added(request: SpaceRequest, form: RelationForm) -> str:
    """Add the relation; return the address of the document whose words it came from, or of the
    list."""
    services.relation_create(space=request.space, actor=request.user, given=form.given())
    messages.success(request, f"“{form.cleaned_data['name']}” was added.")
    wanted = request.GET.get("document", "")
    known = wanted.isascii() and wanted.isdigit() and len(wanted) <= 18
    if known and request.space.documents.filter(pk=int(wanted)).exists():
        messages.info(request, "Look for facts again to find it in this text.")
        return reverse("sources:document", args=[request.space.slug, int(wanted)])
    return reverse("memory:relation-list", args=[request.space.slug])


def _relation_meanwhile(
    request: SpaceRequest, error: ChangedMeanwhile, form: RelationForm
) -> HttpResponse:
    """Show what was written beside what somebody else saved meanwhile."""
    assert form.relation is not None
    row, mine = _relation(request, form.relation.pk), form.written()
    labels = {name: str(field.label or "") for name, field in form.fields.items()}
    context = {
        "form": form.again(row, error.merged(mine)),
        "version": version_of(row, services.relation_shown(row)),
        "meanwhile": error.shown(mine, labels),
        **_about_relation(row),
    }
    return render(request, "memory/relation_form.html", context, status=409)


def _about_relation(row: Relation | None) -> dict[str, object]:
    return {"relation": row, "fact": example_fact(row) if row else None, "nav": "relations"}


@require_POST
@space_view(ADMINISTER)
def relation_retire(request: SpaceRequest, pk: int) -> HttpResponse:
    """Retire a relation: it keeps its facts and gets no new ones."""
    row = _relation(request, pk)
    services.relation_retire(relation=row, actor=request.user)
    messages.success(request, f"“{row.name}” is retired. Its facts stay.")
    return redirect("memory:relation-list", request.space.slug)


@require_POST
@space_view(ADMINISTER)
def relation_restore(request: SpaceRequest, pk: int) -> HttpResponse:
    """Bring a retired relation back."""
    row = _relation(request, pk)
    services.relation_restore(relation=row, actor=request.user)
    messages.success(request, f"“{row.name}” is in use again.")
    return redirect("memory:relation-list", request.space.slug)
