from __future__ import annotations

from django.urls import path

from apps.evaluation.views import benchmarks, comparisons, results, run_exports, runs

app_name = "evaluation"
urlpatterns = [
    path("", benchmarks.benchmark_list, name="benchmark-list"),
    path("benchmarks/<int:pk>/runs/new/", runs.run_new, name="run-new"),
    path("runs/", runs.run_list, name="run-list"),
    path("runs/<int:pk>/", results.run, name="run"),
    path("runs/<int:pk>/cancel/", runs.run_end, name="run-cancel"),
    path("runs/<int:pk>/retry/", runs.run_go_on, name="run-retry"),
    path("runs/<int:pk>/export/", run_exports.run_take, name="run-export"),
    path("runs/<int:pk>/cases/<int:number>/", results.case, name="case"),
    path("runs/<int:pk>/cases/<int:number>/again/", results.ask_again, name="case-again"),
    path("compare/", comparisons.compare, name="compare"),
]
