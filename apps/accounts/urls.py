from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from apps.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.SignInView.as_view(), name="sign-in"),
    path("admin/login/", views.admin_sign_in),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
]
