from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "apps.evaluation"

    def ready(self) -> None:
        """Let erasures, and copies of a person's data, reach what is kept here."""
        from apps.evaluation.services import privacy

        privacy.register()
