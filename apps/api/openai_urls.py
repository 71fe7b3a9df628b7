"""The addresses below ``/v1``, as clients of OpenAI's API expect them."""

from __future__ import annotations

from django.urls import path, re_path

from apps.api.resources import openai

app_name = "openai"
urlpatterns = [
    path("chat/completions", openai.AnyCompletions.as_view(), name="completions"),
    path("models", openai.Models.as_view(), name="models"),
    path("models/memweb/<str:name>", openai.OneModel.as_view(), name="model"),
    re_path(r"^.*$", openai.Nowhere.as_view(), name="missing"),
]
