from __future__ import annotations

from django.urls import path

from apps.asking import due_views, triple_views

app_name = "facts"
urlpatterns = [
    path("due/", due_views.due, name="due"),
    path("due/<int:pk>/still-true/", due_views.still_true, name="due-still-true"),
    path("due/<int:pk>/edit/", due_views.edit, name="due-edit"),
    path("due/<int:pk>/retract/", due_views.retract, name="due-retract"),
    path("due/<int:pk>/later/", due_views.later, name="due-later"),
    path("due/<int:pk>/undo/", due_views.undo, name="due-undo"),
    path("due/<int:pk>/hold/", due_views.hold_renew, name="due-hold-renew"),
    path("due/<int:pk>/leave/", due_views.hold_release, name="due-hold-release"),
    path("due/<int:pk>/take-over/", due_views.hold_take_over, name="due-hold-take-over"),
    path("<int:pk>/", triple_views.triple, name="triple"),
    path("<int:pk>/retract/", triple_views.retract, name="retract"),
]
