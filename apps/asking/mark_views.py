"""Saying that an answer is wrong, what went wrong, and asking again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from apps.accounts.access import SpaceRequest, space_view
from apps.accounts.selectors import ADMINISTER, ASK, AUDIT, DECIDE, READ
from apps.asking.diagnoses import shown
from apps.asking.forms import GapForm, MeantForm, MisreadForm
from apps.asking.mark_forms import mark_form, misread_form
from apps.asking.models import AnswerMark, Misreading, Question
from apps.asking.selectors import confirmations_of, marks_of, visible_questions
from apps.asking.services import (
    answer_confirm,
    answer_mark,
    answer_misread,
    gap_of,
    gap_record,
    mark_propose,
    misreading_teach,
    question_ask_anew,
    question_ask_as_meant,
    reading_choose,
)
from apps.asking.services.errors import (
    AskingError,
    MarkRefused,
    NoSuchReading,
    ReadingGone,
)
from apps.asking.views import asked_once, question_context
from apps.common.jobs import TooManyOpen
from apps.common.once import once
from apps.memory.controller import MemoryController

PAGE_SIZE = 50
SHOWN_RIGHT = 20  # confirmations beside the marks, the newest
TEACH = DECIDE | ADMINISTER
_NUMBERS = ("1", "2", "3")  # of the readings that an answer may offer


def _answered(request: SpaceRequest, pk: int) -> Question:
    questions = visible_questions(user=request.user, space=request.space, roles=request.roles)
    answered = questions.filter(state=Question.State.DONE, erased_at=None)
    return get_object_or_404(answered.select_related("answer"), pk=pk)


def _mark(request: SpaceRequest, pk: int) -> AnswerMark:
    questions = visible_questions(user=request.user, space=request.space, roles=request.roles)
    return get_object_or_404(marks_of(request.space), pk=pk, answer__question__in=questions)


@require_POST
@space_view(ASK)
def answer_wrong(request: SpaceRequest, pk: int) -> HttpResponse:
    """Mark an answer as wrong, with what is right where the person knows it."""
    question = _answered(request, pk)
    form = mark_form(question.answer, request.POST)
    if form.is_valid():
        try:
            return _marked_once(
                request,
                lambda: answer_mark(answer=question.answer, actor=request.user, **form.given()),
            )
        except MarkRefused as error:
            _note(form, error)
    return _verdict(request, question, mark_form=form)


@require_POST
@space_view(ASK)
def answer_right(request: SpaceRequest, pk: int) -> HttpResponse:
    """Confirm an answer: its facts and how its question was read."""
    question = _answered(request, pk)
    try:
        answer_confirm(answer=question.answer, actor=request.user)
    except MarkRefused as error:
        messages.error(request, str(error))
    address = reverse("asking:question", args=[request.space.slug, question.pk]) + "#verdict"
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


@require_POST
@space_view(ASK)
def misread(request: SpaceRequest, pk: int) -> HttpResponse:
    """Say that no fact is wrong and how the question was meant; ask it so."""
    question = _answered(request, pk)
    form = misread_form(question, request.POST)
    if form.is_valid():
        try:
            address = once(request, lambda: _misread(request, question, form))
        except MarkRefused as error:
            _note(form, error)
        except (AskingError, TooManyOpen) as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
    return _verdict(request, question, misread_form=form)


def _misread(request: SpaceRequest, question: Question, form: MisreadForm) -> str:
    """Mark, and return the page of the question that was asked again, or of the mark."""
    mark = answer_misread(answer=question.answer, actor=request.user, **form.given())
    if again := mark.misreadings.first():
        return reverse("asking:question", args=[request.space.slug, again.asked_again_id])
    return reverse("asking:mark", args=[request.space.slug, mark.pk])


@require_POST
@space_view(ASK)
def gap(request: SpaceRequest, pk: int) -> HttpResponse:
    """Record the fact that an answer lacked."""
    question = _answered(request, pk)
    form = GapForm(request.POST, question=question, gap=gap_of(question.answer))
    if form.is_valid():
        try:
            return _marked_once(
                request,
                lambda: gap_record(answer=question.answer, actor=request.user, **form.given()),
            )
        except MarkRefused as error:
            _note(form, error)
    return _verdict(request, question, gap_form=form)


@require_POST
@space_view(ASK)
def choose(request: SpaceRequest, pk: int) -> HttpResponse:
    """Ask a question again by one of the readings that its abstention offers."""
    row, number = _answered(request, pk), request.POST.get("number", "")
    given = int(number) if number in _NUMBERS else 0
    try:
        return asked_once(
            request,
            lambda: reading_choose(answer=row.answer, number=given, actor=request.user).asked_again,
        )
    except (NoSuchReading, ReadingGone, TooManyOpen) as error:
        messages.error(request, str(error))
        return redirect("asking:question", request.space.slug, row.pk)


@require_POST
@space_view(ASK)
def again(request: SpaceRequest, pk: int) -> HttpResponse:
    """Ask the same question of the memory as it is now."""
    row = _answered(request, pk)
    return asked_once(request, lambda: question_ask_anew(question=row, actor=request.user))


@require_safe
@space_view(READ)
def mark(request: SpaceRequest, pk: int) -> HttpResponse:
    """What went wrong with an answer, and its repair."""
    row = _mark(request, pk)
    return _mark_page(request, row, MeantForm(question=row.answer.question, initial=_meant(row)))


@require_safe
@space_view(DECIDE | AUDIT)
def mark_list(request: SpaceRequest) -> HttpResponse:
    """The answers that people marked as wrong, or said to be right, newest first."""
    questions = visible_questions(user=request.user, space=request.space, roles=request.roles)
    rows = marks_of(request.space).filter(answer__question__in=questions)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    right = confirmations_of(request.space).filter(answer__question__in=questions)[:SHOWN_RIGHT]
    return render(
        request, "asking/mark_list.html", {"nav": "ask", "page": page, "confirmations": right}
    )


@require_POST
@space_view(ASK)
def propose(request: SpaceRequest, pk: int) -> HttpResponse:
    """Propose what is right, though the diagnosis blames the reading."""
    row = _mark(request, pk)
    try:
        row = mark_propose(mark=row, actor=request.user)
    except MarkRefused as error:
        messages.error(request, str(error))
    return redirect("asking:mark", request.space.slug, row.pk)


@require_POST
@space_view(ASK)
def meant(request: SpaceRequest, pk: int) -> HttpResponse:
    """Ask the question again, read as the person meant it."""
    row = _mark(request, pk)
    form = MeantForm(request.POST, question=row.answer.question)
    if form.is_valid():
        data = form.cleaned_data
        found = MemoryController(request.space).resolve_entity(data["entity"])
        entity = data["entity_id"] or found.entity
        if entity is None:
            several = found.how == "ambiguous"
            form.add_error(
                "entity",
                "Several entities have this name." if several else "The memory knows no such name.",
            )
        else:
            given = {"entity": entity, "relation": data["relation"], "known": data["known"]}
            try:
                return asked_once(request, lambda: _as_meant(request, row, given))
            except AskingError as error:
                form.add_error(None, str(error))
    return _mark_page(request, row, form)


@require_POST
@space_view(TEACH)
def teach(request: SpaceRequest, pk: int) -> HttpResponse:
    """Let a relation learn how a misread question asked for it."""
    questions = visible_questions(user=request.user, space=request.space, roles=request.roles)
    rows = Misreading.objects.select_related("entity", "relation", "mark__answer__question")
    row = get_object_or_404(rows, pk=pk, mark__answer__question__in=questions)
    try:
        learnt = misreading_teach(misreading=row, actor=request.user)
    except MarkRefused as error:
        messages.error(request, str(error))
    else:
        done = "From now on such questions are read so." if learnt else "It was known already."
        messages.success(request, done)
    return redirect("asking:mark", request.space.slug, row.mark_id)


def _as_meant(request: SpaceRequest, row: AnswerMark, given: dict[str, Any]) -> Question:
    return question_ask_as_meant(mark=row, actor=request.user, **given).asked_again


def _marked_once(request: SpaceRequest, mark: Callable[[], AnswerMark]) -> HttpResponse:
    """Mark, and go to the page of the mark; a form that is sent twice marks once."""
    address = once(request, lambda: reverse("asking:mark", args=[request.space.slug, mark().pk]))
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _note(form: Any, error: MarkRefused) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error))


def _verdict(request: SpaceRequest, question: Question, **forms: Any) -> HttpResponse:
    context = question_context(request, question) | forms
    name = "asking/verdict.html" if request.htmx else "asking/question.html"
    return render(request, name, context, status=422)


def _meant(row: AnswerMark) -> dict[str, Any]:
    understood = row.diagnosis["understood"] or {}
    return {
        "entity": understood.get("entity_name", ""),
        "relation": understood.get("relation"),
        "known": understood.get("known", "subject"),
    }


def _mark_page(request: SpaceRequest, row: AnswerMark, form: MeantForm) -> HttpResponse:
    context = {"nav": "ask", "mark": row, "shown": shown(row), "form": form,
               "question": row.answer.question}  # fmt: skip
    if not row.expected:
        context["mark_form"] = mark_form(row.answer)
    return render(request, "asking/mark.html", context, status=422 if form.errors else 200)
