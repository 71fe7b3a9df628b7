from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "apps.evaluation"

    def ready(self) -> None:
        """Let erasures, copies of a person's data and write heads reach what is kept here."""
        from apps.evaluation.services import privacy
        from apps.evaluation.services.learning import source

        privacy.register()
        source.register()
