"""``manage.py up``: everything that memweb needs, on one machine, until Ctrl-C."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management import BaseCommand

from memweb.serving.up import Up


class Command(BaseCommand):
    help = "Start everything on this machine and serve it until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument("--no-demo", action="store_true", help="do not load the demo space")

    def handle(self, *args: object, host: str, port: int, no_demo: bool, **options: object) -> None:
        Up(host=host, port=port, demo=not no_demo, say=self._say).run()

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
