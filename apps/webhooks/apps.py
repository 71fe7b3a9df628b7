from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "apps.webhooks"

    def ready(self) -> None:
        """Let erasures, and copies of a person's data, reach what is kept here."""
        from apps.webhooks.services import privacy

        privacy.register()
