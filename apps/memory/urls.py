from __future__ import annotations

from django.urls import path

from apps.memory import merge_views, views

app_name = "memory"
urlpatterns = [
    path("", views.search, name="search"),
    path("entities/<int:pk>/", views.entity, name="entity"),
    path("entities/<int:pk>/edit/", views.entity_edit, name="entity-edit"),
    path("entities/<int:pk>/alias/", views.entity_alias, name="entity-alias"),
    path("entities/<int:pk>/merge/", merge_views.entity_merge, name="entity-merge"),
    path("entities/<int:pk>/split/", merge_views.entity_split, name="entity-split"),
    path("merges/<int:pk>/undo/", merge_views.entity_unmerge, name="entity-unmerge"),
    path("relations/", views.relation_list, name="relation-list"),
    path("relations/add/", views.relation_add, name="relation-add"),
    path("relations/<int:pk>/", views.relation_edit, name="relation-edit"),
    path("relations/<int:pk>/retire/", views.relation_retire, name="relation-retire"),
    path("relations/<int:pk>/restore/", views.relation_restore, name="relation-restore"),
]
