from __future__ import annotations

from django.urls import path

from apps.memory import views

app_name = "memory"
urlpatterns = [
    path("", views.search, name="search"),
    path("entities/<int:pk>/", views.entity, name="entity"),
    path("entities/<int:pk>/edit/", views.entity_edit, name="entity-edit"),
    path("entities/<int:pk>/alias/", views.entity_alias, name="entity-alias"),
    path("entities/<int:pk>/merge/", views.entity_merge, name="entity-merge"),
    path("relations/", views.relation_list, name="relation-list"),
    path("relations/add/", views.relation_add, name="relation-add"),
    path("relations/<int:pk>/", views.relation_edit, name="relation-edit"),
    path("relations/<int:pk>/retire/", views.relation_retire, name="relation-retire"),
    path("relations/<int:pk>/restore/", views.relation_restore, name="relation-restore"),
]
