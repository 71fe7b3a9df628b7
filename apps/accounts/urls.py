from __future__ import annotations

from django.urls import path

from apps.accounts import account_views, views

app_name = "accounts"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.SignInView.as_view(), name="sign-in"),
    path("account/", account_views.account, name="account"),
    path("account/password/", account_views.password, name="password"),
    path("account/sessions/end/", account_views.session_end, name="session-end"),
    path("account/tokens/", account_views.token_new, name="token-new"),
    path("account/tokens/<int:pk>/end/", account_views.token_end, name="token-end"),
    path("admin/login/", views.admin_sign_in),
    path("sign-out/", views.SignOutView.as_view(), name="sign-out"),
]
