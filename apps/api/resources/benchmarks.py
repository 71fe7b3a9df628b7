"""Benchmarks of a space: their cases from a file, from the memory or from memweb itself, their
versions, and the pinned run."""

from __future__ import annotations

from typing import Any

from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts.selectors import AUDIT
from apps.api.base import ApiView, Call, filled
from apps.api.errors import Conflict, Unfit
from apps.api.fields import ID, Strict
from apps.api.resources.shapes import Nothing
from apps.evaluation.forms.benchmarks import FEWEST, MOST, NAMES, SOURCES, CasesForm, DrawForm
from apps.evaluation.models import Benchmark, BenchmarkVersion, Run
from apps.evaluation.selectors import benchmarks_of, cases_of
from apps.evaluation.services.benchmarks import (
    KINDS,
    NewCase,
    Unchanged,
    baseline_pin,
    baseline_unpin,
    benchmark_archive,
    benchmark_restore,
    draw_from_memory,
    version_make,
)
from apps.evaluation.services.benchmarks.cases import Summary
from apps.evaluation.services.benchmarks.decided import draw_from_decisions
from apps.evaluation.services.benchmarks.drafts import draft_drop, draft_keep
from apps.evaluation.services.benchmarks.marked import draw_from_marks
from apps.evaluation.services.benchmarks.previews import FIRST, Preview, preview_of, preview_of_file
from apps.evaluation.services.benchmarks.shipped import sample_keep, sample_named, samples_for
from apps.evaluation.views.draws import KIND_OF, NOTHING

Origin = BenchmarkVersion.Origin


class BenchmarkOut(serializers.Serializer[Any]):
    """A benchmark of the space. ``baseline`` is the run that others are measured against."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    versions = serializers.SerializerMethodField()
    baseline = serializers.IntegerField(source="baseline_id", allow_null=True)
    archived_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()

    def get_versions(self, row: Benchmark) -> list[int]:
        return sorted(one.number for one in row.versions.all())


class CaseOut(serializers.Serializer[Any]):
    """A case: what is asked, with what it is ``given`` beside, and what is right (``expected``)."""

    number = serializers.IntegerField()
    key = serializers.CharField()
    kind = serializers.CharField()
    relation = serializers.CharField(allow_blank=True)
    text = serializers.CharField()
    given = serializers.JSONField()
    expected = serializers.JSONField()


class PreviewOut(serializers.Serializer[Any]):
    """What was kept, or with ``dry_run`` would be: ``benchmark`` and ``version`` are null then.

    ``sha256`` stands for the cases; ``unknown`` and ``retired`` are relations of theirs that the
    space lacks or has retired, ``language`` what they are written in where it is not English."""

    benchmark = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    kept = serializers.BooleanField()
    cases = serializers.IntegerField()
    sha256 = serializers.CharField()
    unknown = serializers.ListField(child=serializers.CharField())
    retired = serializers.ListField(child=serializers.CharField())
    language = serializers.CharField(allow_blank=True)
    left_out = serializers.IntegerField()
    first = CaseOut(many=True)


class VersionOut(serializers.Serializer[Any]):
    """A version of a benchmark; its cases never change. Of ``size`` cases so many were ``erased``,
    with what they rested on."""

    number = serializers.IntegerField()
    origin = serializers.ChoiceField(Origin.choices)
    size = serializers.IntegerField()
    erased = serializers.IntegerField()
    sha256 = serializers.CharField()
    licence = serializers.CharField(allow_blank=True)
    filename = serializers.CharField(allow_blank=True)
    created_by = serializers.CharField(source="created_by.username")
    created_at = serializers.DateTimeField()


class BenchmarkIn(Strict):
    """A file of cases: JSON, JSON Lines or CSV. A name that is there gets its next version."""

    file = serializers.FileField(allow_empty_file=True)
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(Benchmark.Kind.choices)
    licence = serializers.CharField(max_length=120, required=False, allow_blank=True)
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)
    dry_run = serializers.BooleanField(required=False)


class DrawIn(Strict):
    """Cases of the memory, of marked answers or of reviewers' decisions. With the ``sha256`` of a
    dry run it is refused where other cases would be kept than were shown."""

    source = serializers.ChoiceField(SOURCES)  # type: ignore[assignment]
    size = serializers.IntegerField(min_value=FEWEST, max_value=MOST, required=False)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(list(KINDS)), required=False, max_length=len(KINDS)
    )
    name = serializers.CharField(max_length=120, required=False)
    licence = serializers.CharField(max_length=120, required=False, allow_blank=True)
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)
    dry_run = serializers.BooleanField(required=False)
    sha256 = serializers.CharField(max_length=64, required=False)


class BenchmarksQuery(Strict):
    """Those in use, or those that are archived."""

    archived = serializers.BooleanField(required=False)


class CasesQuery(Strict):
    """Which cases."""

    q = serializers.CharField(max_length=200, required=False)
    kind = serializers.CharField(max_length=60, required=False)
    relation = serializers.CharField(max_length=120, required=False)


class SampleOut(serializers.Serializer[Any]):
    """A benchmark that comes with memweb."""

    slug = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    description = serializers.CharField()
    licence = serializers.CharField()


class BaselineIn(Strict):
    """The run that others are measured against; null for none."""

    run = serializers.IntegerField(allow_null=True, **ID)


class BenchmarkView(ApiView):
    def benchmark(self, pk: int) -> Benchmark:
        rows = Benchmark.objects.filter(space=self.space).select_related("baseline", "space")
        return get_object_or_404(rows.prefetch_related("versions"), pk=pk)

    def kept_or_not(self, preview: Preview, made: BenchmarkVersion | None, **more: Any) -> Response:
        """Answer with what cases are; ``made`` is their version where they are kept."""
        first = [
            {**vars(case), "number": number} for number, case in enumerate(preview.first[:FIRST], 1)
        ]
        said = {
            "benchmark": made.benchmark_id if made else None,
            "version": made.number if made else None,
            "kept": made is not None,
            "cases": preview.size,
            "sha256": preview.sha256,
            "unknown": [name for name, _ in preview.unknown],
            "retired": [name for name, _ in preview.retired],
            "language": preview.language,
            "left_out": 0,
            "first": first,
            **more,
        }
        if made is None:
            return self.one(said, status=200)
        where = reverse("api:benchmark", args=[self.space.slug, made.benchmark_id])
        return self.one(said, Location=where)


class Benchmarks(BenchmarkView):
    calls = {
        "GET": Call(
            AUDIT, BenchmarkOut, many=True, query=BenchmarksQuery, says="The benchmarks, by name."
        ),
        "POST": Call(
            AUDIT,
            PreviewOut,
            body=BenchmarkIn,
            files=True,
            status=201,
            more=(200,),
            says="Upload a benchmark. With dry_run the cases are shown and not kept; where rows "
            "are wrong none are kept, and the answer (422) names them.",
        ),
    }

    def get(self) -> Response:
        rows = benchmarks_of(self.space, archived=self.asked.get("archived", False))
        return self.page(rows.prefetch_related("versions"), ordering=("name", "pk"))

    def post(self) -> Response:
        said = self.said
        words = {name: said.get(name, "") for name in ("name", "kind", "licence", "description")}
        file = said["file"]
        draft = draft_keep(
            file.read(), space=self.space.pk, person=self.user.pk, filename=file.name or "", **words
        )
        try:
            preview = preview_of_file(self.space, draft.summary, draft.language)
            made = None
            if not said.get("dry_run"):
                made = _kept(
                    self, **words, origin=Origin.FILE, cases=draft.cases(), summary=draft.summary,
                    filename=draft.filename, how={"format": draft.format},
                )  # fmt: skip
        finally:
            draft_drop(draft)
        return self.kept_or_not(preview, made, left_out=sum(draft.skipped.values()))


class DrawBenchmark(BenchmarkView):
    calls = {
        "POST": Call(
            AUDIT,
            PreviewOut,
            body=DrawIn,
            status=201,
            more=(200,),
            says="Make a benchmark of approved facts, marked answers or decisions. The same memory "
            "and seed give the same cases; with dry_run they are shown and not kept.",
        )
    }

    def post(self) -> Response:
        source: Origin = self.said["source"]
        said = {"size": 100, "seed": 1, "name": NAMES[source]} | self.said
        form = DrawForm(query_of(said), kinds=KINDS)
        filled(form)
        cases, left_out = self._drawn(form)
        if not cases:
            raise Unfit(NOTHING[source])
        preview = preview_of(self.space, cases, KIND_OF[source])
        if said.get("sha256", preview.sha256) != preview.sha256:
            raise Conflict("The memory has changed since the dry run: other cases would be kept.")
        made = None
        if not said.get("dry_run"):
            how = {**form.how, "left_out": left_out, "wordings": dict(preview.wordings)}
            given = form.cleaned_data
            made = _kept(
                self, name=given["name"], kind=KIND_OF[source], origin=source, cases=cases,
                licence=given["licence"], description=given["description"], seed=given["seed"],
                how=how,
            )  # fmt: skip
        return self.kept_or_not(preview, made, left_out=left_out)

    def _drawn(self, form: DrawForm) -> tuple[list[NewCase], int]:
        given = form.cleaned_data
        options = {"size": given["size"], "seed": given["seed"]}
        if given["source"] == Origin.MARKS:
            return draw_from_marks(self.space, **options)
        if given["source"] == Origin.DECISIONS:
            return draw_from_decisions(self.space, **options)
        return draw_from_memory(self.space, kinds=given["kinds"] or None, **options), 0


def _kept(view: BenchmarkView, *, summary: Summary | None = None, **given: Any) -> BenchmarkVersion:
    """Keep cases; where the last version has them already, that one is answered with."""
    try:
        return version_make(space=view.space, actor=view.user, summary=summary, **given)
    except Unchanged as same:
        return same.version


def query_of(said: dict[str, Any]) -> QueryDict:
    """Return what was said as a form of the pages takes it."""
    query = QueryDict(mutable=True)
    for name, value in said.items():
        query.setlist(name, value if isinstance(value, list) else [str(value)])
    return query


class OneBenchmark(BenchmarkView):
    calls = {"GET": Call(AUDIT, BenchmarkOut, says="A benchmark.")}

    def get(self, pk: int) -> Response:
        return self.one(self.benchmark(pk))


class ArchiveBenchmark(BenchmarkView):
    calls = {
        "POST": Call(
            AUDIT, BenchmarkOut, body=Nothing, says="Take a benchmark out of the list; all is kept."
        )
    }

    def post(self, pk: int) -> Response:
        benchmark_archive(benchmark=self.benchmark(pk), actor=self.user)
        return self.one(self.benchmark(pk))


class RestoreBenchmark(BenchmarkView):
    calls = {
        "POST": Call(
            AUDIT, BenchmarkOut, body=Nothing, says="Put an archived benchmark back into the list."
        )
    }

    def post(self, pk: int) -> Response:
        benchmark_restore(benchmark=self.benchmark(pk), actor=self.user)
        return self.one(self.benchmark(pk))


class Baseline(BenchmarkView):
    calls = {
        "PUT": Call(
            AUDIT,
            BenchmarkOut,
            body=BaselineIn,
            versioned=True,
            says="Pin a run that is done as the one that others are measured against, or none.",
        )
    }

    def put(self, pk: int) -> Response:
        row = self.benchmark(pk)
        self.match(row, BenchmarkOut)
        if self.said["run"] is None:
            baseline_unpin(benchmark=row, actor=self.user)
        else:
            run = Run.objects.filter(space=self.space, pk=self.said["run"]).first()
            if run is None:
                raise Unfit("There is no such run in this space.")
            baseline_pin(benchmark=row, run=run, actor=self.user)
        return self.one(self.benchmark(pk))


class Versions(BenchmarkView):
    calls = {
        "GET": Call(
            AUDIT, VersionOut, many=True, says="The versions of a benchmark, the newest first."
        )
    }

    def get(self, pk: int) -> Response:
        rows = self.benchmark(pk).versions.select_related("created_by")
        return self.page(rows, ordering="-number")


class Cases(BenchmarkView):
    calls = {
        "GET": Call(AUDIT, CaseOut, many=True, query=CasesQuery, says="The cases of a version.")
    }

    def get(self, pk: int, number: int) -> Response:
        row = get_object_or_404(self.benchmark(pk).versions, number=number)
        form = CasesForm(self.asked, covers=row.covers)
        filled(form)
        return self.page(cases_of(row, **form.narrowing), ordering="number")


class Samples(ApiView):
    calls = {
        "GET": Call(
            AUDIT,
            SampleOut,
            many=True,
            whole=True,
            says="The benchmarks that come with memweb and fit the space.",
        )
    }

    def get(self) -> Response:
        return self.listed(samples_for(self.space))


class AddSample(BenchmarkView):
    calls = {
        "POST": Call(
            AUDIT,
            BenchmarkOut,
            body=Nothing,
            status=201,
            says="Make a benchmark that comes with memweb one of the space.",
        )
    }

    def post(self, name: str) -> Response:
        sample = sample_named(name)
        if sample is None:
            raise Http404("no such sample")
        try:
            made = sample_keep(space=self.space, actor=self.user, sample=sample)
        except Unchanged as same:
            made = same.version
        where = reverse("api:benchmark", args=[self.space.slug, made.benchmark_id])
        return self.one(self.benchmark(made.benchmark_id), Location=where)
