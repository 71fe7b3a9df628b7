from __future__ import annotations

from django.urls import path

from apps.evaluation.views import benchmarks

app_name = "evaluation"
urlpatterns = [
    path("", benchmarks.benchmark_list, name="benchmark-list"),
]
