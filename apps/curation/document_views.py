"""The pages of documents: the list, adding, and one document with the facts found in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFilesSent
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import ADD_DOCUMENTS, READ
from apps.common.jobs import TooManyOpen
from apps.common.requests import announced_bytes
from apps.common.worker_status import worker_alive
from apps.curation.dispute_selectors import not_proposed
from apps.curation.document_forms import DocumentFilterForm
from apps.curation.document_selectors import (
    Part,
    Progress,
    documents_of,
    fact_address,
    facts_found,
    facts_resting_on,
    is_idle,
    is_under_way,
    marks,
    part_number,
    parts_of,
    progress_of,
    row_progress_of,
    wait_of,
)
from apps.curation.models import Candidate, Extraction, RowImport
from apps.curation.services import (
    extraction_cancel,
    extraction_request,
    extraction_retry,
    import_cancel,
    import_retry,
)
from apps.curation.services.documents import Imported, document_import
from apps.curation.services.errors import CurationError
from apps.curation.services.joining import Coverage, coverage_of
from apps.sources.errors import SourceError, TooLarge
from apps.sources.formats import EXTENSIONS
from apps.sources.forms import DocumentFilesForm, DocumentPasteForm
from apps.sources.models import Document
from apps.sources.triples import COLUMNS

DOCUMENTS_A_PAGE = 30
PASSAGES_A_PART = 30
FACTS_A_PART = 60
STOP_POLLING = 286  # htmx stops asking when it gets this status
Work = Extraction | RowImport


@dataclass(frozen=True)
class Outcome:
    """What became of one thing that was given."""

    name: str
    imported: Imported | None = None
    error: SourceError | TooManyOpen | None = None


@require_safe
@space_view(READ)
def document_list(request: SpaceRequest) -> HttpResponse:
    """List the documents of the space, filtered by the address."""
    form = DocumentFilterForm(request.GET)
    status = 200 if form.is_valid() else 422
    documents = form.narrow(documents_of(request.space))
    page = Paginator(documents, DOCUMENTS_A_PAGE).get_page(request.GET.get("page"))
    template = "sources/document_list.html"
    if request.htmx and not request.htmx.history_restore_request:
        template += "#documents"
    context = {"form": form, "page": page, "nav": "sources"}
    return render(request, template, context, status=status)


@csrf_exempt  # only until the size is known: the token stands in the body
@require_http_methods(["GET", "HEAD", "POST"])
@space_view(ADD_DOCUMENTS)
def document_add(request: SpaceRequest) -> HttpResponse:
    """Add files or pasted text. A body that is too large is refused without being read."""
    if request.method != "POST":
        return _add_page(request)
    if announced_bytes(request) > settings.REQUEST_MAX_BYTES:
        return _refused(request, TooLarge(f"At most {_megabytes()} MB can be added at once."))
    response: HttpResponse = _add(request)
    return response


@csrf_protect
def _add(request: SpaceRequest) -> HttpResponse:
    try:
        pasted = "text" in request.POST
    except RequestDataTooBig:
        return _refused(request, TooLarge("Save this text as a file and add that."))
    except TooManyFilesSent:
        return _refused(request, TooLarge("Add fewer files at once."))
    if pasted:
        paste = DocumentPasteForm(request.POST)
        if not paste.is_valid():
            return _add_page(request, status=422, paste=paste)
        data = paste.cleaned_data["text"].encode()
        outcome = _import(request, "Pasted text", data, "", title=paste.cleaned_data["title"])
        return _after_adding(request, [outcome], paste=paste)
    files = DocumentFilesForm(request.POST, request.FILES)
    if not files.is_valid():
        return _add_page(request, status=422, files=files)
    outcomes = [
        _import(request, file.name or "file", file.read(), file.name or "")
        for file in files.cleaned_data["file"]
    ]
    return _after_adding(request, outcomes)


def _megabytes() -> int:
    return settings.DOCUMENT_MAX_BYTES // 2**20


def _import(
    request: SpaceRequest, name: str, data: bytes, filename: str, *, title: str = ""
) -> Outcome:
    try:
        imported = document_import(
            space=request.space, actor=request.user, data=data, filename=filename, title=title
        )
    except (SourceError, TooManyOpen) as error:
        return Outcome(name, error=error)
    return Outcome(name, imported=imported)


def _after_adding(request: SpaceRequest, outcomes: list[Outcome], **forms: Any) -> HttpResponse:
    """Go to what was added, or say what went wrong with each."""
    failed = [outcome.error for outcome in outcomes if outcome.error]
    if failed:
        return _add_page(request, status=failed[0].status, outcomes=outcomes, **forms)
    imports = [outcome.imported for outcome in outcomes if outcome.imported]
    _say(request, imports)
    if len(imports) == 1:
        return redirect("sources:document", request.space.slug, imports[0].document.pk)
    return redirect("sources:document-list", request.space.slug)


def _say(request: SpaceRequest, imports: list[Imported]) -> None:
    known = [one for one in imports if not one.created]
    if len(imports) == 1 and known:
        document = known[0].document
        messages.info(
            request,
            f"This content is already here: {document.added_by.label} added it on "
            f"{document.created_at:%-d %B %Y}. Nothing was added.",
        )
        return
    new = len(imports) - len(known)
    parts = [f"{new} document{'' if new == 1 else 's'} added."]
    if candidates := sum(one.candidates for one in imports):
        parts.append(f"{candidates:,} fact{'' if candidates == 1 else 's'} to review.")
    if any(one.row_import for one in imports):
        parts.append("Its rows are being put to review.")
    if known:
        parts.append("Already here: " + ", ".join(one.document.title for one in known) + ".")
    messages.success(request, " ".join(parts))


def _refused(request: SpaceRequest, error: SourceError) -> HttpResponse:
    return _add_page(request, status=error.status, outcomes=[Outcome("", error=error)])


def _add_page(
    request: SpaceRequest,
    *,
    status: int = 200,
    files: DocumentFilesForm | None = None,
    paste: DocumentPasteForm | None = None,
    outcomes: list[Outcome] | None = None,
) -> HttpResponse:
    context = {
        "nav": "sources",
        "files": files or DocumentFilesForm(),
        "paste": paste or DocumentPasteForm(),
        "outcomes": outcomes or [],
        "megabytes": _megabytes(),
        "extensions": list(EXTENSIONS),
        "columns": COLUMNS,
    }
    return render(request, "sources/document_add.html", context, status=status)


@require_safe
@space_view(READ)
def document(request: SpaceRequest, pk: int) -> HttpResponse:
    """Show a document with the facts found in it, marked in its text and listed beside it."""
    shown = get_object_or_404(request.space.documents.select_related("added_by"), pk=pk)
    if shown.erased_at is not None:
        context = {"nav": "sources", "document": shown, "facts": facts_resting_on(shown)}
        return render(request, "sources/document_erased.html", context)
    chosen = _chosen_candidate(request, shown)
    parts = parts_of(shown, passages=PASSAGES_A_PART, facts=FACTS_A_PART)
    number: Any = request.GET.get("page")
    if number is None and chosen is not None and chosen.sentence_start is not None:
        number = part_number(parts, offset=chosen.sentence_start)
    page: Page[Part] = Paginator(parts, 1).get_page(number)
    part = page.object_list[0]
    passages = list(shown.passages.filter(index__range=(part.first, part.last)).order_by("index"))
    found = facts_found(passages)
    chosen_fact = next((one for one in found if one.candidate == chosen), None)
    context = _progress_context(request, shown)
    context |= {
        "nav": "sources",
        "document": shown,
        "page": page,
        "passages": parts[-1].last + 1,
        "start": passages[0].start if page.number > 1 else 0,
        "end": passages[-1].end if page.has_next() else len(shown.text),
        "facts": [(one, fact_address(one)) for one in found],
        "chosen": chosen_fact,
        "not_proposed": not_proposed(passages),
        "marks": marks(found, chosen=chosen_fact),
        "coverage": _coverage(shown, context),
        "waiting": sum(one.candidate.state == Candidate.State.PENDING for one in found),
    }
    return render(request, "sources/document.html", context)


def _coverage(shown: Document, context: dict[str, Any]) -> Coverage | None:
    """Return what the last extraction found to be named and joined, once it has ended."""
    progress: Progress | None = context["progress"]
    if progress is None or context["under_way"]:
        return None
    return coverage_of(shown, progress.extraction)


def _chosen_candidate(request: SpaceRequest, shown: Document) -> Candidate | None:
    wanted = request.GET.get("fact", "")
    if not wanted.isascii() or not wanted.isdigit() or len(wanted) > 18:
        return None
    return Candidate.objects.filter(passage__document=shown, pk=int(wanted)).first()


def _progress_context(request: SpaceRequest, shown: Document) -> dict[str, Any]:
    progress = progress_of(shown)
    importing = row_progress_of(shown) if shown.format == Document.Format.TRIPLES else None
    under_way = is_under_way(progress)
    waits = under_way and is_idle(progress)
    work: Work | None = progress.extraction if progress else None
    if importing is not None:
        under_way, waits, work = importing.under_way, importing.waits, importing.row_import
    return {
        "wait": wait_of(progress) if progress is not None and under_way else None,
        "may_cancel": under_way and _may_cancel(request, work),
        "progress": progress,
        "importing": importing,
        "under_way": under_way,
        "waits": waits,
        "worker_alive": worker_alive("write") if waits else True,
    }


@require_safe
@space_view(READ)
def document_progress(request: SpaceRequest, pk: int) -> HttpResponse:
    """Return the progress bar for htmx, which asks until the extraction has ended."""
    shown = get_object_or_404(request.space.documents.defer("text"), pk=pk)
    context = _progress_context(request, shown) | {"document": shown}
    if not request.htmx:
        return redirect("sources:document", request.space.slug, pk)
    response = render(request, "sources/document.html#progress", context)
    if not context["under_way"]:
        response.status_code = STOP_POLLING
        response["HX-Refresh"] = "true"
    return response


@require_POST
@space_view(ADD_DOCUMENTS)
def document_extract(request: SpaceRequest, pk: int) -> HttpResponse:
    """Let what failed or was cancelled go on, or start another extraction."""
    shown = get_object_or_404(request.space.documents, pk=pk)
    progress = progress_of(shown)
    try:
        ended = RowImport.objects.filter(document=shown, state__in=RowImport.RETRYABLE).first()
        if ended is not None:
            import_retry(row_import=ended, actor=request.user)
        elif shown.format == Document.Format.TRIPLES:
            messages.error(request, "Ready-made triples are not extracted: they are facts already.")
        elif progress is not None and progress.extraction.state in Extraction.RETRYABLE:
            extraction_retry(extraction=progress.extraction, actor=request.user)
        else:
            extraction_request(document=shown, actor=request.user)
    except CurationError as error:
        messages.error(request, str(error))
    return redirect("sources:document", request.space.slug, pk)


@require_POST
@space_view(READ)
def document_cancel(request: SpaceRequest, pk: int) -> HttpResponse:
    """End the extraction or import that is under way. What it found already stays."""
    shown = get_object_or_404(request.space.documents.defer("text"), pk=pk)
    work = _work_on(shown)
    if not _may_cancel(request, work):
        raise PermissionDenied("work is cancelled by who asked for it or a reviewer")
    try:
        if isinstance(work, RowImport):
            import_cancel(row_import=work, actor=request.user)
            messages.success(request, "The import was cancelled. What it put to review stays.")
        elif work is not None:
            extraction_cancel(extraction=work, actor=request.user)
            messages.success(request, "The extraction was cancelled. What it found so far stays.")
    except CurationError as error:
        messages.info(request, str(error))
    return redirect("sources:document", request.space.slug, pk)


def _work_on(shown: Document) -> Work | None:
    """Return the import of the document's rows, or its last extraction."""
    if shown.format == Document.Format.TRIPLES:
        return RowImport.objects.filter(document=shown).first()
    return Extraction.objects.filter(document=shown).order_by("-pk").first()


def _may_cancel(request: SpaceRequest, work: Work | None) -> bool:
    if work is None:
        return False
    return work.requested_by_id == request.user.pk or bool(request.roles & ADD_DOCUMENTS)
