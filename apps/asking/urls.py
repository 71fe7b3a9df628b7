from __future__ import annotations

from django.urls import path

from apps.asking import views

app_name = "asking"
urlpatterns = [
    path("", views.ask, name="ask"),
    path("questions/<int:pk>/", views.question, name="question"),
    path("questions/<int:pk>.json", views.question_json, name="question-json"),
    path("questions/<int:pk>/follow-up/", views.follow_up, name="follow-up"),
    path("questions/<int:pk>/retry/", views.retry, name="retry"),
]
