"""The pages of documents. They stand here because they show what curation made of them."""

from __future__ import annotations

from django.urls import path

from apps.curation import document_views as views

app_name = "sources"
urlpatterns = [
    path("", views.document_list, name="document-list"),
    path("add/", views.document_add, name="document-add"),
    path("<int:pk>/", views.document, name="document"),
    path("<int:pk>/progress/", views.document_progress, name="document-progress"),
    path("<int:pk>/cancel/", views.document_cancel, name="document-cancel"),
    path("<int:pk>/extract/", views.document_extract, name="document-extract"),
]
