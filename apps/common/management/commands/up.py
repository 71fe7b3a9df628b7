"""``manage.py up``: everything that memweb needs, on one machine, until Ctrl-C."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction

from django.conf import settings
from django.core.management import BaseCommand

from memweb.serving.up import Up


class Command(BaseCommand):
    help = "Start everything on this machine and serve it until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument(
            "--demo",
            action=BooleanOptionalAction,
            default=None,
            help="load the demo space, whose accounts have a public password, into an empty "
            "database (by default only into the embedded one)",
        )

    def handle(
        self, *args: object, host: str, port: int, demo: bool | None, **options: object
    ) -> None:
        wanted = settings.EMBEDDED_POSTGRES if demo is None else demo
        Up(host=host, port=port, demo=wanted, say=self._say).run()

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
