from __future__ import annotations

from django.urls import path

from apps.webhooks import views

app_name = "webhooks"
urlpatterns = [
    path("", views.endpoint_list, name="endpoint-list"),
    path("<int:pk>/", views.endpoint, name="endpoint"),
    path("<int:pk>/secret/", views.secret, name="secret-change"),
    path("<int:pk>/on/", views.switch_on, name="switch-on"),
    path("<int:pk>/off/", views.switch_off, name="switch-off"),
    path("<int:pk>/remove/", views.remove, name="endpoint-remove"),
    path("<int:pk>/test/", views.test, name="endpoint-test"),
    path("<int:pk>/messages/<int:number>/", views.delivery, name="delivery"),
    path("<int:pk>/messages/<int:number>/again/", views.replay, name="delivery-replay"),
]
