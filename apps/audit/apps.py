from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "apps.audit"

    def ready(self) -> None:
        """Let the app below write its events."""
        from apps.accounts.recording import written_by
        from apps.audit.services import record

        written_by(record)
