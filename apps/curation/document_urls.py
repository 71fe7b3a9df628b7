"""The pages of documents. They stand here because they show what curation made of them."""

from __future__ import annotations

from django.urls import path

from apps.curation import document_views as views
from apps.curation import foreign_views

app_name = "sources"
urlpatterns = [
    path("", views.document_list, name="document-list"),
    path("add/", views.document_add, name="document-add"),
    path("import/", foreign_views.foreign_add, name="foreign-add"),
    path("import/<int:pk>/", foreign_views.foreign_draft, name="foreign-draft"),
    path("import/<int:pk>/give-up/", foreign_views.foreign_give_up, name="foreign-give-up"),
    path("<int:pk>/", views.document, name="document"),
    path("<int:pk>/progress/", views.document_progress, name="document-progress"),
    path("<int:pk>/cancel/", views.document_cancel, name="document-cancel"),
    path("<int:pk>/extract/", views.document_extract, name="document-extract"),
]
