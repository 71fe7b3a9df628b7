"""The pages of a space's explicit memory, below ``/s/<slug>/settings/explicit/``."""

from __future__ import annotations

from django.urls import path

from apps.explicit import adapting_views, hierarchy_views, views

app_name = "explicit"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("on/", views.switch_on, name="switch-on"),
    path("off/", views.switch_off, name="switch-off"),
    path("build/", views.build, name="build"),
    path("build/<int:pk>/cancel/", views.build_end, name="build-cancel"),
    path("adapting/", adapting_views.adapting, name="adapting"),
    path("adapting/set/", adapting_views.adapting_set, name="adapting-set"),
    path("forms/", hierarchy_views.hierarchy, name="hierarchy"),
    path("forms/policy/", hierarchy_views.policy, name="hierarchy-policy"),
    path("forms/weigh/", hierarchy_views.weigh, name="hierarchy-weigh"),
    path("forms/<int:pk>/move/", hierarchy_views.move, name="hierarchy-move"),
    path("<int:pk>/", views.memory, name="memory"),
]
