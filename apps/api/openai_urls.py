"""The addresses below ``/v1``, as clients of OpenAI's API expect them."""

from __future__ import annotations

from django.urls import path, re_path

from apps.api.base import Missing
from apps.api.resources import openai

app_name = "openai"
urlpatterns = [
    path("chat/completions", openai.AnyCompletions.as_view(), name="completions"),
    path("models", openai.Models.as_view(), name="models"),
    re_path(r"^.*$", Missing.as_view(), name="missing"),
]
