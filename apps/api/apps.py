from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "apps.api"

    def ready(self) -> None:
        """Let kept answers go with what is erased."""
        from apps.api.idempotency import kept_about, kept_erase
        from apps.provenance.services.also_kept import Keeper, also_erase

        also_erase(
            Keeper(
                "answers kept for programs",
                count=lambda gone: kept_about(gone).count(),
                erase=kept_erase,
            )
        )
