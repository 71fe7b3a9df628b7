from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "apps.evaluation"

    def ready(self) -> None:
        """Let erasures, copies of a person's data and write heads reach what is kept here."""
        from apps.evaluation.services import learned_source, privacy

        privacy.register()
        learned_source.register()
