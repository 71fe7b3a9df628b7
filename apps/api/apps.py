from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "apps.api"

    def ready(self) -> None:
        """Let kept answers go with what is erased."""
        from apps.api import kept_answers

        kept_answers.register()
