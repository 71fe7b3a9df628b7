from __future__ import annotations

from django.urls import path

from apps.asking import triple_views

app_name = "facts"
urlpatterns = [
    path("<int:pk>/", triple_views.triple, name="triple"),
    path("<int:pk>/retract/", triple_views.retract, name="retract"),
]
