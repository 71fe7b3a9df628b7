from django.apps import AppConfig


class ExplicitConfig(AppConfig):
    name = "apps.explicit"
