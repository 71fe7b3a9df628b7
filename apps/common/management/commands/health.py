"""``manage.py health``: how memweb is, as one JSON object, and whether it is well as the status."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict

from celery import current_app
from django.core.management import BaseCommand

from apps.common.health import look
from apps.common.worker_status import worker_alive
from memweb.queues import GROUPS


class Command(BaseCommand):
    help = "Say how memweb is; the status is 1 when it is not well."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--group", choices=GROUPS, help="ask about these workers too")

    def handle(self, *args: object, group: str | None, **options: object) -> None:
        current_app.loader.import_default_modules()  # so that every kind of job is known
        found = look()
        self.stdout.write(json.dumps(asdict(found)))
        works = group is None or (group not in found.stuck and worker_alive(*GROUPS[group]).alive)
        if not (found.well and works):
            sys.exit(1)
