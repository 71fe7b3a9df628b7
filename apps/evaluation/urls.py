from __future__ import annotations

from django.urls import path

from apps.evaluation.views import (
    benchmarks,
    comparisons,
    draws,
    learning,
    results,
    run_exports,
    runs,
    schedules,
    uploads,
)

app_name = "evaluation"
urlpatterns = [
    path("", benchmarks.benchmark_list, name="benchmark-list"),
    path("benchmarks/<int:pk>/runs/new/", runs.run_new, name="run-new"),
    path("runs/", runs.run_list, name="run-list"),
    path("runs/<int:pk>/", results.run, name="run"),
    path("runs/<int:pk>/cancel/", runs.run_end, name="run-cancel"),
    path("runs/<int:pk>/retry/", runs.run_go_on, name="run-retry"),
    path("runs/<int:pk>/export/", run_exports.run_take, name="run-export"),
    path("runs/<int:pk>/files/", run_exports.run_files, name="run-files"),
    path("runs/<int:pk>/files/<int:export>/", run_exports.run_file, name="run-file"),
    path("runs/<int:pk>/files/<int:export>/cancel/", run_exports.run_file_end, name="run-file-end"),
    path("runs/<int:pk>/cases/<int:number>/", results.case, name="case"),
    path("runs/<int:pk>/cases/<int:number>/again/", results.ask_again, name="case-again"),
    path("compare/", comparisons.compare, name="compare"),
    path("benchmarks/upload/", uploads.upload, name="benchmark-upload"),
    path("benchmarks/drafts/<str:id>/", uploads.draft, name="draft"),
    path("benchmarks/drafts/<str:id>/drop/", uploads.drop, name="draft-drop"),
    path("benchmarks/draw/", draws.draw, name="benchmark-draw"),
    path("benchmarks/samples/<slug:name>/", benchmarks.sample_add, name="sample-add"),
    path("benchmarks/<int:pk>/", benchmarks.benchmark, name="benchmark"),
    path("benchmarks/<int:pk>/archive/", benchmarks.archive, name="benchmark-archive"),
    path("benchmarks/<int:pk>/restore/", benchmarks.restore, name="benchmark-restore"),
    path("benchmarks/<int:pk>/baseline/<int:run>/", benchmarks.pin, name="baseline-pin"),
    path("benchmarks/<int:pk>/baseline/none/", benchmarks.unpin, name="baseline-unpin"),
    path("benchmarks/<int:pk>/versions/<int:number>/", benchmarks.version, name="version"),
    path("benchmarks/<int:pk>/schedules/", schedules.schedules, name="schedules"),
    path("schedules/<int:pk>/remove/", schedules.remove, name="schedule-remove"),
    path("schedules/<int:pk>/seen/", schedules.seen, name="fall-seen"),
    path("learning/", learning.learning_list, name="learning-list"),
    path("learning/start/", learning.learning_start, name="learning-start"),
    path("learning/back/", learning.switch_back, name="learning-back"),
    path("learning/<int:pk>/", learning.learning, name="learning"),
    path("learning/<int:pk>/cancel/", learning.learning_end, name="learning-cancel"),
    path("learning/<int:pk>/retry/", learning.learning_go_on, name="learning-retry"),
    path("learning/<int:pk>/on/", learning.switch_on, name="learning-on"),
    path("learning/<int:pk>/run/", learning.run_first, name="learning-run"),
]
